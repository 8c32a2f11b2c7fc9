/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list tells all bans, or those that were asked for, in the order that was asked for, and how many
 * there are; in slices, as do node list and the search of what a node caused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <unistd.h>

#include <cmocka.h>

#include "banned.h"
#include "clients.h"
#include "command.h"
#include "question.h"

static int set_up(void **state)
{
    (void)state;
    clients_open();
    for (unsigned i = 0; i < 15; i++)
        clients_strike(1 + i % 5, 1 + i);
    clients_commit();
    node_turn_end(&agent.node);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    clients_close();
    return 0;
}

static void expect(const char *request, size_t items, const char *piece)
{
    int client = clients_ask(request);
    const char *text;

    while (question_is_ready(&agent))
        question_turn(&agent);
    text = clients_heard(client);

    assert_int_equal(clients_count(text, "{\"item\":"), items);
    assert_non_null(strstr(text, piece));
    close(client);
}

static void as_many_as_were_asked_for(void **state)
{
    (void)state;
    expect("{\"command\":\"list\"}\n", 5, "\"total\":5,");
    expect("{\"command\":\"list\",\"limit\":2}\n", 2, "\"net\":\"192.0.2.2/32\"");
    expect("{\"command\":\"list\",\"limit\":2}\n", 2, "\"total\":5,");
    expect("{\"command\":\"list\",\"limit\":9}\n", 5, "\"total\":5,");
    expect("{\"command\":\"list\",\"limit\":0}\n", 0, "\"exit\":2");
}

/* By an operator of a node, at once. */
static void ban(const char *text, int64_t for_ms, uint64_t node)
{
    static uint64_t request;
    struct addr addr;
    uint64_t own = agent.node.state.node;

    if (addr_parse(text, strlen(text), false, &addr) != 0)
        assert_int_equal(addr_parse_account(text, strlen(text), &addr), 0);
    agent.now.wall_ms += 60000; /* each has a time of its own */
    agent.node.state.node = node;
    assert_int_equal(node_ban(&agent.node, &agent.now, ++request, &addr,
                              for_ms > 0 ? agent.now.wall_ms + for_ms : TIME_NEVER_MS, "", "alice"),
                     STEP_CHANGED);
    clients_commit();
    node_turn_end(&agent.node);
    agent.node.state.node = own;
}

/* The networks and accounts of the answer, in its order. */
static void expect_order(const char *options, const char *wanted)
{
    static const char before[] = "{\"item\":{\"net\":", account[] = "null,\"account\":\"";
    char request[256], found[256] = "";
    size_t used = 0;
    int client;
    const char *text;

    snprintf(request, sizeof(request), "{\"command\":\"list\"%s}\n", options);
    client = clients_ask(request);
    while (question_is_ready(&agent))
        question_turn(&agent);
    text = clients_heard(client);
    for (const char *item = text; (item = strstr(item, before)) != NULL;) {
        item += strlen(before);
        item += strncmp(item, account, strlen(account)) == 0 ? strlen(account) : 1;
        used += (size_t)snprintf(found + used, sizeof(found) - used, "%s%.*s", used > 0 ? " " : "",
                                 (int)strcspn(item, "\""), item);
    }
    assert_string_equal(found, wanted);
    assert_int_equal(clients_count(text, "\"result\""), 1);
    close(client);
}

#define HOUR_MS 3600000
#define OTHER_NODE 77

/* Beside five by hits: of two nodes, with and without an end, networks and an account. */
static void ban_some(void)
{
    ban("198.51.100.0/24", 3 * HOUR_MS, 1);
    ban("198.51.100.7", HOUR_MS, OTHER_NODE);
    ban("2001:db8:7::/64", 0, OTHER_NODE);
    ban("bob", 2 * HOUR_MS, 1);
}

#define BY_HITS "192.0.2.1/32 192.0.2.2/32 192.0.2.3/32 192.0.2.4/32 192.0.2.5/32"

static void only_those_that_were_asked_for(void **state)
{
    (void)state;
    ban_some();
    expect_order("", BY_HITS " 198.51.100.0/24 198.51.100.7/32 2001:db8:7::/64 bob");
    expect_order(",\"permanent\":true", BY_HITS " 2001:db8:7::/64");
    expect_order(",\"temporary\":true", "198.51.100.0/24 198.51.100.7/32 bob");
    expect_order(",\"source\":\"auto\"", BY_HITS);
    expect_order(",\"source\":\"manual\"", "198.51.100.0/24 198.51.100.7/32 2001:db8:7::/64 bob");
    expect_order(",\"in\":\"198.51.100.0/24\"", "198.51.100.0/24 198.51.100.7/32");
    expect_order(",\"in\":\"198.51.100.7\"", "198.51.100.7/32");
    expect_order(",\"in\":\"2001:db8:7::1\"", "2001:db8:7::/64");
    expect_order(",\"in\":\"203.0.113.0/24\"", "");
    expect_order(",\"node\":\"mx1\"", BY_HITS " 198.51.100.0/24 bob");
    expect_order(",\"node\":\"000000000000004d\"", "198.51.100.7/32 2001:db8:7::/64");
    expect_order(",\"since_ms\":150000", "198.51.100.7/32 2001:db8:7::/64 bob");
    expect_order(",\"accounts_only\":true", "bob");
    expect_order(",\"accounts_only\":true,\"permanent\":true", "");
    expect_order(",\"temporary\":true,\"source\":\"manual\",\"node\":\"mx1\"",
                 "198.51.100.0/24 bob");
    expect_order(",\"would\":true", ""); /* the mode is enforce */
}

static void in_the_order_that_was_asked_for(void **state)
{
    (void)state;
    clients_strike(3, 100);
    clients_strike(3, 101);
    clients_strike(5, 102);
    ban_some();
    expect_order(",\"sort\":\"net\",\"limit\":2", "192.0.2.1/32 192.0.2.2/32");
    expect_order(",\"sort\":\"count\",\"limit\":3", "192.0.2.3/32 192.0.2.5/32 192.0.2.1/32");
    expect_order(",\"sort\":\"since\",\"limit\":5",
                 "bob 2001:db8:7::/64 198.51.100.7/32 198.51.100.0/24 192.0.2.1/32");
    expect_order(",\"sort\":\"expires\"",
                 "198.51.100.7/32 bob 198.51.100.0/24 " BY_HITS " 2001:db8:7::/64");
}

static void how_many_match_is_told(void **state)
{
    (void)state;
    ban_some();
    expect("{\"command\":\"list\",\"temporary\":true,\"limit\":2}\n", 2,
           "\"total\":3,\"banned\":9,");
    expect("{\"command\":\"list\",\"in\":\"203.0.113.0/24\"}\n", 0, "\"total\":0,\"banned\":9,");
}

static void what_cannot_be_asked_for_is_refused(void **state)
{
    (void)state;
    expect("{\"command\":\"list\",\"permanent\":true,\"temporary\":true}\n", 0,
           "contradict each other");
    expect("{\"command\":\"list\",\"accounts_only\":true,\"in\":\"192.0.2.0/24\"}\n", 0,
           "an account is in no network");
    expect("{\"command\":\"list\",\"source\":\"import\"}\n", 0,
           "\\\"source\\\" must be one of auto manual");
    expect("{\"command\":\"list\",\"sort\":\"hits\"}\n", 0,
           "\\\"sort\\\" must be one of net count since expires");
    expect("{\"command\":\"list\",\"node\":\"mx9\"}\n", 0, "no node is called \\\"mx9\\\"");
    expect("{\"command\":\"list\",\"in\":\"192.0.2.1/24\"}\n", 0, "bad_address");
    expect("{\"command\":\"list\",\"since_ms\":999}\n", 0, "at least 1 s");
    expect("{\"command\":\"list\",\"since_ms\":true}\n", 0, "wrong type");
}

/* More than are kept as a shortlist: they are found as all are, and the first ones told. */
static void a_large_limit_is_kept_too(void **state)
{
    size_t lines = 0;
    int client;

    (void)state;
    for (unsigned i = 0; i < BANNED_SHORT_MAX + 100; i++) {
        char text[32];
        struct addr addr;

        snprintf(text, sizeof(text), "198.18.%u.%u", i / 256, i % 256);
        assert_int_equal(addr_parse_host(text, strlen(text), &addr), 0);
        assert_int_equal(node_ban(&agent.node, &agent.now, 1000 + i, &addr, TIME_NEVER_MS, "", ""),
                         STEP_CHANGED);
    }
    clients_commit();
    node_turn_end(&agent.node);
    client = clients_ask("{\"command\":\"list\",\"limit\":4097}\n");
    for (bool more = true; more; lines += clients_count(clients_heard(client), "\n")) {
        more = question_is_ready(&agent);
        question_turn(&agent);
    }
    assert_int_equal(lines, 4097 + 1);
    close(client);
}

/* The leaves alone are more than one turn may look at; meanwhile one is lifted. */
static void the_answer_takes_several_turns(void **state)
{
    static const char *const requests[] = {
        "{\"command\":\"list\"}\n",
        "{\"command\":\"node list\"}\n",
        "{\"command\":\"unban\",\"by_node\":\"mx1\",\"dry_run\":true}\n",
        "{\"command\":\"unban\",\"all\":true,\"dry_run\":true}\n",
    };
    static const size_t items[] = {5, 1, 5, 0};

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        int client = clients_ask(requests[i]);
        const char *text;

        for (size_t turn = 0; turn < 4; turn++) {
            assert_true(question_is_ready(&agent));
            assert_string_equal(clients_heard(client), "");
            question_turn(&agent);
        }
        while (question_is_ready(&agent))
            question_turn(&agent);
        text = clients_heard(client);
        assert_int_equal(clients_count(text, "{\"item\":"), items[i]);
        assert_int_equal(clients_count(text, "\"result\""), 1);
        close(client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(as_many_as_were_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_those_that_were_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(in_the_order_that_was_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(how_many_match_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_asked_for_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_large_limit_is_kept_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_answer_takes_several_turns, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
