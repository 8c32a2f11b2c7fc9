/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The side of repair that is asked: tree nodes, leaves and entries as the state holds them, in as
 * many frames as it takes; nothing for what makes no sense.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "solo.h"

#define SUBJECT "192.0.2.1"

/* A node with one peer that is up; the subject has so many strikes, a second apart. */
static struct solo *open_with_strikes(uint64_t strikes)
{
    struct solo *solo = solo_open(1);

    solo_greet(solo, 0);
    for (uint64_t id = 0; id < strikes; id++)
        solo_strike(solo, SUBJECT, 3000, id, SOLO_WALL_MS - (int64_t)id * 1000);
    solo_turn(solo);
    solo_forget(solo);
    assert_int_equal(solo->node.state.strike_count, strikes);
    return solo;
}

static uint16_t leaf_of(struct solo *solo)
{
    struct addr addr = solo_addr(SUBJECT);

    return digest_leaf(state_find(&solo->node.state, &addr, &(struct unpacked){0})->hash);
}

static void ask(struct solo *solo)
{
    solo_give(solo, 0);
    solo_turn(solo);
}

static void ask_tree(struct solo *solo, uint8_t kind, uint8_t level, uint32_t a, uint32_t b)
{
    struct message_tree *get = &solo_message(solo, MESSAGE_TREE_GET)->tree;

    get->number = 4711;
    get->kind = kind;
    get->level = level;
    get->indices[0] = a;
    get->indices[1] = b;
    get->count = 2;
    ask(solo);
}

static void tree_nodes_are_told_as_they_are(void **state)
{
    struct solo *solo = open_with_strikes(3);
    uint32_t index = leaf_of(solo) >> 4;
    const struct hash128 *children;

    (void)state;
    ask_tree(solo, ENTRY_STRIKE, 3, index, index ^ 1);
    children = digest_children(&solo->node.state.digests[0], 3, index);
    assert_true(solo_take(solo, 0, MESSAGE_TREE));
    assert_true(solo->message.tree.number == 4711);
    assert_int_equal(solo->message.tree.kind, ENTRY_STRIKE);
    assert_int_equal(solo->message.tree.level, 3);
    assert_int_equal(solo->message.tree.count, 2);
    assert_int_equal(solo->message.tree.nodes[0].index, index);
    assert_int_equal(solo->message.tree.nodes[1].index, index ^ 1);
    for (size_t i = 0; i < DIGEST_FANOUT; i++) {
        assert_true(solo->message.tree.nodes[0].children[i].lane[0] == children[i].lane[0]);
        assert_true(solo->message.tree.nodes[0].children[i].lane[1] == children[i].lane[1]);
        assert_true(solo->message.tree.nodes[1].children[i].lane[0] == 0);
    }
    solo_close(solo);
}

static void ask_leaves(struct solo *solo, uint8_t kind, uint16_t a, uint16_t b)
{
    struct message_leaf_get *get = &solo_message(solo, MESSAGE_LEAF_GET)->leaf_get;

    get->number = 4712;
    get->kind = kind;
    get->leaves[0] = a;
    get->leaves[1] = b;
    get->count = 2;
    ask(solo);
}

static void leaves_are_listed(void **state)
{
    struct solo *solo = open_with_strikes(3);
    uint16_t leaf = leaf_of(solo);
    uint64_t sum = 0;

    (void)state;
    ask_leaves(solo, ENTRY_STRIKE, leaf, (uint16_t)(leaf + 1));
    assert_true(solo_take(solo, 0, MESSAGE_LEAF));
    assert_true(solo->message.pairs.number == 4712);
    assert_int_equal(solo->message.pairs.kind, ENTRY_STRIKE);
    assert_true(solo->message.pairs.last);
    assert_int_equal(solo->message.pairs.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(solo->message.pairs.pairs[i].leaf, leaf);
        sum += solo->message.pairs.pairs[i].hash;
    }
    assert_true(sum == state_root(&solo->node.state, ENTRY_STRIKE).lane[0]);
    ask_leaves(solo, ENTRY_ALLOW, leaf, leaf);
    assert_true(solo_take(solo, 0, MESSAGE_LEAF));
    assert_int_equal(solo->message.pairs.count, 0);
    assert_true(solo->message.pairs.last);
    solo_close(solo);
}

static void a_leaf_larger_than_a_frame_takes_several(void **state)
{
    struct solo *solo = open_with_strikes(1);
    uint16_t leaf = leaf_of(solo);

    (void)state;
    solo_allows(solo, SUBJECT, FRAME_PAIRS_MAX + 256);
    ask_leaves(solo, ENTRY_ALLOW, leaf, (uint16_t)(leaf + 1));
    assert_true(solo_take(solo, 0, MESSAGE_LEAF));
    assert_int_equal(solo->message.pairs.count, FRAME_PAIRS_MAX);
    assert_false(solo->message.pairs.last);
    assert_true(solo_take(solo, 0, MESSAGE_LEAF));
    assert_int_equal(solo->message.pairs.count, 256);
    assert_true(solo->message.pairs.last);
    solo_close(solo);
}

/* Pulls what the last LEAF listed, from the pair at first on. */
/* Nor is any other of its leaf, as nothing tells which it is; the self-check looks there first. */
static void a_damaged_strike_is_not_listed(void **state)
{
    struct solo *solo = open_with_strikes(3);
    uint16_t leaf = leaf_of(solo);
    struct addr addr = solo_addr(SUBJECT);
    const struct subject *subject = state_find(&solo->node.state, &addr, &(struct unpacked){0});
    struct strike *strike = &subject->strikes.list[1];

    (void)state;
    strike->id ^= 4;
    ask_leaves(solo, ENTRY_STRIKE, leaf, (uint16_t)(leaf + 1));
    assert_true(solo_take(solo, 0, MESSAGE_LEAF));
    assert_true(solo->message.pairs.last);
    assert_int_equal(solo->message.pairs.count, 0);
    assert_int_equal(solo->node.state.suspect, leaf + 1);
    strike->id ^= 4;
    ask_leaves(solo, ENTRY_STRIKE, leaf, (uint16_t)(leaf + 1));
    assert_true(solo_take(solo, 0, MESSAGE_LEAF));
    assert_int_equal(solo->message.pairs.count, 3);
    solo_close(solo);
}

static void pull(struct solo *solo, size_t first)
{
    struct message_pairs pairs = solo->message.pairs;

    memmove(pairs.pairs, pairs.pairs + first, (pairs.count - first) * sizeof(pairs.pairs[0]));
    pairs.count -= first;
    pairs.number = 4713;
    solo_message(solo, MESSAGE_PULL)->pairs = pairs;
    ask(solo);
}

static void entries_are_sent_as_they_are_hashed(void **state)
{
    struct solo *solo = open_with_strikes(3);
    uint8_t bytes[512];
    size_t size = solo_strike_bytes(SUBJECT, 3000, 1, SOLO_WALL_MS - 1000, bytes);

    (void)state;
    ask_leaves(solo, ENTRY_STRIKE, leaf_of(solo), 0);
    assert_true(solo_take(solo, 0, MESSAGE_LEAF));
    pull(solo, 1);
    assert_true(solo_take(solo, 0, MESSAGE_PUSH));
    assert_true(solo->message.push.answer == 4713);
    assert_true(solo->message.push.last && solo->message.push.ack == 0);
    assert_int_equal(solo->message.push.entry_count, 2);
    assert_int_equal(solo->message.push.entries[0].kind, ENTRY_STRIKE);
    assert_int_equal(solo->message.push.entries[0].size, size);
    assert_memory_equal(solo->message.push.entries[0].bytes, bytes, size);
    solo_close(solo);
}

static void many_entries_take_several_frames(void **state)
{
    struct solo *solo = open_with_strikes(1);

    (void)state;
    solo_allows(solo, SUBJECT, FRAME_ENTRIES_MAX + 256);
    ask_leaves(solo, ENTRY_ALLOW, leaf_of(solo), 0);
    assert_true(solo_take(solo, 0, MESSAGE_LEAF));
    pull(solo, 0);
    assert_true(solo_take(solo, 0, MESSAGE_PUSH));
    assert_int_equal(solo->message.push.entry_count, FRAME_ENTRIES_MAX);
    assert_false(solo->message.push.last);
    assert_true(solo_take(solo, 0, MESSAGE_PUSH));
    assert_int_equal(solo->message.push.entry_count, 256);
    assert_true(solo->message.push.last);
    assert_true(solo->message.push.answer == 4713);
    solo_close(solo);
}

static void what_is_gone_is_left_out(void **state)
{
    struct solo *solo = open_with_strikes(2);
    uint16_t leaf = leaf_of(solo);
    struct message_pairs *pairs;

    (void)state;
    ask_leaves(solo, ENTRY_STRIKE, leaf, 0);
    assert_true(solo_take(solo, 0, MESSAGE_LEAF));
    pairs = &solo->message.pairs;
    pairs->pairs[0].hash++;
    pairs->pairs[1].leaf++;
    pull(solo, 0);
    assert_true(solo_take(solo, 0, MESSAGE_PUSH));
    assert_int_equal(solo->message.push.entry_count, 0);
    assert_true(solo->message.push.last);
    solo_close(solo);
}

static void an_unknown_kind_is_not_answered(void **state)
{
    static const uint8_t kinds[] = {0, ENTRY_KINDS + 1, 255};
    struct solo *solo = open_with_strikes(1);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        ask_tree(solo, kinds[i], 0, 0, 0);
        ask_leaves(solo, kinds[i], 0, 1);
        solo_message(solo, MESSAGE_PULL)->pairs.kind = kinds[i];
        ask(solo);
    }
    assert_int_equal(solo_count(solo, 0, MESSAGE_TREE), 0);
    assert_int_equal(solo_count(solo, 0, MESSAGE_LEAF), 0);
    assert_int_equal(solo_count(solo, 0, MESSAGE_PUSH), 0);
    solo_close(solo);
}

static void an_index_out_of_range_is_not_answered(void **state)
{
    struct solo *solo = open_with_strikes(1);

    (void)state;
    ask_tree(solo, ENTRY_STRIKE, 2, 255, 256);
    assert_int_equal(solo_count(solo, 0, MESSAGE_TREE), 0);
    assert_true(solo->node.state.counters.frames_malformed == 1);
    solo_close(solo);
}

static void a_question_without_anything_is_answered_by_nothing(void **state)
{
    struct solo *solo = open_with_strikes(1);

    (void)state;
    solo_message(solo, MESSAGE_PULL)->pairs.kind = ENTRY_STRIKE;
    solo->message.pairs.number = 9;
    ask(solo);
    assert_true(solo_take(solo, 0, MESSAGE_PUSH));
    assert_true(solo->message.push.last && solo->message.push.answer == 9);
    assert_int_equal(solo->message.push.entry_count, 0);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree_nodes_are_told_as_they_are),
        cmocka_unit_test(leaves_are_listed),
        cmocka_unit_test(a_damaged_strike_is_not_listed),
        cmocka_unit_test(a_leaf_larger_than_a_frame_takes_several),
        cmocka_unit_test(entries_are_sent_as_they_are_hashed),
        cmocka_unit_test(many_entries_take_several_frames),
        cmocka_unit_test(what_is_gone_is_left_out),
        cmocka_unit_test(an_unknown_kind_is_not_answered),
        cmocka_unit_test(an_index_out_of_range_is_not_answered),
        cmocka_unit_test(a_question_without_anything_is_answered_by_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
