/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and writing the canonical bytes of entries, and the packed ones of subjects at rest:
 * big-endian numbers, small ones and counted texts, always within bounds.
 *
 * A reader or writer that met its end is marked bad and stays so: callers check once, at the end.
 */
#ifndef BANSYNC_CORE_BYTES_H
#define BANSYNC_CORE_BYTES_H

#include <assert.h>
#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct reader {
    const uint8_t *bytes;
    size_t left;
    bool bad;
};

struct writer {
    uint8_t *bytes;
    size_t size; /* room */
    size_t used;
    bool bad;
};

/* These stand here to become part of their callers, where sizes are known: all that is merged,
 * loaded, listed or drawn is read or written so. */

/* Points at size bytes, NULL if there are fewer. */
static inline const uint8_t *reader_bytes(struct reader *reader, size_t size)
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

/* width: 1 to 8 bytes. A bad reader gives 0. */
static inline uint64_t reader_number(struct reader *reader, unsigned width)
{
    const uint8_t *bytes = reader_bytes(reader, width);
    uint64_t number = 0; /* all eight bytes, as one swap */

    assert(width >= 1 && width <= 8);
    if (bytes != NULL)
        memcpy((uint8_t *)&number + 8 - width, bytes, width);
    return be64toh(number);
}

static inline void writer_bytes(struct writer *writer, const void *bytes, size_t size)
{
    if (writer->bad || size > writer->size - writer->used) {
        writer->bad = true;
        return;
    }
    if (size > 0)
        memcpy(writer->bytes + writer->used, bytes, size);
    writer->used += size;
}

static inline void writer_number(struct writer *writer, uint64_t value, unsigned width)
{
    const uint64_t number = htobe64(value);

    assert(width >= 1 && width <= 8);
    writer_bytes(writer, (const uint8_t *)&number + 8 - width, width);
}

/* Numbers that are mostly small, in 1 to 10 bytes: seven bits each, the lowest first. A signed one
 * may be a difference that ran over: it comes back as it was. No part of canonical bytes. */
uint64_t reader_small(struct reader *reader);
int64_t reader_signed(struct reader *reader);
void writer_small(struct writer *writer, uint64_t value);
void writer_signed(struct writer *writer, int64_t value);

#endif
