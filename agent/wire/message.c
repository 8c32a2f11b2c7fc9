/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages, see message.h: the head that all types share, and the table of their bodies.
 *
 * Does not: know a field of a body (message_news.c, message_repair.c) or a byte of msgpack
 * (codec.c).
 */
#include "message.h"

#include <assert.h>
#include <stdlib.h>

#include "codec.h"
#include "fence.h"
#include "message_body.h"

#define HEAD_FIELDS 4 /* version, type, cluster, hlc */

static const struct message_body *find_body(uint8_t type);

int message_encode(const struct message *message, uint8_t **bytes, size_t *size)
{
    const struct message_body *body = find_body(message->type);
    struct codec_writer writer = {.size_max = FRAME_BYTES_MAX};

    assert(body != NULL);
    codec_put_array(&writer, HEAD_FIELDS + body->fields);
    codec_put_uint(&writer, message->version);
    codec_put_uint(&writer, message->type);
    codec_put_uint(&writer, message->cluster);
    codec_put_uint(&writer, message->hlc);
    body->put(&writer, message);
    if (writer.failed) {
        free(writer.bytes);
        return -1;
    }
    *bytes = writer.bytes;
    *size = writer.size;
    return 0;
}

enum message_status message_decode(const uint8_t *bytes, size_t size, struct message *message)
{
    struct codec_reader reader = {.bytes = bytes, .size = size};
    const struct message_body *body;
    size_t fields;

    if (size > FRAME_BYTES_MAX || !fence_check(bytes, size))
        return MESSAGE_MALFORMED;
    fields = codec_get_array(&reader, size);
    message->version = (uint8_t)codec_get_uint(&reader, UINT8_MAX);
    if (reader.failed)
        return MESSAGE_MALFORMED;
    if (message->version != MESSAGE_VERSION)
        return MESSAGE_OTHER_VERSION;

    message->type = (uint8_t)codec_get_uint(&reader, UINT8_MAX);
    message->cluster = codec_get_uint(&reader, UINT64_MAX);
    message->hlc = codec_get_uint(&reader, UINT64_MAX);
    if (reader.failed) /* as it has with fewer fields */
        return MESSAGE_MALFORMED;
    body = find_body(message->type);
    if (body == NULL)
        return MESSAGE_UNKNOWN;

    if (fields < HEAD_FIELDS + body->fields)
        return MESSAGE_MALFORMED;
    body->get(&reader, message);
    return reader.failed ? MESSAGE_MALFORMED : MESSAGE_OK;
}

const char *message_type_name(uint8_t type)
{
    const struct message_body *body = find_body(type);

    return body == NULL ? "unknown" : body->name;
}

void message_hash_store(uint8_t *bytes, const struct message_hash *hash)
{
    codec_store(bytes, hash->lane[0], 8);
    codec_store(bytes + 8, hash->lane[1], 8);
}

struct message_hash message_hash_load(const uint8_t *bytes)
{
    return (struct message_hash){{codec_load(bytes, 8), codec_load(bytes + 8, 8)}};
}

/* NULL if the type is not known. */
static const struct message_body *find_body(uint8_t type)
{
    static const struct message_body *const bodies[] = {
        [MESSAGE_HELLO] = &message_body_hello,       [MESSAGE_PING] = &message_body_ping,
        [MESSAGE_PUSH] = &message_body_push,         [MESSAGE_ACK] = &message_body_ack,
        [MESSAGE_TREE_GET] = &message_body_tree_get, [MESSAGE_TREE] = &message_body_tree,
        [MESSAGE_LEAF_GET] = &message_body_leaf_get, [MESSAGE_LEAF] = &message_body_leaf,
        [MESSAGE_PULL] = &message_body_pull,         [MESSAGE_NACK] = &message_body_nack,
        [MESSAGE_MAP_GET] = &message_body_map_get,   [MESSAGE_MAP] = &message_body_map,
        [MESSAGE_BULK_GET] = &message_body_bulk_get,
    };

    return type < sizeof(bodies) / sizeof(bodies[0]) ? bodies[type] : NULL;
}
