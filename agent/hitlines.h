/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last lines of the own log that were hits: an alert shows those of its sender.
 *
 * Kept in memory only, the newest HITLINES_MAX of all senders. What senders wrote into them is
 * escaped where they are shown (see mailtext_line).
 */
#ifndef BANSYNC_HITLINES_H
#define BANSYNC_HITLINES_H

#include <stddef.h>

#include "addr.h"
#include "mailtext.h"

#define HITLINES_MAX 128

struct hitlines {
    struct hitline {
        struct addr addr, account; /* kind 0: none */
        size_t size;
        char bytes[ALERT_LINE_BYTES_MAX + 1]; /* one more: then it shows that it was cut */
    } list[HITLINES_MAX];                     /* a ring */
    size_t count;                             /* ever */
};

/* Remembers the line of a hit of that host, and of that account (kind 0: none). */
void hitlines_add(struct hitlines *lines, const struct addr *addr, const struct addr *account,
                  const char *bytes, size_t size);

/* The newest ones of the subject, the newest last; they point into lines. Returns their number. */
size_t hitlines_find(const struct hitlines *lines, const struct addr *subject,
                     struct mailtext_bytes found[ALERT_LINES_MAX]);

#endif
