/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is worth an alert: which of several nodes tells, what is news, how many are told by
 * themselves, and what goes wrong. The test is the process that delivers: it empties the spool.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <ftw.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "alert.h"
#include "alert_digest.h"
#include "alert_post.h"
#include "alert_watch.h"
#include "mark.h"
#include "markid.h"
#include "roll.h"

#define OWN 1
#define PEER 2
#define OTHER 3
#define START_MS 1795427041500 /* within a second, as starts are */
#define SENDER "192.0.2.1"

static struct agent agent;
static struct config config;
static struct spool_file message; /* the alert that was told last; its parts point into held */
static char *held;
static char mail[MAIL_BYTES_MAX + 1]; /* its mail */
static char directory[64];
static int there; /* the end of the process that delivers */
static uint64_t last_id;

static struct addr address(const char *text)
{
    struct addr addr;

    assert_int_equal(addr_parse_host(text, strlen(text), &addr), 0);
    return addr;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static int remove_directory(void)
{
    return nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static int set_up(void **state)
{
    static const char *names[] = {"mx2", "mx3"};
    static uint64_t ids[] = {PEER, OTHER};
    struct node_options options = {.name = "mx1",
                                   .peer_names = names,
                                   .peer_ids = ids,
                                   .peer_count = 2,
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
                             .cluster_name = "mail",
                             .alert_on = alertkind_parse_list("ban, permanent, brake"),
                             .digest_after = 5,
                             .digest_every_ms = 1800000};
    snprintf(directory, sizeof(directory), "/tmp/bansync-test-XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(config.state_dir, sizeof(config.state_dir), "%s", directory);
    assert_int_equal(node_open(&agent.node, &options), 0);
    agent.node.peer_count = 0; /* but for tests that want some */
    node_loaded(&agent.node, &agent.now, 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    agent.alert.courier.fd = fds[0];
    agent.alert.courier.program = "/bin/true";
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
    free(held);
    held = NULL;
    return remove_directory();
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

/* Takes the oldest alert out of the spool; true if there was one, which is then in message. */
static bool takes(void)
{
    struct spool *spool = &agent.alert.spool;

    free(held);
    held = NULL;
    memset(&message, 0, sizeof(message));
    mail[0] = '\0';
    if (spool->fd == 0 || spool_list(spool) != 0 || spool->count == 0)
        return false;
    held = spool_get(spool, spool->names[0], &message);
    assert_non_null(held);
    assert_int_equal(spool_remove(spool, spool->names[0]), 0);
    snprintf(mail, sizeof(mail), "%.*s", (int)message.parts[SPOOL_MAIL].size,
             message.parts[SPOOL_MAIL].bytes);
    return true;
}

/* Ends the turn; true if there was an alert, which is then in message. */
static bool tells(void)
{
    node_tick(&agent.node, &agent.now);
    node_flush(&agent.node, &agent.now);
    node_committed(&agent.node, &agent.now, true);
    alert_turn(&agent);
    node_turn_end(&agent.node);
    return takes();
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
    assert_int_equal(message.target_count, 1);
    assert_int_equal(message.targets[0].channel, CHANNEL_MAIL);
    assert_string_equal(message.targets[0].address, "a@example.org");
    assert_non_null(strstr(mail, "mx1: 192.0.2.1 banned permanently (3 ratelimit hits)"));
    assert_non_null(strstr(mail, "\r\n  0000000000000002"));
    own_strikes(SENDER, 3, START_MS + 2000);
    assert_false(tells());
}

/* A node that got a new key, and is no member any more. */
static void former_nodes_of_one_name_are_told_apart(void **state)
{
    struct roll_node former[] = {{.id = 5, .name = "mx9"}, {.id = 6, .name = "mx9"}};

    (void)state;
    agent.roll = (struct roll){.list = former, .count = 2};
    strike(SENDER, 5, true, START_MS);
    strike(SENDER, 6, true, START_MS);
    strike(SENDER, OWN, false, START_MS + 1000);
    assert_true(tells());
    assert_non_null(strstr(mail, "\r\n  0000000000000005"));
    assert_non_null(strstr(mail, "\r\n  0000000000000006"));
    agent.roll = (struct roll){.count = 0};
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

static void all_targets_are_told_by_one_file(void **state)
{
    (void)state;
    snprintf(config.mail_to, sizeof(config.mail_to), "a@example.org,c@example.org");
    snprintf(config.webhook, sizeof(config.webhook), "http://192.0.2.1/");
    snprintf(config.alert_exec, sizeof(config.alert_exec), "/bin/true");
    own_strikes(SENDER, 3, START_MS);
    assert_true(tells());
    assert_int_equal(message.target_count, 4);
    assert_string_equal(message.targets[0].address, "a@example.org");
    assert_string_equal(message.targets[1].address, "c@example.org");
    assert_int_equal(message.targets[2].channel, CHANNEL_WEBHOOK);
    assert_int_equal(message.targets[3].channel, CHANNEL_EXEC);
    assert_false(tells());
}

static void what_is_not_chosen_is_not_told(void **state)
{
    (void)state;
    config.alert_on = alertkind_parse_list("ban");
    own_strikes(SENDER, 3, START_MS);
    assert_false(tells());
    config.alert_on = alertkind_parse_list("permanent");
    own_strikes("192.0.2.2", 3, START_MS);
    assert_true(tells());
}

/* As a restart does. */
static void forget_gathered(void)
{
    memset(&agent.alert.storm, 0, sizeof(agent.alert.storm));
    memset(&agent.alert.gathered, 0, sizeof(agent.alert.gathered));
    memset(&agent.alert.digest, 0, sizeof(agent.alert.digest));
    alert_digest_load(&agent);
}

/* What was told last has been delivered. */
static void deliver(void)
{
    struct courier_report out = {.outcome = COURIER_DELIVERED, .channel = CHANNEL_MAIL};

    snprintf(out.id, sizeof(out.id), "%s", message.id);
    assert_int_equal(send(there, &out, sizeof(out), 0), sizeof(out));
}

/* Makes those that are due. */
static size_t marks(void)
{
    alert_input(&agent);
    return state_chronicle(&agent.node.state, ENTRY_MARK)->count;
}

/* 5,000 bans in a minute: five alerts and a digest, which has all the others, also after a restart
 * in between. */
static void a_storm_becomes_a_digest(void **state)
{
    char sender[32];
    int told = 0;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        snprintf(sender, sizeof(sender), "198.51.%d.%d", i / 256, i % 256);
        own_strikes(sender, 3, agent.now.wall_ms);
        told += tells();
        pass(12);
    }
    assert_int_equal(told, 5);
    assert_true(agent.node.state.counters.alerts_digested == 4995);
    assert_true(alert_digest_waiting(&agent) == 4995);
    forget_gathered();
    pass(1800000 - 60000);
    assert_false(tells());
    pass(60000);
    assert_true(tells());
    assert_non_null(strstr(mail, "Subject: [bansync mail] mx1: digest: 4995 permanent bans\r\n"));
    assert_non_null(strstr(mail, "\r\n  198.51.0.5\r\n"));
    assert_non_null(strstr(mail, "\r\nand others.\r\n"));
    deliver();
    for (int i = 0; i < 10; i++) { /* a part of the marks in each turn */
        assert_false(tells());
        assert_true(marks() <= 512 * (size_t)(i + 1));
    }
    assert_int_equal(marks(), 4995);
    forget_gathered();
    assert_true(alert_digest_waiting(&agent) == 0);
    own_strikes("192.0.2.2", 3, agent.now.wall_ms); /* it is quiet again */
    assert_true(tells());
}

/* Where no alert can be put it is lost, and that is told. */
static void a_spool_that_cannot_be_used_loses_alerts(void **state)
{
    char problem[512], path[128];

    (void)state;
    snprintf(path, sizeof(path), "%s/alerts", directory);
    assert_int_equal(symlink("/tmp", path), 0);
    own_strikes(SENDER, 3, START_MS);
    assert_false(tells());
    assert_true(agent.node.state.counters.alerts_dropped == 1);
    assert_true(alert_problem(&agent, problem, sizeof(problem)));
    assert_non_null(strstr(problem, "alerts: they are lost: "));
    assert_int_equal(unlink(path), 0);
    own_strikes("192.0.2.2", 3, START_MS);
    assert_true(tells());
    assert_false(alert_problem(&agent, problem, sizeof(problem)));
}

/* The disk of state_dir takes none, here because the spool is none: the second one does, unless as
 * many wait as may. */
/* How often the process that delivers was told to look since. */
static int looks(void)
{
    static struct courier_message word;
    int count = 0;

    while (recv(there, &word, sizeof(word), MSG_DONTWAIT) > 0)
        count += word.type == COURIER_LOOK;
    return count;
}

/* Whatever somebody put there is neither counted nor told; that it lies there is logged once. */
static void files_of_others_do_not_fill_the_spool(void **state)
{
    char path[128];

    (void)state;
    snprintf(path, sizeof(path), "%s/alerts", directory);
    assert_int_equal(mkdir(path, 0700), 0);
    for (int i = 0; i < ALERT_SPOOL_MAX; i++) {
        snprintf(path, sizeof(path), "%s/alerts/%015d-%d.alert", directory, i, i);
        assert_int_equal(close(open(path, O_WRONLY | O_CREAT, 0600)), 0);
    }
    alert_open(&agent);
    assert_true(agent.alert.foreign);
    own_strikes(SENDER, 3, START_MS);
    assert_true(tells());
    assert_true(agent.node.state.counters.alerts_dropped == 0);
    for (int i = 0; i < ALERT_SPOOL_MAX; i++) {
        snprintf(path, sizeof(path), "%s/alerts/%015d-%d.alert", directory, i, i);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(alert_waiting(&agent), 0);
    assert_false(agent.alert.foreign); /* others would be news */
}

static void the_second_spool_takes_what_the_first_does_not(void **state)
{
    struct spool first = {.fd = 0};
    char problem[512], path[128];

    (void)state;
    snprintf(config.control_socket, sizeof(config.control_socket), "%s/run/control.sock",
             directory);
    snprintf(path, sizeof(path), "%s/run", directory);
    assert_int_equal(mkdir(path, 0755), 0);
    snprintf(path, sizeof(path), "%s/alerts", directory);
    assert_int_equal(symlink("/tmp", path), 0);
    own_strikes(SENDER, 3, START_MS);
    assert_false(tells());
    assert_true(agent.node.state.counters.alerts_dropped == 0);
    assert_false(alert_problem(&agent, problem, sizeof(problem)));
    assert_true(alert_waiting(&agent) == 1);
    assert_int_equal(spool_list(&agent.alert.second), 0);
    assert_int_equal(agent.alert.second.count, 1);
    assert_int_equal(unlink(path), 0);
    own_strikes("192.0.2.2", 3, START_MS); /* the disk takes them again */
    assert_true(tells());
    assert_int_equal(spool_open(&first, &spool_first, directory), 0);
    for (int i = 0; i < ALERT_SPOOL_MAX; i++) {
        snprintf(path, sizeof(path), "%s/alerts/%015d-%032x.alert", directory, i, i);
        assert_int_equal(close(open(path, O_WRONLY | O_CREAT, 0600)), 0);
    }
    looks();
    own_strikes("192.0.2.3", 3, START_MS);
    node_tick(&agent.node, &agent.now);
    node_flush(&agent.node, &agent.now);
    node_committed(&agent.node, &agent.now, true);
    alert_turn(&agent);
    node_turn_end(&agent.node);
    assert_int_equal(looks(), 1);                               /* some may be set aside */
    assert_true(agent.node.state.counters.alerts_dropped == 1); /* a bound is no failure */
    assert_true(alert_waiting(&agent) == ALERT_SPOOL_MAX + 1);
    assert_true(alert_problem(&agent, problem, sizeof(problem)));
    assert_non_null(strstr(problem, "as many alerts wait as may"));
    spool_close(&first);
}

/* Seven bans by that node. The number of alerts. */
static int seven_bans(uint64_t origin)
{
    char sender[32];
    int told = 0;

    for (int i = 1; i <= 7; i++) {
        snprintf(sender, sizeof(sender), "198.51.100.%d", i);
        for (int k = 0; k < 3; k++)
            strike(sender, origin, origin != OWN, agent.now.wall_ms);
        told += tells();
    }
    return told;
}

/* One directory by two names: one spool, in which nothing is counted twice or removed by the
 * other. */
static void one_directory_is_one_spool(void **state)
{
    (void)state;
    snprintf(config.state_dir, sizeof(config.state_dir), "%s/", directory);
    snprintf(config.control_socket, sizeof(config.control_socket), "%s/control.sock", directory);
    alert_open(&agent);
    own_strikes(SENDER, 3, START_MS);
    node_tick(&agent.node, &agent.now);
    node_flush(&agent.node, &agent.now);
    node_committed(&agent.node, &agent.now, true);
    alert_turn(&agent);
    node_turn_end(&agent.node);
    assert_true(alert_waiting(&agent) == 1);
    assert_true(takes());
    seven_bans(OWN);
    assert_true(alert_digest_waiting(&agent) > 0);
    forget_gathered();
    assert_true(alert_digest_waiting(&agent) > 0);
    assert_int_equal(agent.alert.second.fd, 0);
}

static void each_process_has_a_key_of_its_own_for_what_is_gathered(void **state)
{
    struct hash_key first;

    (void)state;
    alert_open(&agent);
    first = agent.alert.gathered.key;
    alert_open(&agent);
    assert_memory_not_equal(&first, &agent.alert.gathered.key, sizeof(first));
}

/* While the agent runs: the first one is made anew, and what is gathered is in it as a whole; so is
 * the second one, while the first one cannot be used. */
static void a_spool_that_was_removed_is_made_anew(void **state)
{
    char path[128], run[128];

    (void)state;
    snprintf(config.control_socket, sizeof(config.control_socket), "%s/run/control.sock",
             directory);
    snprintf(run, sizeof(run), "%s/run", directory);
    assert_int_equal(mkdir(run, 0755), 0);
    alert_open(&agent);
    seven_bans(OWN);
    assert_true(alert_digest_waiting(&agent) == 2);
    snprintf(path, sizeof(path), "%s/alerts", directory);
    assert_int_equal(nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
    own_strikes("192.0.2.2", 3, START_MS);
    assert_false(tells());
    assert_true(alert_digest_waiting(&agent) == 3);
    pass(10000);
    assert_false(tells());
    forget_gathered();
    assert_true(alert_digest_waiting(&agent) == 3);
    assert_int_equal(nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
    assert_int_equal(symlink("/tmp", path), 0);
    snprintf(run, sizeof(run), "%s/run/alerts", directory);
    assert_int_equal(rmdir(run), 0);
    pass(ALERT_WINDOW_MS);
    own_strikes("192.0.2.3", 3, agent.now.wall_ms);
    assert_false(tells());
    assert_true(agent.node.state.counters.alerts_dropped == 0);
    assert_true(alert_waiting(&agent) == 1);
    assert_int_equal(agent.alert.second.count, 1);
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
    assert_non_null(strstr(mail, "203.0.113.1 banned"));
    engage(2);
    engage(3);
    assert_true(tells());
    assert_non_null(strstr(mail, "mx1: brake: more than 1 sender a minute"));
    engage(4);
    assert_false(tells());
    node_drop(&agent.node, NULL);
    assert_false(tells());
    engage(5); /* within the minute */
    assert_false(tells());
    assert_true(agent.node.state.counters.alerts_digested == 1);
    node_drop(&agent.node, NULL);
    assert_false(tells());
    pass(60000);
    engage(6);
    assert_true(tells()); /* of a ban */
    engage(7);
    assert_true(tells());
    assert_non_null(strstr(mail, "brake"));
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
    const char *at = strstr(mail, "Message-ID: <");

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

static void report(enum courier_outcome outcome, enum channel channel, const char *reason)
{
    struct courier_report out = {.outcome = outcome, .channel = channel};

    snprintf(out.reason, sizeof(out.reason), "%s", reason);
    assert_int_equal(send(there, &out, sizeof(out), 0), sizeof(out));
    assert_false(tells());
}

static void reports_make_counters_and_a_reason(void **state)
{
    const struct counters *counters = &agent.node.state.counters;
    static struct courier_message settings;
    char problem[512];

    (void)state;
    assert_false(alert_problem(&agent, problem, sizeof(problem)));
    report(COURIER_DELAYED, CHANNEL_MAIL, "421 busy");
    assert_true(alert_problem(&agent, problem, sizeof(problem)));
    assert_string_equal(problem, "alerts: mails fail since 2026-11-23T09:44:01Z: 421 busy");
    pass(5000);
    report(COURIER_FAILED, CHANNEL_MAIL, "550 no");
    report(COURIER_ASIDE, CHANNEL_MAIL, "x");
    assert_true(alert_problem(&agent, problem, sizeof(problem)));
    assert_string_equal(problem, "alerts: mails fail since 2026-11-23T09:44:01Z: 550 no");
    report(COURIER_DELIVERED, CHANNEL_WEBHOOK, ""); /* another one */
    assert_true(alert_problem(&agent, problem, sizeof(problem)));
    report(COURIER_DELIVERED, CHANNEL_MAIL, "");
    assert_false(alert_problem(&agent, problem, sizeof(problem)));
    assert_true(counters->alerts_sent == 2 && counters->alerts_failed == 1 &&
                counters->alerts_aside == 1 &&
                agent.alert.channels[CHANNEL_MAIL].sent_ms == agent.now.wall_ms);
    report(COURIER_DELAYED, CHANNEL_EXEC, "it ended with 1");
    assert_true(alert_problem(&agent, problem, sizeof(problem)));
    assert_non_null(strstr(problem, "the program fails since"));
    alert_reloaded(&agent);
    assert_int_equal(recv(there, &settings, sizeof(settings), MSG_DONTWAIT), sizeof(settings));
    assert_int_equal(settings.type, COURIER_SETTINGS);
    assert_string_equal(settings.settings.server, "127.0.0.1:25");
    assert_string_equal(settings.settings.from, "b@example.org");
    assert_false(alert_problem(&agent, problem, sizeof(problem)));
    shutdown(there, SHUT_RDWR);
    assert_false(tells());
    assert_true(alert_problem(&agent, problem, sizeof(problem)));
    assert_string_equal(problem,
                        "alerts: the process that delivers them has ended; it is started again");
    own_strikes(SENDER, 3, agent.now.wall_ms);
    assert_true(tells()); /* it waits for the next start */
    config.mail_to[0] = '\0';
    assert_false(alert_problem(&agent, problem, sizeof(problem)));
}

static void the_process_is_started_again_and_counted(void **state)
{
    const struct counters *counters = &agent.node.state.counters;
    char problem[512];

    (void)state;
    shutdown(there, SHUT_RDWR);
    tells();
    pass(ALERT_RESTART_MS - 1);
    tells();
    assert_true(courier_is_gone(&agent.alert.courier));
    assert_int_equal(counters->alerts_restarts, 0);
    pass(1);
    tells();
    assert_false(courier_is_gone(&agent.alert.courier));
    assert_int_equal(counters->alerts_restarts, 1);
    assert_false(alert_problem(&agent, problem, sizeof(problem)));
}

/* As the frame of a peer brings it. */
static void mark(const char *id, uint64_t node)
{
    struct mark mark = {.stamp = {stamp_next(agent.node.state.hlc, agent.now.wall_ms), node}};
    struct event event = {.type = EVENT_ENTRY,
                          .wall_ms = agent.now.wall_ms,
                          .ref_ms = agent.now.wall_ms,
                          .kind = ENTRY_MARK,
                          .size = MARK_BYTES};
    uint8_t bytes[MARK_BYTES];

    mark.forget_ms = agent.now.wall_ms + 3600000;
    for (size_t i = 0; i < MARK_ID_BYTES; i++) {
        char digits[3] = {id[2 * i], id[2 * i + 1], '\0'};

        mark.id[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    mark_write(&mark, bytes);
    event.bytes = bytes;
    assert_int_equal(step(&agent.node.state, &event, &agent.node.effects), STEP_CHANGED);
}

/* The id of the next alert, which is taken out of the spool. */
static void take_id(char id[SPOOL_ID_SIZE])
{
    assert_true(tells());
    snprintf(id, SPOOL_ID_SIZE, "%s", message.id);
}

static void a_ban_that_its_node_does_not_tell_is_taken_over(void **state)
{
    (void)state;
    own_strikes(SENDER, 2, START_MS);
    strike(SENDER, PEER, true, START_MS + 1000);
    assert_false(tells());
    pass(ALERT_TAKEOVER_MS - 1);
    assert_false(tells());
    pass(1);
    assert_true(tells());
    assert_non_null(strstr(mail, ", a hit on 0000000000000002\r\n"));
    pass(10 * ALERT_TAKEOVER_MS);
    assert_false(tells());
}

static void a_mark_keeps_others_from_telling(void **state)
{
    char id[SPOOL_ID_SIZE];

    own_strikes(SENDER, 2, START_MS);
    strike(SENDER, PEER, true, START_MS + 1000);
    assert_false(tells());
    pass(ALERT_TAKEOVER_MS);
    take_id(id); /* which is the same on every node */
    tear_down(state);
    set_up(state);
    own_strikes(SENDER, 2, START_MS);
    strike(SENDER, PEER, true, START_MS + 1000);
    mark(id, PEER);
    assert_false(tells());
    assert_int_equal(agent.alert.marks.count, 0);
    pass(2 * ALERT_TAKEOVER_MS);
    assert_false(tells());
}

/* It came before the ban, or the agent was restarted in between. */
static void a_mark_that_was_there_before_counts(void **state)
{
    char id[SPOOL_ID_SIZE];

    own_strikes(SENDER, 2, START_MS);
    strike(SENDER, PEER, true, START_MS + 1000);
    assert_false(tells());
    pass(ALERT_TAKEOVER_MS);
    take_id(id);
    tear_down(state);
    set_up(state);
    mark(id, PEER);
    assert_false(tells());
    own_strikes(SENDER, 2, START_MS);
    strike(SENDER, PEER, true, START_MS + 1000);
    assert_false(tells());
    assert_int_equal(agent.alert.marks.count, 1);
    pass(2 * ALERT_TAKEOVER_MS);
    assert_false(tells());
}

/* OWN is 1, PEER 2: behind 2 comes 3, if it is up, and then 1. */
static void the_next_node_that_is_up_takes_over(void **state)
{
    struct node_peer *peer = &agent.node.peers[0];

    (void)state;
    peer->id = 3;
    peer->seen_ms = 0;
    agent.node.peer_count = 1;
    own_strikes(SENDER, 2, START_MS);
    strike(SENDER, PEER, true, START_MS + 1000);
    assert_false(tells());
    pass(ALERT_TAKEOVER_MS);
    peer->greeted = true;
    peer->seen_ms = agent.now.mono_ms;
    assert_true(node_peer_is_up(peer, &agent.now));
    assert_false(tells());
    pass(ALERT_TAKEOVER_MS);
    peer->seen_ms = agent.now.mono_ms;
    assert_true(tells());
}

static void what_is_delivered_is_marked(void **state)
{
    struct courier_report out = {.outcome = COURIER_DELAYED, .channel = CHANNEL_MAIL};
    char problem[512];

    (void)state;
    own_strikes(SENDER, 3, START_MS);
    take_id(out.id);
    assert_int_equal(send(there, &out, sizeof(out), 0), sizeof(out));
    assert_false(tells());
    assert_int_equal(marks(), 0);
    out.outcome = COURIER_DELIVERED;
    assert_int_equal(send(there, &out, sizeof(out), 0), sizeof(out));
    assert_false(tells());
    assert_int_equal(marks(), 1);
    assert_false(alert_problem(&agent, problem, sizeof(problem)));
    node_brake(&agent.node, 1); /* what is this node's alone makes none */
    config.max_new_per_minute = 1;
    engage(1);
    engage(2);
    assert_true(tells());
    while (strstr(mail, "brake") == NULL)
        assert_true(takes());
    snprintf(out.id, sizeof(out.id), "%s", message.id);
    while (takes())
        continue;
    assert_int_equal(send(there, &out, sizeof(out), 0), sizeof(out));
    assert_false(tells());
    assert_int_equal(marks(), 1);
}

/* Ends the turn, and leaves in the spool what it has. */
static size_t left(void)
{
    node_flush(&agent.node, &agent.now);
    node_committed(&agent.node, &agent.now, true);
    alert_turn(&agent);
    node_turn_end(&agent.node);
    if (agent.alert.spool.fd == 0)
        return 0; /* there was nothing to put there yet */
    assert_int_equal(spool_list(&agent.alert.spool), 0);
    return (size_t)agent.alert.spool.count;
}

static void up(struct node_peer *peer, uint64_t id)
{
    peer->id = id;
    peer->greeted = true;
    peer->seen_ms = agent.now.mono_ms;
    assert_true(node_peer_is_up(peer, &agent.now));
}

/* Not before it has been delivered, or nobody else would tell them if it never is. */
static void what_a_digest_tells_is_marked_when_it_is_delivered(void **state)
{
    (void)state;
    assert_int_equal(seven_bans(OWN), 5);
    assert_int_equal(marks(), 0);
    pass(config.digest_every_ms);
    assert_true(tells());
    assert_non_null(strstr(mail, "digest: 2 permanent bans\r\n"));
    assert_int_equal(left(), 0);
    assert_int_equal(marks(), 0);
    deliver();
    assert_false(tells());
    assert_int_equal(marks(), 2);
    assert_false(tells());
    assert_true(alert_digest_waiting(&agent) == 0);
}

/* All nodes gather the same; the one with the lowest id tells, the next one if it does not. */
static void one_node_tells_the_digest_of_all(void **state)
{
    struct node_peer *peer = &agent.node.peers[0];

    (void)state;
    agent.node.state.node = PEER;
    agent.node.peer_count = 1;
    assert_int_equal(seven_bans(OTHER), 0);
    assert_int_equal(agent.alert.marks.count, 5); /* which their node tells */
    assert_true(alert_digest_waiting(&agent) == 2);
    agent.alert.marks.count = 0;
    pass(config.digest_every_ms + ALERT_TAKEOVER_MS - 1);
    up(peer, OWN);
    assert_false(tells());
    pass(1);
    up(peer, OWN);
    assert_true(tells());
    assert_non_null(strstr(mail, "digest: 2 permanent bans\r\n"));
}

/* Nodes that start together do not know yet who else does. */
static void who_has_just_started_takes_those_before_it_for_up(void **state)
{
    (void)state;
    agent.node.state.node = PEER;
    agent.node.peer_count = 1;
    agent.node.peers[0].id = OWN;
    seven_bans(OTHER);
    agent.alert.marks.count = 0;
    pass(config.digest_every_ms);
    agent.started_ms = agent.now.mono_ms - 9999;
    assert_false(tells());
    pass(1);
    assert_true(tells());
}

/* It is told at once when those before this node are down. */
static void the_next_node_takes_over_the_digest(void **state)
{
    (void)state;
    agent.node.state.node = PEER;
    agent.node.peer_count = 1;
    seven_bans(OTHER);
    agent.alert.marks.count = 0;
    pass(config.digest_every_ms - 1);
    assert_false(tells());
    pass(1);
    assert_true(tells());
    assert_non_null(strstr(mail, "digest: 2 permanent bans\r\n"));
}

static void gathered_id(size_t place, char id[SPOOL_ID_SIZE])
{
    markid_print(agent.alert.gathered.list[place].id, id);
}

/* In a storm that goes on each ban waits for as long: what the first node told says nothing of
 * those that came later, which are its, too. */
static void later_bans_wait_for_the_next_digest(void **state)
{
    struct node_peer *peer = &agent.node.peers[0];
    char ids[2][SPOOL_ID_SIZE];

    (void)state;
    agent.node.state.node = PEER;
    agent.node.peer_count = 1;
    seven_bans(OTHER);
    agent.alert.marks.count = 0;
    gathered_id(0, ids[0]);
    gathered_id(1, ids[1]);
    pass(ALERT_WINDOW_MS - 1000);
    for (int i = 0; i < 3; i++)
        strike("198.51.100.99", OTHER, true, agent.now.wall_ms);
    assert_false(tells());
    assert_true(alert_digest_waiting(&agent) == 3);
    mark(ids[0], OWN);
    pass(1);
    mark(ids[1], OWN);
    assert_false(tells());
    pass(config.digest_every_ms + ALERT_TAKEOVER_MS - 2);
    up(peer, OWN);
    assert_false(tells());
    pass(1);
    up(peer, OWN);
    assert_true(tells());
    assert_non_null(strstr(mail, "digest: 1 permanent ban\r\n"));
}

/* Also those that came while this node was down: their marks are in the state. */
static void what_another_digest_told_is_not_told_again(void **state)
{
    char ids[2][SPOOL_ID_SIZE];

    (void)state;
    seven_bans(OTHER);
    agent.alert.marks.count = 0;
    gathered_id(0, ids[0]);
    gathered_id(1, ids[1]);
    mark(ids[0], PEER);
    assert_false(tells());
    assert_true(alert_digest_waiting(&agent) == 1);
    pass(1);
    mark(ids[1], PEER);
    node_turn_end(&agent.node); /* nobody looked at it */
    assert_true(alert_digest_waiting(&agent) == 1);
    pass(config.digest_every_ms);
    assert_false(tells());
    assert_true(alert_digest_waiting(&agent) == 0);
}

/* This node could not deliver its digest, and another one has told all of it. */
static void a_digest_that_others_told_is_taken_back(void **state)
{
    char ids[2][SPOOL_ID_SIZE];

    (void)state;
    assert_int_equal(seven_bans(OWN), 5);
    gathered_id(0, ids[0]);
    gathered_id(1, ids[1]);
    pass(config.digest_every_ms);
    assert_int_equal(left(), 1);
    mark(ids[0], PEER);
    assert_int_equal(left(), 1);
    pass(1);
    mark(ids[1], PEER);
    assert_int_equal(left(), 0);
    assert_true(alert_digest_waiting(&agent) == 0);
}

/* Refused for good: others are to try, and this node goes on. */
static void a_digest_that_is_lost_is_forgotten(void **state)
{
    (void)state;
    assert_int_equal(seven_bans(OWN), 5);
    pass(config.digest_every_ms);
    assert_true(tells()); /* it is out of the spool now */
    for (int i = 0; i < 3; i++) {
        pass(10000);
        assert_false(tells());
    }
    assert_true(alert_digest_waiting(&agent) == 0);
    assert_int_equal(marks(), 0);
}

/* Whether it was delivered nobody knows when it is not in the spool after a restart. */
static void a_digest_under_way_survives_a_restart(void **state)
{
    (void)state;
    assert_int_equal(seven_bans(OWN), 5);
    pass(config.digest_every_ms);
    assert_int_equal(left(), 1);
    forget_gathered();
    pass(10000);
    assert_int_equal(left(), 1); /* not told anew */
    assert_true(takes());
    forget_gathered();
    pass(10000);
    assert_true(tells());
    assert_non_null(strstr(mail, "digest: 2 permanent bans\r\n"));
    deliver();
    assert_false(tells());
    assert_int_equal(marks(), 2);
}

/* Lines of the file; -1: it is not there. */
static int gathered_lines(void)
{
    static char text[GATHERED_TEXT_SIZE];
    ssize_t size = spool_load(&agent.alert.spool, "gathered", text, sizeof(text));
    int lines = 0;

    for (ssize_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    return size < 0 ? -1 : lines;
}

static void oldest_gathered_id(char id[SPOOL_ID_SIZE])
{
    size_t place = 0;

    while (agent.alert.gathered.list[place].state != GATHERED_OPEN)
        place++;
    gathered_id(place, id);
}

/* Another node tells, and something is gathered at any time: what was told does not stay in the
 * file, nor is it told again when its mark has gone. */
static void the_file_of_a_node_that_does_not_tell_stays_small(void **state)
{
    char sender[32], id[SPOOL_ID_SIZE];

    (void)state;
    seven_bans(OTHER);
    agent.alert.marks.count = 0;
    for (int i = 0; i < 1200; i++) {
        snprintf(sender, sizeof(sender), "203.0.%d.%d", i / 256, i % 256);
        for (int k = 0; k < 3; k++)
            strike(sender, OTHER, true, agent.now.wall_ms);
        oldest_gathered_id(id);
        mark(id, PEER);
        assert_false(tells());
        pass(1);
        assert_true(alert_digest_waiting(&agent) == 2);
        assert_in_range(gathered_lines(), 2, 2 * 2 + 1024);
    }
    forget_gathered();
    assert_true(alert_digest_waiting(&agent) >= 2);
    pass(config.digest_every_ms + MARK_KEEP_MS - 100);
    forget_gathered();
    assert_in_range(alert_digest_waiting(&agent), 2, 100);
    pass(100);
    forget_gathered();
    assert_true(alert_digest_waiting(&agent) == 0);
}

/* One that a former version left, or damage. */
static void a_file_that_is_too_large_is_written_anew(void **state)
{
    char path[128];

    (void)state;
    alert_open(&agent);
    snprintf(path, sizeof(path), "%s/alerts/gathered", directory);
    assert_int_equal(close(open(path, O_WRONLY | O_CREAT, 0600)), 0);
    assert_int_equal(truncate(path, GATHERED_TEXT_SIZE), 0);
    forget_gathered();
    seven_bans(OWN);
    assert_int_equal(gathered_lines(), 2);
}

/* What cannot be added to the file is written anew where there is room. */
static void what_is_gathered_is_kept_in_the_second_spool(void **state)
{
    char path[128];

    (void)state;
    snprintf(config.control_socket, sizeof(config.control_socket), "%s/run/control.sock",
             directory);
    snprintf(path, sizeof(path), "%s/run", directory);
    assert_int_equal(mkdir(path, 0755), 0);
    snprintf(path, sizeof(path), "%s/alerts", directory);
    assert_int_equal(symlink("/tmp", path), 0);
    seven_bans(OWN);
    assert_true(alert_digest_waiting(&agent) == 2);
    pass(10000);
    assert_false(tells());
    forget_gathered();
    assert_true(alert_digest_waiting(&agent) == 2);
}

/* Another node has told it while this one could not. */
static void what_another_node_told_is_not_delivered(void **state)
{
    struct spool *spool = &agent.alert.spool;
    char id[SPOOL_ID_SIZE];

    own_strikes(SENDER, 3, START_MS);
    take_id(id);
    tear_down(state);
    set_up(state);
    own_strikes(SENDER, 3, START_MS);
    node_flush(&agent.node, &agent.now);
    node_committed(&agent.node, &agent.now, true);
    alert_turn(&agent);
    node_turn_end(&agent.node);
    assert_int_equal(spool_list(spool), 0);
    assert_int_equal(spool->count, 1);
    mark(id, PEER);
    assert_false(tells());
}

/* What is this node's alone can have been told by no other one, whatever a member says. */
static void a_mark_does_not_take_away_what_is_this_nodes_alone(void **state)
{
    char id[SPOOL_ID_SIZE];

    (void)state;
    node_brake(&agent.node, 1);
    config.max_new_per_minute = 1;
    engage(1);
    assert_true(tells());
    engage(2);
    assert_int_equal(left(), 1);
    snprintf(id, sizeof(id), "%s", strchr(agent.alert.spool.names[0], '-') + 1);
    mark(id, PEER);
    assert_true(tells());
    assert_string_equal(message.id, id);
}

/* A node that decided many has gone: whether each was told is looked up in thousands of marks. */
static void many_are_taken_over_in_several_turns(void **state)
{
    char sender[32];

    (void)state;
    config.digest_after = 40;
    for (int i = 1; i <= 40; i++) {
        snprintf(sender, sizeof(sender), "198.51.100.%d", i);
        for (int k = 0; k < 3; k++)
            strike(sender, PEER, true, START_MS + 1000);
    }
    assert_int_equal(left(), 0);
    assert_int_equal(agent.alert.marks.count, 40);
    pass(ALERT_TAKEOVER_MS);
    left();
    assert_int_equal(agent.alert.marks.count, 8);
    left();
    assert_int_equal(agent.alert.marks.count, 0);
    assert_int_equal(left(), 40);
}

static void a_condition_is_told_when_it_has_held_and_when_it_is_over(void **state)
{
    struct alert_condition condition = {.told = false};

    (void)state;
    assert_false(alert_condition_turn(&condition, true, 1000, 60000, 30000));
    assert_false(alert_condition_turn(&condition, false, 60000, 60000, 30000)); /* for a moment */
    assert_false(alert_condition_turn(&condition, true, 61000, 60000, 30000));
    assert_false(alert_condition_turn(&condition, true, 120999, 60000, 30000));
    assert_true(alert_condition_turn(&condition, true, 121000, 60000, 30000));
    assert_true(condition.told);
    assert_false(alert_condition_turn(&condition, false, 122000, 60000, 30000));
    assert_false(alert_condition_turn(&condition, true, 130000, 60000, 30000)); /* it flaps */
    assert_false(alert_condition_turn(&condition, false, 131000, 60000, 30000));
    assert_true(alert_condition_turn(&condition, false, 161000, 60000, 30000));
    assert_false(condition.told);
}

/* Each second that passes is a turn; the number of alerts, the last of which is in message. */
static int told_within(int seconds)
{
    static struct spool_file last;
    static char kept[MAIL_BYTES_MAX + 1];
    int told = 0;

    for (int i = 0; i < seconds; i++) {
        pass(1000);
        if (!tells())
            continue;
        told++;
        last = message;
        snprintf(kept, sizeof(kept), "%s", mail);
    }
    message = last;
    snprintf(mail, sizeof(mail), "%s", kept);
    return told;
}

static void what_goes_wrong_with_the_node_is_told(void **state)
{
    (void)state;
    config.alert_on = alertkind_parse_list("store, map, source-silent");
    assert_int_equal(told_within(20), 0);
    agent.persist.failing = true;
    snprintf(agent.persist.error, sizeof(agent.persist.error), "disk \x1b full");
    assert_int_equal(told_within(100), 1);
    assert_non_null(strstr(mail, "mx1: the database cannot be written\r\n"));
    assert_non_null(strstr(mail, "cannot be written: disk ? full.\r\n"));
    agent.persist.failing = false;
    assert_int_equal(told_within(100), 1);
    assert_non_null(strstr(mail, "mx1: the database is written again\r\n"));
    agent.mapwriter.failing = true;
    assert_int_equal(told_within(100), 1);
    assert_non_null(strstr(mail, "mx1: the map cannot be written\r\n"));
    agent.mapwriter.failing = false;
    snprintf(agent.receive.problem, sizeof(agent.receive.problem), "no name");
    assert_int_equal(told_within(100), 2);
    assert_non_null(strstr(mail, "mx1: the map is written again\r\n"));
}

static void what_goes_wrong_with_a_peer_is_told(void **state)
{
    struct node_peer *peer = &agent.node.peers[0];

    (void)state;
    config.alert_on = alertkind_parse_list("peer-down, divergence, clone");
    agent.node.peer_count = 1;
    assert_int_equal(told_within(50), 0);
    assert_int_equal(told_within(100), 1);
    assert_non_null(strstr(mail, "mx1: peer mx2 is down\r\n"));
    peer->clone_ms = agent.now.mono_ms;
    assert_int_equal(told_within(5), 1);
    assert_non_null(strstr(mail, "mx1: peer mx2 is several live nodes with one key\r\n"));
}

/* Each second is a turn. After how many it is told; 0: within none of these. */
static int told_after(struct node_peer *up, int seconds)
{
    for (int i = 1; i <= seconds; i++) {
        pass(1000);
        up->seen_ms = agent.now.mono_ms;
        if (tells())
            return i;
    }
    return 0;
}

/* OWN is 1. Of PEER, which is down, the first to tell is OTHER, which is up; then it is this one's
 * turn, unless there is a mark of the first half of the id that is no older than it all. */
static void what_others_see_of_a_peer_too_is_told_once(void **state)
{
    struct node_peer *down = &agent.node.peers[0], *up = &agent.node.peers[1];
    char id[SPOOL_ID_SIZE];

    (void)state;
    config.alert_on = alertkind_parse_list("peer-down");
    agent.node.peer_count = 2;
    up->greeted = true;
    assert_int_equal(told_after(up, 300), 121);
    snprintf(id, sizeof(id), "%.16s%016d", message.id, 0);
    down->greeted = true;
    down->seen_ms = agent.now.mono_ms + 200000;
    assert_int_equal(told_after(up, 300), 121);
    assert_non_null(strstr(mail, "mx1: peer mx2 is up again\r\n"));
    assert_memory_not_equal(message.id, id, 16);
    mark(id, OTHER); /* long before it is down again */
    down->greeted = false;
    pass(40000);
    assert_int_equal(told_after(up, 300), 121);
    assert_memory_equal(message.id, id, 16);
    down->greeted = true;
    down->seen_ms = agent.now.mono_ms + 10000000; /* for long */
    assert_int_equal(told_after(up, 300), 121);
    down->greeted = false;
    assert_int_equal(told_after(up, 70), 0);
    mark(id, OTHER);
    assert_int_equal(told_after(up, 200), 0);
}

/* The node with the lower id is the first of two that differ. */
static void of_two_that_differ_one_tells(void **state)
{
    struct node_peer *peer = &agent.node.peers[0];

    (void)state;
    config.alert_on = alertkind_parse_list("divergence");
    agent.node.peer_count = 1;
    peer->greeted = peer->compared = true;
    peer->descents = 3;
    assert_int_equal(told_after(peer, 300), 61);
    peer->same = true;
    assert_int_equal(told_after(peer, 300), 61);
    peer->same = false;
    peer->id = 0;
    assert_int_equal(told_after(peer, 300), 121);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_node_of_the_deciding_strike_tells),
        TEST(former_nodes_of_one_name_are_told_apart),
        TEST(another_node_tells_what_it_decided),
        TEST(it_tells_as_well_if_a_peer_completes_the_proof),
        TEST(what_comes_back_is_no_news),
        TEST(what_the_log_brings_is_news),
        TEST(nobody_is_told_without_an_address),
        TEST(all_targets_are_told_by_one_file),
        TEST(what_is_not_chosen_is_not_told),
        TEST(a_storm_becomes_a_digest),
        TEST(a_spool_that_cannot_be_used_loses_alerts),
        TEST(files_of_others_do_not_fill_the_spool),
        TEST(the_second_spool_takes_what_the_first_does_not),
        TEST(one_directory_is_one_spool),
        TEST(each_process_has_a_key_of_its_own_for_what_is_gathered),
        TEST(a_spool_that_was_removed_is_made_anew),
        TEST(the_brake_is_told_once_each_time_it_engages),
        TEST(a_brake_of_before_is_no_news),
        TEST(the_message_id_names_the_ban),
        TEST(reports_make_counters_and_a_reason),
        TEST(the_process_is_started_again_and_counted),
        TEST(a_ban_that_its_node_does_not_tell_is_taken_over),
        TEST(a_mark_keeps_others_from_telling),
        TEST(a_mark_that_was_there_before_counts),
        TEST(the_next_node_that_is_up_takes_over),
        TEST(what_is_delivered_is_marked),
        TEST(what_a_digest_tells_is_marked_when_it_is_delivered),
        TEST(one_node_tells_the_digest_of_all),
        TEST(who_has_just_started_takes_those_before_it_for_up),
        TEST(the_next_node_takes_over_the_digest),
        TEST(later_bans_wait_for_the_next_digest),
        TEST(what_another_digest_told_is_not_told_again),
        TEST(a_digest_that_others_told_is_taken_back),
        TEST(a_digest_that_is_lost_is_forgotten),
        TEST(a_digest_under_way_survives_a_restart),
        TEST(the_file_of_a_node_that_does_not_tell_stays_small),
        TEST(a_file_that_is_too_large_is_written_anew),
        TEST(what_is_gathered_is_kept_in_the_second_spool),
        TEST(what_another_node_told_is_not_delivered),
        TEST(a_mark_does_not_take_away_what_is_this_nodes_alone),
        TEST(many_are_taken_over_in_several_turns),
        TEST(a_condition_is_told_when_it_has_held_and_when_it_is_over),
        TEST(what_goes_wrong_with_the_node_is_told),
        TEST(what_goes_wrong_with_a_peer_is_told),
        TEST(what_others_see_of_a_peer_too_is_told_once),
        TEST(of_two_that_differ_one_tells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
