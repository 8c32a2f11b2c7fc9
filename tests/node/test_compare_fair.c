/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn it is: no peer keeps the others waiting for a descent, and only a difference that
 * descents left as it was is looked at ever more rarely.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compare.h"
#include "pair.h"

#define SUBJECT "192.0.2.1"

/* A PING of peer whose root of strikes is by so much ahead of the node's. */
static void ping(struct solo *solo, size_t peer, uint64_t more)
{
    struct message_ping *body = solo_ping(solo);

    body->boot = 5001 + peer;
    body->roots[ENTRY_STRIKE - 1].lane[0] += more;
    solo_give(solo, peer);
    solo_turn(solo);
}

static struct solo *open_greeted(size_t peers)
{
    struct solo *solo = solo_open(peers);

    for (size_t i = 0; i < peers; i++) {
        solo_greet(solo, i);
        solo->node.peers[i].no_bulk = true; /* so each descent begins at the root */
    }
    return solo;
}

/* Whoever is asked shows no difference below the root, which ends the descent; no turn. */
static void answer_equal(struct solo *solo)
{
    struct message_tree *tree = &solo_message(solo, MESSAGE_TREE)->tree;
    const struct hash128 *children =
        digest_children(&solo->node.state.digests[ENTRY_STRIKE - 1], 0, 0);

    assert_true(solo->node.descent.peer != NODE_PEER_NONE);
    tree->number = solo->node.descent.number;
    tree->kind = ENTRY_STRIKE;
    tree->count = 1;
    for (size_t i = 0; i < DIGEST_FANOUT; i++)
        tree->nodes[0].children[i] =
            (struct message_hash){{children[i].lane[0], children[i].lane[1]}};
    solo_give(solo, solo->node.descent.peer);
}

/* --- Who is next --- */

/* Peer 0 is always heard first, and all differ all the time. */
static void the_one_whose_last_descent_is_the_longest_ago_is_next(void **state)
{
    struct solo *solo = open_greeted(3);

    (void)state;
    for (uint64_t i = 0; i < 9; i++) {
        for (size_t peer = 0; peer < 3; peer++)
            ping(solo, peer, i + 1);
        assert_int_equal(solo->node.descent.peer, i % 3);
        answer_equal(solo);
        solo_pass(solo, 100);
    }
    solo_close(solo);
}

static void it_is_asked_at_once_when_a_descent_has_ended(void **state)
{
    struct solo *solo = open_greeted(2);

    (void)state;
    ping(solo, 0, 1);
    ping(solo, 1, 1);
    assert_int_equal(solo->node.descent.peer, 0);
    answer_equal(solo);
    assert_int_equal(solo->node.descent.peer, 1);
    answer_equal(solo);
    assert_true(solo->node.descent.peer == NODE_PEER_NONE);
    solo_close(solo);
}

static void and_when_one_was_given_up(void **state)
{
    struct solo *solo = open_greeted(2);

    (void)state;
    ping(solo, 0, 1);
    ping(solo, 1, 1);
    solo_pass(solo, 1600);
    assert_true(solo->node.state.counters.repairs_timed_out == 1);
    assert_int_equal(solo->node.descent.peer, 1);
    solo_close(solo);
}

/* Both have the same: what was fetched from the one need not be fetched from the other. */
static void who_holds_nothing_more_by_then_is_not_asked(void **state)
{
    struct pair pair = pair_descend();

    (void)state;
    pair.here->node.peers[1].no_bulk = true;
    solo_ping(pair.there);
    pair.here->message = pair.there->message;
    solo_give(pair.here, 1);
    assert_true(pair.here->node.peers[1].due);
    while (pair_carry_requests(&pair))
        pair_carry_answers(&pair);
    assert_true(pair_roots_equal(&pair));
    assert_false(pair.here->node.peers[1].due);
    assert_int_equal(solo_count(pair.here, 1, MESSAGE_TREE_GET), 0);
    pair_close(&pair);
}

/* --- How often --- */

/* Descents with peer 0 that found nothing, in so many seconds with a PING each. In each of them
 * both sides take so many strikes. */
static unsigned count_descents(struct solo *solo, unsigned seconds, uint64_t strikes)
{
    unsigned descents = 0;

    for (unsigned i = 0; i < seconds; i++) {
        for (uint64_t k = 0; k < strikes; k++)
            solo_strike(solo, SUBJECT, 3000, strikes * i + k, SOLO_WALL_MS - 600000);
        ping(solo, 0, 1);
        if (solo->node.descent.peer == 0) {
            descents++;
            answer_equal(solo);
        }
        solo_pass(solo, 1000);
    }
    return descents;
}

/* At 0, 1, 2, 3, 5, 9 s. */
static void what_comes_in_on_both_sides_makes_no_other_difference(void **state)
{
    struct solo *solo = open_greeted(1);

    (void)state;
    assert_int_equal(count_descents(solo, 10, 3), 6);
    assert_true(solo->node.peers[0].descents > COMPARE_DESCENTS_MAX);
    solo_close(solo);
}

static void another_difference_is_looked_at_at_once(void **state)
{
    struct solo *solo = open_greeted(1);

    (void)state;
    assert_int_equal(count_descents(solo, 10, 0), 6); /* the next at 17 s */
    ping(solo, 0, 1);
    assert_true(solo->node.descent.peer == NODE_PEER_NONE);
    ping(solo, 0, 2);
    assert_int_equal(solo->node.descent.peer, 0);
    solo_close(solo);
}

/* The peer may be about to go, or its answer was lost: nothing was left by those. */
static void descents_without_an_answer_do_not_count(void **state)
{
    struct solo *solo = open_greeted(1);

    (void)state;
    for (unsigned i = 1; i <= 8; i++) {
        ping(solo, 0, 1);
        assert_int_equal(solo->node.descent.peer, 0);
        solo_pass(solo, 1600);
        assert_true(solo->node.state.counters.repairs_timed_out == i);
    }
    assert_int_equal(solo->node.peers[0].descents, 0);
    solo_close(solo);
}

static void a_descent_that_brought_something_does_not_count(void **state)
{
    struct pair pair = pair_descend();

    (void)state;
    solo_strike(pair.here, SUBJECT, 3000, 2, SOLO_WALL_MS - 5000); /* so that they stay different */
    while (pair_carry_requests(&pair))
        pair_carry_answers(&pair);
    assert_true(pair_counters(&pair)->repair_entries == 1);
    assert_int_equal(pair.here->node.peers[0].descents, 0);
    pair_close(&pair);
}

/* It came by another way meanwhile, or the peer answers what it likes. */
static void one_that_brought_what_was_known_does(void **state)
{
    struct pair pair = pair_descend();

    (void)state;
    while (pair.here->node.descent.asked != MESSAGE_PULL) {
        assert_true(pair_carry_requests(&pair));
        pair_carry_answers(&pair);
    }
    solo_strike(pair.here, "192.0.2.1", 3000, 1, SOLO_WALL_MS - 5000);
    pair_carry_requests(&pair);
    pair_carry_answers(&pair);
    assert_true(pair.here->node.descent.peer == NODE_PEER_NONE);
    assert_true(pair_counters(&pair)->repair_entries == 0);
    assert_int_equal(pair.here->node.peers[0].descents, 1);
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_one_whose_last_descent_is_the_longest_ago_is_next),
        cmocka_unit_test(it_is_asked_at_once_when_a_descent_has_ended),
        cmocka_unit_test(and_when_one_was_given_up),
        cmocka_unit_test(who_holds_nothing_more_by_then_is_not_asked),
        cmocka_unit_test(what_comes_in_on_both_sides_makes_no_other_difference),
        cmocka_unit_test(another_difference_is_looked_at_at_once),
        cmocka_unit_test(descents_without_an_answer_do_not_count),
        cmocka_unit_test(a_descent_that_brought_something_does_not_count),
        cmocka_unit_test(one_that_brought_what_was_known_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
