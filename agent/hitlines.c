/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last lines of the own log that were hits, see hitlines.h.
 */
#include "hitlines.h"

#include <string.h>

void hitlines_add(struct hitlines *lines, const struct addr *addr, const struct addr *account,
                  const char *bytes, size_t size)
{
    struct hitline *line = &lines->list[lines->count++ % HITLINES_MAX];

    line->addr = *addr;
    line->account = *account;
    line->size = size < sizeof(line->bytes) ? size : sizeof(line->bytes);
    memcpy(line->bytes, bytes, line->size);
}

size_t hitlines_find(const struct hitlines *lines, const struct addr *subject,
                     struct mailtext_bytes found[ALERT_LINES_MAX])
{
    size_t kept = lines->count < HITLINES_MAX ? lines->count : HITLINES_MAX, count = 0;

    for (size_t i = 1; i <= kept && count < ALERT_LINES_MAX; i++) {
        const struct hitline *line = &lines->list[(lines->count - i) % HITLINES_MAX];

        if (subject->kind == ADDR_ACCOUNT ? addr_compare(subject, &line->account) != 0
                                          : !addr_covers(subject, &line->addr))
            continue;
        memmove(found + 1, found, count * sizeof(found[0]));
        found[0] = (struct mailtext_bytes){line->bytes, line->size};
        count++;
    }
    return count;
}
