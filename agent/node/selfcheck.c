/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Self-check: walks the own state for damage, all of it in 256 s, and has what is damaged loaded
 * again (docs/DESIGN.md section 5). Its door is node_check in node.h.
 *
 * Rows are gathered first and taken over only if the store gave them all: a store that fails on the
 * way must not cost bans.
 */
#include "feed.h"
#include "maps.h"
#include "node.h"

#define SELFCHECK_LEAVES_PER_S 256
#define SELFCHECK_WAIT_MS_MAX \
    4000 /* what a longer pause leaves undone: at most 1,024 leaves a turn */
#define SELFCHECK_HURRY_LEAVES 2048 /* 17 ms with a million records */

/* Leaves to be walked in this turn. */
static uint32_t take_leaves(struct node_selfcheck *check, const struct now *now)
{
    int64_t waited_ms = now->mono_ms - check->walked_ms;
    uint32_t count;

    if (waited_ms > SELFCHECK_WAIT_MS_MAX)
        waited_ms = SELFCHECK_WAIT_MS_MAX;
    check->walked_ms = now->mono_ms;
    check->owed += waited_ms * SELFCHECK_LEAVES_PER_S;
    count = (uint32_t)(check->owed / 1000 / DIGEST_FANOUT * DIGEST_FANOUT);
    check->owed -= (int64_t)count * 1000;
    if (check->hurry > 0)
        count = check->hurry < SELFCHECK_HURRY_LEAVES ? check->hurry : SELFCHECK_HURRY_LEAVES;
    if (count > DIGEST_LEAVES - check->next)
        count = DIGEST_LEAVES - check->next;
    check->hurry -= check->hurry < count ? check->hurry : count;
    return count;
}

/* The map that is kept drawn. */
static void check_map(struct node *node)
{
    if (node->map_stale || node_map_hash(node, node->map.bytes, node->map.size, node->usermap.bytes,
                                         node->usermap.size) == node->map_hash)
        return;
    node->state.counters.selfcheck_repaired++;
    if (effects_reserve(&node->effects, 1, 0) == 0)
        effects_add(&node->effects, EFFECT_MAP);
    node->map_stale = node->map_whole = true;
}

static bool wants_rows(const struct node *node)
{
    for (size_t i = 0; i < node->effects.count; i++)
        if (node->effects.list[i].type == EFFECT_RELOAD)
            return true;
    return false;
}

bool node_check(struct node *node, const struct now *now)
{
    struct node_selfcheck *check = &node->selfcheck;
    struct event event = {.type = EVENT_CHECK};

    if (node->effects.count > 0 || node->state.dirty_count > 0)
        return false; /* the turn has begun */
    if (node->state.suspect > 0) {
        event.leaf = (uint16_t)(node->state.suspect - 1);
        event.count = 1;
        node_step(node, now, &event);
        return wants_rows(node);
    }
    event.leaf = (uint16_t)check->next;
    event.count = take_leaves(check, now);
    if (event.count == 0)
        return false;
    if (check->next == 0)
        check_map(node);
    node_step(node, now, &event);
    check->next += (uint32_t)event.count;
    if (check->next == DIGEST_LEAVES) {
        check->next = 0;
        check->round_ms = now->mono_ms;
    }
    return wants_rows(node);
}

/* What is loaded again together: strikes and records; every other kind alone. */
static uint8_t part_of(uint8_t kind)
{
    return kind == ENTRY_STRIKE ? ENTRY_RECORD : kind;
}

static bool is_wanted(const struct node *node, uint8_t kind, uint16_t leaf)
{
    for (size_t i = 0; i < node->effects.count; i++) {
        const struct effect *effect = &node->effects.list[i];

        if (effect->type == EFFECT_RELOAD && part_of(effect->kind) == part_of(kind) &&
            (kind == ENTRY_ALLOW || effect->leaf == leaf))
            return true;
    }
    return false;
}

void node_reload(struct node *node, uint8_t kind, const uint8_t *bytes, size_t size)
{
    struct effects *rows = &node->selfcheck.rows;
    struct effect *row;
    uint16_t leaf;

    if (kind == ENTRY_HELD || state_entry_leaf(&node->state, kind, bytes, size, &leaf) != 0 ||
        !is_wanted(node, kind, leaf))
        return;
    if (effects_reserve(rows, 1, size) != 0) {
        node->selfcheck.rows_incomplete = true;
        return;
    }
    row = effects_add(rows, EFFECT_PERSIST);
    row->kind = kind;
    effects_set_body(rows, row, bytes, size);
}

/* Puts the rows in the place of what is damaged. */
static void take_over(struct node *node, const struct now *now)
{
    struct effects *rows = &node->selfcheck.rows;
    struct event event = {.type = EVENT_RELOAD};

    for (size_t i = 0; i < node->effects.count; i++) {
        const struct effect *effect = &node->effects.list[i];

        event.kind = effect->kind;
        event.leaf = effect->leaf;
        if (effect->type == EFFECT_RELOAD)
            node_step(node, now, &event);
    }
    for (size_t i = 0; i < rows->count; i++)
        (void)node_load(node, rows->list[i].kind, effect_body(rows, &rows->list[i]),
                        rows->list[i].body_size);
    event.type = EVENT_RELOADED;
    node_step(node, now, &event);
}

void node_reloaded(struct node *node, const struct now *now, bool complete)
{
    if (complete && !node->selfcheck.rows_incomplete)
        take_over(node, now);
    effects_close(&node->selfcheck.rows);
    node->selfcheck.rows_incomplete = false;
}
