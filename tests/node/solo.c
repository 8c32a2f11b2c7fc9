/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One node whose peers are played by the test, see solo.h.
 */
#include "solo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "feed.h"
#include "maps.h"
#include "scarce.h"

struct solo *solo_open(size_t peers)
{
    static char names[PEERS_MAX][32];
    const char *name_list[PEERS_MAX];
    uint64_t ids[PEERS_MAX];
    struct node_options options = {.name = "mx1",
                                   .version = "test",
                                   .cluster = "test",
                                   .id = SOLO_NODE,
                                   .boot = 77,
                                   .policy = {3, 60000, {{TIME_NEVER_MS}, 1}, MEMORY_MS, false},
                                   .ipv6_prefix = 64,
                                   .peer_names = name_list,
                                   .peer_ids = ids,
                                   .peer_count = peers};
    struct solo *solo = calloc(1, sizeof(*solo));

    assert_non_null(solo);
    for (size_t i = 0; i < peers; i++) {
        snprintf(names[i], sizeof(names[i]), "peer%zu", i);
        name_list[i] = names[i];
        ids[i] = 2001 + i;
    }
    solo->now = (struct now){SOLO_WALL_MS, 1000000};
    assert_int_equal(node_open(&solo->node, &options), 0);
    node_loaded(&solo->node, &solo->now, 0);
    solo_turn(solo);
    solo_forget(solo);
    return solo;
}

void solo_close(struct solo *solo)
{
    solo_forget(solo);
    free(solo->frames);
    node_close(&solo->node);
    free(solo);
}

static void keep_frame(struct solo *solo, const struct node_frame *frame)
{
    struct solo_frame copy = {.peer = frame->peer, .size = frame->size};

    if (solo->frame_count == solo->frame_room) {
        solo->frame_room = solo->frame_room * 2 + 64;
        solo->frames = realloc(solo->frames, solo->frame_room * sizeof(copy));
        assert_non_null(solo->frames);
    }
    copy.bytes = malloc(frame->size);
    assert_non_null(copy.bytes);
    memcpy(copy.bytes, frame->bytes, frame->size);
    solo->frames[solo->frame_count++] = copy;
}

void solo_turn(struct solo *solo)
{
    struct node *node = &solo->node;
    struct node_done done;

    node_tick(node, &solo->now);
    node_flush(node, &solo->now);
    node_committed(node, &solo->now, !solo->store_fails);
    if (node_wants_file(node)) {
        const struct map_text *map = node_map(node);

        if (map != NULL)
            node_file(node, &solo->now, map->bytes, map->size, node_usermap(node)->bytes,
                      node_usermap(node)->size);
    }
    scarce_hold(true);
    for (size_t i = 0; i < node->frame_count; i++)
        keep_frame(solo, &node->frames[i]);
    scarce_hold(false);
    node_turn_end(node);
    while (node_take_done(node, &solo->now, &done)) {
        assert_true(solo->done_count < sizeof(solo->done) / sizeof(solo->done[0]));
        solo->done[solo->done_count++] = done;
    }
}

void solo_pass(struct solo *solo, int64_t ms)
{
    for (int64_t passed = 0; passed < ms; passed += 100) {
        solo->now.wall_ms += 100;
        solo->now.mono_ms += 100;
        for (size_t i = 0; i < solo->node.peer_count; i++)
            if (solo->node.peers[i].greeted && !solo->quiet[i]) {
                solo_message(solo, MESSAGE_ACK)->ack = 0;
                solo_give(solo, i);
            }
        solo_turn(solo);
    }
}

struct message *solo_message(struct solo *solo, enum message_type type)
{
    memset(&solo->message, 0, sizeof(solo->message));
    solo->message.version = MESSAGE_VERSION;
    solo->message.type = (uint8_t)type;
    solo->message.cluster = solo->node.cluster;
    return &solo->message;
}

void solo_give(struct solo *solo, size_t peer)
{
    uint8_t *bytes;
    size_t size;

    scarce_hold(true);
    assert_int_equal(message_encode(&solo->message, &bytes, &size), 0);
    scarce_hold(false);
    node_frame(&solo->node, &solo->now, peer, bytes, size);
    free(bytes);
}

void solo_greet(struct solo *solo, size_t peer)
{
    struct message_hello *hello = &solo_message(solo, MESSAGE_HELLO)->hello;

    hello->boot = 5001 + peer;
    hello->wall_ms = solo->now.wall_ms;
    snprintf(hello->name, sizeof(hello->name), "mx%zu", peer + 2);
    snprintf(hello->version, sizeof(hello->version), "test");
    solo_give(solo, peer);
    solo_turn(solo);
    solo_forget(solo);
}

struct message_ping *solo_ping(struct solo *solo)
{
    struct message_ping *ping = &solo_message(solo, MESSAGE_PING)->ping;
    const struct state *state = &solo->node.state;

    scarce_hold(true);
    assert_non_null(node_map(&solo->node));
    scarce_hold(false);
    ping->wall_ms = solo->now.wall_ms;
    ping->tick = state->tick;
    ping->second = solo->now.wall_ms / 1000 - 2;
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        struct hash128 root = state_root(state, kind);

        if (kind == ENTRY_STRIKE)
            assert_true(state_strike_root(state, ping->second, &root));
        ping->roots[kind - 1] = (struct message_hash){{root.lane[0], root.lane[1]}};
    }
    ping->map_hash = ping->file_hash = solo->node.map_hash;
    return ping;
}

static bool matches(struct solo *solo, size_t i, size_t peer, enum message_type type)
{
    const struct solo_frame *frame = &solo->frames[i];

    return !frame->taken && frame->peer == peer &&
           message_decode(frame->bytes, frame->size, &solo->message) == MESSAGE_OK &&
           solo->message.type == type;
}

bool solo_take(struct solo *solo, size_t peer, enum message_type type)
{
    for (size_t i = 0; i < solo->frame_count; i++)
        if (matches(solo, i, peer, type)) {
            solo->frames[i].taken = true;
            return true;
        }
    return false;
}

size_t solo_count(struct solo *solo, size_t peer, enum message_type type)
{
    size_t count = 0;

    for (size_t i = 0; i < solo->frame_count; i++)
        count += matches(solo, i, peer, type);
    return count;
}

void solo_forget(struct solo *solo)
{
    for (size_t i = 0; i < solo->frame_count; i++)
        free(solo->frames[i].bytes);
    solo->frame_count = 0;
}

enum step_result solo_strike(struct solo *solo, const char *address, uint64_t origin, uint64_t id,
                             int64_t t_ms)
{
    uint8_t bytes[512];
    struct event event = {.type = EVENT_ENTRY,
                          .kind = ENTRY_STRIKE,
                          .bytes = bytes,
                          .size = solo_strike_bytes(address, origin, id, t_ms, bytes)};

    return node_step(&solo->node, &solo->now, &event);
}

size_t solo_strike_bytes(const char *address, uint64_t origin, uint64_t id, int64_t t_ms,
                         uint8_t bytes[512])
{
    static uint8_t text[] = {4, 'u', 's', 'e', 'r', 5, 'a', 'l', 'i', 'c', 'e'};
    const struct strike strike = {t_ms, id, origin, text};
    struct addr addr = solo_addr(address);

    return entry_write_strike(&addr, &strike, bytes, 512);
}

void solo_bans(struct solo *solo, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        solo_ban(solo, i);
    solo_turn(solo);
}

void solo_ban(struct solo *solo, uint32_t number)
{
    const struct addr addr = {
        ADDR_IPV4, 32, {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}};
    const struct record record = {.manual = {.stamp = {(uint64_t)SOLO_WALL_MS << 16, 2001},
                                             .kind = MANUAL_BAN,
                                             .until_ms = TIME_NEVER_MS}};
    uint8_t bytes[512];
    struct event event = {.type = EVENT_ENTRY,
                          .kind = ENTRY_RECORD,
                          .bytes = bytes,
                          .size = entry_write_record(&addr, &record, bytes, sizeof(bytes))};

    assert_int_equal(node_step(&solo->node, &solo->now, &event), STEP_CHANGED);
}

void solo_allows(struct solo *solo, const char *address, uint64_t owners)
{
    for (uint64_t owner = 3000; owner < 3000 + owners; owner++) {
        const struct allow allow = {.addr = solo_addr(address),
                                    .owner = owner,
                                    .stamp = {(uint64_t)SOLO_WALL_MS << 16, owner},
                                    .on = true,
                                    .until_ms = TIME_NEVER_MS};
        uint8_t bytes[512];
        struct event event = {.type = EVENT_ENTRY,
                              .kind = ENTRY_ALLOW,
                              .bytes = bytes,
                              .size = entry_write_allow(&allow, bytes, sizeof(bytes))};

        assert_int_equal(node_step(&solo->node, &solo->now, &event), STEP_CHANGED);
    }
    solo_turn(solo);
}

struct addr solo_addr(const char *text)
{
    static const char account[] = "account ";
    size_t skip = strncmp(text, account, strlen(account)) == 0 ? strlen(account) : 0;
    struct addr addr;

    if (skip > 0)
        assert_int_equal(addr_parse_account(text + skip, strlen(text + skip), &addr), 0);
    else
        assert_int_equal(addr_parse(text, strlen(text), false, &addr), 0);
    return addr;
}
