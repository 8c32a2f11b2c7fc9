/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Skims over the lines of a log that say nothing new: most are of functions that do not matter, or
 * tell of messages over no limit.
 *
 * Reading a line of these on its own costs more than finding its end. Does not: change what
 * detector and line time know.
 */
#ifndef BANSYNC_CORE_SKIM_H
#define BANSYNC_CORE_SKIM_H

#include <stddef.h>
#include <stdint.h>

#include "detect.h"
#include "linetime.h"

struct skimmed {
    size_t bytes; /* LFs included */
    uint64_t lines;
};

/* The whole lines at the beginning of bytes for which linetime_pass would do nothing and
 * detect_line would return DETECT_NOTHING, whatever is read before or after them. Fewer than there
 * are is always right. What waits too long for its message line expires with the next line that
 * detect_line is given. */
struct skimmed skim(const struct detect *detect, const struct linetime *time, const char *bytes,
                    size_t size);

#endif
