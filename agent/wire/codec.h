/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed reading and writing of msgpack values. codec.c is the only file that uses msgpack-c.
 *
 * A writer or reader that failed stays failed and every further call does nothing: callers check
 * once, at the end. The reader walks: the heads of arrays and bins are read here and msgpack-c is
 * given one plain value at a time, so that no declared count makes it reserve memory.
 *
 * Does not: know what a message is. Bytes from outside must have passed the fence.
 */
#ifndef BANSYNC_WIRE_CODEC_H
#define BANSYNC_WIRE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialized except size_max. */
struct codec_writer {
    uint8_t *bytes; /* owned; free() them, also after a failure */
    size_t size;
    size_t capacity;
    size_t size_max; /* fails instead of growing beyond */
    bool failed;     /* no memory, or size_max */
};

void codec_put_array(struct codec_writer *writer, size_t count);
void codec_put_uint(struct codec_writer *writer, uint64_t value);
void codec_put_int(struct codec_writer *writer, int64_t value);
void codec_put_bool(struct codec_writer *writer, bool value);
void codec_put_bin(struct codec_writer *writer, const uint8_t *bytes, size_t size);

/* A str, cut at size_max bytes. Control bytes become '?': a reader would refuse them. */
void codec_put_text(struct codec_writer *writer, const char *text, size_t size_max);

/* A bin whose size bytes the caller fills in at once, before any other call; NULL if the writer
 * failed. */
uint8_t *codec_put_space(struct codec_writer *writer, size_t size);

/* Zero-initialized except bytes and size. */
struct codec_reader {
    const uint8_t *bytes; /* not owned */
    size_t size;
    size_t offset;
    bool failed; /* another type than asked for, over the bound, or the end */
};

/* Each takes the next value; what is given back after a failure is 0, false or NULL. */
size_t codec_get_array(struct codec_reader *reader, size_t count_max);
uint64_t codec_get_uint(struct codec_reader *reader, uint64_t value_max);
int64_t codec_get_int(struct codec_reader *reader);
bool codec_get_bool(struct codec_reader *reader);

/* An array of exactly count elements. */
void codec_get_tuple(struct codec_reader *reader, size_t count);

/* Points at the bytes inside the reader's bytes; *size is 0 after a failure. Never NULL otherwise.
 */
const uint8_t *codec_get_bin(struct codec_reader *reader, size_t size_max, size_t *size);

/* The same for a bin of exactly size bytes; NULL after a failure. */
const uint8_t *codec_get_exactly(struct codec_reader *reader, size_t size);

/* Copies a str with NUL to text; one that does not fit or holds NUL or another control byte is a
 * failure. */
void codec_get_text(struct codec_reader *reader, char *text, size_t text_size);

/* Marks the reader failed: for what a caller finds wrong with a value. */
void codec_refuse(struct codec_reader *reader);

/* Big-endian numbers of width 1 to 8 bytes inside a bin. */
void codec_store(uint8_t *bytes, uint64_t value, size_t width);
uint64_t codec_load(const uint8_t *bytes, size_t width);

#endif
