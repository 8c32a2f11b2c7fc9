/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bulk transfer, the side that asks: when it is used, where it goes on, and what becomes of it if
 * the peer does not know how, or answers what it likes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pair.h"
#include "world.h"

#define SUBJECT "192.0.2.1"
#define CREDIT 4 /* what the node asks for */
#define ANSWER_ENTRIES ((uint32_t)CREDIT * FRAME_ENTRIES_MAX)

static size_t requests(const struct pair *pair)
{
    return (size_t)pair_counters(pair)->bulk_requests;
}

/* --- When --- */

static void who_holds_nothing_asks_for_all_leaves_at_once(void **state)
{
    struct pair pair = pair_open();
    const struct message_bulk_get *get = &pair.here->message.bulk_get;

    (void)state;
    solo_bans(pair.there, 3);
    solo_forget(pair.here);
    pair_ping(&pair);
    assert_true(solo_take(pair.here, 0, MESSAGE_BULK_GET));
    assert_int_equal(get->kind, ENTRY_RECORD);
    assert_int_equal(get->credit, CREDIT);
    assert_int_equal(get->count, 1);
    assert_int_equal(get->ranges[0].first, 0);
    assert_int_equal(get->ranges[0].last, DIGEST_LEAVES - 1);
    pair.there->message = pair.here->message;
    solo_give(pair.there, 0);
    solo_turn(pair.there);
    pair_carry_answers(&pair);
    assert_true(pair_roots_equal(&pair));
    assert_true(pair.here->node.descent.peer == NODE_PEER_NONE);
    assert_int_equal(pair.here->frame_count, 1); /* there was no other request */
    pair_close(&pair);
}

/* A pair in which here has of so many bans those whose number has (number % of != 0) == others. */
static struct pair open_behind(uint32_t bans, uint32_t of, bool others)
{
    struct pair pair = pair_open();

    for (uint32_t i = 0; i < bans; i++)
        if ((i % of != 0) == others)
            solo_ban(pair.here, i);
    solo_turn(pair.here);
    solo_bans(pair.there, bans);
    return pair;
}

static void who_lacks_most_goes_over_to_bulk(void **state)
{
    struct pair pair = open_behind(6000, 10, false);

    (void)state;
    pair_repair(&pair);
    assert_true(pair_roots_equal(&pair));
    assert_int_equal(requests(&pair), 2); /* 5,400 entries less those that were listed before */
    assert_true(pair_counters(&pair)->repairs_started == 1);
    assert_true(pair_counters(&pair)->repairs_finished == 1);
    pair_close(&pair);
}

/* 600 leaves differ; of what they hold half is missing. */
static void who_lacks_one_in_a_hundred_lists(void **state)
{
    struct pair pair = open_behind(60000, 100, true);

    (void)state;
    pair_repair(&pair);
    assert_true(pair_roots_equal(&pair));
    assert_int_equal(requests(&pair), 0);
    assert_true(pair_counters(&pair)->repair_entries == 600);
    pair_close(&pair);
}

/* 450 pairs, nearly all of them missing. */
static void a_few_pairs_tell_nothing(void **state)
{
    struct pair pair = open_behind(500, 10, false);

    (void)state;
    pair_repair(&pair);
    assert_true(pair_roots_equal(&pair));
    assert_int_equal(requests(&pair), 0);
    pair_close(&pair);
}

/* --- Until all is there --- */

static void where_the_credit_ended_the_next_request_goes_on(void **state)
{
    struct pair pair = pair_open();
    const uint32_t bans = 2 * ANSWER_ENTRIES + 500;

    (void)state;
    solo_bans(pair.there, bans);
    pair_repair(&pair);
    assert_true(pair_roots_equal(&pair));
    assert_int_equal(requests(&pair), 3);
    assert_int_equal(pair.asked, 3);
    assert_in_range(pair_counters(&pair)->repair_entries, bans, bans + 10); /* cut leaves: twice */
    pair_close(&pair);
}

/* Twice in bulk up to it, as the first answer began before it; then listed, pulled, and bulk again.
 */
static void a_leaf_that_no_answer_holds_is_listed(void **state)
{
    struct pair pair = pair_open();
    char address[] = "198.51.100.0";

    (void)state;
    solo_allows(pair.there, SUBJECT, ANSWER_ENTRIES + 500);
    for (; address[11] <= '9'; address[11]++)
        solo_allows(pair.there, address, 3);
    pair_repair(&pair);
    assert_true(pair_roots_equal(&pair));
    assert_int_equal(pair.here->node.state.allows.count, ANSWER_ENTRIES + 530);
    assert_int_equal(requests(&pair), 3);
    assert_int_equal(pair.asked, 5);
    pair_close(&pair);
}

/* --- Those who do not know how --- */

/* A pair in which here, without anything, asked in bulk for so many bans. */
static struct pair open_asked(uint32_t bans)
{
    struct pair pair = pair_open();

    solo_bans(pair.there, bans);
    pair_ping(&pair);
    assert_int_equal(solo_count(pair.here, 0, MESSAGE_BULK_GET), 1);
    return pair;
}

static void pass(struct pair *pair, int64_t ms)
{
    solo_pass(pair->here, ms);
    solo_pass(pair->there, ms);
}

static void who_leaves_it_unanswered_is_asked_by_the_tree(void **state)
{
    struct pair pair = open_asked(1000);

    (void)state;
    solo_forget(pair.here);
    pass(&pair, 2000);
    assert_true(pair_counters(&pair)->repairs_timed_out == 1);
    pair_repair(&pair);
    assert_true(pair_roots_equal(&pair));
    assert_int_equal(requests(&pair), 1);
    pair_close(&pair);
}

static void a_new_life_of_the_peer_may_know_it(void **state)
{
    struct pair pair = open_asked(1000);

    (void)state;
    solo_forget(pair.here);
    pass(&pair, 2000);
    solo_message(pair.here, MESSAGE_HELLO)->hello.boot = 6000;
    solo_give(pair.here, 0);
    pair_repair(&pair);
    assert_int_equal(requests(&pair), 2);
    assert_int_equal(pair.asked, 1);
    pair_close(&pair);
}

/* Half an answer, then nothing: it knows how. */
static void who_answered_once_is_asked_in_bulk_again(void **state)
{
    struct pair pair = open_asked(ANSWER_ENTRIES + 500);

    (void)state;
    assert_true(pair_carry_requests(&pair));
    pair_carry_answers(&pair);
    assert_int_equal(requests(&pair), 2);
    pass(&pair, 2000);
    assert_true(pair_counters(&pair)->repairs_timed_out == 1);
    assert_false(pair.here->node.peers[0].no_bulk);
    pair_close(&pair);
}

/* --- Those who answer what they like --- */

/* A frame of the answer to the request under way, without an entry. */
static struct message_push *answer(struct pair *pair)
{
    struct message_push *push = &solo_message(pair->here, MESSAGE_PUSH)->push;

    push->answer = pair->here->node.descent.number;
    return push;
}

static void answer_with_nothing(struct pair *pair)
{
    answer(pair);
    for (size_t i = 0; i < CREDIT; i++)
        solo_give(pair->here, 0);
}

/* Nothing in bulk, then an empty list of the leaf: the next request is for fewer. */
static void whatever_is_answered_fewer_leaves_are_left(void **state)
{
    struct pair pair = open_asked(3);

    (void)state;
    for (uint16_t leaf = 0; leaf < 50; leaf++) {
        assert_true(solo_take(pair.here, 0, MESSAGE_BULK_GET));
        assert_int_equal(pair.here->message.bulk_get.ranges[0].first, leaf);
        answer_with_nothing(&pair);
        solo_turn(pair.here);
        assert_true(solo_take(pair.here, 0, MESSAGE_LEAF_GET));
        assert_int_equal(pair.here->message.leaf_get.count, 1);
        assert_int_equal(pair.here->message.leaf_get.leaves[0], leaf);
        solo_message(pair.here, MESSAGE_LEAF)->pairs.number = pair.here->node.descent.number;
        pair.here->message.pairs.kind = ENTRY_RECORD;
        pair.here->message.pairs.last = true;
        solo_give(pair.here, 0);
        solo_turn(pair.here);
    }
    pair_close(&pair);
}

static void who_answers_in_bulk_without_end_gives_way(void **state)
{
    struct pair pair = open_asked(3);
    int64_t waited_ms = 0;

    (void)state;
    for (; waited_ms < 20000 && pair.here->node.descent.peer == 0; waited_ms += 100) {
        if (pair.here->node.descent.asked == MESSAGE_BULK_GET) {
            answer_with_nothing(&pair);
        } else {
            solo_message(pair.here, MESSAGE_LEAF)->pairs.number = pair.here->node.descent.number;
            pair.here->message.pairs.kind = ENTRY_RECORD;
            pair.here->message.pairs.last = true;
            solo_give(pair.here, 0);
        }
        solo_pass(pair.here, 100);
    }
    assert_true(waited_ms < 20000);
    assert_true(pair_counters(&pair)->repairs_timed_out == 1);
    assert_int_equal(pair.here->node.peers[0].descents, 1); /* it answered, and brought nothing */
    pair_close(&pair);
}

static void frames_beyond_the_credit_are_no_answer(void **state)
{
    struct pair pair = open_asked(3);
    struct message frame;
    uint64_t number;

    (void)state;
    answer(&pair);
    frame = pair.here->message;
    for (size_t i = 0; i < CREDIT - 1; i++)
        solo_give(pair.here, 0);
    number = pair.here->node.descent.number;
    assert_true(number == frame.push.answer);
    solo_give(pair.here, 0);
    number = pair.here->node.descent.number;
    assert_true(number != frame.push.answer);
    frame.push.last = true;
    pair.here->message = frame;
    solo_give(pair.here, 0);
    assert_true(pair.here->node.descent.number == number);
    assert_true(pair.here->node.descent.peer == 0);
    pair_close(&pair);
}

/* Frames that end with an entry that does not decode, and with one that lies behind all leaves. */
static void entries_that_lie_about_the_place_end_it_only_sooner(void **state)
{
    static const uint8_t broken[] = {4, 200};
    struct pair pair = open_asked(3);
    struct node_descent *descent = &pair.here->node.descent;
    struct message_push *push = answer(&pair);
    uint8_t strike[512];
    size_t size = solo_strike_bytes(SUBJECT, 3000, 1, SOLO_WALL_MS - 5000, strike);

    (void)state;
    descent->count = descent->bulk.end = 2; /* as if only the first leaves differed */
    push->entries[0] = (struct message_entry){ENTRY_RECORD, broken, sizeof(broken)};
    push->entry_count = 1;
    for (size_t i = 0; i < CREDIT - 1; i++)
        solo_give(pair.here, 0);
    assert_true(descent->done == 0 && descent->peer == 0);
    push->entries[0] = (struct message_entry){ENTRY_STRIKE, strike, size};
    solo_give(pair.here, 0);
    assert_true(pair_counters(&pair)->repairs_finished == 1);
    assert_int_equal(requests(&pair), 1);
    pair_close(&pair);
}

/* A peer may tell the tree in any order. */
static void leaves_out_of_order_make_requests_in_order(void **state)
{
    struct pair pair = open_asked(3);
    struct node_descent *descent = &pair.here->node.descent;
    const struct message_bulk_get *get = &pair.here->message.bulk_get;

    (void)state;
    descent->list[1] = 0;
    descent->list[2] = 7;
    descent->list[3] = 9;
    descent->list[4] = 8;
    descent->count = 5;
    descent->bulk.end = 1; /* as if only the first leaf had been asked for */
    solo_forget(pair.here);
    for (size_t first = 1; first < 5; first = descent->bulk.end) {
        answer(&pair)->last = true;
        solo_give(pair.here, 0);
        solo_turn(pair.here);
        assert_true(solo_take(pair.here, 0, MESSAGE_BULK_GET));
        for (size_t i = 1; i < get->count; i++)
            assert_true(get->ranges[i].first > get->ranges[i - 1].last);
    }
    answer(&pair)->last = true;
    solo_give(pair.here, 0);
    assert_true(descent->peer == NODE_PEER_NONE);
    pair_close(&pair);
}

/* --- What it costs --- */

/* Bytes that all nodes send until a blank node holds the 20,000 bans of the other one. */
static void a_blank_node_costs_hardly_more_than_its_entries(void **state)
{
    struct world *world = world_open(2);
    size_t entries = 0, before;

    (void)state;
    world_run(world, 1500);
    world_kill(world, 1);
    for (uint32_t i = 0; i < 20000; i++) {
        char address[32];

        snprintf(address, sizeof(address), "2001:db8:%x:%x::/64", i >> 8, i & 255);
        world_ban(world, 0, address, i);
        if (i % 500 == 0)
            world_run(world, 10);
    }
    world_run(world, 5000);
    for (size_t i = 0; i < world->row_count[0]; i++)
        entries += world->rows[0][i].size;
    before = world->bytes_sent;
    world_start(world, 1, true);
    world_run(world, 3000);
    assert_true(world_is_equal(world));
    assert_int_equal(world->nodes[1].state.table.count, 20000);
    assert_true(world->nodes[1].state.counters.bulk_requests > 0);
    assert_in_range(world->bytes_sent - before, entries, entries + entries / 10);
    print_message("%zu bytes of entries, %zu sent\n", entries, world->bytes_sent - before);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_holds_nothing_asks_for_all_leaves_at_once),
        cmocka_unit_test(who_lacks_most_goes_over_to_bulk),
        cmocka_unit_test(who_lacks_one_in_a_hundred_lists),
        cmocka_unit_test(a_few_pairs_tell_nothing),
        cmocka_unit_test(where_the_credit_ended_the_next_request_goes_on),
        cmocka_unit_test(a_leaf_that_no_answer_holds_is_listed),
        cmocka_unit_test(who_leaves_it_unanswered_is_asked_by_the_tree),
        cmocka_unit_test(a_new_life_of_the_peer_may_know_it),
        cmocka_unit_test(who_answered_once_is_asked_in_bulk_again),
        cmocka_unit_test(whatever_is_answered_fewer_leaves_are_left),
        cmocka_unit_test(who_answers_in_bulk_without_end_gives_way),
        cmocka_unit_test(frames_beyond_the_credit_are_no_answer),
        cmocka_unit_test(entries_that_lie_about_the_place_end_it_only_sooner),
        cmocka_unit_test(leaves_out_of_order_make_requests_in_order),
        cmocka_unit_test(a_blank_node_costs_hardly_more_than_its_entries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
