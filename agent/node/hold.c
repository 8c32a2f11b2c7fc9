/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strikes of the own log that the brake holds, see hold.h.
 */
#include "hold.h"

#include <stdlib.h>

#include "feed.h"

size_t hold_write_key(const struct addr *addr, const struct strike *strike,
                      uint8_t key[ENTRY_KEY_BYTES_MAX])
{
    size_t size = entry_write_addr(addr, key);

    for (int shift = 56; shift >= 0; shift -= 8)
        key[size++] = (uint8_t)(strike->id >> shift);
    return size;
}

size_t hold_write_row(const struct addr *addr, const struct strike *strike, bool dropped,
                      uint8_t bytes[HOLD_ROW_BYTES_MAX])
{
    size_t size = entry_write_strike(addr, strike, bytes, HOLD_ROW_BYTES_MAX - 1);

    bytes[size] = dropped;
    return size + 1;
}

/* For two rows at most, and what the core says of a strike. */
static bool has_room_for_row(struct node *node)
{
    if (effects_reserve(&node->effects, 6, 6 * HOLD_ROW_BYTES_MAX) == 0)
        return true;
    node->state.counters.entries_memory++;
    return false;
}

/* Room was made for both. */
static void put_row(struct node *node, const struct addr *addr, const struct strike *strike,
                    bool dropped)
{
    uint8_t key[ENTRY_KEY_BYTES_MAX], bytes[HOLD_ROW_BYTES_MAX];
    size_t size = hold_write_row(addr, strike, dropped, bytes);
    struct effect *effect = effects_add(&node->effects, EFFECT_PERSIST);

    effect->kind = ENTRY_HELD;
    effect->addr = *addr;
    effect->at_ms = strike->t_ms;
    effect->hash = hash128(&node->state.key, bytes, size).lane[0];
    effects_set_key(&node->effects, effect, key, hold_write_key(addr, strike, key));
    effects_set_body(&node->effects, effect, bytes, size);
}

static void delete_row(struct node *node, const struct addr *addr, const struct strike *strike)
{
    uint8_t key[ENTRY_KEY_BYTES_MAX];
    struct effect *effect = effects_add(&node->effects, EFFECT_DELETE);

    effect->kind = ENTRY_HELD;
    effects_set_key(&node->effects, effect, key, hold_write_key(addr, strike, key));
}

static size_t outside(const struct held *held)
{
    return held->sets[HELD_WAITING].count + held->sets[HELD_RELEASING].count +
           held->sets[HELD_DROPPING].count;
}

/* known: it is there already, perhaps with an earlier time. */
static void keep(struct node *node, uint64_t hash, const struct addr *addr,
                 const struct strike *strike, bool known)
{
    struct counters *counters = &node->state.counters;
    struct held *held = &node->hold.held;
    bool engages = held->sets[HELD_WAITING].count == 0;
    struct strikes_change change;

    if ((!known && outside(held) >= HELD_STRIKES_MAX) || !has_room_for_row(node) ||
        held_put(held, HELD_WAITING, hash, addr, strike, &change) != 0) {
        counters->strikes_unheld += !known;
        return;
    }
    if (!change.added)
        return;
    counters->brakes += engages;
    counters->strikes_held += !known;
    put_row(node, addr, strike, false);
    if (change.removed && change.old.id != strike->id) /* the oldest of too many */
        delete_row(node, addr, &change.old);
    strikes_change_clear(&change);
}

bool hold_take(struct node *node, const struct addr *addr, const struct strike *strike)
{
    struct node_hold *hold = &node->hold;
    uint64_t hash = state_hash(&node->state, addr);
    enum held_place place = held_find(&hold->held, hash, addr, strike);
    bool engaged = hold->held.sets[HELD_WAITING].count > 0;

    if (place == HELD_DROPPING || place == HELD_DROPPED)
        return true;
    if (place != HELD_WAITING &&
        (held_has(&hold->held, HELD_RELEASING, hash, addr) ||
         brake_judge(&hold->brake, &node->state, addr, strike, engaged) == BRAKE_PASS))
        return false;
    keep(node, hash, addr, strike, place == HELD_WAITING);
    return true;
}

bool hold_load(struct node *node, const uint8_t *bytes, size_t size)
{
    struct strikes_change change;
    struct strike strike;
    struct addr addr;

    if (size == 0 || bytes[size - 1] > 1 ||
        entry_read_strike(bytes, size - 1, &addr, &strike) != 0 ||
        held_put(&node->hold.held, bytes[size - 1] != 0 ? HELD_DROPPED : HELD_WAITING,
                 state_hash(&node->state, &addr), &addr, &strike, &change) != 0)
        return false;
    strikes_change_clear(&change);
    return true;
}

/* A walk over strikes at one place. */
struct walk {
    struct node *node;
    const struct now *now;
    size_t left; /* of the slice */
};

/* Into the state, with its id and time. One that is there already, or too old, needs nothing more.
 */
static enum held_fate release_strike(void *context, const struct addr *addr,
                                     const struct strike *strike)
{
    struct walk *walk = context;
    struct node *node = walk->node;
    struct event event = {.type = EVENT_STRIKE, .addr = *addr, .strike = *strike};

    if (walk->left == 0 || !has_room_for_row(node) ||
        node_step(node, walk->now, &event) == STEP_MEMORY)
        return HELD_ENOUGH;
    walk->left--;
    delete_row(node, addr, strike);
    node->state.counters.strikes_released++;
    return HELD_GOES;
}

/* Its row tells so from now on, as far as so many are remembered. */
static enum held_fate drop_strike(void *context, const struct addr *addr,
                                  const struct strike *strike)
{
    struct walk *walk = context;
    struct node *node = walk->node;
    struct held *held = &node->hold.held;
    struct strikes_change change;

    if (walk->left == 0 || !has_room_for_row(node))
        return HELD_ENOUGH;
    walk->left--;
    node->state.counters.strikes_dropped++;
    if (held->sets[HELD_DROPPED].count < HELD_DROPPED_MAX &&
        held_put(held, HELD_DROPPED, state_hash(&node->state, addr), addr, strike, &change) == 0) {
        put_row(node, addr, strike, true);
        if (change.removed) /* the oldest of too many: one that was dropped is not held again */
            delete_row(node, addr, &change.old);
        strikes_change_clear(&change);
    } else {
        delete_row(node, addr, strike);
    }
    return HELD_GOES;
}

/* Whether a release of the strike would bring the state nothing: it has it, and of two times the
 * later one stays. */
static bool is_in_state(const struct state *state, const struct addr *addr,
                        const struct strike *strike)
{
    struct unpacked room;
    const struct subject *subject = state_find(state, addr, &room);
    size_t place = subject != NULL ? strikes_find(&subject->strikes, strike) : 0;

    return subject != NULL && place < subject->strikes.count &&
           subject->strikes.list[place].t_ms >= strike->t_ms;
}

/* A backup brings back what was released after it was made, and the others have it. */
static enum held_fate forget_strike(void *context, const struct addr *addr,
                                    const struct strike *strike)
{
    struct node *node = ((struct walk *)context)->node;
    bool lapsed = strike->t_ms <= state_now_ms(&node->state) - STRIKE_HORIZON_MS;

    if (!lapsed && !is_in_state(&node->state, addr, strike))
        return HELD_STAYS;
    if (!has_room_for_row(node))
        return HELD_ENOUGH;
    delete_row(node, addr, strike);
    return HELD_GOES;
}

static void forget(struct node *node, struct walk *walk)
{
    struct held *held = &node->hold.held;
    size_t before = held->sets[HELD_WAITING].count;

    held_sift(held, HELD_WAITING, forget_strike, walk);
    node->state.counters.strikes_lapsed += before - held->sets[HELD_WAITING].count;
    held_sift(held, HELD_DROPPED, forget_strike, walk);
}

void hold_tick(struct node *node, const struct now *now)
{
    struct walk walk = {node, now, HOLD_SLICE_MAX};

    held_sift(&node->hold.held, HELD_RELEASING, release_strike, &walk);
    held_sift(&node->hold.held, HELD_DROPPING, drop_strike, &walk);
    if (node->hold.tick == node->state.tick)
        return;
    node->hold.tick = node->state.tick;
    forget(node, &walk);
}
