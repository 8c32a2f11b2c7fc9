/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few nodes in one process, see world.h.
 */
#include "world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maps.h"
#include "view.h"

#define STEP_MS 10

static struct now node_now(const struct world *world, size_t node)
{
    return (struct now){world->now.wall_ms + world->skew_ms[node], world->now.mono_ms};
}

static void open_node(struct world *world, size_t index)
{
    static const char *const names[] = {"mx1", "mx2", "mx3", "mx4"};
    const char *peer_names[WORLD_NODES_MAX];
    uint64_t peer_ids[WORLD_NODES_MAX];
    struct node_options options = {
        .name = names[index],
        .version = "test",
        .cluster = world->cluster[index] != NULL ? world->cluster[index] : "test",
        .id = 1000 + index,
        .boot = (uint64_t)world->now.mono_ms * 10 + index,
        .policy = {.threshold = 10,
                   .window_ms = 600000,
                   .durations = {{TIME_NEVER_MS}, 1},
                   .memory_ms = MEMORY_MS},
        .ipv6_prefix = 64,
        .peer_names = peer_names,
        .peer_ids = peer_ids,
        .quota_burst = world->quota.burst,
        .quota_per_s = world->quota.per_s,
    };

    options.strike_key.bytes[0] = (uint8_t)(index + 1);
    for (size_t i = 0; i < world->count; i++) {
        if (i == index)
            continue;
        peer_names[options.peer_count] = names[i];
        peer_ids[options.peer_count++] = 1000 + i;
    }
    assert(node_open(&world->nodes[index], &options) == 0);
    world->up[index] = true;
}

static void clear_rows(struct world *world, size_t index)
{
    for (size_t i = 0; i < world->row_count[index]; i++)
        free(world->rows[index][i].body);
    free(world->rows[index]);
    world->rows[index] = NULL;
    world->row_count[index] = world->row_room[index] = 0;
}

void world_start(struct world *world, size_t index, bool blank)
{
    struct now now = node_now(world, index);

    open_node(world, index);
    if (blank) {
        clear_rows(world, index);
        world->saved_hlc[index] = 0;
    }
    for (size_t i = 0; i < world->row_count[index]; i++) {
        const struct world_row *row = &world->rows[index][i];

        assert(node_load(&world->nodes[index], row->kind, row->body, row->size));
    }
    node_loaded(&world->nodes[index], &now, world->saved_hlc[index]);
}

struct world *world_open(size_t count)
{
    struct world *world = calloc(1, sizeof(*world));

    assert(world != NULL && count <= WORLD_NODES_MAX);
    world->count = count;
    world->now = (struct now){1790000000000, 1000000};
    for (size_t i = 0; i < count; i++) {
        world_start(world, i, true);
        for (size_t k = 0; k < count; k++)
            world->link[i][k] = i != k;
    }
    return world;
}

void world_close(struct world *world)
{
    for (size_t i = 0; i < world->count; i++) {
        if (world->up[i])
            node_close(&world->nodes[i]);
        clear_rows(world, i);
    }
    for (size_t i = 0; i < world->frame_count; i++)
        free(world->frames[i].bytes);
    free(world->frames);
    free(world);
}

/* Index of the peer that node index has at place peer, and back. */
static size_t peer_to_node(size_t index, size_t peer)
{
    return peer < index ? peer : peer + 1;
}

static size_t node_to_peer(size_t index, size_t node)
{
    return node < index ? node : node - 1;
}

static void queue_frame(struct world *world, size_t from, const struct node_frame *frame)
{
    struct world_frame copy = {
        .from = from, .to = peer_to_node(from, frame->peer), .size = frame->size};

    if (!world->link[from][copy.to])
        return;
    if (world->frame_count == world->frame_room) {
        world->frame_room = world->frame_room * 2 + 64;
        world->frames = realloc(world->frames, world->frame_room * sizeof(copy));
        assert(world->frames != NULL);
    }
    copy.bytes = malloc(frame->size);
    assert(copy.bytes != NULL);
    memcpy(copy.bytes, frame->bytes, frame->size);
    world->frames[world->frame_count++] = copy;
    world->bytes_sent += frame->size;
}

/* As a store would: every row is kept in order; loading merges them all. */
static void keep_rows(struct world *world, size_t index)
{
    const struct effects *effects = &world->nodes[index].effects;

    for (size_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->list[i];
        struct world_row row = {.kind = effect->kind, .size = effect->body_size};

        if (effect->type != EFFECT_PERSIST)
            continue;
        if (world->row_count[index] == world->row_room[index]) {
            world->row_room[index] = world->row_room[index] * 2 + 64;
            world->rows[index] = realloc(world->rows[index], world->row_room[index] * sizeof(row));
            assert(world->rows[index] != NULL);
        }
        row.body = malloc(row.size);
        assert(row.body != NULL);
        memcpy(row.body, effect_body(effects, effect), row.size);
        world->rows[index][world->row_count[index]++] = row;
    }
    world->saved_hlc[index] = world->nodes[index].state.hlc;
}

/* The self-check, with the rows kept as the store that it loads from. */
static void begin_turn(struct world *world, size_t index)
{
    struct node *node = &world->nodes[index];
    struct now now = node_now(world, index);

    if (!node_check(node, &now))
        return;
    for (size_t i = 0; i < world->row_count[index]; i++) {
        const struct world_row *row = &world->rows[index][i];

        node_reload(node, row->kind, row->body, row->size);
    }
    node_reloaded(node, &now, !world->store_fails[index]);
}

static void end_turn(struct world *world, size_t index)
{
    struct node *node = &world->nodes[index];
    struct now now = node_now(world, index);
    struct node_done done;

    node_tick(node, &now);
    node_flush(node, &now);
    if (!world->store_fails[index])
        keep_rows(world, index);
    node_committed(node, &now, !world->store_fails[index]);
    if (node_wants_file(node)) {
        const struct map_text *map = node_map(node);

        node_file(node, &now, map->bytes, map->size, node_usermap(node)->bytes,
                  node_usermap(node)->size);
    }
    for (size_t i = 0; i < node->frame_count; i++)
        queue_frame(world, index, &node->frames[i]);
    node_turn_end(node);
    while (node_take_done(node, &now, &done))
        if (world->done_count < sizeof(world->done) / sizeof(world->done[0]))
            world->done[world->done_count++] = done;
}

static void deliver(struct world *world)
{
    struct world_frame *frames = world->frames;
    size_t count = world->frame_count;

    world->frames = NULL;
    world->frame_count = world->frame_room = 0;
    for (size_t i = 0; i < count; i++) {
        size_t to = frames[i].to;
        struct now now = node_now(world, to);

        if (world->up[to])
            node_frame(&world->nodes[to], &now, node_to_peer(to, frames[i].from), frames[i].bytes,
                       frames[i].size);
        free(frames[i].bytes);
    }
    free(frames);
}

void world_run(struct world *world, int64_t ms)
{
    for (int64_t passed = 0; passed < ms; passed += STEP_MS) {
        world->now.wall_ms += STEP_MS;
        world->now.mono_ms += STEP_MS;
        for (size_t i = 0; i < world->count; i++)
            if (world->up[i])
                begin_turn(world, i);
        deliver(world);
        for (size_t i = 0; i < world->count; i++)
            if (world->up[i])
                end_turn(world, i);
    }
}

void world_cut(struct world *world, size_t node, bool cut)
{
    for (size_t i = 0; i < world->count; i++)
        if (i != node)
            world->link[i][node] = world->link[node][i] = !cut;
}

void world_kill(struct world *world, size_t node)
{
    node_close(&world->nodes[node]);
    world->up[node] = false;
}

struct addr world_addr(const char *text)
{
    struct addr addr;

    assert(addr_parse(text, strlen(text), false, &addr) == 0);
    return addr;
}

void world_hits(struct world *world, size_t node, const char *address, size_t count)
{
    struct now now = node_now(world, node);

    for (size_t i = 0; i < count; i++) {
        struct node_hit hit = {.source = 7,
                               .offset = world->line++ * 300,
                               .line = "line",
                               .line_size = 4,
                               .addr = world_addr(address),
                               .t_ms = now.wall_ms + (int64_t)i,
                               .bucket = "user",
                               .bucket_size = 4,
                               .account = "alice",
                               .account_size = 5};

        node_hit(&world->nodes[node], &now, &hit);
    }
}

void world_ban(struct world *world, size_t node, const char *address, uint64_t request)
{
    struct now now = node_now(world, node);
    struct addr addr = world_addr(address);

    node_ban(&world->nodes[node], &now, request, &addr, TIME_NEVER_MS, "test", "root");
}

void world_unban(struct world *world, size_t node, const char *address, uint64_t request)
{
    struct now now = node_now(world, node);
    struct addr addr = world_addr(address);

    node_unban(&world->nodes[node], &now, request, &addr, "test", "root");
}

const char *world_map(struct world *world, size_t node)
{
    static char text[WORLD_NODES_MAX][65536];
    const struct map_text *map = node_map(&world->nodes[node]);
    size_t header = strlen(MAP_HEADER);

    assert(map != NULL && map->size - header < sizeof(text[0]));
    memcpy(text[node], map->bytes + header, map->size - header);
    text[node][map->size - header] = '\0';
    return text[node];
}

bool world_is_equal(struct world *world)
{
    size_t first = 0;

    while (first < world->count && !world->up[first])
        first++;
    for (size_t i = first + 1; i < world->count; i++) {
        if (!world->up[i])
            continue;
        if (world->nodes[i].state.tick != world->nodes[first].state.tick)
            return false;
        for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
            struct hash128 a = state_root(&world->nodes[first].state, kind);
            struct hash128 b = state_root(&world->nodes[i].state, kind);

            if (!hash128_equal(&a, &b))
                return false;
        }
        node_map(&world->nodes[first]);
        node_map(&world->nodes[i]);
        if (world->nodes[first].map_hash != world->nodes[i].map_hash)
            return false;
    }
    return true;
}

size_t world_count(struct world *world, size_t node, const char *address)
{
    struct addr addr = world_addr(address);
    struct unpacked room_of_subject;
    const struct subject *subject = state_find(&world->nodes[node].state, &addr, &room_of_subject);
    struct view view;

    if (subject == NULL)
        return 0;
    view_make(&world->nodes[node].state, subject, &view);
    return view.count;
}
