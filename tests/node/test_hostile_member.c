/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A member that sends well-formed frames with extreme or endless content: it neither ends the node,
 * nor poisons its clock, nor keeps the repair to itself, nor gets large answers to small questions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "skew.h"
#include "solo.h"

static struct solo *open_greeted(size_t peers)
{
    struct solo *solo = solo_open(peers);

    for (size_t i = 0; i < peers; i++) {
        solo_greet(solo, i);
        solo->node.peers[i].no_bulk = true; /* descents go by the tree */
    }
    return solo;
}

static void seconds_at_the_ends_of_time_are_compared(void **state)
{
    static const int64_t seconds[] = {INT64_MAX, INT64_MAX - 1, INT64_MIN, -1, 0};
    struct solo *solo = open_greeted(1);

    (void)state;
    solo_strike(solo, "192.0.2.1", 2001, 1, SOLO_WALL_MS);
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        solo_ping(solo)->second = seconds[i];
        solo_give(solo, 0);
        solo_turn(solo);
    }
    solo_close(solo);
}

static void wall_clocks_at_the_ends_of_time_have_no_voice(void **state)
{
    static const int64_t walls[] = {INT64_MAX, INT64_MIN, -1};
    struct solo *solo = open_greeted(3);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        solo_ping(solo)->wall_ms = walls[i];
        solo_give(solo, i);
    }
    solo->now.wall_ms += 1000;
    solo->now.mono_ms += 1000;
    assert_true(node_ref_ms(&solo->node, &solo->now) == solo->now.wall_ms);
    solo_close(solo);
}

/* Starts a descent with peer 0 by a PING whose allow entries differ for good. */
static void differ(struct solo *solo, size_t peer)
{
    for (int i = 0; i < 3; i++) {
        solo_ping(solo)->roots[ENTRY_ALLOW - 1].lane[0] += 1 + peer;
        solo_give(solo, peer);
        solo_turn(solo);
    }
}

/* Answers every TREE_GET so that the descent stays in the first leaf, then never ends the LEAF. */
static void answer_without_end(struct solo *solo)
{
    if (solo_take(solo, 0, MESSAGE_TREE_GET)) {
        static struct message get;
        struct message_tree *tree;

        get = solo->message;
        tree = &solo_message(solo, MESSAGE_TREE)->tree;

        tree->number = get.tree.number;
        tree->kind = get.tree.kind;
        tree->level = get.tree.level;
        tree->count = 1;
        tree->nodes[0].index = get.tree.indices[0];
        tree->nodes[0].children[0].lane[0] = 4711;
        solo_give(solo, 0);
    } else {
        struct message_pairs *pairs = &solo_message(solo, MESSAGE_LEAF)->pairs;

        pairs->number = solo->node.descent.number;
        pairs->kind = solo->node.descent.kind;
        pairs->last = false;
        solo_give(solo, 0);
    }
}

static void who_answers_without_end_gives_way(void **state)
{
    struct solo *solo = open_greeted(2);
    int64_t waited_ms = 0;

    (void)state;
    differ(solo, 0);
    assert_int_equal(solo->node.descent.peer, 0);
    differ(solo, 1);
    while (waited_ms < 20000 && solo->node.descent.peer == 0) {
        answer_without_end(solo);
        solo_pass(solo, 100);
        waited_ms += 100;
    }
    assert_true(waited_ms < 20000);
    solo_close(solo);
}

static size_t bytes_sent(const struct solo *solo)
{
    size_t bytes = 0;

    for (size_t i = 0; i < solo->frame_count; i++)
        bytes += solo->frames[i].size;
    return bytes;
}

/* The same leaf again and again, with another between, would be read and sent each time. */
static void a_leaf_is_answered_once(void **state)
{
    struct solo *solo = open_greeted(1);
    struct message_leaf_get *get;
    uint16_t leaf;

    (void)state;
    solo_bans(solo, 200);
    solo_turn(solo);
    leaf = (uint16_t)(table_next(&solo->node.state.table, &(struct table_walk){0})->hash >> 48);
    solo_forget(solo);
    get = &solo_message(solo, MESSAGE_LEAF_GET)->leaf_get;
    get->number = 1;
    get->kind = ENTRY_RECORD;
    for (get->count = 0; get->count < FRAME_LEAVES_MAX; get->count++)
        get->leaves[get->count] = (uint16_t)(get->count % 2 == 0 ? leaf : leaf ^ 1);
    solo_give(solo, 0);
    solo_turn(solo);
    assert_true(solo_take(solo, 0, MESSAGE_LEAF));
    assert_true(solo->message.pairs.count <= 2);
    solo_close(solo);
}

static void a_pull_of_one_entry_brings_it_once(void **state)
{
    struct solo *solo = open_greeted(1);
    const struct subject *subject;
    struct message_pairs *pull;

    (void)state;
    solo_bans(solo, 1);
    solo_turn(solo);
    subject = table_next(&solo->node.state.table, &(struct table_walk){0});
    solo_forget(solo);
    pull = &solo_message(solo, MESSAGE_PULL)->pairs;
    pull->number = 1;
    pull->kind = ENTRY_RECORD;
    for (pull->count = 0; pull->count < FRAME_PAIRS_MAX; pull->count++)
        pull->pairs[pull->count] = (struct message_pair){
            (uint16_t)((subject->hash >> 48) ^ (pull->count % 2)), subject->record_hash.lane[0]};
    solo_give(solo, 0);
    solo_turn(solo);
    assert_true(bytes_sent(solo) < 4096);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_at_the_ends_of_time_are_compared),
        cmocka_unit_test(wall_clocks_at_the_ends_of_time_have_no_voice),
        cmocka_unit_test(who_answers_without_end_gives_way),
        cmocka_unit_test(a_leaf_is_answered_once),
        cmocka_unit_test(a_pull_of_one_entry_brings_it_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
