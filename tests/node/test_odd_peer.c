/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peer that says odd things: sums that differ in one lane, answers to other questions, PINGs that
 * name a second of long ago, and verify answers at the wrong time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pair.h"
#include "verify.h"

#define SUBJECT "192.0.2.1"

static struct solo *open_greeted(size_t peers)
{
    struct solo *solo = solo_open(peers);

    for (size_t i = 0; i < peers; i++)
        solo_greet(solo, i);
    return solo;
}

/* --- Repair ------------------------------------------------------------------------------------
 */

/* A TREE answer to the request for the root, with one child of these sums; returns how many nodes
 * are asked for then. */
static size_t tell_child(struct solo *solo, uint64_t lane0, uint64_t lane1)
{
    struct message_tree *tree = &solo_message(solo, MESSAGE_TREE)->tree;

    tree->number = solo->node.descent.number;
    tree->kind = ENTRY_STRIKE;
    tree->count = 1;
    tree->nodes[0].children[3] = (struct message_hash){{lane0, lane1}};
    solo_give(solo, 0);
    solo_turn(solo);
    return solo_take(solo, 0, MESSAGE_TREE_GET) ? solo->message.tree.count : 0;
}

/* A node in a descent of strikes that has asked for the root; of those it has one itself. */
static struct solo *open_descending(void)
{
    struct solo *solo = open_greeted(1);

    solo_strike(solo, SUBJECT, 3000, 1, SOLO_WALL_MS - 5000);
    solo_turn(solo);
    solo_ping(solo)->roots[ENTRY_STRIKE - 1].lane[0]++;
    solo_give(solo, 0);
    solo_turn(solo);
    assert_true(solo_take(solo, 0, MESSAGE_TREE_GET));
    return solo;
}

static void a_sum_may_differ_in_either_lane(void **state)
{
    static const uint64_t odd[][2] = {{0, 1}, {1, 0}, {7, 7}};
    struct solo *solo;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        solo = open_descending();
        assert_int_equal(tell_child(solo, odd[i][0], odd[i][1]), 1);
        assert_int_equal(solo->message.tree.indices[0], 3);
        solo_close(solo);
    }
    solo = open_descending();
    assert_int_equal(tell_child(solo, 0, 0), 0); /* there is nothing to fetch */
    assert_true(solo->node.descent.peer == NODE_PEER_NONE);
    solo_close(solo);
}

/* The sums of a child that both have, but for the second lane. */
static void the_second_lane_counts(void **state)
{
    struct solo *solo = open_descending();
    struct addr addr = solo_addr(SUBJECT);
    uint32_t child = state_leaf(&solo->node.state, &addr) >> 12;
    struct hash128 ours = digest_children(&solo->node.state.digests[ENTRY_STRIKE - 1], 0, 0)[child];
    struct message_tree *tree = &solo_message(solo, MESSAGE_TREE)->tree;

    (void)state;
    tree->number = solo->node.descent.number;
    tree->kind = ENTRY_STRIKE;
    tree->count = 1;
    tree->nodes[0].children[child] = (struct message_hash){{ours.lane[0], ours.lane[1] + 1}};
    solo_give(solo, 0);
    solo_turn(solo);
    assert_true(solo_take(solo, 0, MESSAGE_TREE_GET));
    assert_int_equal(solo->message.tree.count, 1);
    assert_int_equal(solo->message.tree.indices[0], child);
    solo_close(solo);
}

/* Starts a TREE with the head of the request that waits, which is returned. */
static const struct message_tree *begin_tree(struct solo *solo, struct message_tree **tree)
{
    static struct message_tree asked;

    asked = solo->message.tree;
    *tree = &solo_message(solo, MESSAGE_TREE)->tree;
    (*tree)->number = asked.number;
    (*tree)->kind = asked.kind;
    (*tree)->level = asked.level;
    return &asked;
}

/* All the nodes asked for, the last one first, each with so many children that are fetchable. */
static void tell_backwards(struct solo *solo, size_t children)
{
    const struct message_tree *asked;
    struct message_tree *tree;

    assert_true(solo_take(solo, 0, MESSAGE_TREE_GET));
    asked = begin_tree(solo, &tree);
    for (size_t i = asked->count; i-- > 0; tree->count++) {
        tree->nodes[tree->count].index = asked->indices[i];
        for (size_t k = 0; k < children; k++)
            tree->nodes[tree->count].children[k].lane[1] = 1;
    }
    solo_give(solo, 0);
    solo_turn(solo);
}

/* The leaves asked for hold so much, all of it missing here, that the others are asked for in bulk.
 */
static void list_much(struct solo *solo, uint8_t kind)
{
    struct message_pairs *pairs;

    assert_true(solo_take(solo, 0, MESSAGE_LEAF_GET));
    assert_int_equal(solo->message.leaf_get.count, FRAME_LEAVES_MAX);
    pairs = &solo_message(solo, MESSAGE_LEAF)->pairs;
    pairs->number = solo->node.descent.number;
    pairs->kind = kind;
    pairs->last = true;
    for (pairs->count = 0; pairs->count < 512; pairs->count++)
        pairs->pairs[pairs->count] = (struct message_pair){9, pairs->count + 1};
    solo_give(solo, 0);
    solo_turn(solo);
}

/* Leaves that a peer told in no order are asked for in bulk as far as they are in order. */
static void a_tree_that_is_told_backwards_is_asked_for_in_pieces(void **state)
{
    struct solo *solo = open_greeted(1);

    (void)state;
    solo_strike(solo, SUBJECT, 3000, 1, SOLO_WALL_MS - 5000);
    solo_turn(solo);
    solo_ping(solo)->roots[ENTRY_STRIKE - 1].lane[0]++;
    solo_give(solo, 0);
    solo_turn(solo);
    tell_backwards(solo, 1);
    tell_backwards(solo, 4);
    tell_backwards(solo, 16); /* below each of the four are 256 leaves */
    list_much(solo, ENTRY_STRIKE);
    assert_true(solo_take(solo, 0, MESSAGE_BULK_GET));
    assert_int_equal(solo->message.bulk_get.count, 1);
    assert_int_equal(solo->message.bulk_get.ranges[0].last,
                     solo->message.bulk_get.ranges[0].first + FRAME_LEAVES_MAX - 1);
    for (size_t frame = 0; frame < 4; frame++) { /* all its credit, and nothing of it brought */
        solo_message(solo, MESSAGE_PUSH)->push.answer = solo->node.descent.number;
        solo_give(solo, 0);
    }
    solo_turn(solo);
    assert_int_equal(solo_count(solo, 0, MESSAGE_LEAF_GET),
                     1); /* the first leaf is listed, alone */
    assert_true(solo_take(solo, 0, MESSAGE_LEAF_GET));
    assert_int_equal(solo->message.leaf_get.count, 1);
    solo_close(solo);
}

/* Every other leaf: each is a range. */
static void a_request_in_bulk_names_so_many_ranges_at_most(void **state)
{
    struct solo *solo = open_greeted(1);

    (void)state;
    solo_allows(solo, "203.0.113.0/24", 1); /* of that kind the tree is told to its end */
    solo_ping(solo)->roots[ENTRY_ALLOW - 1].lane[0]++;
    solo_give(solo, 0);
    solo_turn(solo);
    while (solo_take(solo, 0, MESSAGE_TREE_GET)) {
        struct message_tree *tree;
        const struct message_tree *asked = begin_tree(solo, &tree);

        for (; tree->count < asked->count; tree->count++) {
            tree->nodes[tree->count].index = asked->indices[tree->count];
            for (size_t k = 0; k < DIGEST_FANOUT; k += asked->level == 3 ? 2 : 1)
                tree->nodes[tree->count].children[k].lane[1] = 1;
        }
        solo_give(solo, 0);
        solo_turn(solo);
    }
    list_much(solo, ENTRY_ALLOW);
    assert_true(solo_take(solo, 0, MESSAGE_BULK_GET));
    assert_int_equal(solo->message.bulk_get.count, FRAME_RANGES_MAX);
    solo_close(solo);
}

/* Entries that bear the number of a request for something else: merged, but no step of it. */
static void a_push_is_no_answer_to_a_request_for_the_tree(void **state)
{
    struct solo *solo = open_descending();
    uint8_t bytes[512];
    struct message_push *push = &solo_message(solo, MESSAGE_PUSH)->push;

    (void)state;
    push->answer = solo->node.descent.number;
    push->last = true;
    push->entry_count = 1;
    push->entries[0] = (struct message_entry){
        ENTRY_STRIKE, bytes, solo_strike_bytes(SUBJECT, 3000, 2, SOLO_WALL_MS - 4000, bytes)};
    solo_give(solo, 0);
    solo_turn(solo);
    assert_true(solo->node.descent.peer == 0);
    assert_false(solo->node.descent.pulled);
    assert_int_equal(solo->node.descent.asked, MESSAGE_TREE_GET);
    assert_int_equal(solo->node.state.strike_count, 2);
    solo_close(solo);
}

/* --- Seconds of long ago -----------------------------------------------------------------------
 */

/* The oldest second whose root can still be told. */
static int64_t oldest_second(const struct solo *solo)
{
    return solo->node.state.recent.newest - RECENT_SECONDS + 1;
}

static void strike_at(struct solo *solo, uint64_t id, int64_t t_ms)
{
    assert_int_equal(solo_strike(solo, SUBJECT, 3000, id, t_ms), STEP_CHANGED);
    solo_turn(solo);
}

/* A difference that waited for its turn and cannot be told any more is not descended for. */
static void a_difference_that_cannot_be_told_any_more_is_left(void **state)
{
    struct solo *solo = open_greeted(2);
    struct message_ping *ping;

    (void)state;
    strike_at(solo, 1, SOLO_WALL_MS - 5000);
    for (size_t peer = 0; peer < 2; peer++) {
        ping = solo_ping(solo);
        ping->second = oldest_second(solo);
        ping->roots[ENTRY_STRIKE - 1].lane[0] += 7;
        solo_give(solo, peer);
    }
    assert_true(solo->node.descent.peer == 0);
    assert_true(solo->node.peers[1].due);
    strike_at(solo, 2, SOLO_WALL_MS); /* the ring goes on */
    assert_true(solo->node.descent.peer == 0);
    tell_child(solo, 0, 0); /* the descent ends */
    solo_turn(solo);
    assert_true(solo->node.descent.peer == NODE_PEER_NONE);
    assert_false(solo->node.peers[1].due);
    solo_close(solo);
}

/* After allow entries come strikes, but of this PING nothing is known about those. */
static void behind_another_kind_it_is_left_too(void **state)
{
    struct solo *solo = open_greeted(1);
    struct message_ping *ping;
    struct message_tree *tree;

    (void)state;
    solo->node.peers[0].no_bulk = true;
    strike_at(solo, 1, SOLO_WALL_MS - 5000);
    ping = solo_ping(solo);
    ping->second = oldest_second(solo) - 1;
    ping->roots[ENTRY_ALLOW - 1].lane[0] += 7;
    ping->roots[ENTRY_STRIKE - 1].lane[0] += 7;
    solo_give(solo, 0); /* it has just greeted: the first PING is enough */
    assert_true(solo->node.descent.peer == 0);
    assert_int_equal(solo->node.descent.kind, ENTRY_ALLOW);
    tree = &solo_message(solo, MESSAGE_TREE)->tree;
    tree->number = solo->node.descent.number;
    tree->kind = ENTRY_ALLOW;
    tree->count = 1;
    solo_give(solo, 0);
    solo_turn(solo);
    assert_true(solo->node.descent.peer == NODE_PEER_NONE);
    assert_int_equal(solo->node.state.counters.repairs_started, 1);
    solo_close(solo);
}

/* --- Verify ------------------------------------------------------------------------------------
 */

static struct solo *open_asking(void)
{
    struct solo *solo = open_greeted(1);

    strike_at(solo, 1, SOLO_WALL_MS - 5000);
    assert_true(verify_start(&solo->node, &solo->now));
    solo->node.verify->started_ms -= 1000; /* a difference counts */
    return solo;
}

static void answer(struct solo *solo, struct message_ping *ping)
{
    ping->answer = solo->node.verify->number;
    solo_give(solo, 0);
    solo_turn(solo);
}

static void verify_leaves_out_strikes_that_cannot_be_told(void **state)
{
    struct solo *solo = open_asking();
    struct message_ping *ping = solo_ping(solo);

    (void)state;
    ping->second = oldest_second(solo) - 1;
    ping->roots[ENTRY_STRIKE - 1].lane[0] += 7;
    answer(solo, ping);
    assert_int_equal(solo->node.verify->peers[0].outcome, VERIFY_EQUAL);
    solo_close(solo);
}

static void verify_looks_at_both_lanes(void **state)
{
    (void)state;
    for (size_t lane = 0; lane < 2; lane++) {
        struct solo *solo = open_asking();
        struct message_ping *ping = solo_ping(solo);

        ping->roots[ENTRY_RECORD - 1].lane[lane]++;
        answer(solo, ping);
        assert_int_equal(solo->node.verify->peers[0].outcome, VERIFY_STATE);
        solo_close(solo);
    }
}

static void the_first_verdict_stands(void **state)
{
    struct solo *solo = open_asking();
    struct message_ping *ping = solo_ping(solo);

    (void)state;
    answer(solo, ping);
    ping = solo_ping(solo);
    ping->map_hash++;
    answer(solo, ping);
    assert_int_equal(solo->node.verify->peers[0].outcome, VERIFY_EQUAL);
    assert_int_equal(solo_count(solo, 0, MESSAGE_MAP_GET), 0);
    solo_close(solo);
}

static void without_a_verify_answers_are_nothing(void **state)
{
    struct solo *solo = open_greeted(1);

    (void)state;
    assert_true(verify_is_done(&solo->node, &solo->now));
    solo_ping(solo)->answer = 5;
    solo_give(solo, 0);
    solo_message(solo, MESSAGE_MAP)->map.bytes = (const uint8_t *)"";
    solo_give(solo, 0);
    solo_turn(solo);
    assert_null(solo->node.verify);
    solo_close(solo);
}

/* A late piece for the verify before this one. */
static void a_piece_of_an_earlier_verify_is_not_taken(void **state)
{
    struct solo *solo = open_asking();
    struct message_ping *ping = solo_ping(solo);
    struct message_map *map;

    (void)state;
    ping->map_hash++;
    answer(solo, ping);
    assert_true(solo->node.verify->peers[0].fetching);
    map = &solo_message(solo, MESSAGE_MAP)->map;
    map->number = solo->node.verify->number - 1;
    map->total = map->size = 3;
    map->bytes = (const uint8_t *)"abc";
    solo_give(solo, 0);
    assert_int_equal(solo->node.verify->peers[0].text_size, 0);
    assert_true(solo->node.verify->peers[0].fetching);
    map->number++;
    solo_give(solo, 0);
    assert_int_equal(solo->node.verify->peers[0].text_size, 3);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sum_may_differ_in_either_lane),
        cmocka_unit_test(the_second_lane_counts),
        cmocka_unit_test(a_tree_that_is_told_backwards_is_asked_for_in_pieces),
        cmocka_unit_test(a_request_in_bulk_names_so_many_ranges_at_most),
        cmocka_unit_test(a_push_is_no_answer_to_a_request_for_the_tree),
        cmocka_unit_test(a_difference_that_cannot_be_told_any_more_is_left),
        cmocka_unit_test(behind_another_kind_it_is_left_too),
        cmocka_unit_test(verify_leaves_out_strikes_that_cannot_be_told),
        cmocka_unit_test(verify_looks_at_both_lanes),
        cmocka_unit_test(the_first_verdict_stands),
        cmocka_unit_test(without_a_verify_answers_are_nothing),
        cmocka_unit_test(a_piece_of_an_earlier_verify_is_not_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
