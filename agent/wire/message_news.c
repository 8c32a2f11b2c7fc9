/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of what nodes tell each other unasked: HELLO, PING, PUSH and its ACK, NACK.
 *
 * The function that gets a body mirrors the one that puts it, line by line; see message_body.h.
 */
#include <assert.h>

#include "codec.h"
#include "message_body.h"

static void hello_put(struct codec_writer *writer, const struct message *message)
{
    const struct message_hello *hello = &message->hello;

    codec_put_uint(writer, hello->boot);
    codec_put_int(writer, hello->wall_ms);
    codec_put_bool(writer, hello->answer);
    codec_put_text(writer, hello->name, NAME_BYTES_MAX);
    codec_put_text(writer, hello->version, NAME_BYTES_MAX);
    codec_put_uint(writer, hello->threshold);
    codec_put_int(writer, hello->window_ms);
    codec_put_array(writer, hello->duration_count);
    for (size_t i = 0; i < hello->duration_count; i++)
        codec_put_int(writer, hello->durations_ms[i]);
    codec_put_int(writer, hello->memory_ms);
    codec_put_uint(writer, hello->ipv6_prefix);
    codec_put_uint(writer, hello->buckets_hash);
    codec_put_bool(writer, hello->observe);
    codec_put_bool(writer, hello->count_messages);
    codec_put_uint(writer, hello->accounts);
}

static void hello_get(struct codec_reader *reader, struct message *message)
{
    struct message_hello *hello = &message->hello;

    hello->boot = codec_get_uint(reader, UINT64_MAX);
    hello->wall_ms = codec_get_int(reader);
    hello->answer = codec_get_bool(reader);
    codec_get_text(reader, hello->name, sizeof(hello->name));
    codec_get_text(reader, hello->version, sizeof(hello->version));
    hello->threshold = (uint32_t)codec_get_uint(reader, UINT32_MAX);
    hello->window_ms = codec_get_int(reader);
    hello->duration_count = codec_get_array(reader, DURATIONS_MAX);
    for (size_t i = 0; i < DURATIONS_MAX; i++)
        hello->durations_ms[i] = i < hello->duration_count ? codec_get_int(reader) : 0;
    hello->memory_ms = codec_get_int(reader);
    hello->ipv6_prefix = (uint32_t)codec_get_uint(reader, UINT32_MAX);
    hello->buckets_hash = codec_get_uint(reader, UINT64_MAX);
    hello->observe = codec_get_bool(reader);
    hello->count_messages = codec_get_bool(reader);
    hello->accounts = (uint8_t)codec_get_uint(reader, UINT8_MAX);
}

static void ping_put(struct codec_writer *writer, const struct message *message)
{
    const struct message_ping *ping = &message->ping;

    codec_put_uint(writer, ping->boot);
    codec_put_int(writer, ping->wall_ms);
    codec_put_uint(writer, ping->tick);
    codec_put_int(writer, ping->second);
    codec_put_array(writer, MESSAGE_KINDS);
    for (size_t i = 0; i < MESSAGE_KINDS; i++) {
        uint8_t bytes[MESSAGE_HASH_BYTES];

        message_hash_store(bytes, &ping->roots[i]);
        codec_put_bin(writer, bytes, MESSAGE_HASH_BYTES);
    }
    codec_put_uint(writer, ping->map_hash);
    codec_put_uint(writer, ping->file_hash);
    codec_put_uint(writer, ping->ask);
    codec_put_uint(writer, ping->answer);
}

static void ping_get(struct codec_reader *reader, struct message *message)
{
    struct message_ping *ping = &message->ping;

    ping->boot = codec_get_uint(reader, UINT64_MAX);
    ping->wall_ms = codec_get_int(reader);
    ping->tick = codec_get_uint(reader, UINT64_MAX);
    ping->second = codec_get_int(reader);
    codec_get_tuple(reader, MESSAGE_KINDS);
    for (size_t i = 0; i < MESSAGE_KINDS; i++) {
        const uint8_t *bytes = codec_get_exactly(reader, MESSAGE_HASH_BYTES);

        if (bytes != NULL)
            ping->roots[i] = message_hash_load(bytes);
    }
    ping->map_hash = codec_get_uint(reader, UINT64_MAX);
    ping->file_hash = codec_get_uint(reader, UINT64_MAX);
    ping->ask = codec_get_uint(reader, UINT64_MAX);
    ping->answer = codec_get_uint(reader, UINT64_MAX);
}

static void push_put(struct codec_writer *writer, const struct message *message)
{
    const struct message_push *push = &message->push;

    assert(push->sent_to_count <= PEERS_MAX + 1 && push->entry_count <= FRAME_ENTRIES_MAX);
    codec_put_uint(writer, push->ack);
    codec_put_uint(writer, push->answer);
    codec_put_bool(writer, push->last);
    codec_put_array(writer, push->sent_to_count);
    for (size_t i = 0; i < push->sent_to_count; i++)
        codec_put_uint(writer, push->sent_to[i]);
    codec_put_array(writer, push->entry_count);
    for (size_t i = 0; i < push->entry_count; i++) {
        assert(push->entries[i].size <= ENTRY_BYTES_MAX);
        codec_put_array(writer, 2);
        codec_put_uint(writer, push->entries[i].kind);
        codec_put_bin(writer, push->entries[i].bytes, push->entries[i].size);
    }
}

static void push_get(struct codec_reader *reader, struct message *message)
{
    struct message_push *push = &message->push;

    push->ack = codec_get_uint(reader, UINT64_MAX);
    push->answer = codec_get_uint(reader, UINT64_MAX);
    push->last = codec_get_bool(reader);
    push->sent_to_count = codec_get_array(reader, PEERS_MAX + 1);
    for (size_t i = 0; i < push->sent_to_count; i++)
        push->sent_to[i] = codec_get_uint(reader, UINT64_MAX);
    push->entry_count = codec_get_array(reader, FRAME_ENTRIES_MAX);
    for (size_t i = 0; i < push->entry_count; i++) {
        struct message_entry *entry = &push->entries[i];

        codec_get_tuple(reader, 2);
        entry->kind = (uint8_t)codec_get_uint(reader, UINT8_MAX);
        entry->bytes = codec_get_bin(reader, ENTRY_BYTES_MAX, &entry->size);
    }
}

static void ack_put(struct codec_writer *writer, const struct message *message)
{
    codec_put_uint(writer, message->ack);
}

static void ack_get(struct codec_reader *reader, struct message *message)
{
    message->ack = codec_get_uint(reader, UINT64_MAX);
}

static void nack_put(struct codec_writer *writer, const struct message *message)
{
    codec_put_uint(writer, message->nack.reason);
    codec_put_text(writer, message->nack.detail, REASON_BYTES_MAX);
}

static void nack_get(struct codec_reader *reader, struct message *message)
{
    message->nack.reason = (uint8_t)codec_get_uint(reader, UINT8_MAX);
    codec_get_text(reader, message->nack.detail, sizeof(message->nack.detail));
}

const struct message_body message_body_hello = {"hello", 14, hello_put, hello_get};
const struct message_body message_body_ping = {"ping", 9, ping_put, ping_get};
const struct message_body message_body_push = {"push", 5, push_put, push_get};
const struct message_body message_body_ack = {"ack", 1, ack_put, ack_get};
const struct message_body message_body_nack = {"nack", 2, nack_put, nack_get};
