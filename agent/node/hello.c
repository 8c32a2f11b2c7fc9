/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is there, see hello.h.
 */
#include "hello.h"

#include <stdio.h>
#include <string.h>

#include "maps.h"
#include "skew.h"

#define HELLO_IN_FLIGHT_SECONDS 2
#define HELLO_LATE_MS 2000             /* what an ended process left behind is read by then */
#define WALL_MS_MAX (INT64_C(1) << 48) /* the hlc's: leaves room for arithmetic */

static void send_hello(struct node *node, const struct now *now, size_t peer, bool answer)
{
    struct message *message = node_message(node, MESSAGE_HELLO);

    memset(&message->hello, 0, sizeof(message->hello));
    message->hello.boot = node->boot;
    message->hello.wall_ms = now->wall_ms;
    message->hello.answer = answer;
    memcpy(message->hello.name, node->name, sizeof(node->name));
    memcpy(message->hello.version, node->version, sizeof(node->version));
    message->hello.threshold = node->state.policy.threshold;
    message->hello.window_ms = node->state.policy.window_ms;
    message->hello.duration_count = node->state.policy.durations.count;
    memcpy(message->hello.durations_ms, node->state.policy.durations.ms,
           sizeof(message->hello.durations_ms));
    message->hello.memory_ms = node->state.policy.memory_ms;
    message->hello.ipv6_prefix = node->ipv6_prefix;
    message->hello.buckets_hash = node->buckets_hash;
    message->hello.observe = node->observe;
    message->hello.count_messages = node->state.policy.count_messages;
    message->hello.accounts = (uint8_t)node->state.policy.accounts;
    node_send(node, peer);
}

static void set_root(struct message_hash *out, const struct hash128 *root)
{
    out->lane[0] = root->lane[0];
    out->lane[1] = root->lane[1];
}

int64_t hello_second(const struct node *node, const struct now *now)
{
    return node_ref_ms(node, now) / 1000 - HELLO_IN_FLIGHT_SECONDS;
}

void hello_send_ping(struct node *node, const struct now *now, size_t peer, uint64_t ask,
                     uint64_t answer)
{
    struct message *message = node_message(node, MESSAGE_PING);
    struct message_ping *ping = &message->ping;

    memset(ping, 0, sizeof(*ping));
    ping->boot = node->boot;
    ping->wall_ms = now->wall_ms;
    ping->tick = node->state.tick;
    ping->second = hello_second(node, now);
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        struct hash128 root = state_root(&node->state, kind);

        if (kind == ENTRY_STRIKE)
            state_strike_root(&node->state, ping->second, &root);
        set_root(&ping->roots[kind - 1], &root);
    }
    ping->map_hash = node_map(node) != NULL ? node->map_hash : 0;
    ping->file_hash = node->file_hash;
    ping->ask = ask;
    ping->answer = answer;
    node_send(node, peer);
}

void hello_tick(struct node *node, const struct now *now)
{
    if (now->mono_ms - node->pinged_ms < NODE_PING_MS)
        return;
    node->pinged_ms = now->mono_ms;
    for (size_t i = 0; i < node->peer_count; i++) {
        if (node_peer_is_up(&node->peers[i], now)) {
            if (node->peers[i].tell)
                send_hello(node, now, i, false);
            node->peers[i].tell = false;
            hello_send_ping(node, now, i, 0, 0);
        } else {
            node->peers[i].greeted = false;
            node->peers[i].compared = false;
            send_hello(node, now, i, true);
        }
    }
}

static bool is_earlier(const struct node_peer *peer, uint64_t boot)
{
    for (size_t i = 0; i < NODE_BOOTS_MAX; i++)
        if (peer->boots[i] == boot)
            return true;
    return false;
}

/* A restart brings a boot id that was not seen before. An earlier one that still speaks, while its
 * successor does, too, is that of a second live node with the same key. Frames that an ended
 * process left behind may be read after the first ones of the next: they are no sign. */
static void note_boot(struct node_peer *peer, const struct now *now, uint64_t boot)
{
    bool silent = now->mono_ms - peer->boot_seen_ms > NODE_DEAD_MS;

    if (boot == peer->hello.boot) {
        peer->boot_seen_ms = now->mono_ms;
    } else if (is_earlier(peer, boot) && !silent) {
        /* The last frame of an ended process may also be read behind the first one of the next, and
         * then pass for the successor: that one must have gone on speaking, too. */
        if (now->mono_ms - peer->boot_ms >= HELLO_LATE_MS &&
            peer->boot_seen_ms - peer->boot_ms >= HELLO_LATE_MS)
            peer->clone_ms = now->mono_ms;
    } else {
        memmove(peer->boots + 1, peer->boots, sizeof(peer->boots) - sizeof(peer->boots[0]));
        peer->boots[0] = peer->hello.boot;
        peer->hello.boot = boot;
        peer->boot_ms = peer->boot_seen_ms = now->mono_ms;
    }
}

void hello_receive(struct node *node, const struct now *now, size_t index)
{
    struct node_peer *peer = &node->peers[index];
    uint64_t boot = peer->hello.boot;

    if (!peer->greeted || boot != node->in->hello.boot) {
        peer->descents = 0; /* a new link: what the last one left undone is no reason to wait */
        peer->no_bulk = false;
    }
    peer->greeted = true;
    peer->unheard = node->in->hello.answer ? peer->unheard + 1 : 0;
    peer->fresh = true;
    peer->hello = node->in->hello;
    peer->hello.boot = boot;
    note_boot(peer, now, node->in->hello.boot);
    if (node->in->hello.answer)
        send_hello(node, now, index, false);
    hello_send_ping(node, now, index, 0, 0);
}

/* A file that is one PING behind its map is about to be written; one that stays is not. 0: it does
 * not know. */
static void note_file(struct node_peer *peer, const struct now *now,
                      const struct message_ping *ping)
{
    bool differs = ping->file_hash != 0 && ping->map_hash != 0 && ping->file_hash != ping->map_hash;

    if (!differs)
        peer->file_ms = 0;
    else if (peer->file_ms == 0 || ping->file_hash != peer->ping.file_hash)
        peer->file_ms = now->mono_ms;
}

void hello_ping(struct node *node, const struct now *now, size_t index)
{
    struct node_peer *peer = &node->peers[index];

    peer->unheard = 0;
    note_file(peer, now, &node->in->ping);
    peer->ping = node->in->ping;
    peer->ping_ms = now->mono_ms;
    if (peer->ping.wall_ms < 0 || peer->ping.wall_ms > WALL_MS_MAX) {
        peer->ping.wall_ms = 0; /* no clock shows that: it has no voice */
        peer->ping_ms = 0;
    }
    skew_listen(node, now);
    note_boot(peer, now, peer->ping.boot);
    if (!peer->greeted)
        send_hello(node, now, index, true);
    if (peer->ping.ask != 0) {
        node->asked[index] = peer->ping.ask;
        node->asked_any = true;
    }
}

void hello_nack(struct node *node, const struct now *now, size_t index)
{
    struct node_peer *peer = &node->peers[index];

    node->state.counters.nacks_received++;
    peer->nack = node->in->nack;
    peer->nack_ms = now->mono_ms;
}

void hello_send_nack(struct node *node, const struct now *now, size_t index,
                     enum message_nack reason, const char *detail)
{
    struct node_peer *peer = &node->peers[index];
    struct message *message;

    if (peer->nacked_ms != 0 && now->mono_ms - peer->nacked_ms < NODE_PING_MS)
        return;
    peer->nacked_ms = now->mono_ms;
    message = node_message(node, MESSAGE_NACK);
    message->nack.reason = (uint8_t)reason;
    snprintf(message->nack.detail, sizeof(message->nack.detail), "%s", detail);
    node_send(node, index);
}
