/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msgpack values, see codec.h.
 *
 * msgpack-c writes into a buffer that grows up to its bound; a bound that is met is an error of the
 * write callback.
 */
#include "codec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <msgpack.h>

#define CAPACITY_FIRST 512

static bool is_control(uint8_t byte);
static int write_bytes(void *context, const char *bytes, size_t size);
static msgpack_packer packer(struct codec_writer *writer);
static msgpack_object get_plain(struct codec_reader *reader);

void codec_put_array(struct codec_writer *writer, size_t count)
{
    msgpack_packer to = packer(writer);

    (void)msgpack_pack_array(&to, count); /* a failed write is kept in the writer */
}

void codec_put_uint(struct codec_writer *writer, uint64_t value)
{
    msgpack_packer to = packer(writer);

    (void)msgpack_pack_uint64(&to, value);
}

void codec_put_int(struct codec_writer *writer, int64_t value)
{
    msgpack_packer to = packer(writer);

    (void)msgpack_pack_int64(&to, value);
}

void codec_put_bool(struct codec_writer *writer, bool value)
{
    msgpack_packer to = packer(writer);

    (void)(value ? msgpack_pack_true(&to) : msgpack_pack_false(&to));
}

void codec_put_bin(struct codec_writer *writer, const uint8_t *bytes, size_t size)
{
    uint8_t *space = codec_put_space(writer, size);

    if (space != NULL && size > 0)
        memcpy(space, bytes, size);
}

void codec_put_text(struct codec_writer *writer, const char *text, size_t size_max)
{
    size_t size = strnlen(text, size_max);
    msgpack_packer to = packer(writer);

    (void)msgpack_pack_str(&to, size);
    for (size_t i = 0; i < size; i++)
        (void)write_bytes(writer, is_control((uint8_t)text[i]) ? "?" : &text[i], 1);
}

uint8_t *codec_put_space(struct codec_writer *writer, size_t size)
{
    msgpack_packer to = packer(writer);

    (void)msgpack_pack_bin(&to, size);
    (void)write_bytes(writer, NULL, size);
    return writer->failed ? NULL : writer->bytes + writer->size - size;
}

size_t codec_get_array(struct codec_reader *reader, size_t count_max)
{
    const uint8_t *bytes = reader->bytes + reader->offset;
    size_t left = reader->size - reader->offset;
    size_t head = 0;
    size_t count = 0;

    if (left > 0 && (bytes[0] & 0xf0) == 0x90) {
        head = 1;
        count = bytes[0] & 0x0f;
    } else if (left >= 3 && bytes[0] == 0xdc) {
        head = 3;
        count = codec_load(bytes + 1, 2);
    } else if (left >= 5 && bytes[0] == 0xdd) {
        head = 5;
        count = codec_load(bytes + 1, 4);
    }
    if (reader->failed || head == 0 || count > count_max) {
        codec_refuse(reader);
        return 0;
    }
    reader->offset += head;
    return count;
}

uint64_t codec_get_uint(struct codec_reader *reader, uint64_t value_max)
{
    msgpack_object object = get_plain(reader);

    if (object.type == MSGPACK_OBJECT_POSITIVE_INTEGER && object.via.u64 <= value_max)
        return object.via.u64;
    codec_refuse(reader);
    return 0;
}

int64_t codec_get_int(struct codec_reader *reader)
{
    msgpack_object object = get_plain(reader);

    if (object.type == MSGPACK_OBJECT_POSITIVE_INTEGER && object.via.u64 <= INT64_MAX)
        return (int64_t)object.via.u64;
    if (object.type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
        return object.via.i64;
    codec_refuse(reader);
    return 0;
}

bool codec_get_bool(struct codec_reader *reader)
{
    msgpack_object object = get_plain(reader);

    if (object.type == MSGPACK_OBJECT_BOOLEAN)
        return object.via.boolean;
    codec_refuse(reader);
    return false;
}

void codec_get_tuple(struct codec_reader *reader, size_t count)
{
    if (codec_get_array(reader, count) != count)
        codec_refuse(reader);
}

/* msgpack-c would allocate for it. */
const uint8_t *codec_get_bin(struct codec_reader *reader, size_t size_max, size_t *size)
{
    const uint8_t *bytes = reader->bytes + reader->offset;
    size_t left = reader->size - reader->offset;
    size_t head = 0, found = 0;

    *size = 0;
    if (left > 0 && bytes[0] >= 0xc4 && bytes[0] <= 0xc6)
        head = 1 + ((size_t)1 << (bytes[0] - 0xc4));
    if (head > 0 && left >= head)
        found = codec_load(bytes + 1, head - 1);
    if (reader->failed || head == 0 || left < head || found > size_max || found > left - head) {
        codec_refuse(reader);
        return NULL;
    }
    reader->offset += head + found;
    *size = found;
    return bytes + head;
}

const uint8_t *codec_get_exactly(struct codec_reader *reader, size_t size)
{
    size_t found;
    const uint8_t *bytes = codec_get_bin(reader, size, &found);

    if (found == size)
        return bytes;
    codec_refuse(reader);
    return NULL;
}

void codec_get_text(struct codec_reader *reader, char *text, size_t text_size)
{
    msgpack_object object = get_plain(reader);

    assert(text_size > 0);
    text[0] = '\0';
    if (object.type != MSGPACK_OBJECT_STR || object.via.str.size >= text_size) {
        codec_refuse(reader);
        return;
    }
    for (size_t i = 0; i < object.via.str.size; i++)
        if (is_control((uint8_t)object.via.str.ptr[i])) {
            codec_refuse(reader);
            return;
        }
    if (object.via.str.size > 0)
        memcpy(text, object.via.str.ptr, object.via.str.size);
    text[object.via.str.size] = '\0';
}

void codec_refuse(struct codec_reader *reader)
{
    reader->failed = true;
}

void codec_store(uint8_t *bytes, uint64_t value, size_t width)
{
    assert(width >= 1 && width <= 8);
    for (size_t i = 0; i < width; i++)
        bytes[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
}

uint64_t codec_load(const uint8_t *bytes, size_t width)
{
    uint64_t value = 0;

    assert(width >= 1 && width <= 8);
    for (size_t i = 0; i < width; i++)
        value = value << 8 | bytes[i];
    return value;
}

static bool is_control(uint8_t byte)
{
    return byte < 0x20 || byte == 0x7f;
}

/* msgpack-c's write callback; bytes NULL: only makes room. */
static int write_bytes(void *context, const char *bytes, size_t size)
{
    struct codec_writer *writer = context;

    if (writer->failed || size > writer->size_max - writer->size) {
        writer->failed = true;
        return -1;
    }
    if (size > writer->capacity - writer->size) {
        size_t capacity = writer->capacity > 0 ? writer->capacity : CAPACITY_FIRST;
        uint8_t *grown;

        while (capacity - writer->size < size)
            capacity *= 2;
        grown = realloc(writer->bytes, capacity);
        if (grown == NULL) {
            writer->failed = true;
            return -1;
        }
        writer->bytes = grown;
        writer->capacity = capacity;
    }
    if (bytes != NULL)
        memcpy(writer->bytes + writer->size, bytes, size);
    writer->size += size;
    return 0;
}

static msgpack_packer packer(struct codec_writer *writer)
{
    msgpack_packer to;

    msgpack_packer_init(&to, writer, write_bytes);
    return to;
}

/* Takes one value that is no array, map or bin; nil after a failure. A text points into the
 * reader's bytes. */
static msgpack_object get_plain(struct codec_reader *reader)
{
    const uint8_t first = reader->offset < reader->size ? reader->bytes[reader->offset] : 0xc1;
    const bool is_plain = first < 0x80 || first >= 0xe0 || (first >= 0xa0 && first < 0xc4) ||
                          (first > 0xc6 && first < 0xdc);
    msgpack_object object = {.type = MSGPACK_OBJECT_NIL};
    msgpack_unpacked unpacked;

    if (reader->failed || !is_plain)
        return object;
    msgpack_unpacked_init(&unpacked);
    if (msgpack_unpack_next(&unpacked, (const char *)reader->bytes, reader->size,
                            &reader->offset) == MSGPACK_UNPACK_SUCCESS)
        object = unpacked.data;
    msgpack_unpacked_destroy(&unpacked); /* its zone holds nothing of such a value */
    return object;
}
