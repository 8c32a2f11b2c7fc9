/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that say nothing new, see skim.h.
 */
#include "skim.h"

#include <bansync/limits.h>
#include <string.h>

#include "line.h"
#include "line_header.h"

struct skimmed skim(const struct detect *detect, const struct linetime *time, const char *bytes,
                    size_t size)
{
    struct skimmed skimmed = {.bytes = 0, .lines = 0};
    bool is_waiting = detect_is_waiting(detect);

    while (skimmed.bytes < size) {
        const char *line = bytes + skimmed.bytes;
        size_t left = size - skimmed.bytes;
        const char *end = line_header_is_file_form(line, left) ? memchr(line, '\n', left) : NULL;
        size_t length = end != NULL ? (size_t)(end - line) : 0;

        if (end == NULL || length > LINE_BYTES_MAX || !linetime_is_passed(time, line, length) ||
            line_may_matter(line, length, is_waiting))
            break;
        skimmed.bytes += length + 1;
        skimmed.lines++;
    }
    return skimmed;
}
