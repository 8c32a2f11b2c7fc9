/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repair and hostile answers: what was not asked for is ignored, whatever is told ends, and nothing
 * is made up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pair.h"

#define SUBJECT "192.0.2.1"

/* The answer to the request under way, changed by the test in here->message. */
static struct message *take_answer(struct pair *pair, enum message_type type)
{
    pair_carry_requests(pair);
    assert_true(solo_take(pair->there, 0, type));
    pair->here->message = pair->there->message;
    return &pair->here->message;
}

/* The changed answer does nothing; the descent still waits for the same one. */
static void assert_ignored(struct pair *pair, size_t from)
{
    uint64_t number = pair->here->node.descent.number;

    solo_give(pair->here, from);
    solo_turn(pair->here);
    assert_true(pair->here->node.descent.peer == 0);
    assert_true(pair->here->node.descent.number == number);
    assert_int_equal(solo_count(pair->here, 0, MESSAGE_TREE_GET), 0);
    assert_int_equal(solo_count(pair->here, 0, MESSAGE_LEAF_GET), 0);
    assert_int_equal(solo_count(pair->here, 0, MESSAGE_PULL), 0);
    assert_int_equal(solo_count(pair->here, 1, MESSAGE_TREE_GET), 0);
}

static void finish(struct pair *pair)
{
    solo_turn(pair->here);
    while (pair_carry_requests(pair))
        pair_carry_answers(pair);
    assert_true(pair->here->node.descent.peer == NODE_PEER_NONE);
    assert_true(pair_roots_equal(pair));
}

static void tree_answers_that_were_not_asked_for_are_ignored(void **state)
{
    struct pair pair = pair_descend();
    struct message answer = *take_answer(&pair, MESSAGE_TREE);
    struct message *message = &pair.here->message;

    (void)state;
    message->tree.number++;
    assert_ignored(&pair, 0);
    *message = answer;
    message->tree.kind = ENTRY_RECORD;
    assert_ignored(&pair, 0);
    *message = answer;
    message->tree.kind = 77;
    assert_ignored(&pair, 0);
    *message = answer;
    message->tree.level = 3;
    assert_ignored(&pair, 0);
    *message = answer;
    assert_ignored(&pair, 1);
    *message = answer; /* number and kind of a TREE lie where a LEAF has them */
    message->type = MESSAGE_LEAF;
    memset(&message->pairs, 0, sizeof(message->pairs));
    message->pairs.number = answer.tree.number;
    message->pairs.kind = ENTRY_STRIKE;
    message->pairs.last = true;
    assert_ignored(&pair, 0);
    *message = answer;
    solo_give(pair.here, 0);
    solo_give(pair.here, 0); /* twice */
    finish(&pair);
    pair_close(&pair);
}

static void an_index_out_of_range_does_not_decode(void **state)
{
    struct pair pair = pair_descend();
    struct message answer = *take_answer(&pair, MESSAGE_TREE);

    (void)state;
    pair.here->message.tree.nodes[0].index = 1; /* the root is 0 */
    assert_ignored(&pair, 0);
    assert_true(pair_counters(&pair)->frames_malformed == 1);
    pair.here->message = answer;
    solo_give(pair.here, 0);
    finish(&pair);
    pair_close(&pair);
}

/* All nodes of a level, each as if it differed, again and again: it ends, and nothing is made up.
 */
static void a_tree_of_lies_ends(void **state)
{
    struct pair pair = pair_descend();
    struct message *message = &pair.here->message;

    (void)state;
    for (size_t i = 0; i < 6000 && pair.here->node.descent.peer == 0; i++) {
        if (solo_take(pair.here, 0, MESSAGE_TREE_GET)) {
            struct message_tree get = message->tree;

            solo_message(pair.here, MESSAGE_TREE)->tree = get;
            for (size_t k = 0; k < FRAME_NODES_MAX; k++) {
                message->tree.nodes[k].index = get.indices[k % get.count];
                memset(message->tree.nodes[k].children, 0xa5,
                       sizeof(message->tree.nodes[k].children));
            }
            message->tree.count = FRAME_NODES_MAX;
        } else {
            uint64_t number;

            assert_true(solo_take(pair.here, 0, MESSAGE_LEAF_GET));
            number = message->leaf_get.number;
            solo_message(pair.here, MESSAGE_LEAF)->pairs.number = number;
            message->pairs.kind = ENTRY_STRIKE;
            message->pairs.last = true;
        }
        solo_give(pair.here, 0);
        solo_turn(pair.here);
        solo_forget(pair.there);
    }
    assert_true(pair.here->node.descent.peer == NODE_PEER_NONE);
    assert_int_equal(pair.here->node.state.table.count, 0);
    pair_close(&pair);
}

/* Goes on until the answer of that type is there to be changed. */
static struct message *reach(struct pair *pair, enum message_type type)
{
    for (size_t i = 0; i < 10; i++) {
        pair_carry_requests(pair);
        if (solo_count(pair->there, 0, type) > 0)
            return take_answer(pair, type);
        pair_carry_answers(pair);
    }
    fail();
    return NULL;
}

static void leaf_answers_that_were_not_asked_for_are_ignored(void **state)
{
    struct pair pair = pair_descend();
    struct message answer = *reach(&pair, MESSAGE_LEAF);
    struct message *message = &pair.here->message;

    (void)state;
    message->pairs.number++;
    assert_ignored(&pair, 0);
    *message = answer;
    message->pairs.kind = ENTRY_ALLOW;
    assert_ignored(&pair, 0);
    *message = answer;
    assert_ignored(&pair, 1);
    *message = answer;
    message->type = MESSAGE_TREE;
    memset(&message->tree, 0, sizeof(message->tree));
    message->tree.number = answer.pairs.number;
    message->tree.kind = ENTRY_STRIKE;
    message->tree.level = 3;
    assert_ignored(&pair, 0);
    *message = answer;
    solo_give(pair.here, 0);
    finish(&pair);
    pair_close(&pair);
}

static void pairs_of_leaves_not_asked_for_bring_nothing(void **state)
{
    struct pair pair = pair_descend();
    struct message_pairs *pairs = &reach(&pair, MESSAGE_LEAF)->pairs;

    (void)state;
    assert_int_equal(pairs->count, 1);
    for (size_t i = 1; i < 2000; i++)
        pairs->pairs[i] = (struct message_pair){(uint16_t)(pairs->pairs[0].leaf + i % 7), 1000 + i};
    pairs->count = 2000;
    solo_give(pair.here, 0);
    finish(&pair);
    assert_int_equal(pair.here->node.state.strike_count, 1);
    pair_close(&pair);
}

static void a_leaf_may_be_listed_in_any_order(void **state)
{
    struct pair pair = pair_descend();
    struct message_pairs *pairs;

    (void)state;
    for (uint64_t id = 2; id < 10; id++) {
        solo_strike(pair.here, SUBJECT, 3000, id, SOLO_WALL_MS - 5000);
        solo_strike(pair.there, SUBJECT, 3000, id, SOLO_WALL_MS - 5000);
    }
    solo_turn(pair.here);
    solo_turn(pair.there);
    pairs = &reach(&pair, MESSAGE_LEAF)->pairs;
    assert_int_equal(pairs->count, 9);
    for (size_t i = 0; i < pairs->count / 2; i++) {
        struct message_pair pair_there = pairs->pairs[i];

        pairs->pairs[i] = pairs->pairs[pairs->count - 1 - i];
        pairs->pairs[pairs->count - 1 - i] = pair_there;
    }
    solo_give(pair.here, 0);
    assert_int_equal(pair.here->node.descent.wanted_count, 1);
    finish(&pair);
    pair_close(&pair);
}

static void what_is_wanted_has_a_bound(void **state)
{
    struct pair pair = pair_descend();
    struct message_pairs *pairs = &reach(&pair, MESSAGE_LEAF)->pairs;

    (void)state;
    pairs->count = FRAME_PAIRS_MAX;
    pairs->last = false;
    for (size_t round = 0; round < 140; round++) {
        for (size_t i = 0; i < FRAME_PAIRS_MAX; i++)
            pairs->pairs[i] = (struct message_pair){7, 1000000 * round + i};
        solo_give(pair.here, 0);
    }
    assert_true(pair.here->node.descent.wanted_count <= 1048576);
    assert_true(pair.here->node.descent.wanted_count > FRAME_PAIRS_MAX);
    pair_close(&pair);
}

static void entries_under_another_number_do_not_end_a_descent(void **state)
{
    struct pair pair = pair_descend();
    struct message answer = *reach(&pair, MESSAGE_PUSH);
    struct message *message = &pair.here->message;

    (void)state;
    message->push.answer++;
    message->push.entry_count = 0;
    assert_ignored(&pair, 0);
    *message = answer;
    message->push.entry_count = 0;
    assert_ignored(&pair, 1);
    *message = answer;
    message->push.entry_count = 0;
    message->push.last = false;
    assert_ignored(&pair, 0);
    *message = answer;
    solo_give(pair.here, 0);
    finish(&pair);
    pair_close(&pair);
}

static void an_answer_to_nothing_is_ignored(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    solo_message(pair.here, MESSAGE_TREE)->tree.kind = ENTRY_STRIKE;
    solo_give(pair.here, 0);
    solo_message(pair.here, MESSAGE_LEAF)->pairs.kind = ENTRY_STRIKE;
    pair.here->message.pairs.last = true;
    solo_give(pair.here, 0);
    solo_message(pair.here, MESSAGE_PUSH)->push.answer = 7;
    pair.here->message.push.last = true;
    solo_give(pair.here, 0);
    solo_turn(pair.here);
    assert_true(pair.here->node.descent.peer == NODE_PEER_NONE);
    assert_true(pair_counters(&pair)->repairs_finished == 0);
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree_answers_that_were_not_asked_for_are_ignored),
        cmocka_unit_test(an_index_out_of_range_does_not_decode),
        cmocka_unit_test(a_tree_of_lies_ends),
        cmocka_unit_test(leaf_answers_that_were_not_asked_for_are_ignored),
        cmocka_unit_test(pairs_of_leaves_not_asked_for_bring_nothing),
        cmocka_unit_test(a_leaf_may_be_listed_in_any_order),
        cmocka_unit_test(what_is_wanted_has_a_bound),
        cmocka_unit_test(entries_under_another_number_do_not_end_a_descent),
        cmocka_unit_test(an_answer_to_nothing_is_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
