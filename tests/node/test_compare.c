/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a PING calls for a descent: at equal ticks only, strikes at once, the rest when it lasts,
 * ever more rarely when nothing comes of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compare.h"
#include "solo.h"

/* A PING of peer whose roots differ from the node's by these numbers. */
static void ping(struct solo *solo, size_t peer, uint64_t strike, uint64_t record, uint64_t allow)
{
    struct message_ping *body = solo_ping(solo);

    body->boot = 5001 + peer;
    body->roots[ENTRY_STRIKE - 1].lane[0] += strike;
    body->roots[ENTRY_RECORD - 1].lane[1] += record;
    body->roots[ENTRY_ALLOW - 1].lane[0] += allow;
    solo_give(solo, peer);
    solo_turn(solo);
}

/* Peers that are up and were found equal once. */
static struct solo *open_equal(size_t peers)
{
    struct solo *solo = solo_open(peers);

    for (size_t i = 0; i < peers; i++) {
        solo_greet(solo, i);
        ping(solo, i, 0, 0, 0);
        solo_forget(solo);
        assert_true(solo->node.peers[i].compared && solo->node.peers[i].same);
        assert_false(solo->node.peers[i].fresh);
        solo->node.peers[i].no_bulk = true; /* so each descent begins at the root */
    }
    return solo;
}

/* The descent just begun with peer 0 asks for the root of this kind. */
static void assert_asks(struct solo *solo, enum entry_kind kind)
{
    assert_true(solo_take(solo, 0, MESSAGE_TREE_GET));
    assert_int_equal(solo->message.tree.kind, kind);
    assert_int_equal(solo->message.tree.level, 0);
    assert_int_equal(solo->message.tree.count, 1);
    assert_int_equal(solo->message.tree.indices[0], 0);
    assert_false(solo_take(solo, 0, MESSAGE_TREE_GET));
}

/* Answers the request taken last: no difference here, which ends that descent. */
static void answer_equal(struct solo *solo)
{
    struct message_tree get = solo->message.tree;
    struct message_tree *tree = &solo_message(solo, MESSAGE_TREE)->tree;
    const struct hash128 *children =
        digest_children(&solo->node.state.digests[get.kind - 1], get.level, get.indices[0]);

    tree->number = get.number;
    tree->kind = get.kind;
    tree->level = get.level;
    tree->count = 1;
    tree->nodes[0].index = get.indices[0];
    for (size_t i = 0; i < DIGEST_FANOUT; i++)
        tree->nodes[0].children[i] =
            (struct message_hash){{children[i].lane[0], children[i].lane[1]}};
    solo_give(solo, 0);
    solo_turn(solo);
}

static void an_operator_does_not_wait(void **state)
{
    struct solo *solo = open_equal(2);

    (void)state;
    ping(solo, 0, 0, 7, 0);
    solo->node.peers[0].descents = COMPARE_DESCENTS_MAX + 5;
    solo->node.peers[0].descended_ms = solo->now.mono_ms;
    ping(solo, 1, 0, 0, 0);
    ping(solo, 0, 0, 7, 0);
    assert_int_equal(solo_count(solo, 0, MESSAGE_TREE_GET), 0); /* it waits */
    compare_now(&solo->node, &solo->now);
    solo_turn(solo);
    assert_asks(solo, ENTRY_RECORD);
    assert_int_equal(solo_count(solo, 1, MESSAGE_TREE_GET), 0); /* that one holds the same */
    assert_true(solo->node.peers[0].tell && solo->node.peers[1].tell);
    assert_int_not_equal(solo->node.selfcheck.hurry, 0);
    solo_close(solo);
}

static void equal_roots_and_maps_are_the_same(void **state)
{
    struct solo *solo = open_equal(1);

    (void)state;
    solo_ping(solo)->map_hash++;
    solo_give(solo, 0);
    assert_false(solo->node.peers[0].same);
    ping(solo, 0, 0, 0, 0);
    assert_true(solo->node.peers[0].same);
    assert_int_equal(solo_count(solo, 0, MESSAGE_TREE_GET), 0);
    assert_true(solo->node.state.counters.repairs_started == 0);
    solo_close(solo);
}

static void strikes_that_differ_call_at_once(void **state)
{
    struct solo *solo = open_equal(1);

    (void)state;
    ping(solo, 0, 1, 0, 0);
    assert_asks(solo, ENTRY_STRIKE);
    assert_false(solo->node.peers[0].same);
    assert_true(solo->node.state.counters.repairs_started == 1);
    solo_close(solo);
}

static void the_rest_calls_when_it_differs_twice_and_nothing_moved(void **state)
{
    struct solo *solo = open_equal(1);

    (void)state;
    ping(solo, 0, 0, 1, 0);
    assert_int_equal(solo_count(solo, 0, MESSAGE_TREE_GET), 0);
    ping(solo, 0, 0, 1, 0);
    assert_asks(solo, ENTRY_RECORD);
    solo_close(solo);
}

static void or_when_it_differs_three_times(void **state)
{
    struct solo *solo = open_equal(1);

    (void)state;
    ping(solo, 0, 0, 0, 1);
    ping(solo, 0, 0, 0, 2);
    assert_int_equal(solo_count(solo, 0, MESSAGE_TREE_GET), 0);
    ping(solo, 0, 0, 0, 3);
    assert_asks(solo, ENTRY_ALLOW);
    solo_close(solo);
}

static void what_was_equal_in_between_does_not_call(void **state)
{
    struct solo *solo = open_equal(1);

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        ping(solo, 0, 0, 1, 0);
        ping(solo, 0, 0, 0, 0);
    }
    assert_int_equal(solo_count(solo, 0, MESSAGE_TREE_GET), 0);
    solo_close(solo);
}

static void a_greeting_calls_at_once(void **state)
{
    struct solo *solo = open_equal(1);

    (void)state;
    solo_greet(solo, 0);
    ping(solo, 0, 0, 1, 0);
    assert_asks(solo, ENTRY_RECORD);
    solo_close(solo);
}

/* What this node got meanwhile is for the other one to fetch. But should this one have lost
 * something, it must ask in the end. */
static void who_has_got_nothing_new_is_asked_only_when_it_lasts(void **state)
{
    struct solo *solo = open_equal(1);
    struct message_hash before[MESSAGE_KINDS];

    (void)state;
    solo_ban(solo, 0);
    ping(solo, 0, 0, 0, 0);
    memcpy(before, solo_ping(solo)->roots, sizeof(before));
    solo_strike(solo, "192.0.2.1", 3000, 1, SOLO_WALL_MS - 5000);
    solo_ban(solo, 1);
    solo_greet(solo, 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(solo_count(solo, 0, MESSAGE_TREE_GET), 0);
        memcpy(solo_ping(solo)->roots, before, sizeof(before));
        solo->message.ping.boot = 5001;
        solo_give(solo, 0);
        solo_turn(solo);
    }
    assert_asks(solo, ENTRY_RECORD);
    solo_close(solo);
}

/* A node that had the strikes first would ban what a cut or an allow entry takes out again. */
static void allow_entries_come_before_records_and_strikes_last(void **state)
{
    struct solo *solo = open_equal(1);

    (void)state;
    solo_greet(solo, 0);
    ping(solo, 0, 1, 1, 1);
    assert_asks(solo, ENTRY_ALLOW);
    answer_equal(solo);
    assert_asks(solo, ENTRY_RECORD);
    answer_equal(solo);
    assert_asks(solo, ENTRY_STRIKE);
    answer_equal(solo);
    assert_int_equal(solo_count(solo, 0, MESSAGE_TREE_GET), 0);
    assert_true(solo->node.state.counters.repairs_finished == 3);
    solo_close(solo);
}

static void another_tick_is_not_compared(void **state)
{
    struct solo *solo = open_equal(1);

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct message_ping *body = solo_ping(solo);

        body->tick++;
        body->roots[0].lane[0]++;
        solo_give(solo, 0);
        solo_turn(solo);
    }
    assert_int_equal(solo_count(solo, 0, MESSAGE_TREE_GET), 0);
    assert_true(solo->node.peers[0].same);
    solo_close(solo);
}

static void strikes_of_too_long_ago_are_not_compared(void **state)
{
    struct solo *solo = open_equal(1);

    (void)state;
    solo_strike(solo, "192.0.2.1", 2001, 1, SOLO_WALL_MS);
    solo_turn(solo);
    for (size_t i = 0; i < 5; i++) {
        struct message_ping *body = solo_ping(solo);

        body->second -= RECENT_SECONDS;
        body->roots[0].lane[0]++;
        solo_give(solo, 0);
        solo_turn(solo);
    }
    assert_int_equal(solo_count(solo, 0, MESSAGE_TREE_GET), 0);
    solo_close(solo);
}

static void one_descent_at_a_time_and_the_other_peer_is_remembered(void **state)
{
    struct solo *solo = open_equal(2);

    (void)state;
    ping(solo, 0, 1, 0, 0);
    assert_true(solo_take(solo, 0, MESSAGE_TREE_GET));
    solo->node.peers[1].fresh = true;
    ping(solo, 1, 0, 1, 0);
    assert_int_equal(solo_count(solo, 1, MESSAGE_TREE_GET), 0);
    solo_take(solo, 0, MESSAGE_TREE_GET);
    solo->message.tree = (struct message_tree){
        .number = solo->node.descent.number, .kind = ENTRY_STRIKE, .count = 1};
    answer_equal(solo);
    assert_int_equal(solo_count(solo, 1, MESSAGE_TREE_GET), 1);
    solo_close(solo);
}

/* Descents that found nothing, in so many seconds with a PING each. */
static unsigned count_descents(struct solo *solo, unsigned seconds)
{
    unsigned descents = 0;

    for (unsigned i = 0; i < seconds; i++) {
        ping(solo, 0, 1, 0, 0);
        if (solo_take(solo, 0, MESSAGE_TREE_GET)) {
            descents++;
            answer_equal(solo);
        }
        solo_forget(solo);
        solo_pass(solo, 1000);
    }
    return descents;
}

/* At 0, 1, 2, 3, 5, 9, 17, 33, 65, 125, 185, 245 s. */
static void a_difference_that_stays_is_looked_at_ever_more_rarely(void **state)
{
    struct solo *solo = open_equal(1);

    (void)state;
    assert_int_equal(count_descents(solo, 3), COMPARE_DESCENTS_MAX);
    assert_int_equal(count_descents(solo, 7), 3);
    assert_int_equal(count_descents(solo, 290), 6);
    ping(solo, 0, 0, 0, 0);
    assert_int_equal(count_descents(solo, 3), 3); /* another difference */
    solo_close(solo);
}

/* Drawing a large map for each PING would cost more than what is being fetched. */
static void while_roots_differ_no_map_is_drawn(void **state)
{
    struct solo *solo = open_equal(1);
    struct message_ping *body = solo_ping(solo);

    (void)state;
    body->boot = 5001;
    body->roots[ENTRY_RECORD - 1].lane[0]++;
    solo->node.map_stale = true;
    solo_give(solo, 0);
    assert_true(solo->node.map_stale);
    assert_true(solo->node.peers[0].compared && !solo->node.peers[0].same);
    body = solo_ping(solo);
    body->boot = 5001;
    solo->node.map_stale = true;
    solo_give(solo, 0);
    assert_false(solo->node.map_stale);
    assert_true(solo->node.peers[0].same);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operator_does_not_wait),
        cmocka_unit_test(equal_roots_and_maps_are_the_same),
        cmocka_unit_test(strikes_that_differ_call_at_once),
        cmocka_unit_test(the_rest_calls_when_it_differs_twice_and_nothing_moved),
        cmocka_unit_test(or_when_it_differs_three_times),
        cmocka_unit_test(what_was_equal_in_between_does_not_call),
        cmocka_unit_test(a_greeting_calls_at_once),
        cmocka_unit_test(who_has_got_nothing_new_is_asked_only_when_it_lasts),
        cmocka_unit_test(allow_entries_come_before_records_and_strikes_last),
        cmocka_unit_test(another_tick_is_not_compared),
        cmocka_unit_test(strikes_of_too_long_ago_are_not_compared),
        cmocka_unit_test(one_descent_at_a_time_and_the_other_peer_is_remembered),
        cmocka_unit_test(a_difference_that_stays_is_looked_at_ever_more_rarely),
        cmocka_unit_test(while_roots_differ_no_map_is_drawn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
