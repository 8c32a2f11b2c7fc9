/* SPDX-License-Identifier: Apache-2.0 */
/*
 * That an alert has been told, see mark.h.
 */
#include "mark.h"

#include <string.h>

#include <bansync/limits.h>

#include "bytes.h"

void mark_write(const struct mark *mark, uint8_t bytes[MARK_BYTES])
{
    struct writer writer = {.bytes = bytes, .size = MARK_BYTES};

    writer_number(&writer, mark->stamp.hlc, 8);
    writer_number(&writer, mark->stamp.node, 8);
    writer_number(&writer, (uint64_t)mark->forget_ms, 8);
    writer_bytes(&writer, mark->id, sizeof(mark->id));
}

int mark_read(const uint8_t *bytes, size_t size, struct mark *mark)
{
    struct reader reader = {.bytes = bytes, .left = size};
    uint64_t forget_ms;
    int64_t made_ms;

    *mark = (struct mark){.stamp = {0, 0}};
    if (size != MARK_BYTES)
        return -1;
    mark->stamp.hlc = reader_number(&reader, 8);
    mark->stamp.node = reader_number(&reader, 8);
    forget_ms = reader_number(&reader, 8);
    memcpy(mark->id, reader_bytes(&reader, sizeof(mark->id)), sizeof(mark->id));
    made_ms = stamp_ms(mark->stamp.hlc);
    mark->forget_ms = (int64_t)forget_ms;
    if (mark->stamp.hlc == 0 || mark->stamp.node == 0 || forget_ms > INT64_MAX ||
        mark->forget_ms <= made_ms || mark->forget_ms - made_ms > MARK_KEEP_MS + TICK_MS)
        return -1;
    return 0;
}
