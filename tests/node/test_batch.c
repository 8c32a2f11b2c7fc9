/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of one turn are confirmed together, pushed again until they are, and never wait for
 * who is not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch.h"
#include "solo.h"

static void ban(struct solo *solo, uint32_t i)
{
    const struct addr addr = {ADDR_IPV4, 32, {10, 0, (uint8_t)(i >> 8), (uint8_t)i}};

    assert_int_equal(node_ban(&solo->node, &solo->now, 100 + i, &addr, TIME_NEVER_MS, "test", ""),
                     STEP_CHANGED);
}

/* A node with that many peers, all of them there, on which so many bans were just committed. */
static struct solo *open_with_bans(size_t peers, uint32_t bans)
{
    struct solo *solo = solo_open(peers);

    for (size_t i = 0; i < peers; i++)
        solo_greet(solo, i);
    for (uint32_t i = 0; i < bans; i++)
        ban(solo, i);
    solo_turn(solo);
    return solo;
}

/* The next number that peer is asked to acknowledge. */
static uint64_t take_number(struct solo *solo, size_t peer)
{
    assert_true(solo_take(solo, peer, MESSAGE_PUSH));
    assert_true(solo->message.push.ack != 0);
    return solo->message.push.ack;
}

static void acknowledge(struct solo *solo, size_t peer, uint64_t number)
{
    solo_message(solo, MESSAGE_ACK)->ack = number;
    solo_give(solo, peer);
    solo_turn(solo);
}

static void a_thousand_commands_take_one_ack_of_each_peer(void **state)
{
    struct solo *solo = open_with_bans(2, 1000);
    bool seen[1000] = {false};
    uint64_t number;

    (void)state;
    assert_int_equal(solo_count(solo, 0, MESSAGE_PUSH), 1);
    assert_int_equal(solo_count(solo, 1, MESSAGE_PUSH), 1);
    number = take_number(solo, 0);
    assert_int_equal(solo->message.push.entry_count, 1000);
    assert_true(take_number(solo, 1) == number);
    assert_int_equal(solo->done_count, 0);
    acknowledge(solo, 0, number);
    assert_int_equal(solo->done_count, 0);
    solo->now.mono_ms += 38;
    acknowledge(solo, 1, number);
    assert_int_equal(solo->done_count, 1000);
    for (size_t i = 0; i < 1000; i++) {
        const struct node_done *done = &solo->done[i];

        assert_in_range(done->request, 100, 1099);
        assert_false(seen[done->request - 100]);
        seen[done->request - 100] = true;
        assert_int_equal(done->addr.bytes[3], (uint8_t)(done->request - 100));
        assert_int_equal(done->outcome, OUTCOME_CHANGED);
        assert_int_equal(done->confirmed, 3);
        assert_false(done->missing[0] || done->missing[1]);
        assert_true(done->took_ms == 38);
    }
    solo_close(solo);
}

static void more_than_a_frame_holds_takes_one_ack_a_frame(void **state)
{
    struct solo *solo = open_with_bans(1, FRAME_ENTRIES_MAX + 10);
    uint64_t first = take_number(solo, 0), second = take_number(solo, 0);

    (void)state;
    assert_int_equal(solo->message.push.entry_count, 10);
    assert_false(solo_take(solo, 0, MESSAGE_PUSH));
    assert_true(first != second);
    acknowledge(solo, 0, second);
    assert_int_equal(solo->done_count, 10);
    acknowledge(solo, 0, first);
    assert_int_equal(solo->done_count, FRAME_ENTRIES_MAX + 10);
    solo_close(solo);
}

static void it_is_pushed_again_until_it_is_acknowledged(void **state)
{
    struct solo *solo = open_with_bans(2, 1);
    uint64_t number = take_number(solo, 0);

    (void)state;
    solo_forget(solo);
    acknowledge(solo, 1, number);
    solo_pass(solo, 200);
    assert_int_equal(solo_count(solo, 0, MESSAGE_PUSH), 0);
    solo_pass(solo, 800);
    assert_in_range(solo_count(solo, 0, MESSAGE_PUSH), 3, 4);
    assert_int_equal(solo_count(solo, 1, MESSAGE_PUSH), 0);
    assert_true(take_number(solo, 0) == number);
    assert_int_equal(solo->message.push.entry_count, 1);
    assert_int_equal(solo->done_count, 0);
    acknowledge(solo, 0, number);
    assert_int_equal(solo->done_count, 1);
    solo_forget(solo);
    solo_pass(solo, 1000);
    assert_int_equal(solo_count(solo, 0, MESSAGE_PUSH), 0);
    solo_close(solo);
}

static void a_peer_that_is_down_is_not_waited_for(void **state)
{
    struct solo *solo = solo_open(2);
    uint64_t number;

    (void)state;
    solo_greet(solo, 1);
    ban(solo, 0);
    solo_turn(solo);
    assert_int_equal(solo_count(solo, 0, MESSAGE_PUSH), 0);
    number = take_number(solo, 1);
    acknowledge(solo, 1, number);
    assert_int_equal(solo->done_count, 1);
    assert_int_equal(solo->done[0].confirmed, 2);
    assert_true(solo->done[0].missing[0]);
    assert_false(solo->done[0].missing[1]);
    solo_close(solo);
}

static void alone_a_command_ends_at_once(void **state)
{
    struct solo *solo = open_with_bans(0, 1);

    (void)state;
    assert_int_equal(solo->done_count, 1);
    assert_int_equal(solo->done[0].confirmed, 1);
    assert_true(solo->done[0].took_ms == 0);
    solo_close(solo);
}

static void the_wait_ends(void **state)
{
    struct solo *solo = open_with_bans(2, 1);
    uint64_t number = take_number(solo, 0);

    (void)state;
    acknowledge(solo, 0, number);
    solo_pass(solo, COMMAND_WAIT_MS - 100);
    assert_int_equal(solo->done_count, 0);
    solo_pass(solo, 100);
    assert_int_equal(solo->done_count, 1);
    assert_int_equal(solo->done[0].confirmed, 2);
    assert_true(solo->done[0].missing[1]);
    assert_true(solo->done[0].took_ms == COMMAND_WAIT_MS);
    solo_forget(solo);
    solo_pass(solo, 1000);
    assert_int_equal(solo_count(solo, 1, MESSAGE_PUSH), 0);
    solo_close(solo);
}

static void only_the_right_number_counts_and_once(void **state)
{
    struct solo *solo = open_with_bans(2, 1);
    uint64_t number = take_number(solo, 0);

    (void)state;
    acknowledge(solo, 0, number + 1);
    acknowledge(solo, 1, 0);
    assert_int_equal(solo->done_count, 0);
    acknowledge(solo, 0, number);
    acknowledge(solo, 0, number);
    assert_int_equal(solo->done_count, 0);
    acknowledge(solo, 1, number);
    assert_int_equal(solo->done[0].confirmed, 3);
    acknowledge(solo, 1, number);
    assert_int_equal(solo->done_count, 1);
    solo_close(solo);
}

static void turns_are_confirmed_apart(void **state)
{
    struct solo *solo = open_with_bans(1, 2);
    uint64_t first = take_number(solo, 0), second;

    (void)state;
    ban(solo, 2);
    solo_turn(solo);
    second = take_number(solo, 0);
    assert_true(first != second);
    acknowledge(solo, 0, second);
    assert_int_equal(solo->done_count, 1);
    assert_true(solo->done[0].request == 102);
    acknowledge(solo, 0, first);
    assert_int_equal(solo->done_count, 3);
    solo_close(solo);
}

static void what_failed_is_on_no_node_and_not_waited_for(void **state)
{
    struct solo *solo = open_with_bans(1, 0);

    (void)state;
    solo->store_fails = true;
    ban(solo, 0);
    ban(solo, 1);
    solo_turn(solo);
    assert_int_equal(solo_count(solo, 0, MESSAGE_PUSH), 0);
    assert_int_equal(solo->done_count, 2);
    assert_int_equal(solo->done[0].outcome, OUTCOME_FAILED);
    assert_int_equal(solo->done[1].outcome, OUTCOME_FAILED);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(solo->done[i].confirmed, 0);
        assert_true(solo->done[i].missing[0]);
    }
    solo_close(solo);
}

static void of_too_many_the_oldest_is_answered_as_it_stands(void **state)
{
    struct solo *solo = open_with_bans(1, 1);

    (void)state;
    for (uint32_t i = 1; i < BATCHES_MAX; i++) {
        solo->now.mono_ms++;
        ban(solo, i);
        solo_turn(solo);
    }
    assert_int_equal(solo->done_count, 0);
    for (uint32_t i = 0; i < 3; i++) {
        solo->now.mono_ms++;
        ban(solo, BATCHES_MAX + i);
        solo_turn(solo);
        assert_int_equal(solo->done_count, i + 1);
        assert_int_equal(solo->done[i].request, 100 + i);
        assert_int_equal(solo->done[i].outcome, OUTCOME_CHANGED);
        assert_int_equal(solo->done[i].confirmed, 1);
        assert_true(solo->done[i].missing[0]);
    }
    assert_int_equal(solo->node.batch_count, BATCHES_MAX);
    solo_close(solo);
}

static void a_node_can_be_closed_with_commands_waiting(void **state)
{
    struct solo *solo = open_with_bans(1, 3);

    (void)state;
    assert_int_equal(solo->node.batch_count, 1);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_commands_take_one_ack_of_each_peer),
        cmocka_unit_test(more_than_a_frame_holds_takes_one_ack_a_frame),
        cmocka_unit_test(it_is_pushed_again_until_it_is_acknowledged),
        cmocka_unit_test(a_peer_that_is_down_is_not_waited_for),
        cmocka_unit_test(alone_a_command_ends_at_once),
        cmocka_unit_test(the_wait_ends),
        cmocka_unit_test(only_the_right_number_counts_and_once),
        cmocka_unit_test(turns_are_confirmed_apart),
        cmocka_unit_test(what_failed_is_on_no_node_and_not_waited_for),
        cmocka_unit_test(of_too_many_the_oldest_is_answered_as_it_stands),
        cmocka_unit_test(a_node_can_be_closed_with_commands_waiting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
