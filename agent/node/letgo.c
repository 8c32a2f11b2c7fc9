/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators and the loop do with the brake and with what it holds, see node.h.
 */
#include "hold.h"
#include "node.h"

void node_brake(struct node *node, int64_t max)
{
    node->hold.brake.max = (uint32_t)max;
}

size_t node_release(struct node *node, const struct addr *net)
{
    return held_move(&node->hold.held, HELD_WAITING, HELD_RELEASING, net);
}

size_t node_drop(struct node *node, const struct addr *net)
{
    return held_move(&node->hold.held, HELD_WAITING, HELD_DROPPING, net);
}

bool node_is_letting_go(const struct node *node)
{
    const struct held_set *sets = node->hold.held.sets;

    return sets[HELD_RELEASING].count + sets[HELD_DROPPING].count > 0;
}

/* Who visits the rows. */
struct visit {
    node_held_fn *row;
    void *context;
    const struct node *node;
    bool dropped;
};

static enum held_fate visit_strike(void *context, const struct addr *addr,
                                   const struct strike *strike)
{
    const struct visit *visit = context;
    uint8_t key[ENTRY_KEY_BYTES_MAX], bytes[HOLD_ROW_BYTES_MAX];
    struct node_held held = {.addr = addr, .at_ms = strike->t_ms, .key = key, .bytes = bytes};

    held.key_size = hold_write_key(addr, strike, key);
    held.size = hold_write_row(addr, strike, visit->dropped, bytes);
    held.hash = hash128(&visit->node->state.key, bytes, held.size).lane[0];
    visit->row(visit->context, &held);
    return HELD_STAYS;
}

void node_visit_held(struct node *node, node_held_fn *row, void *context)
{
    struct visit visit = {row, context, node, false};

    for (enum held_place place = 0; place < HELD_PLACES; place++) {
        visit.dropped = place == HELD_DROPPING || place == HELD_DROPPED;
        held_sift(&node->hold.held, place, visit_strike, &visit);
    }
}
