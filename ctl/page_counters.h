/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of banctl status that counts.
 */
#ifndef BANSYNC_CTL_PAGE_COUNTERS_H
#define BANSYNC_CTL_PAGE_COUNTERS_H

#include "json.h"

/* Writes the counters that are not zero, each with its meaning, to stdout; nothing if all are. */
void page_counters_print(const struct ctl_json *result);

#endif
