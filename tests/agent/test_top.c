/* SPDX-License-Identifier: Apache-2.0 */
/*
 * top is answered in slices, one question after the other, and forgets who has gone. Clients are
 * real ones of a real control socket; the test is the loop.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "command.h"

#define START_MS 1795427041500
#define SENDERS 50
#define TURNS_MAX 1000

static struct agent agent;
static struct config config;
static char folder[64], path[96];

static void strike(unsigned sender, uint64_t id)
{
    uint8_t text[] = {4, 'u', 's', 'e', 'r', 1, 'x'};
    char address[32];
    struct event event = {.type = EVENT_STRIKE,
                          .wall_ms = agent.now.wall_ms,
                          .ref_ms = agent.now.wall_ms,
                          .strike = {START_MS, id, 0, text}};

    snprintf(address, sizeof(address), "192.0.2.%u", sender);
    assert_int_equal(addr_parse_host(address, strlen(address), &event.addr), 0);
    assert_int_equal(step(&agent.node.state, &event, &agent.node.effects), STEP_CHANGED);
}

/* Of the senders the first has one hit, and so has each; the last three have two. */
static int set_up(void **state)
{
    struct node_options options = {.name = "mx1",
                                   .version = "0",
                                   .cluster = "mail",
                                   .id = 1,
                                   .boot = 1,
                                   .policy = {3, 60000, {{TIME_NEVER_MS}, 1}, MEMORY_MS, false},
                                   .ipv6_prefix = 64};
    char error[256] = "";

    (void)state;
    agent = (struct agent){.config = &config, .now = {START_MS, 1000}};
    snprintf(folder, sizeof(folder), "/tmp/bansync-top.XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/control.sock", folder);
    agent.control = control_open(path, "", "", error, sizeof(error));
    assert_string_equal(error, "");
    assert_int_equal(node_open(&agent.node, &options), 0);
    node_loaded(&agent.node, &agent.now, 0);
    for (unsigned sender = 1; sender <= SENDERS; sender++)
        strike(sender, sender);
    for (unsigned sender = SENDERS - 2; sender <= SENDERS; sender++)
        strike(sender, 1000 + sender);
    node_tick(&agent.node, &agent.now);
    node_flush(&agent.node, &agent.now);
    node_committed(&agent.node, &agent.now, true);
    node_turn_end(&agent.node);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    top_close(&agent);
    control_close(&agent.control);
    node_close(&agent.node);
    assert_int_equal(rmdir(folder), 0);
    return 0;
}

static void take(void *context, const struct control_request *request)
{
    command_request(context, request);
}

/* Moves what there is on the socket, until nothing is left to be moved. */
static void settle(void)
{
    struct pollfd fds[CONTROL_CLIENTS_MAX + 1];

    for (int ready = 1; ready > 0;) {
        size_t count = control_poll(agent.control, fds, CONTROL_CLIENTS_MAX + 1);

        ready = poll(fds, count, 0);
        control_handle(agent.control, fds, count, agent.now.mono_ms, take, &agent);
    }
    (void)control_poll(agent.control, fds, 0); /* closes who went last */
}

/* A client that asks. */
static int ask(const char *request)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(client >= 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(connect(client, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(send(client, request, strlen(request), 0), (ssize_t)strlen(request));
    settle();
    return client;
}

/* What has come for a client by now, NUL-terminated. */
static const char *heard(int client)
{
    static char text[65536];
    size_t used = 0;
    ssize_t got;

    settle();
    while ((got = recv(client, text + used, sizeof(text) - 1 - used, 0)) > 0)
        used += (size_t)got;
    text[used] = '\0';
    return text;
}

static size_t count_of(const char *text, const char *piece)
{
    size_t count = 0;

    for (; (text = strstr(text, piece)) != NULL; text++)
        count++;
    return count;
}

/* Turns until nobody waits. */
static unsigned turns(void)
{
    unsigned count = 0;

    while (top_is_busy(&agent)) {
        assert_true(count++ < TURNS_MAX);
        top_turn(&agent);
    }
    return count;
}

static void the_answer_takes_several_turns(void **state)
{
    int client = ask("{\"command\":\"top\",\"limit\":5}\n");
    const char *text;

    (void)state;
    assert_string_equal(heard(client), "");
    assert_true(top_is_busy(&agent));
    assert_true(turns() > 1); /* the leaves alone are more than one may look at */
    text = heard(client);
    assert_int_equal(count_of(text, "{\"item\":"), 5);
    assert_int_equal(count_of(text, "\"count\":2,"), 3);
    assert_non_null(strstr(text, "\"total\":50,\"limit\":5,"));
    close(client);
}

static void one_is_answered_after_the_other(void **state)
{
    int first = ask("{\"command\":\"top\",\"limit\":1}\n"), second = ask("{\"command\":\"top\"}\n");
    unsigned alone;
    const char *text = "";

    (void)state;
    for (alone = 0; text[0] == '\0'; alone++) {
        assert_true(alone < TURNS_MAX);
        assert_string_equal(heard(second), "");
        top_turn(&agent);
        text = heard(first);
    }
    assert_int_equal(count_of(text, "{\"item\":"), 1);
    assert_in_range(turns(), alone - 1, alone + 1); /* none of it was done before */
    text = heard(second);
    assert_int_equal(count_of(text, "{\"item\":"), 20);
    close(first);
    close(second);
}

static void who_has_gone_costs_no_turn(void **state)
{
    int gone[3], client;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        gone[i] = ask("{\"command\":\"top\"}\n");
    top_turn(&agent); /* the first one has a list now */
    for (size_t i = 0; i < 3; i++)
        close(gone[i]);
    settle();
    top_turn(&agent);
    assert_false(top_is_busy(&agent));
    client = ask("{\"command\":\"top\"}\n");
    assert_true(turns() > 1);
    assert_int_equal(count_of(heard(client), "\"result\""), 1);
    close(client);
}

/* Banned after it was found: there is nothing to tell of it, and it does not count. */
static void who_is_banned_meanwhile_is_not_told(void **state)
{
    int client = ask("{\"command\":\"top\"}\n");
    const char *text;

    (void)state;
    for (unsigned turn = 0; turn < 3; turn++)
        top_turn(&agent);
    for (unsigned sender = 1; sender <= SENDERS; sender++) {
        strike(sender, 2000 + sender);
        if (sender <= SENDERS - 3)
            strike(sender, 3000 + sender);
    }
    node_tick(&agent.node, &agent.now);
    node_flush(&agent.node, &agent.now);
    node_committed(&agent.node, &agent.now, true);
    node_turn_end(&agent.node);
    turns();
    text = heard(client);
    assert_int_equal(count_of(text, "{\"item\":"), 0);
    assert_int_equal(count_of(text, "\"result\""), 1);
    close(client);
}

static void what_waits_at_the_end_is_forgotten(void **state)
{
    int client = ask("{\"command\":\"top\"}\n"), other = ask("{\"command\":\"top\"}\n");

    (void)state;
    top_turn(&agent);
    top_close(&agent); /* its memory is looked at when the test ends */
    assert_false(top_is_busy(&agent));
    close(client);
    close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_answer_takes_several_turns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_is_answered_after_the_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_has_gone_costs_no_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_banned_meanwhile_is_not_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_waits_at_the_end_is_forgotten, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
