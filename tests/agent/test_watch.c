/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who watches is told what a turn brought, as far as it was asked for; what does not fit the queue
 * of one is dropped, counted and told; nobody else is held up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "clients.h"
#include "command.h"
#include "watch.h"

#define TURNS_MAX 1000

static uint64_t last_id;

static int set_up(void **state)
{
    (void)state;
    last_id = 0;
    clients_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    watch_close(&agent);
    clients_close();
    return 0;
}

/* A turn with so many hits, of so many senders in turn. */
static void turn(unsigned hits, unsigned senders)
{
    for (unsigned i = 0; i < hits; i++)
        clients_strike(1 + i % senders, ++last_id);
    clients_commit();
    watch_turn(&agent);
    node_turn_end(&agent.node);
}

static void nobody_watches(void **state)
{
    (void)state;
    turn(1, 1);
    assert_null(agent.watch);
}

static void each_hit_is_told_with_its_count(void **state)
{
    int client = clients_ask("{\"command\":\"watch\"}\n");
    const char *text = clients_heard(client);

    (void)state;
    assert_int_equal(clients_count(text, "\n"), 1);
    assert_non_null(strstr(text, "\"kind\":\"start\",\"node\":\"mx1\",\"threshold\":3,"));
    turn(1, 1);
    text = clients_heard(client);
    assert_int_equal(clients_count(text, "\n"), 1);
    assert_non_null(strstr(text, "\"kind\":\"hit\",\"net\":\"192.0.2.1/32\",\"node\":\"mx1\","));
    assert_non_null(strstr(text,
                           "\"bucket\":\"user\",\"account\":\"x\",\"count\":1,\"threshold\":3,"
                           "\"banned\":false"));
    turn(1, 1);
    assert_non_null(strstr(clients_heard(client), "\"count\":2,"));
    turn(1, 1);
    text = clients_heard(client);
    assert_non_null(strstr(text, "\"count\":3,\"threshold\":3,\"banned\":true"));
    assert_non_null(strstr(text, "\"kind\":\"ban\",\"net\":\"192.0.2.1/32\",\"node\":\"mx1\","
                                 "\"source\":\"auto\""));
    assert_non_null(strstr(text, "\"nodes\":{\"mx1\":3},\"accounts\":[\"x\"]"));
    close(client);
}

/* By the turn itself: nobody moves what there is on the socket. */
static void what_a_turn_brought_is_sent_in_it(void **state)
{
    int client = clients_ask("{\"command\":\"watch\",\"kinds\":[\"hit\"]}\n");
    char text[1024] = "";

    (void)state;
    clients_heard(client);
    for (unsigned count = 1; count <= 2; count++) {
        char piece[16];

        turn(1, 1);
        memset(text, 0, sizeof(text));
        assert_true(recv(client, text, sizeof(text) - 1, MSG_DONTWAIT) > 0);
        snprintf(piece, sizeof(piece), "\"count\":%u,", count);
        assert_int_equal(clients_count(text, piece), 1);
    }
    close(client);
}

/* rspamd's log knows whole seconds: the hits of a burst have one time. */
static void each_hit_of_a_burst_is_told_with_the_count_of_its_own(void **state)
{
    int client = clients_ask("{\"command\":\"watch\",\"kinds\":[\"hit\"]}\n");
    const char *text;

    (void)state;
    clients_heard(client);
    turn(4, 2);
    text = clients_heard(client);
    assert_int_equal(clients_count(text, "\"count\":1,"), 2);
    assert_int_equal(clients_count(text, "\"count\":2,"), 2);
    turn(2, 1);
    text = clients_heard(client);
    assert_int_equal(clients_count(text, "\"count\":3,\"threshold\":3,\"banned\":true"), 1);
    assert_int_equal(clients_count(text, "\"count\":4,"), 1);
    assert_true(strstr(text, "\"count\":3,") < strstr(text, "\"count\":4,"));
    close(client);
}

static void only_what_was_asked_for(void **state)
{
    int bans = clients_ask("{\"command\":\"watch\",\"kinds\":[\"ban\",\"unban\"]}\n");
    int net = clients_ask("{\"command\":\"watch\",\"targets\":[\"192.0.2.2/31\"]}\n");
    int host = clients_ask("{\"command\":\"watch\",\"targets\":[\"192.0.2.4\"]}\n");

    (void)state;
    clients_heard(bans);
    clients_heard(net);
    clients_heard(host);
    turn(4, 4);
    assert_string_equal(clients_heard(bans), "");
    assert_int_equal(clients_count(clients_heard(net), "\n"), 2);
    assert_int_equal(clients_count(clients_heard(host), "192.0.2.4/32"), 1);
    turn(2, 1);
    assert_int_equal(clients_count(clients_heard(bans), "\"kind\":\"ban\""), 1);
    assert_string_equal(clients_heard(net), "");
    close(bans);
    close(net);
    close(host);
}

/* As node_hit counts it, beside the hit of the address. */
static void hit_account(const char *name)
{
    uint8_t text[] = {4, 'u', 's', 'e', 'r', 9, '1', '9', '2', '.', '0', '.', '2', '.', '1'};
    struct event event = {.type = EVENT_STRIKE,
                          .wall_ms = agent.now.wall_ms,
                          .ref_ms = agent.now.wall_ms,
                          .strike = {CLIENTS_START_MS, ++last_id, 0, text}};

    assert_int_equal(addr_parse_account(name, strlen(name), &event.addr), 0);
    assert_int_equal(step(&agent.node.state, &event, &agent.node.effects), STEP_CHANGED);
}

static void a_hit_of_an_account_is_told_to_who_watches_the_account(void **state)
{
    int account = clients_ask("{\"command\":\"watch\",\"accounts\":[\"x\"]}\n");
    int other = clients_ask("{\"command\":\"watch\",\"accounts\":[\"y\"]}\n");
    int all = clients_ask("{\"command\":\"watch\"}\n");
    const char *text;

    (void)state;
    clients_heard(account);
    clients_heard(other);
    clients_heard(all);
    hit_account("x");
    turn(1, 1);
    text = clients_heard(account);
    assert_int_equal(clients_count(text, "\n"), 1);
    assert_non_null(strstr(text, "\"kind\":\"hit\",\"net\":null,\"account\":\"x\","));
    assert_non_null(strstr(text, "\"address\":\"192.0.2.1\",\"count\":1,"));
    assert_string_equal(clients_heard(other), "");
    text = clients_heard(all); /* once */
    assert_int_equal(clients_count(text, "\"kind\":\"hit\""), 1);
    assert_non_null(strstr(text, "\"net\":\"192.0.2.1/32\""));
    close(account);
    close(other);
    close(all);
}

static void after_so_many_events_there_is_a_result(void **state)
{
    int client = clients_ask("{\"command\":\"watch\",\"events\":3}\n");
    const char *text;

    (void)state;
    turn(2, 2);
    assert_int_equal(clients_count(clients_heard(client), "\"kind\":\"hit\""), 2);
    turn(2, 2);
    text = clients_heard(client);
    assert_int_equal(clients_count(text, "\"kind\":\"hit\""), 1);
    assert_non_null(strstr(text, "{\"result\":{\"schema\":\"banctl.watch/1\",\"exit\":0,"
                                 "\"events\":3,\"dropped\":0}}\n"));
    assert_null(agent.watch);
    close(client);
}

static uint64_t number_behind(const char *text, const char *piece)
{
    uint64_t sum = 0;

    for (; (text = strstr(text, piece)) != NULL; text += strlen(piece))
        sum += strtoull(text + strlen(piece), NULL, 10);
    return sum;
}

static void what_does_not_fit_the_queue_is_dropped_and_told(void **state)
{
    int slow = clients_ask("{\"command\":\"watch\",\"kinds\":[\"hit\"]}\n");
    int other = clients_ask("{\"command\":\"watch\",\"kinds\":[\"hit\"]}\n");
    uint64_t hits = 0, seen = 0;
    unsigned turns = 0;
    const char *text;

    (void)state;
    for (; agent.watch->list->next->dropped == 0; turns++) { /* the one that came first */
        assert_in_range(turns, 0, TURNS_MAX);
        turn(200, 200);
        hits += 200;
        seen += clients_count(clients_heard(other), "\"kind\":\"hit\"");
        assert_true(control_unsent(agent.control, agent.watch->list->next->client) <=
                    WATCH_QUEUE_BYTES_MAX);
    }
    assert_int_equal(seen, hits); /* who reads misses nothing */
    text = clients_heard(slow);
    seen = clients_count(text, "\"kind\":\"hit\"");
    assert_int_equal(clients_count(text, "\"kind\":\"dropped\""), 0);
    turn(0, 1); /* told although nothing happens */
    text = clients_heard(slow);
    assert_int_equal(clients_count(text, "\"kind\":\"dropped\""), 1);
    assert_int_equal(seen + number_behind(text, "\"events\":"), hits);
    turn(1, 1);
    assert_int_equal(clients_count(clients_heard(slow), "\"kind\":\"hit\""), 1);
    close(slow);
    close(other);
}

static void more_than_a_turn_may_tell_is_dropped_and_told(void **state)
{
    int client = clients_ask("{\"command\":\"watch\"}\n");
    const char *text;

    (void)state;
    turn(WATCH_HITS_MAX + 44, 200);
    turn(0, 1);
    text = clients_heard(client);
    assert_int_equal(clients_count(text, "\"kind\":\"hit\""), WATCH_HITS_MAX);
    assert_int_equal(number_behind(text, "\"events\":"), 44);
    close(client);
}

/* A terminal may stand still for a while; not for ever, as places are few. */
static void who_does_not_read_goes_at_last(void **state)
{
    int slow = clients_ask("{\"command\":\"watch\"}\n");

    (void)state;
    for (unsigned turns = 0; agent.watch->list->dropped == 0; turns++) {
        assert_in_range(turns, 0, TURNS_MAX);
        turn(200, 200);
        clients_settle();
    }
    agent.now.mono_ms += 2 * CONTROL_IDLE_MS;
    clients_settle();
    turn(0, 1);
    assert_non_null(agent.watch);
    agent.now.mono_ms += CONTROL_STREAM_IDLE_MS;
    clients_settle();
    turn(0, 1);
    assert_null(agent.watch);
    close(slow);
}

static void the_one_too_many_is_refused(void **state)
{
    int clients[WATCHERS_MAX], late;

    (void)state;
    for (size_t i = 0; i < WATCHERS_MAX; i++)
        clients[i] = clients_ask("{\"command\":\"watch\"}\n");
    late = clients_ask("{\"command\":\"watch\"}\n");
    assert_non_null(strstr(clients_heard(late), "\"code\":\"busy\",\"exit\":6"));
    close(late);
    close(clients[0]);
    clients_settle();
    turn(1, 1);
    late = clients_ask("{\"command\":\"watch\"}\n");
    assert_non_null(strstr(clients_heard(late), "\"kind\":\"start\""));
    close(late);
    for (size_t i = 1; i < WATCHERS_MAX; i++)
        close(clients[i]);
    clients_settle();
    turn(0, 1);
    assert_null(agent.watch);
}

static void what_is_wrong_is_said(void **state)
{
    static const char *const wrong[] = {
        "{\"command\":\"watch\",\"kinds\":[\"hits\"]}\n",
        "{\"command\":\"watch\",\"kinds\":[7]}\n",
        "{\"command\":\"watch\",\"events\":0}\n",
        "{\"command\":\"watch\",\"targets\":[\"192.0.2.300\"]}\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int client = clients_ask(wrong[i]);

        assert_non_null(strstr(clients_heard(client), "\"exit\":2"));
        close(client);
    }
    assert_null(agent.watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_watches, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_hit_is_told_with_its_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_turn_brought_is_sent_in_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_hit_of_a_burst_is_told_with_the_count_of_its_own,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_what_was_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hit_of_an_account_is_told_to_who_watches_the_account,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(after_so_many_events_there_is_a_result, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_fit_the_queue_is_dropped_and_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(more_than_a_turn_may_tell_is_dropped_and_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_does_not_read_goes_at_last, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_one_too_many_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_said, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
