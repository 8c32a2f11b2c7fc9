/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole node without the world, see node.h: the turn, and what goes in.
 */
#include "node.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "compare.h"
#include "feed.h"
#include "hello.h"
#include "hold.h"
#include "maps.h"
#include "mark.h"
#include "push.h"
#include "repair.h"
#include "skew.h"
#include "verify.h"

static int open_peers(struct node *node, const struct node_options *options)
{
    node->peers = calloc(options->peer_count + 1, sizeof(*node->peers));
    if (node->peers == NULL)
        return -1;
    for (size_t i = 0; i < options->peer_count; i++) {
        snprintf(node->peers[i].name, sizeof(node->peers[i].name), "%s", options->peer_names[i]);
        node->peers[i].id = options->peer_ids[i];
    }
    return 0;
}

int node_open(struct node *node, const struct node_options *options)
{
    struct hash_key cluster =
        hash_derive("bansync cluster", options->cluster, strlen(options->cluster));

    assert(options->peer_count <= PEERS_MAX);
    memset(node, 0, sizeof(*node));
    snprintf(node->name, sizeof(node->name), "%s", options->name);
    snprintf(node->version, sizeof(node->version), "%s", options->version);
    for (size_t i = 0; i < sizeof(node->cluster); i++)
        node->cluster |= (uint64_t)cluster.bytes[i] << (8 * i);
    node->boot = options->boot;
    node->number = options->boot; /* so that no answer to an earlier life is taken for ours */
    node->strike_key = options->strike_key;
    node->ipv6_prefix = options->ipv6_prefix;
    node->buckets_hash = options->buckets_hash;
    node->peer_count = options->peer_count;
    node->quota_rate = (struct quota_rate){
        options->quota_burst != 0 ? options->quota_burst : QUOTA_BURST,
        options->quota_per_s != 0 ? options->quota_per_s : QUOTA_PER_S,
    };
    node->descent.peer = NODE_PEER_NONE;
    node->map_stale = node->map_whole = true;
    node->in = malloc(sizeof(*node->in));
    node->out = malloc(sizeof(*node->out));
    node->hold.brake.max = (uint32_t)options->max_new_per_minute;
    if (open_peers(node, options) == 0 && node->in != NULL && node->out != NULL &&
        held_open(&node->hold.held) == 0 &&
        state_open(&node->state, options->cluster, options->id, &options->policy) == 0)
        return 0;
    held_close(&node->hold.held);
    free(node->peers);
    free(node->in);
    free(node->out);
    return -1;
}

void node_close(struct node *node)
{
    node_turn_end(node);
    verify_end(node);
    repair_close(node);
    batch_close(node);
    free(node->frames);
    node_maps_close(node);
    map_free(&node->file);
    effects_close(&node->effects);
    effects_close(&node->selfcheck.rows);
    held_close(&node->hold.held);
    state_close(&node->state);
    free(node->peers);
    free(node->in);
    free(node->out);
    memset(node, 0, sizeof(*node));
}

bool node_load(struct node *node, uint8_t kind, const uint8_t *bytes, size_t size)
{
    return node_load_hashed(node, kind, bytes, size, NULL);
}

bool node_load_hashed(struct node *node, uint8_t kind, const uint8_t *bytes, size_t size,
                      const struct hash128 *hash)
{
    struct event event = {
        .type = EVENT_LOAD, .kind = kind, .bytes = bytes, .size = size, .hash = hash};
    enum step_result result;

    if (kind == ENTRY_HELD)
        return hold_load(node, bytes, size);
    result = step(&node->state, &event, &node->effects);
    return result == STEP_CHANGED || result == STEP_SAME || result == STEP_EXPIRED;
}

void node_loaded(struct node *node, const struct now *now, uint64_t saved_hlc)
{
    struct event event = {.type = EVENT_LOADED};

    skew_begin(node, now, saved_hlc);
    node_step(node, now, &event);
}

static enum step_result command(struct node *node, const struct now *now, enum event_type type,
                                uint64_t request, const struct addr *addr, int64_t until_ms,
                                const char *reason, const char *actor)
{
    struct event event = {.type = type,
                          .request = request,
                          .addr = *addr,
                          .until_ms = until_ms,
                          .reason = reason,
                          .actor = actor};

    return node_step(node, now, &event);
}

enum step_result node_ban(struct node *node, const struct now *now, uint64_t request,
                          const struct addr *addr, int64_t until_ms, const char *reason,
                          const char *actor)
{
    return command(node, now, EVENT_BAN, request, addr, until_ms, reason, actor);
}

enum step_result node_unban(struct node *node, const struct now *now, uint64_t request,
                            const struct addr *addr, const char *reason, const char *actor)
{
    return command(node, now, EVENT_UNBAN, request, addr, 0, reason, actor);
}

enum step_result node_forget(struct node *node, const struct now *now, uint64_t request,
                             const struct addr *addr, const char *reason, const char *actor)
{
    return command(node, now, EVENT_FORGET, request, addr, 0, reason, actor);
}

enum step_result node_allow_add(struct node *node, const struct now *now, uint64_t request,
                                const struct addr *addr, int64_t until_ms, const char *reason,
                                const char *actor)
{
    return command(node, now, EVENT_ALLOW_ADD, request, addr, until_ms, reason, actor);
}

enum step_result node_allow_remove(struct node *node, const struct now *now, uint64_t request,
                                   const struct addr *addr, const char *reason, const char *actor)
{
    return command(node, now, EVENT_ALLOW_REMOVE, request, addr, 0, reason, actor);
}

enum step_result node_audit(struct node *node, const struct now *now, uint64_t request,
                            const struct audit *audit)
{
    struct event event = {.type = EVENT_AUDIT, .request = request, .audit = audit};

    return node_step(node, now, &event);
}

enum step_result node_mark(struct node *node, const struct now *now, const uint8_t *id)
{
    struct event event = {.type = EVENT_MARK, .bytes = id, .size = MARK_ID_BYTES};

    return node_step(node, now, &event);
}

enum step_result node_lease_end(struct node *node, const struct now *now, uint64_t request,
                                const struct addr *addr, uint64_t owner, const char *reason,
                                const char *actor)
{
    struct event event = {.type = EVENT_ALLOW_REMOVE,
                          .request = request,
                          .addr = *addr,
                          .owner = owner,
                          .reason = reason,
                          .actor = actor};

    if (owner == ALLOW_OPERATOR)
        return STEP_MALFORMED;
    return node_step(node, now, &event);
}

void node_policy(struct node *node, const struct policy *policy, unsigned ipv6_prefix,
                 uint64_t buckets_hash)
{
    struct event event = {.type = EVENT_POLICY, .policy = policy};

    node->ipv6_prefix = ipv6_prefix;
    node->buckets_hash = buckets_hash;
    for (size_t i = 0; i < node->peer_count; i++)
        node->peers[i].tell = true;
    step(&node->state, &event, &node->effects);
}

void node_tick(struct node *node, const struct now *now)
{
    struct event event = {.type = EVENT_TICK};
    int64_t off_ms;

    skew_settle(node, now);
    if (!node_clock_is_off(node, now, &off_ms))
        node_step(node, now, &event);
    hold_tick(node, now);
    batch_tick(node, now);
    repair_tick(node, now);
    compare_begin(node, now);
    verify_tick(node, now);
}

void node_flush(struct node *node, const struct now *now)
{
    struct event event = {.type = EVENT_FLUSH};

    node_step(node, now, &event);
    push_own(node, now);
}

/* Nothing of this turn is durable: no peer may be told that it is. */
static void drop_acks(struct node *node)
{
    size_t kept = 0;

    for (size_t i = 0; i < node->frame_count; i++) {
        if (node->frames[i].is_ack)
            free(node->frames[i].bytes);
        else
            node->frames[kept++] = node->frames[i];
    }
    node->frame_count = kept;
}

void node_committed(struct node *node, const struct now *now, bool committed)
{
    struct event event = {.type = committed ? EVENT_COMMITTED : EVENT_FAILED};
    size_t first = node->effects.count;

    if (!committed)
        drop_acks(node);
    node_step(node, now, &event);
    batch_collect(node, now, first);
    node->effects_pushed = node->effects.count; /* pushed by the batch */
    for (size_t i = 0; i < node->effects.count; i++)
        if (node->effects.list[i].type == EFFECT_MAP)
            node_map_changed(node, &node->effects.list[i].addr);
    hello_tick(node, now); /* behind the pushes whose entries its roots hold */
}

void node_turn_end(struct node *node)
{
    for (size_t i = 0; i < node->frame_count; i++)
        free(node->frames[i].bytes);
    for (size_t i = 0; i < node->peer_count; i++)
        node->peers[i].queued_bytes = node->peers[i].bulk_frames = 0;
    node->frame_count = 0;
    node->effects_pushed = 0;
    effects_clear(&node->effects);
}

bool node_wants_file(const struct node *node)
{
    return node->asked_any || (node->verify != NULL && !node->verify->file_known);
}

/* Files that hold the maps need not be kept twice. */
static void keep_file(struct node *node, const char *bytes, size_t size, const char *users,
                      size_t users_size)
{
    map_free(&node->file);
    if (bytes == NULL || node->file_hash == node->map_hash)
        return;
    node->file.bytes = malloc(size + users_size + 1);
    if (node->file.bytes == NULL)
        return;
    memcpy(node->file.bytes, bytes, size);
    if (users_size > 0)
        memcpy(node->file.bytes + size, users, users_size);
    node->file.size = size + users_size;
}

void node_file(struct node *node, const struct now *now, const char *bytes, size_t size,
               const char *users, size_t users_size)
{
    node_map(node);
    node->file_hash = bytes != NULL ? node_map_hash(node, bytes, size, users, users_size) : 0;
    keep_file(node, bytes, size, users, users_size);
    if (node->verify != NULL)
        node->verify->file_known = true;
    for (size_t i = 0; i < node->peer_count && node->asked_any; i++) {
        if (node->asked[i] != 0)
            hello_send_ping(node, now, i, 0, node->asked[i]);
        node->asked[i] = 0;
    }
    node->asked_any = false;
}

bool node_take_done(struct node *node, const struct now *now, struct node_done *done)
{
    return batch_take(node, now, done);
}
