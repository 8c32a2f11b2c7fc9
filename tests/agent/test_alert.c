/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is worth a mail: which of several nodes tells, what is news, and how many in a minute. The
 * test is the mail process: it reads what the agent would hand to it.
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

#include "alert.h"
#include "mailer_message.h"

#define OWN 1
#define PEER 2
#define START_MS 1795427041500 /* within a second, as starts are */
#define SENDER "192.0.2.1"

static struct agent agent;
static struct config config;
static struct mailer_message message;
static int there; /* the end of the mail process */
static uint64_t last_id;

static struct addr address(const char *text)
{
    struct addr addr;

    assert_int_equal(addr_parse_host(text, strlen(text), &addr), 0);
    return addr;
}

static int set_up(void **state)
{
    struct node_options options = {.name = "mx1",
                                   .version = "0",
                                   .cluster = "mail",
                                   .id = OWN,
                                   .boot = 1,
                                   .policy = {3, 60000, {{TIME_NEVER_MS}, 1}, MEMORY_MS, false},
                                   .ipv6_prefix = 64};
    int fds[2];

    (void)state;
    agent = (struct agent){.config = &config, .now = {START_MS, 1000}};
    config = (struct config){.mail_to = "a@example.org",
                             .mail_from = "b@example.org",
                             .smtp = "127.0.0.1:25",
                             .cluster_name = "mail"};
    assert_int_equal(node_open(&agent.node, &options), 0);
    node_loaded(&agent.node, &agent.now, 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    agent.alert.mailer.fd = fds[0];
    agent.alert.started_ms = START_MS;
    there = fds[1];
    last_id = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    alert_close(&agent);
    close(there);
    node_close(&agent.node);
    return 0;
}

static void pass(int64_t ms)
{
    agent.now.wall_ms += ms;
    agent.now.mono_ms += ms;
}

/* A strike of the own log, or one that came from a peer, whosever it is. */
static void strike(const char *sender, uint64_t origin, bool from_peer, int64_t t_ms)
{
    uint8_t text[] = {4, 'u', 's', 'e', 'r', 1, 'x'}, bytes[512];
    struct event event = {.type = from_peer ? EVENT_ENTRY : EVENT_STRIKE,
                          .wall_ms = agent.now.wall_ms,
                          .ref_ms = agent.now.wall_ms,
                          .addr = address(sender),
                          .strike = {t_ms, ++last_id, origin, text},
                          .kind = ENTRY_STRIKE,
                          .bytes = bytes};

    event.size = entry_write_strike(&event.addr, &event.strike, bytes, sizeof(bytes));
    assert_int_equal(step(&agent.node.state, &event, &agent.node.effects), STEP_CHANGED);
}

/* Ends the turn; true if there was a mail, which is then in message. */
static bool tells(void)
{
    ssize_t got;

    node_tick(&agent.node, &agent.now);
    node_flush(&agent.node, &agent.now);
    node_committed(&agent.node, &agent.now, true);
    alert_turn(&agent);
    node_turn_end(&agent.node);
    memset(&message, 0, sizeof(message));
    got = recv(there, &message, sizeof(message), MSG_DONTWAIT);
    assert_true(got <= 0 || got == (ssize_t)(MAILER_HEAD_BYTES + message.text_size));
    return got > 0;
}

static void own_strikes(const char *sender, int count, int64_t t_ms)
{
    for (int i = 0; i < count; i++)
        strike(sender, OWN, false, t_ms);
}

static void the_node_of_the_deciding_strike_tells(void **state)
{
    (void)state;
    strike(SENDER, PEER, true, START_MS);
    strike(SENDER, PEER, true, START_MS);
    assert_false(tells());
    strike(SENDER, OWN, false, START_MS + 1000);
    assert_true(tells());
    assert_int_equal(message.type, MAILER_MAIL);
    assert_string_equal(message.server, "127.0.0.1:25");
    assert_string_equal(message.from, "b@example.org");
    assert_string_equal(message.to, "a@example.org");
    assert_non_null(strstr(message.text, "mx1: 192.0.2.1 banned permanently (3 ratelimit hits)"));
    assert_non_null(strstr(message.text, "\r\n  0000000000000002"));
    own_strikes(SENDER, 3, START_MS + 2000);
    assert_false(tells());
}

static void another_node_tells_what_it_decided(void **state)
{
    (void)state;
    own_strikes(SENDER, 2, START_MS);
    strike(SENDER, PEER, true, START_MS + 1000);
    assert_false(tells());
    own_strikes(SENDER, 3, START_MS + 2000);
    assert_false(tells());
}

/* This node's strike decided, but what completed the proof came from another one. */
static void it_tells_as_well_if_a_peer_completes_the_proof(void **state)
{
    (void)state;
    own_strikes(SENDER, 2, START_MS + 2000);
    assert_false(tells());
    strike(SENDER, PEER, true, START_MS + 1000);
    assert_true(tells());
}

/* A node that lost its database gets its own strikes back; they are of before its start. */
static void what_comes_back_is_no_news(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        strike(SENDER, OWN, true, START_MS - 2000);
    assert_false(tells());
    assert_true(agent.node.state.counters.bans == 1);
}

/* The log of the time when the agent was down, and lines of the second in which it started. */
static void what_the_log_brings_is_news(void **state)
{
    (void)state;
    own_strikes(SENDER, 3, START_MS - 600000);
    assert_true(tells());
    for (int i = 0; i < 3; i++)
        strike("192.0.2.2", OWN, true, START_MS - 500);
    assert_true(tells());
}

static void nobody_is_told_without_an_address(void **state)
{
    (void)state;
    config.mail_to[0] = '\0';
    own_strikes(SENDER, 3, START_MS);
    assert_false(tells());
}

static void each_address_gets_a_mail_of_its_own(void **state)
{
    (void)state;
    snprintf(config.mail_to, sizeof(config.mail_to), "a@example.org,c@example.org");
    own_strikes(SENDER, 3, START_MS);
    assert_true(tells());
    assert_string_equal(message.to, "a@example.org");
    assert_true(tells());
    assert_string_equal(message.to, "c@example.org");
    assert_false(tells());
}

static void above_thirty_a_minute_bans_are_counted(void **state)
{
    char sender[32];

    (void)state;
    for (int i = 1; i <= MAILS_A_MINUTE_MAX + 5; i++) {
        snprintf(sender, sizeof(sender), "192.0.2.%d", i);
        own_strikes(sender, 3, agent.now.wall_ms);
        assert_int_equal(tells(), i <= MAILS_A_MINUTE_MAX);
        pass(100);
    }
    assert_true(agent.node.state.counters.alerts_dropped == 5);
    pass(60000 - 100 * (MAILS_A_MINUTE_MAX + 5) - 1);
    own_strikes("198.51.100.1", 3, agent.now.wall_ms);
    assert_false(tells());
    pass(1);
    own_strikes("198.51.100.2", 3, agent.now.wall_ms);
    assert_true(tells());
    assert_non_null(strstr(message.text, "Before this one 6 more bans had no mail"));
    pass(60000);
    own_strikes("198.51.100.3", 3, agent.now.wall_ms);
    assert_true(tells());
    assert_null(strstr(message.text, "Before this one"));
}

/* The mail that could not be handed over would have told of them. */
static void bans_without_a_mail_are_told_by_the_next_that_is_sent(void **state)
{
    int fd = agent.alert.mailer.fd;

    (void)state;
    agent.alert.unmailed = 3;
    agent.alert.mailer.fd = -1;
    own_strikes(SENDER, 3, START_MS);
    assert_false(tells());
    agent.alert.mailer.fd = fd;
    own_strikes("192.0.2.2", 3, START_MS);
    assert_true(tells());
    assert_non_null(strstr(message.text, "Before this one 4 more bans had no mail"));
}

/* Hits of one sender more than may be banned. */
static void engage(unsigned sender)
{
    struct node_hit hit = {.line = "x",
                           .addr = address("203.0.113.0"),
                           .t_ms = agent.now.wall_ms,
                           .bucket = "user",
                           .bucket_size = 4};

    hit.addr.bytes[3] = (uint8_t)sender;
    for (; hit.offset < 3; hit.offset++)
        node_hit(&agent.node, &agent.now, &hit);
}

static void the_brake_is_told_once_each_time_it_engages(void **state)
{
    (void)state;
    node_brake(&agent.node, 1);
    config.max_new_per_minute = 1;
    engage(1);
    assert_true(tells());
    assert_non_null(strstr(message.text, "203.0.113.1 banned"));
    engage(2);
    engage(3);
    assert_true(tells());
    assert_non_null(strstr(message.text, "mx1: brake: more than 1 sender a minute"));
    engage(4);
    assert_false(tells());
    node_drop(&agent.node, NULL);
    assert_false(tells());
    engage(5); /* within the minute */
    assert_false(tells());
    assert_true(agent.node.state.counters.alerts_dropped == 1);
    node_drop(&agent.node, NULL);
    assert_false(tells());
    pass(60000);
    engage(6);
    assert_true(tells()); /* of a ban */
    engage(7);
    assert_true(tells());
    assert_non_null(strstr(message.text, "brake"));
}

/* Who gets mails only later is not told of what was then. */
static void a_brake_of_before_is_no_news(void **state)
{
    (void)state;
    config.mail_to[0] = '\0';
    node_brake(&agent.node, 1);
    engage(1);
    engage(2);
    assert_false(tells());
    snprintf(config.mail_to, sizeof(config.mail_to), "a@example.org");
    assert_false(tells());
}

static void message_id(char id[80])
{
    const char *at = strstr(message.text, "Message-ID: <");

    assert_non_null(at);
    snprintf(id, 80, "%.*s", (int)strcspn(at, "\r"), at);
}

/* The same for the same ban, another one after an unban and for another sender. */
static void the_message_id_names_the_ban(void **state)
{
    struct addr addr = address(SENDER);
    char first[80], same[80], other[80];

    tear_down(state);
    for (int round = 0; round < 2; round++) {
        set_up(state);
        own_strikes(SENDER, 3 + round, START_MS);
        assert_true(tells());
        message_id(round == 0 ? first : same);
        if (round == 0)
            tear_down(state);
    }
    assert_string_equal(first, same);
    assert_non_null(strstr(first, "@mail>"));
    assert_int_equal(node_unban(&agent.node, &agent.now, 1, &addr, "x", "root"), STEP_CHANGED);
    assert_false(tells());
    pass(2000);
    own_strikes(SENDER, 3, agent.now.wall_ms);
    assert_true(tells());
    message_id(other);
    assert_string_not_equal(first, other);
    own_strikes("192.0.2.2", 3, agent.now.wall_ms);
    assert_true(tells());
    message_id(other);
    assert_string_not_equal(first, other);
}

static void report(enum mailer_outcome outcome, const char *reason)
{
    struct mailer_report out = {.outcome = outcome};

    snprintf(out.reason, sizeof(out.reason), "%s", reason);
    assert_int_equal(send(there, &out, sizeof(out), 0), sizeof(out));
    assert_false(tells());
}

static void reports_make_counters_and_a_reason(void **state)
{
    const struct counters *counters = &agent.node.state.counters;
    char text[512];

    (void)state;
    assert_false(alert_problem(&agent, text, sizeof(text)));
    report(MAILER_DELAYED, "421 busy");
    assert_true(alert_problem(&agent, text, sizeof(text)));
    assert_string_equal(text, "alerts: mails fail since 2026-11-23T09:44:01Z: 421 busy");
    pass(5000);
    report(MAILER_FAILED, "550 no");
    report(MAILER_DROPPED, "full");
    assert_true(alert_problem(&agent, text, sizeof(text)));
    assert_string_equal(text, "alerts: mails fail since 2026-11-23T09:44:01Z: full");
    report(MAILER_SENT, "");
    assert_false(alert_problem(&agent, text, sizeof(text)));
    assert_true(counters->alerts_sent == 1 && counters->alerts_failed == 1 &&
                counters->alerts_dropped == 1 && agent.alert.sent_ms == agent.now.wall_ms);
    report(MAILER_DELAYED, "421 busy");
    alert_reloaded(&agent);
    assert_true(tells());
    assert_int_equal(message.type, MAILER_SERVER);
    assert_string_equal(message.server, "127.0.0.1:25");
    assert_string_equal(message.from, "b@example.org");
    assert_false(alert_problem(&agent, text, sizeof(text)));
    shutdown(there, SHUT_RDWR);
    assert_false(tells());
    assert_true(alert_problem(&agent, text, sizeof(text)));
    assert_non_null(strstr(text, "restart bansyncd"));
    own_strikes(SENDER, 3, agent.now.wall_ms);
    assert_false(tells());
    assert_true(counters->alerts_dropped == 2);
    config.mail_to[0] = '\0';
    assert_false(alert_problem(&agent, text, sizeof(text)));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_node_of_the_deciding_strike_tells),
        TEST(another_node_tells_what_it_decided),
        TEST(it_tells_as_well_if_a_peer_completes_the_proof),
        TEST(what_comes_back_is_no_news),
        TEST(what_the_log_brings_is_news),
        TEST(nobody_is_told_without_an_address),
        TEST(each_address_gets_a_mail_of_its_own),
        TEST(above_thirty_a_minute_bans_are_counted),
        TEST(bans_without_a_mail_are_told_by_the_next_that_is_sent),
        TEST(the_brake_is_told_once_each_time_it_engages),
        TEST(a_brake_of_before_is_no_news),
        TEST(the_message_id_names_the_ban),
        TEST(reports_make_counters_and_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
