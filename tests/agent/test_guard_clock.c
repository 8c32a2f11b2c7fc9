/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of a clock that is not trusted: how far it is off those of the others, or that its
 * own database is ahead of it; never that it is no seconds off.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"

#define START_MS 1790000000000

static struct agent agent;

/* A node that has just started, whose last commit was so long after the present. */
static void open_node(size_t peers, int64_t saved_ahead_ms)
{
    static const char *const names[] = {"mx2", "mx3"};
    static const uint64_t ids[] = {2001, 2002};
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
        .peer_count = peers};

    agent = (struct agent){.now = {START_MS, 1000000}};
    assert_int_equal(node_open(&agent.node, &options), 0);
    node_loaded(&agent.node, &agent.now, (uint64_t)(START_MS + saved_ahead_ms) << 16);
}

/* The clock of a peer, which has just told it. */
static void tell(size_t peer, int64_t ahead_ms)
{
    agent.node.peers[peer].ping.wall_ms = agent.now.wall_ms + ahead_ms;
    agent.node.peers[peer].ping_ms = agent.now.mono_ms;
    skew_listen(&agent.node, &agent.now);
}

static void assert_problem(const char *text)
{
    char problem[128];

    assert_true(guard_print_clock(&agent, problem, sizeof(problem)));
    assert_string_equal(problem, text);
    node_close(&agent.node);
}

static void a_clock_that_is_right_is_no_problem(void **state)
{
    char problem[128];

    (void)state;
    open_node(2, -1000);
    tell(0, 60000);
    tell(1, 60000);
    assert_false(guard_print_clock(&agent, problem, sizeof(problem)));
    node_close(&agent.node);
}

static void off_the_others_it_is_said_how_far(void **state)
{
    (void)state;
    open_node(2, -1000);
    tell(0, 61999);
    tell(1, 61999);
    assert_problem("this node's clock is 61 s off the other nodes' clocks");
    open_node(2, -1000);
    tell(0, -3600000);
    tell(1, -3600000);
    assert_problem("this node's clock is 3600 s off the other nodes' clocks");
}

static void alone_and_behind_what_was_saved_it_is_not_0_s_off(void **state)
{
    (void)state;
    open_node(0, 600000);
    assert_problem("this node's clock is behind the time of its own database");
}

/* It was ahead and went back while the agent ran; to the others it is off by a moment only. */
static void nor_is_it_a_moment_off_when_it_went_back(void **state)
{
    (void)state;
    open_node(2, -1000);
    agent.node.state.hlc = (uint64_t)(START_MS + 600000) << 16;
    tell(0, 37);
    tell(1, 37);
    assert_problem("this node's clock is behind the time of its own database");
}

static void after_a_long_pause_it_waits(void **state)
{
    (void)state;
    open_node(2, -7200000);
    assert_problem(
        "this node was down for long and waits for the other nodes' clocks, 10 s at most");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_is_right_is_no_problem),
        cmocka_unit_test(off_the_others_it_is_said_how_far),
        cmocka_unit_test(alone_and_behind_what_was_saved_it_is_not_0_s_off),
        cmocka_unit_test(nor_is_it_a_moment_off_when_it_went_back),
        cmocka_unit_test(after_a_long_pause_it_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
