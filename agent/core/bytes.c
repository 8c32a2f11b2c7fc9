/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded reading and writing of canonical bytes, see bytes.h.
 */
#include "bytes.h"

uint64_t reader_small(struct reader *reader)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t *byte = reader_bytes(reader, 1);

        if (byte == NULL || (shift == 63 && *byte > 1))
            break; /* its end, or more than 64 bits */
        value |= (uint64_t)(*byte & 0x7f) << shift;
        if (*byte < 0x80)
            return value;
    }
    reader->bad = true;
    return 0;
}

/* The sign is the lowest bit. */
int64_t reader_signed(struct reader *reader)
{
    uint64_t value = reader_small(reader);

    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

void writer_small(struct writer *writer, uint64_t value)
{
    uint8_t bytes[10];
    size_t size = 0;

    for (; value >= 0x80; value >>= 7)
        bytes[size++] = (uint8_t)(value | 0x80);
    bytes[size++] = (uint8_t)value;
    writer_bytes(writer, bytes, size);
}

void writer_signed(struct writer *writer, int64_t value)
{
    writer_small(writer, (uint64_t)value << 1 ^ (0 - ((uint64_t)value >> 63)));
}
