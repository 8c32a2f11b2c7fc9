/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded reading and writing of canonical bytes, see bytes.h.
 */
#include "bytes.h"

#include <assert.h>
#include <string.h>

uint64_t reader_number(struct reader *reader, unsigned width)
{
    const uint8_t *bytes = reader_bytes(reader, width);
    uint64_t value = 0;

    assert(width >= 1 && width <= 8);
    for (unsigned i = 0; bytes != NULL && i < width; i++)
        value = value << 8 | bytes[i];
    return value;
}

const uint8_t *reader_bytes(struct reader *reader, size_t size)
{
    const uint8_t *bytes = reader->bytes;

    if (reader->bad || size > reader->left) {
        reader->bad = true;
        return NULL;
    }
    reader->bytes += size;
    reader->left -= size;
    return bytes;
}

void writer_number(struct writer *writer, uint64_t value, unsigned width)
{
    uint8_t bytes[8]; /* all eight, as one swap */

    assert(width >= 1 && width <= 8);
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> (56 - 8 * i));
    writer_bytes(writer, bytes + 8 - width, width);
}

void writer_bytes(struct writer *writer, const void *bytes, size_t size)
{
    if (writer->bad || size > writer->size - writer->used) {
        writer->bad = true;
        return;
    }
    if (size > 0)
        memcpy(writer->bytes + writer->used, bytes, size);
    writer->used += size;
}
