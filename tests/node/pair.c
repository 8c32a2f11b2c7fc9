/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two nodes of which one repairs from the other, see pair.h.
 */
#include "pair.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct pair pair_open(void)
{
    struct pair pair = {solo_open(2), solo_open(1), 0};

    solo_greet(pair.here, 0);
    solo_greet(pair.here, 1);
    solo_greet(pair.there, 0);
    return pair;
}

void pair_close(struct pair *pair)
{
    solo_close(pair->here);
    solo_close(pair->there);
}

void pair_ping(struct pair *pair)
{
    solo_ping(pair->there);
    pair->here->message = pair->there->message;
    solo_give(pair->here, 0);
    solo_turn(pair->here);
}

/* Carries all frames of one type over; returns how many. */
static size_t carry(struct solo *from, struct solo *to, enum message_type type)
{
    size_t count = 0;

    for (; solo_take(from, 0, type); count++) {
        to->message = from->message;
        solo_give(to, 0);
    }
    return count;
}

bool pair_carry_requests(struct pair *pair)
{
    size_t count = carry(pair->here, pair->there, MESSAGE_TREE_GET) +
                   carry(pair->here, pair->there, MESSAGE_LEAF_GET) +
                   carry(pair->here, pair->there, MESSAGE_PULL) +
                   carry(pair->here, pair->there, MESSAGE_BULK_GET);

    solo_turn(pair->there);
    pair->asked += count;
    return count > 0;
}

void pair_carry_answers(struct pair *pair)
{
    carry(pair->there, pair->here, MESSAGE_TREE);
    carry(pair->there, pair->here, MESSAGE_LEAF);
    carry(pair->there, pair->here, MESSAGE_PUSH);
    solo_turn(pair->here);
}

void pair_repair(struct pair *pair)
{
    pair_ping(pair);
    for (size_t rounds = 0; pair_carry_requests(pair); rounds++) {
        assert_true(rounds < 200);
        pair_carry_answers(pair);
    }
    assert_true(pair->here->node.descent.peer == NODE_PEER_NONE);
}

bool pair_roots_equal(const struct pair *pair)
{
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        struct hash128 a = state_root(&pair->here->node.state, kind);
        struct hash128 b = state_root(&pair->there->node.state, kind);

        if (!hash128_equal(&a, &b))
            return false;
    }
    return true;
}

const struct counters *pair_counters(const struct pair *pair)
{
    return &pair->here->node.state.counters;
}

void pair_list(struct pair *pair)
{
    pair->here->node.peers[0].no_bulk = true;
}

struct pair pair_descend(void)
{
    struct pair pair = pair_open();

    pair_list(&pair);
    solo_strike(pair.there, "192.0.2.1", 3000, 1, SOLO_WALL_MS - 5000);
    solo_turn(pair.there);
    pair_ping(&pair);
    assert_true(pair.here->node.descent.peer == 0);
    return pair;
}
