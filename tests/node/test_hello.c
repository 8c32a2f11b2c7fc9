/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is there: HELLO until answered, then a PING a second; clones, refusals and questions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hello.h"
#include "maps.h"
#include "solo.h"

static void silent_peers_are_greeted_once_a_second(void **state)
{
    struct solo *solo = solo_open(2);

    (void)state;
    solo_pass(solo, 3000);
    assert_int_equal(solo_count(solo, 0, MESSAGE_HELLO), 3);
    assert_int_equal(solo_count(solo, 1, MESSAGE_HELLO), 3);
    assert_int_equal(solo_count(solo, 0, MESSAGE_PING), 0);
    assert_true(solo_take(solo, 0, MESSAGE_HELLO));
    assert_string_equal(solo->message.hello.name, "mx1");
    assert_string_equal(solo->message.hello.version, "test");
    assert_true(solo->message.hello.boot == 77);
    assert_true(solo->message.hello.answer);
    assert_int_equal(solo->message.hello.threshold, 3);
    assert_true(solo->message.hello.window_ms == 60000);
    assert_int_equal(solo->message.hello.duration_count, 1);
    assert_true(solo->message.hello.durations_ms[0] == TIME_NEVER_MS);
    assert_true(solo->message.hello.memory_ms == MEMORY_MS);
    assert_int_equal(solo->message.hello.ipv6_prefix, 64);
    assert_false(solo->message.hello.count_messages);
    solo_forget(solo);
    solo->node.state.policy.count_messages = true;
    solo_pass(solo, 1000);
    assert_true(solo_take(solo, 0, MESSAGE_HELLO));
    assert_true(solo->message.hello.count_messages);
    solo_close(solo);
}

static void greeted_peers_get_a_ping_a_second(void **state)
{
    struct solo *solo = solo_open(2);

    (void)state;
    solo_greet(solo, 0);
    solo_pass(solo, 3000);
    assert_int_equal(solo_count(solo, 0, MESSAGE_PING), 3);
    assert_int_equal(solo_count(solo, 0, MESSAGE_HELLO), 0);
    assert_int_equal(solo_count(solo, 1, MESSAGE_HELLO), 3);
    solo_close(solo);
}

static void a_ping_tells_what_the_node_holds(void **state)
{
    struct solo *solo = solo_open(1);
    struct hash128 old, root;

    (void)state;
    solo_greet(solo, 0);
    solo_bans(solo, 3);
    solo_strike(solo, "192.0.2.1", 9, 1, SOLO_WALL_MS - 60000);
    solo_turn(solo);
    old = state_root(&solo->node.state, ENTRY_STRIKE);
    solo_strike(solo, "192.0.2.1", 9, 2, SOLO_WALL_MS); /* still in flight */
    solo_forget(solo);
    solo_pass(solo, 1000);
    assert_true(solo_take(solo, 0, MESSAGE_PING));
    assert_true(solo->message.ping.boot == 77);
    assert_true(solo->message.ping.wall_ms == solo->now.wall_ms);
    assert_true(solo->message.ping.tick == solo->node.state.tick);
    assert_true(solo->message.ping.second < SOLO_WALL_MS / 1000);
    assert_true(solo->message.ping.roots[0].lane[0] == old.lane[0]);
    root = state_root(&solo->node.state, ENTRY_RECORD);
    assert_true(solo->message.ping.roots[1].lane[1] == root.lane[1]);
    assert_true(solo->message.ping.map_hash == solo->node.map_hash);
    assert_true(solo->message.ping.map_hash == node_map_hash(&solo->node,
                                                             node_map(&solo->node)->bytes,
                                                             node_map(&solo->node)->size, NULL, 0));
    solo_close(solo);
}

/* A peer's clock that was ahead leaves the hybrid clock ahead: that stands still, and what is dated
 * around it would not be compared until it goes on. */
static void a_ping_names_a_second_of_the_reference_clock(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    solo_greet(solo, 0);
    solo_message(solo, MESSAGE_ACK)->hlc = (uint64_t)(SOLO_WALL_MS + 40000) << 16;
    solo_give(solo, 0);
    assert_true(stamp_ms(solo->node.state.hlc) == SOLO_WALL_MS + 40000);
    solo_pass(solo, 1000);
    assert_true(solo_take(solo, 0, MESSAGE_PING));
    assert_true(solo->message.ping.second == SOLO_WALL_MS / 1000 + 1 - 2);
    solo_close(solo);
}

static void a_hello_is_answered_if_it_asks_and_always_by_a_ping(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    solo_message(solo, MESSAGE_HELLO)->hello.boot = 5001;
    solo->message.hello.answer = true;
    solo_give(solo, 0);
    solo_turn(solo);
    assert_true(solo_take(solo, 0, MESSAGE_HELLO));
    assert_false(solo->message.hello.answer);
    assert_true(solo_take(solo, 0, MESSAGE_PING));
    assert_true(node_peer_is_up(&solo->node.peers[0], &solo->now));
    solo_message(solo, MESSAGE_HELLO)->hello.boot = 5001;
    solo_give(solo, 0);
    solo_turn(solo);
    assert_false(solo_take(solo, 0, MESSAGE_HELLO));
    assert_true(solo_take(solo, 0, MESSAGE_PING));
    solo_close(solo);
}

static void what_a_peer_said_of_itself_is_kept(void **state)
{
    struct solo *solo = solo_open(1);
    struct message_hello *hello = &solo_message(solo, MESSAGE_HELLO)->hello;

    (void)state;
    hello->boot = 5001;
    hello->threshold = 42;
    memcpy(hello->name, "other", 6);
    solo_give(solo, 0);
    assert_string_equal(solo->node.peers[0].hello.name, "other");
    assert_int_equal(solo->node.peers[0].hello.threshold, 42);
    assert_true(solo->node.peers[0].hello.boot == 5001);
    solo_close(solo);
}

static void a_peer_silent_for_three_pings_is_down(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    solo_greet(solo, 0);
    solo->quiet[0] = true;
    solo_pass(solo, NODE_DEAD_MS);
    assert_true(node_peer_is_up(&solo->node.peers[0], &solo->now));
    solo_forget(solo);
    solo_pass(solo, 1000);
    assert_false(node_peer_is_up(&solo->node.peers[0], &solo->now));
    assert_false(solo->node.peers[0].greeted);
    assert_true(solo_take(solo, 0, MESSAGE_HELLO));
    solo_forget(solo);
    solo_ping(solo); /* it was alive all the time, but must greet again */
    solo_give(solo, 0);
    solo_turn(solo);
    assert_true(solo_take(solo, 0, MESSAGE_HELLO));
    assert_true(solo->message.hello.answer);
    assert_false(node_peer_is_up(&solo->node.peers[0], &solo->now));
    solo_close(solo);
}

/* Peer 0 hears nothing of us, neither HELLO nor PING, so it asks once a second. */
static void ask_for_hello(struct solo *solo, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        solo_message(solo, MESSAGE_HELLO)->hello.boot = 5001;
        solo->message.hello.answer = true;
        solo_give(solo, 0);
        solo_pass(solo, 1000);
    }
}

static bool is_up(const struct solo *solo)
{
    return node_peer_is_up(&solo->node.peers[0], &solo->now);
}

static void a_peer_that_asks_three_times_running_does_not_hear_us(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    ask_for_hello(solo, 2);
    assert_true(is_up(solo));
    ask_for_hello(solo, 1);
    assert_false(is_up(solo));
    solo_forget(solo);
    ask_for_hello(solo, 5);
    assert_false(is_up(solo));
    assert_true(solo_count(solo, 0, MESSAGE_HELLO) >= 5); /* it may hear the next one */
    solo_greet(solo, 0);
    assert_true(is_up(solo));
    solo_close(solo);
}

/* Only who hears us sends us PINGs. */
static void a_ping_between_them_shows_that_it_does(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        ask_for_hello(solo, 2);
        solo_ping(solo)->boot = 5001;
        solo_give(solo, 0);
        assert_true(is_up(solo));
    }
    solo_close(solo);
}

static void ping_of(struct solo *solo, uint64_t boot)
{
    solo_ping(solo)->boot = boot;
    solo_give(solo, 0);
}

/* For half a minute so many nodes with the key of peer 0 send a PING each second, in turn. Returns
 * when that was noticed, after which it must be all the time; 0: never. */
static int64_t clones_in_turn(struct solo *solo, size_t count)
{
    int64_t begun_ms = solo->now.mono_ms, noticed_ms = 0;

    for (size_t i = 0; solo->now.mono_ms - begun_ms < 30000; i++) {
        ping_of(solo, 5001 + i % count);
        if (noticed_ms == 0 && solo->node.peers[0].clone_ms != 0)
            noticed_ms = solo->now.mono_ms - begun_ms;
        if (noticed_ms != 0)
            assert_true(solo->now.mono_ms - solo->node.peers[0].clone_ms <= 1000);
        solo->now.mono_ms += 1000 / (int64_t)count;
    }
    return noticed_ms;
}

static void live_nodes_with_one_key_are_clones_within_10_s(void **state)
{
    (void)state;
    for (size_t count = 2; count <= NODE_BOOTS_MAX + 1; count++) {
        struct solo *solo = solo_open(1);

        solo_greet(solo, 0);
        assert_in_range(clones_in_turn(solo, count), 1, 10000);
        solo_close(solo);
    }
}

/* Whoever speaks first again, as a HELLO is all that comes of a node that is not answered. */
static void a_clone_is_seen_by_its_hello_too(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    for (int i = 0; i < 5; i++) {
        solo_greet(solo, 0);
        ping_of(solo, 6000);
        solo->now.mono_ms += 1000;
    }
    assert_true(solo->node.peers[0].clone_ms != 0);
    solo_close(solo);
}

static void restarts_are_no_clones(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    solo_greet(solo, 0);
    for (uint64_t boot = 6000; boot < 6020; boot++) {
        for (int i = 0; i < 3; i++) {
            ping_of(solo, boot);
            solo->now.mono_ms += boot % 2 == 0 ? 10 : 1000; /* some of them live shortly */
        }
    }
    assert_true(solo->node.peers[0].clone_ms == 0);
    solo_close(solo);
}

/* Two links lead to a peer, and a node that was held up reads both at once. */
static void what_an_ended_process_left_behind_is_no_clone(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    solo_greet(solo, 0);
    solo->now.mono_ms += 20000;
    for (int i = 0; i < 5; i++) {
        ping_of(solo, 6000);
        ping_of(solo, 5001);
        solo->now.mono_ms += 100;
    }
    assert_true(solo->node.peers[0].hello.boot == 6000);
    assert_true(solo->node.peers[0].clone_ms == 0);
    solo_close(solo);
}

/* Its last frame is read behind the first one of the next process, and nothing is known of either.
 */
static void the_last_frame_of_an_ended_process_may_come_second(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    ping_of(solo, 6000);
    ping_of(solo, 5001);
    for (int i = 0; i < 10; i++) {
        solo->now.mono_ms += 1000;
        ping_of(solo, 6000);
        assert_true(solo->node.peers[0].clone_ms == 0);
    }
    assert_true(solo->node.peers[0].hello.boot == 6000);
    solo_close(solo);
}

static void when_one_of_two_has_ended_the_other_is_no_clone(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    solo_greet(solo, 0);
    assert_true(clones_in_turn(solo, 2) != 0);
    for (int64_t passed_ms = 0; passed_ms < NODE_CLONE_MS; passed_ms += 1000) {
        solo->now.mono_ms += 1000;
        ping_of(solo, 5001); /* the first of them, which is an earlier one */
    }
    assert_true(solo->now.mono_ms - solo->node.peers[0].clone_ms > NODE_CLONE_MS - 5000);
    assert_true(solo->node.peers[0].hello.boot == 5001);
    solo_close(solo);
}

static void a_question_is_answered_when_the_file_was_read(void **state)
{
    struct solo *solo = solo_open(2);

    (void)state;
    solo_greet(solo, 0);
    solo_greet(solo, 1);
    solo_ping(solo)->ask = 4711;
    solo_give(solo, 1);
    assert_true(node_wants_file(&solo->node));
    solo_turn(solo);
    assert_false(node_wants_file(&solo->node));
    assert_false(solo_take(solo, 0, MESSAGE_PING));
    assert_true(solo_take(solo, 1, MESSAGE_PING));
    assert_true(solo->message.ping.answer == 4711);
    assert_true(solo->message.ping.file_hash == solo->node.map_hash);
    solo_close(solo);
}

/* What a PING says of the peer's map and its file, a second after the last one. */
static int64_t told_file(struct solo *solo, uint64_t map, uint64_t file)
{
    struct message_ping *ping = solo_ping(solo);

    solo->now.mono_ms += 1000;
    ping->map_hash = map;
    ping->file_hash = file;
    solo_give(solo, 0);
    return solo->node.peers[0].file_ms;
}

static void a_file_that_stays_behind_its_map_is_known_since_when(void **state)
{
    struct solo *solo = solo_open(1);
    int64_t since_ms;

    (void)state;
    solo_greet(solo, 0);
    assert_true(told_file(solo, 7, 7) == 0);
    assert_true(told_file(solo, 8, 0) == 0); /* it does not know */
    assert_true(told_file(solo, 0, 8) == 0);
    since_ms = told_file(solo, 8, 7);
    assert_true(since_ms == solo->now.mono_ms);
    assert_true(told_file(solo, 9, 7) == since_ms); /* the map goes on, the file does not */
    assert_true(told_file(solo, 9, 8) == solo->now.mono_ms); /* it is written, and late */
    assert_true(told_file(solo, 9, 9) == 0);
    solo_close(solo);
}

static void a_refusal_told_by_a_peer_is_kept(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    solo_message(solo, MESSAGE_NACK)->nack.reason = NACK_CLOCK;
    memcpy(solo->message.nack.detail, "late", 5);
    solo_give(solo, 0);
    assert_int_equal(solo->node.peers[0].nack.reason, NACK_CLOCK);
    assert_string_equal(solo->node.peers[0].nack.detail, "late");
    assert_true(solo->node.peers[0].nack_ms == solo->now.mono_ms);
    assert_true(solo->node.state.counters.nacks_received == 1);
    solo_close(solo);
}

static void refusals_are_told_once_a_second(void **state)
{
    struct solo *solo = solo_open(2);

    (void)state;
    solo_greet(solo, 0);
    for (size_t i = 0; i < 20; i++) {
        hello_send_nack(&solo->node, &solo->now, 0, NACK_MEMORY, "no room");
        solo_pass(solo, 100);
    }
    assert_int_equal(solo_count(solo, 0, MESSAGE_NACK), 2);
    assert_true(solo_take(solo, 0, MESSAGE_NACK));
    assert_int_equal(solo->message.nack.reason, NACK_MEMORY);
    assert_string_equal(solo->message.nack.detail, "no room");
    hello_send_nack(&solo->node, &solo->now, 1, NACK_MEMORY, "no room");
    solo_turn(solo);
    assert_int_equal(solo_count(solo, 1, MESSAGE_NACK), 1);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silent_peers_are_greeted_once_a_second),
        cmocka_unit_test(greeted_peers_get_a_ping_a_second),
        cmocka_unit_test(a_ping_tells_what_the_node_holds),
        cmocka_unit_test(a_ping_names_a_second_of_the_reference_clock),
        cmocka_unit_test(a_hello_is_answered_if_it_asks_and_always_by_a_ping),
        cmocka_unit_test(what_a_peer_said_of_itself_is_kept),
        cmocka_unit_test(a_peer_silent_for_three_pings_is_down),
        cmocka_unit_test(a_peer_that_asks_three_times_running_does_not_hear_us),
        cmocka_unit_test(a_ping_between_them_shows_that_it_does),
        cmocka_unit_test(live_nodes_with_one_key_are_clones_within_10_s),
        cmocka_unit_test(a_clone_is_seen_by_its_hello_too),
        cmocka_unit_test(restarts_are_no_clones),
        cmocka_unit_test(what_an_ended_process_left_behind_is_no_clone),
        cmocka_unit_test(the_last_frame_of_an_ended_process_may_come_second),
        cmocka_unit_test(when_one_of_two_has_ended_the_other_is_no_clone),
        cmocka_unit_test(a_question_is_answered_when_the_file_was_read),
        cmocka_unit_test(a_file_that_stays_behind_its_map_is_known_since_when),
        cmocka_unit_test(a_refusal_told_by_a_peer_is_kept),
        cmocka_unit_test(refusals_are_told_once_a_second),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
