/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes in is counted, refused with a reason or read; a refusal ends with the first good
 * frame.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "solo.h"

static const struct counters *counters_of(const struct solo *solo)
{
    return &solo->node.state.counters;
}

/* The node must have told peer 0 why, and not count it as up. */
static void assert_refused(struct solo *solo, uint8_t reason)
{
    solo_turn(solo);
    assert_int_equal(solo->node.peers[0].refused, reason);
    assert_false(node_peer_is_up(&solo->node.peers[0], &solo->now));
    assert_true(solo_take(solo, 0, MESSAGE_NACK));
    assert_int_equal(solo->message.nack.reason, reason);
}

static void what_does_not_decode_is_refused(void **state)
{
    struct solo *solo = solo_open(2);
    const uint8_t garbage[] = {0x93, 1, 1};

    (void)state;
    solo_greet(solo, 0);
    node_frame(&solo->node, &solo->now, 0, garbage, sizeof(garbage));
    assert_true(counters_of(solo)->frames_malformed == 1);
    assert_refused(solo, NACK_MALFORMED);
    assert_int_equal(solo->node.peers[1].refused, 0);
    solo_greet(solo, 0);
    assert_true(node_peer_is_up(&solo->node.peers[0], &solo->now));
    solo_close(solo);
}

static void another_version_is_refused(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    solo_message(solo, MESSAGE_PING)->version = MESSAGE_VERSION + 1;
    solo_give(solo, 0);
    assert_true(counters_of(solo)->frames_version == 1);
    assert_refused(solo, NACK_VERSION);
    solo_close(solo);
}

static void another_cluster_is_refused(void **state)
{
    struct solo *solo = solo_open(1);
    uint8_t bytes[512];
    struct message_push *push = &solo_message(solo, MESSAGE_PUSH)->push;

    (void)state;
    push->entries[0] = (struct message_entry){
        ENTRY_STRIKE, bytes, solo_strike_bytes("192.0.2.1", 2001, 1, SOLO_WALL_MS, bytes)};
    push->entry_count = 1;
    solo->message.cluster++;
    solo_give(solo, 0);
    assert_true(counters_of(solo)->frames_cluster == 1);
    assert_int_equal(solo->node.state.strike_count, 0);
    assert_refused(solo, NACK_CLUSTER);
    solo_close(solo);
}

/* Or two clusters could never tell each other why. */
static void a_refusal_from_another_cluster_is_read(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    solo_message(solo, MESSAGE_NACK)->nack.reason = NACK_CLUSTER;
    solo->message.cluster++;
    solo_give(solo, 0);
    assert_int_equal(solo->node.peers[0].nack.reason, NACK_CLUSTER);
    assert_int_equal(solo->node.peers[0].refused, 0);
    solo_turn(solo);
    assert_int_equal(solo_count(solo, 0, MESSAGE_NACK), 0); /* no refusal of a refusal */
    solo_close(solo);
}

static void an_unknown_type_is_counted_and_skipped(void **state)
{
    struct solo *solo = solo_open(1);
    uint8_t *bytes;
    size_t size;

    (void)state;
    solo_greet(solo, 0);
    solo_message(solo, MESSAGE_ACK);
    assert_int_equal(message_encode(&solo->message, &bytes, &size), 0);
    assert_int_equal(bytes[2], MESSAGE_ACK);
    bytes[2] = 99;
    node_frame(&solo->node, &solo->now, 0, bytes, size);
    free(bytes);
    assert_true(counters_of(solo)->frames_unknown == 1);
    solo_turn(solo);
    assert_int_equal(solo_count(solo, 0, MESSAGE_NACK), 0);
    assert_true(node_peer_is_up(&solo->node.peers[0], &solo->now));
    solo_close(solo);
}

static void frames_and_bytes_are_counted_per_peer(void **state)
{
    struct solo *solo = solo_open(2);
    const uint8_t garbage[] = {0x93, 1, 1};

    (void)state;
    node_frame(&solo->node, &solo->now, 1, garbage, sizeof(garbage));
    node_frame(&solo->node, &solo->now, 1, garbage, sizeof(garbage));
    assert_true(solo->node.peers[1].frames_received == 2);
    assert_true(solo->node.peers[1].bytes_received == 6);
    assert_true(solo->node.peers[0].frames_received == 0);
    assert_true(counters_of(solo)->frames_received == 2);
    assert_true(counters_of(solo)->bytes_received == 6);
    solo_close(solo);
}

static void the_clock_of_a_frame_is_taken_up(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    solo_message(solo, MESSAGE_ACK)->hlc = (uint64_t)(SOLO_WALL_MS + 30000) << 16;
    solo_give(solo, 0);
    assert_true(stamp_ms(solo->node.state.hlc) == SOLO_WALL_MS + 30000);
    assert_true(state_now_ms(&solo->node.state) == SOLO_WALL_MS + 30000);
    solo_close(solo);
}

/* The clock is not believed, the peer is told, and what the frame brings is judged by itself. */
static void a_frame_with_a_clock_ahead_is_read_all_the_same(void **state)
{
    struct solo *solo = solo_open(1);
    uint8_t bytes[512];
    struct message_push *push = &solo_message(solo, MESSAGE_PUSH)->push;

    (void)state;
    push->entries[0] = (struct message_entry){
        ENTRY_STRIKE, bytes, solo_strike_bytes("192.0.2.1", 2001, 1, SOLO_WALL_MS, bytes)};
    push->entry_count = 1;
    solo->message.hlc = (uint64_t)(SOLO_WALL_MS + 60001) << 16;
    solo_give(solo, 0);
    assert_true(stamp_ms(solo->node.state.hlc) == SOLO_WALL_MS);
    assert_int_equal(solo->node.state.strike_count, 1);
    solo_turn(solo);
    assert_true(solo_take(solo, 0, MESSAGE_NACK));
    assert_int_equal(solo->message.nack.reason, NACK_CLOCK);
    assert_int_equal(solo->node.peers[0].refused, 0);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_decode_is_refused),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(another_cluster_is_refused),
        cmocka_unit_test(a_refusal_from_another_cluster_is_read),
        cmocka_unit_test(an_unknown_type_is_counted_and_skipped),
        cmocka_unit_test(frames_and_bytes_are_counted_per_peer),
        cmocka_unit_test(the_clock_of_a_frame_is_taken_up),
        cmocka_unit_test(a_frame_with_a_clock_ahead_is_read_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
