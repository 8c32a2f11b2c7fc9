/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node whose memory runs out: it may leave things undone, but it never says that they are done,
 * and goes on when there is memory again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scarce.h"
#include "sweep.h"

#define COMMANDS 17 /* one more than the first lists hold */

static struct addr addr_of(unsigned number)
{
    return (struct addr){ADDR_IPV4, 32, {198, 51, 100, (uint8_t)number}};
}

static void ban(struct solo *solo, unsigned number)
{
    struct addr addr = addr_of(number);

    node_ban(&solo->node, &solo->now, number, &addr, TIME_NEVER_MS, "test", "root");
}

static bool is_banned(const struct solo *solo, unsigned number)
{
    struct addr addr = addr_of(number);

    return state_find_cover(&solo->node.state, &addr, &(struct unpacked){0}) != NULL;
}

/* --- Starting ----------------------------------------------------------------------------------
 */

static void a_node_is_opened_or_not(void **state)
{
    static struct node node;
    static const char *const names[] = {"mx2"};
    static const uint64_t ids[] = {2};
    const struct node_options options = {
        .name = "mx1",
        .version = "test",
        .cluster = "test",
        .id = 1,
        .policy = {3, 60000, {{TIME_NEVER_MS}, 1}, MEMORY_MS, false},
        .ipv6_prefix = 64,
        .peer_names = names,
        .peer_ids = ids,
        .peer_count = 1};
    size_t refused = 1, times = 0;

    (void)state;
    for (size_t spared = 0; refused > 0; spared++, times++) {
        int result;

        scarce_begin(spared, 1);
        result = node_open(&node, &options);
        refused = scarce_end();
        assert_int_equal(result, refused > 0 ? -1 : 0);
        if (result == 0)
            node_close(&node);
    }
    assert_true(times > 5);
}

/* --- Commands ----------------------------------------------------------------------------------
 */

static void ban_many(struct solo *solo)
{
    for (unsigned i = 1; i <= COMMANDS; i++)
        ban(solo, i);
    solo_turn(solo);
    solo_pass(solo, 300); /* the frame is sent again */
}

static void ban_turn_by_turn(struct solo *solo)
{
    for (unsigned i = 1; i <= COMMANDS; i++) {
        ban(solo, i);
        solo_turn(solo);
    }
}

/* Nobody is told of a ban that is not in force, and the next command is as any other. */
static void check_bans(struct solo *solo, bool refused)
{
    solo_pass(solo, 4000);
    for (size_t i = 0; i < solo->done_count; i++)
        if (solo->done[i].outcome == OUTCOME_CHANGED)
            assert_true(is_banned(solo, (unsigned)solo->done[i].request));
    if (!refused)
        assert_int_equal(solo->done_count, COMMANDS);
    solo->done_count = 0;
    solo_forget(solo);
    ban(solo, 200);
    solo_turn(solo);
    assert_true(is_banned(solo, 200));
    assert_int_equal(solo_count(solo, 0, MESSAGE_PUSH), 1);
    assert_true(solo_take(solo, 1, MESSAGE_PUSH));
    solo_message(solo, MESSAGE_ACK)->ack = solo->node.batches[solo->node.batch_count - 1].ack;
    solo_give(solo, 0);
    solo_give(solo, 1);
    solo_turn(solo);
    assert_int_equal(solo->done_count, 1);
    assert_int_equal(solo->done[0].confirmed, 3);
}

static void commands_fail_or_are_in_force(void **state)
{
    (void)state;
    sweep(sweep_open_greeted, ban_many, check_bans);
    sweep(sweep_open_greeted, ban_turn_by_turn, check_bans);
}

/* --- Entries of a peer -------------------------------------------------------------------------
 */

static void take_push(struct solo *solo)
{
    uint8_t bytes[3][512];
    struct message_push *push = &solo_message(solo, MESSAGE_PUSH)->push;

    push->ack = 9;
    for (uint64_t i = 0; i < 3; i++)
        push->entries[push->entry_count++] = (struct message_entry){
            ENTRY_STRIKE, bytes[i],
            solo_strike_bytes("192.0.2.1", 3000, i, SOLO_WALL_MS - (int64_t)i, bytes[i])};
    solo_give(solo, 0);
    solo_turn(solo);
}

static size_t strikes_of(const struct solo *solo)
{
    struct addr addr = solo_addr("192.0.2.1");
    struct unpacked room_of_subject;
    const struct subject *subject = state_find(&solo->node.state, &addr, &room_of_subject);

    return subject != NULL ? subject->strikes.count : 0;
}

/* What is acknowledged is there; what was refused is named, and taken when it is sent again. */
static void check_push(struct solo *solo, bool refused)
{
    size_t acks = solo_count(solo, 0, MESSAGE_ACK);

    assert_true(acks == 0 || strikes_of(solo) == 3);
    assert_true(refused || acks == 1);
    if (strikes_of(solo) < 3)
        assert_int_equal(solo->node.peers[0].fault_reason, NACK_MEMORY);
    solo_forget(solo);
    take_push(solo);
    assert_int_equal(solo_count(solo, 0, MESSAGE_ACK), 1);
    assert_int_equal(strikes_of(solo), 3);
}

static void what_is_acknowledged_is_there(void **state)
{
    (void)state;
    sweep(sweep_open_greeted, take_push, check_push);
}

/* --- Frames ------------------------------------------------------------------------------------
 */

#define QUESTIONS 65 /* one more than the first list of frames holds */

static void answer_many(struct solo *solo)
{
    for (size_t i = 0; i < QUESTIONS; i++) {
        struct message_tree *get = &solo_message(solo, MESSAGE_TREE_GET)->tree;

        get->number = i;
        get->kind = ENTRY_STRIKE;
        get->count = 1;
        solo_give(solo, 0);
    }
}

/* What could not be queued is counted, and no other frame suffers. */
static void check_answers(struct solo *solo, bool refused)
{
    size_t unsent =
        solo->node.state.counters.frames_unsent + solo->node.state.counters.entries_memory;

    assert_true(refused || unsent == 0);
    solo_turn(solo);
    assert_int_equal(solo_count(solo, 0, MESSAGE_TREE) + unsent, QUESTIONS);
}

static void frames_that_are_not_queued_are_counted(void **state)
{
    (void)state;
    sweep(sweep_open_greeted, answer_many, check_answers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_is_opened_or_not),
        cmocka_unit_test(commands_fail_or_are_in_force),
        cmocka_unit_test(what_is_acknowledged_is_there),
        cmocka_unit_test(frames_that_are_not_queued_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
