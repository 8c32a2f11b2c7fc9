/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every refusal, of a peer's frames and of ours, reaches peers and status in words that say what to
 * do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peers.h"

#define START_MS 1790000000000

static struct agent agent;
static struct message message;

static int set_up(void **state)
{
    static const char *const names[] = {"mx2"};
    static const uint64_t ids[] = {2001};
    const struct node_options options = {
        .name = "mx1",
        .version = "0",
        .cluster = "mail",
        .id = 1001,
        .boot = 1,
        .policy = {3, 60000, {{TIME_NEVER_MS}, 1}, MEMORY_MS, false},
        .ipv6_prefix = 64,
        .peer_names = names,
        .peer_ids = ids,
        .peer_count = 1};

    (void)state;
    agent = (struct agent){.now = {START_MS, 1000000}};
    assert_int_equal(node_open(&agent.node, &options), 0);
    node_loaded(&agent.node, &agent.now, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    node_close(&agent.node);
    return 0;
}

static struct message *begin(enum message_type type)
{
    memset(&message, 0, sizeof(message));
    message.version = MESSAGE_VERSION;
    message.type = (uint8_t)type;
    message.cluster = agent.node.cluster;
    return &message;
}

static void give(void)
{
    uint8_t *bytes;
    size_t size;

    assert_int_equal(message_encode(&message, &bytes, &size), 0);
    node_frame(&agent.node, &agent.now, 0, bytes, size);
    free(bytes);
}

/* The peer is up and judges as this node does. */
static void greet(void)
{
    struct message_hello *hello = &begin(MESSAGE_HELLO)->hello;

    hello->boot = 5001;
    hello->threshold = 3;
    hello->window_ms = 60000;
    hello->duration_count = 1;
    hello->durations_ms[0] = TIME_NEVER_MS;
    hello->memory_ms = MEMORY_MS;
    hello->ipv6_prefix = 64;
    give();
}

static void tell_nack(uint8_t reason, const char *detail)
{
    begin(MESSAGE_NACK)->nack.reason = reason;
    memcpy(message.nack.detail, detail, strlen(detail));
    give();
}

static void pass(int64_t ms)
{
    agent.now.wall_ms += ms;
    agent.now.mono_ms += ms;
}

static void assert_detail(const char *text)
{
    char detail[PEER_DETAIL_SIZE];

    assert_true(peer_detail(&agent, &agent.node.peers[0], detail, sizeof(detail)));
    assert_string_equal(detail, text);
}

static void assert_nothing_wrong(void)
{
    char detail[PEER_DETAIL_SIZE];

    assert_false(peer_detail(&agent, &agent.node.peers[0], detail, sizeof(detail)));
}

/* --- What the peer refuses --- */

static void each_reason_that_a_peer_tells_is_told_with_what_to_do(void **state)
{
    static const struct {
        uint8_t reason;
        const char *text;
    } cases[] = {
        {NACK_VERSION, "protocol version: why; run the same version of bansync on both nodes"},
        {NACK_CLUSTER, "cluster name: why; name in [cluster] must be the same on both nodes"},
        {NACK_CLOCK, "clock: why; set the clocks of both nodes right"},
        {NACK_MALFORMED, "malformed frame: why; update the older of the two nodes; if that is no "
                         "help, remove the key of the one that sends it"},
        {NACK_MEMORY, "no room: why; see entries_memory in banctl status of the node that refuses"},
        {NACK_QUOTA, "quota: why; the rest follows by itself; if this lasts, see what the node "
                     "that sends it does, or remove its key"},
        {0, "unknown reason: why; update the older of the two nodes"},
        {7, "unknown reason: why; update the older of the two nodes"},
        {255, "unknown reason: why; update the older of the two nodes"},
    };
    char text[PEER_DETAIL_SIZE];

    (void)state;
    greet();
    assert_nothing_wrong();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tell_nack(cases[i].reason, "why");
        snprintf(text, sizeof(text), "refuses ours: %s", cases[i].text);
        assert_detail(text);
    }
}

static void a_peer_that_counts_otherwise_is_told_with_both_ways(void **state)
{
    (void)state;
    greet();
    assert_nothing_wrong();
    agent.node.state.policy.count_messages = true;
    assert_detail("policy differs: count is messages here, hits there");
    message.hello.count_messages = true;
    give();
    assert_nothing_wrong();
    agent.node.state.policy.count_messages = false;
    assert_detail("policy differs: count is hits here, messages there");
}

/* The same durations in another order, or fewer of them, are other ones. */
static void a_peer_that_bans_for_other_times_is_told_with_both_lists(void **state)
{
    struct policy *own = &agent.node.state.policy;

    (void)state;
    greet();
    own->durations = (struct durations){{3600000, 86400000, TIME_NEVER_MS}, 3};
    assert_detail("policy differs: durations are 1h 1d permanent here, permanent there");
    message.hello.duration_count = 2;
    message.hello.durations_ms[0] = 3600000;
    message.hello.durations_ms[1] = 86400000;
    give();
    assert_detail("policy differs: durations are 1h 1d permanent here, 1h 1d there");
    message.hello.duration_count = 3;
    message.hello.durations_ms[0] = 86400000;
    message.hello.durations_ms[1] = 3600000;
    message.hello.durations_ms[2] = TIME_NEVER_MS;
    give();
    assert_detail("policy differs: durations are 1h 1d permanent here, 1d 1h permanent there");
    message.hello.durations_ms[0] = 3600000;
    message.hello.durations_ms[1] = 86400000;
    give();
    assert_nothing_wrong();
    own->memory_ms = 30 * INT64_C(86400000);
    assert_detail("policy differs: memory is 30d here, 90d there");
    message.hello.memory_ms = own->memory_ms;
    give();
    assert_nothing_wrong();
}

/* Nodes that start together have not seen each other at once. A refusal is told all the same. */
static void a_peer_that_is_not_seen_at_once_is_linking(void **state)
{
    const struct node_peer *peer = &agent.node.peers[0];

    (void)state;
    agent.started_ms = agent.now.mono_ms;
    assert_string_equal(peer_state(&agent, peer), "linking");
    assert_nothing_wrong();
    pass(AGENT_LINK_MS - 1);
    assert_string_equal(peer_state(&agent, peer), "linking");
    tell_nack(NACK_CLUSTER, "cluster name differs");
    assert_detail("refuses ours: cluster name: cluster name differs; name in [cluster] must be the "
                  "same on both nodes");
    greet();
    assert_string_equal(peer_state(&agent, peer), "up");
}

static void after_that_it_is_down(void **state)
{
    (void)state;
    agent.started_ms = agent.now.mono_ms;
    pass(AGENT_LINK_MS);
    assert_string_equal(peer_state(&agent, &agent.node.peers[0]), "down");
    assert_detail("not seen since the start: is it up, can it be reached, does it list this node's "
                  "key?");
}

/* It refuses even our HELLO, so it never greets. */
static void a_peer_that_is_not_up_says_why(void **state)
{
    (void)state;
    assert_detail("not seen since the start: is it up, can it be reached, does it list this node's "
                  "key?");
    tell_nack(NACK_CLUSTER, "cluster name differs");
    assert_detail("refuses ours: cluster name: cluster name differs; name in [cluster] must be the "
                  "same on both nodes");
}

static void what_it_said_before_it_fell_silent_is_no_news(void **state)
{
    (void)state;
    greet();
    tell_nack(NACK_CLOCK, "late");
    pass(10);
    begin(MESSAGE_ACK);
    give();
    pass(NODE_DEAD_MS + 1500);
    assert_detail("silent for 5 s: is it up, can it be reached?");
}

static void a_link_that_leads_one_way_is_told(void **state)
{
    (void)state;
    for (int i = 0; i < NODE_UNHEARD_MAX; i++) {
        pass(1000);
        begin(MESSAGE_HELLO)->hello.answer = true;
        give();
    }
    assert_string_equal(peer_state(&agent, &agent.node.peers[0]), "down");
    assert_detail("does not hear this node, which hears it: is the way there open?");
    pass(NODE_DEAD_MS + 1500);
    assert_detail("silent for 5 s: is it up, can it be reached?");
}

static void after_a_minute_a_refusal_is_over(void **state)
{
    (void)state;
    greet();
    tell_nack(NACK_QUOTA, "late");
    for (int i = 0; i < 60; i++) {
        pass(1000);
        begin(MESSAGE_ACK);
        give();
    }
    assert_nothing_wrong();
}

/* --- What is refused here --- */

static void frames_that_are_refused_here_are_told_with_what_to_do(void **state)
{
    uint8_t garbage[] = {0x93, 1, 1};

    (void)state;
    greet();
    begin(MESSAGE_PING)->version = MESSAGE_VERSION + 1;
    give();
    assert_detail("its frames are refused here: protocol version; run the same version of bansync "
                  "on both nodes");
    assert_string_equal(peer_state(&agent, &agent.node.peers[0]), "refused");
    begin(MESSAGE_PING)->cluster++;
    give();
    assert_detail("its frames are refused here: cluster name; name in [cluster] must be the same "
                  "on both nodes");
    node_frame(&agent.node, &agent.now, 0, garbage, sizeof(garbage));
    assert_detail("its frames are refused here: malformed frame; update the older of the two "
                  "nodes; if that is no help, remove the key of the one that sends it");
    greet(); /* between good frames, too */
    assert_detail("was dropped here: frames that do not decode; update the older of the two nodes; "
                  "if that is no help, remove the key of the one that sends it");
}

/* It was mended, and is down or has another key: the old reason would be looked for in vain. */
static void a_minute_after_the_last_frame_it_is_down_and_no_more_refused(void **state)
{
    (void)state;
    greet();
    begin(MESSAGE_PING)->cluster++;
    give();
    pass(59000);
    assert_string_equal(peer_state(&agent, &agent.node.peers[0]), "refused");
    pass(1000);
    assert_string_equal(peer_state(&agent, &agent.node.peers[0]), "down");
    assert_detail("silent for 60 s: is it up, can it be reached?");
}

static void a_clock_ahead_is_told(void **state)
{
    (void)state;
    greet();
    begin(MESSAGE_ACK)->hlc = (uint64_t)(START_MS + 2 * CLOCK_SKEW_MS_MAX) << 16;
    give();
    assert_detail("was dropped here: the time of its frames, over 60 s ahead; set the clocks of "
                  "both nodes right");
}

/* A PUSH of two strikes; t_ms is the time of both. */
static void push(int64_t t_ms)
{
    static uint8_t text[] = {0, 0};
    static uint8_t bytes[2][512];
    const struct addr addr = {ADDR_IPV4, 32, {192, 0, 2, 1}};

    begin(MESSAGE_PUSH)->push.entry_count = 2;
    for (size_t i = 0; i < 2; i++) {
        const struct strike strike = {t_ms, i + 1, 2001, text};

        message.push.entries[i] = (struct message_entry){
            ENTRY_STRIKE, bytes[i], entry_write_strike(&addr, &strike, bytes[i], sizeof(bytes[i]))};
    }
}

static void entries_that_are_refused_here_are_told_with_what_to_do(void **state)
{
    (void)state;
    greet();
    push(START_MS + 2 * CLOCK_SKEW_MS_MAX);
    give();
    assert_detail("was dropped here: entries over 60 s in the future; set the clocks of both nodes "
                  "right");
    push(START_MS);
    message.push.entries[0].size--;
    give();
    assert_detail("was dropped here: entries that do not decode; update the older of the two "
                  "nodes; if that is no help, remove the key of the one that sends it");
    agent.node.quota_rate.burst = 1;
    push(START_MS);
    give();
    assert_detail("was dropped here: entries beyond its quota; the rest follows by itself; if this "
                  "lasts, see what the node that sends it does, or remove its key");
    node_blame(&agent.node, &agent.now, 0, NACK_MEMORY, "entries for which there was no room");
    assert_detail("was dropped here: entries for which there was no room; see entries_memory in "
                  "banctl status of the node that refuses");
}

static void both_ways_are_told(void **state)
{
    (void)state;
    greet();
    tell_nack(NACK_CLOCK, "late");
    node_blame(&agent.node, &agent.now, 0, NACK_MEMORY, "entries");
    assert_detail("refuses ours: clock: late; set the clocks of both nodes right; was dropped "
                  "here: entries; see entries_memory in banctl status of the node that refuses");
}

/* Of two nodes that look like one anything else may come. */
static void a_clone_is_told_before_all(void **state)
{
    (void)state;
    greet();
    tell_nack(NACK_CLOCK, "late");
    agent.node.peers[0].clone_ms = agent.now.mono_ms;
    assert_detail("clone: several live nodes use its key; make a new one for each but one: banctl "
                  "keygen");
    pass(NODE_CLONE_MS);
    greet();
    assert_nothing_wrong();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_reason_that_a_peer_tells_is_told_with_what_to_do,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_peer_that_bans_for_other_times_is_told_with_both_lists,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_peer_that_counts_otherwise_is_told_with_both_ways, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_peer_that_is_not_seen_at_once_is_linking, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(after_that_it_is_down, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_peer_that_is_not_up_says_why, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_it_said_before_it_fell_silent_is_no_news, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_link_that_leads_one_way_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(after_a_minute_a_refusal_is_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(frames_that_are_refused_here_are_told_with_what_to_do,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_minute_after_the_last_frame_it_is_down_and_no_more_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_clock_ahead_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(entries_that_are_refused_here_are_told_with_what_to_do,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(both_ways_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_clone_is_told_before_all, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
