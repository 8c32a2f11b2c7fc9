/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The digest that a node shows of itself is comparable with those that its peers tell: both leave
 * out the same seconds, wherever the hybrid clock stands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hello.h"
#include "reply.h"

#define START_MS 1790000000000

static struct agent agent;

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

static void strike(uint64_t id, int64_t ahead_ms)
{
    static uint8_t text[] = {0, 0};
    struct event event = {.type = EVENT_STRIKE,
                          .addr = {ADDR_IPV4, 32, {192, 0, 2, 1}},
                          .strike = {START_MS + ahead_ms, id, 0, text}};

    assert_int_equal(step(&agent.node.state, &event, &agent.node.effects), STEP_CHANGED);
}

static void it_is_the_one_that_a_ping_tells(void **state)
{
    char own[33], told[33], all[33];

    (void)state;
    strike(1, -60000);
    strike(2, 0); /* may be on its way */
    strike(3, 38000);
    for (int64_t ahead_ms = 0; ahead_ms <= 60000; ahead_ms += 1000) {
        agent.node.state.hlc = (uint64_t)(START_MS + ahead_ms) << 16;
        hello_send_ping(&agent.node, &agent.now, 0, 0, 0);
        reply_ping_digest(&agent.node.out->ping, told);
        reply_settled_digest(&agent, own);
        reply_digest(&agent, all);
        assert_string_equal(own, told);
        assert_string_not_equal(own, all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_the_one_that_a_ping_tells, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
