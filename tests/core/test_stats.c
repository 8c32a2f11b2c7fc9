/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the state holds of a span: each hit in its part of the time, with its node, its sender, its
 * network and its account; the same whatever the slices.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audit.h"
#include "entry.h"
#include "stats.h"
#include "turn.h"

#define NODE 7
#define HOUR_MS 3600000

static const struct hash_key secret = {{9}};
static struct turn turn;
static struct stats stats;
static uint64_t last_id;

static int set_up(void **context)
{
    (void)context;
    last_id = 0;
    turn_open(&turn, NODE);
    return 0;
}

static int tear_down(void **context)
{
    (void)context;
    stats_clear(&stats);
    turn_close(&turn);
    return 0;
}

static void strike(const char *address, size_t count, int64_t age_ms)
{
    while (count-- > 0)
        turn_strike(&turn, address, ++last_id, age_ms);
}

/* Walks in slices of that much work; how many there were. */
static size_t walk(int64_t span_ms, size_t limit, size_t work)
{
    size_t slices = 1;

    stats_clear(&stats);
    assert_int_equal(stats_begin(&stats, &secret, span_ms, turn.wall_ms, limit), 0);
    for (size_t left = work; !stats_walk(&stats, &turn.state, &left); left = work, slices++)
        assert_int_equal(left, 0);
    return slices;
}

static void each_hit_is_in_its_part_of_the_time(void **context)
{
    (void)context;
    strike("192.0.2.1", 2, 0);
    strike("192.0.2.1", 1, HOUR_MS - 1);
    strike("192.0.2.1", 1, HOUR_MS);
    strike("192.0.2.2", 3, 24 * HOUR_MS - 60000);
    turn_end(&turn, true);
    walk(24 * HOUR_MS, 10, SIZE_MAX);
    assert_int_equal(stats.hits, 7);
    assert_int_equal(stats.hits_by[23], 3);
    assert_int_equal(stats.hits_by[22], 1);
    assert_int_equal(stats.hits_by[0], 3);
    assert_int_equal(stats.senders_total, 2);
    walk(HOUR_MS, 10, SIZE_MAX);
    assert_int_equal(stats.hits, 3);
    assert_int_equal(stats.senders_total, 1);
    walk(HOUR_MS + 1, 10, SIZE_MAX);
    assert_int_equal(stats.hits, 4);
}

/* A hit with an account is a strike of its address, too: it counts once. */
static void hits_of_an_account_are_those_of_addresses(void **context)
{
    struct event event = {.type = EVENT_STRIKE, .wall_ms = turn.wall_ms, .ref_ms = turn.wall_ms};
    uint8_t text[STRIKE_TEXT_BYTES_MAX];

    (void)context;
    strike("192.0.2.1", 1, 0);
    strike_text_write("user", 4, "192.0.2.1", 9, 0, text);
    assert_int_equal(addr_parse_account("bob", 3, &event.addr), 0);
    event.strike = (struct strike){.t_ms = turn.wall_ms, .id = last_id, .text = text};
    assert_int_equal(step(&turn.state, &event, &turn.effects), STEP_CHANGED);
    turn_end(&turn, true);
    walk(HOUR_MS, 10, SIZE_MAX);
    assert_int_equal(stats.hits, 1);
    assert_int_equal(stats.senders_total, 1);
}

static void senders_networks_and_nodes_are_ranked(void **context)
{
    struct addr network;

    (void)context;
    strike("192.0.2.1", 2, 0);
    strike("192.0.2.9", 2, 0);
    strike("198.51.100.1", 3, 0);
    strike("2001:db8:1:2::/64", 1, 0);
    turn_peer_strike(&turn, "2001:db8:1:3::/64", 5, 1, turn.wall_ms);
    turn_end(&turn, true);
    walk(HOUR_MS, 2, SIZE_MAX);
    assert_int_equal(stats.sender_count, 2);
    assert_int_equal(stats.senders[0].hits, 3);
    assert_true(stats.senders[0].banned);
    assert_int_equal(stats.senders[1].hits, 2);
    assert_int_equal(stats.senders[1].addr.bytes[3], 1);
    assert_false(stats.senders[1].banned);
    assert_int_equal(ranking_top(&stats.networks, 3), 3);
    assert_int_equal(stats.networks.list[0].sum, 4);
    assert_int_equal(entry_read_addr(ranking_key(&stats.networks, &stats.networks.list[0]),
                                     stats.networks.list[0].key_size, &network),
                     0);
    assert_int_equal(network.length, 24);
    assert_int_equal(entry_read_addr(ranking_key(&stats.networks, &stats.networks.list[2]),
                                     stats.networks.list[2].key_size, &network),
                     0);
    assert_int_equal(network.length, 48);
    assert_int_equal(stats.networks.list[2].sum, 2);
    assert_int_equal(stats.node_count, 2);
    assert_int_equal(stats.nodes[0].strikes + stats.nodes[1].strikes, 9);
    assert_int_equal(stats.banned, 1);
    assert_int_equal(stats.bans_auto, 1);
    assert_int_equal(stats.bans_by[23], 1);
}

/* Who is on the allowlist is banned by the state, but not in the map. */
static void what_is_not_in_force_is_told_apart(void **context)
{
    (void)context;
    strike("192.0.2.1", 4, 0);
    strike("192.0.2.2", 3, 0);
    turn_end(&turn, true);
    turn_allow(&turn, "192.0.2.1", TIME_NEVER_MS, 9);
    turn_end(&turn, true);
    walk(HOUR_MS, 10, SIZE_MAX);
    assert_int_equal(stats.banned, 2);
    assert_int_equal(stats.allowed, 1);
    assert_true(stats.senders[0].banned && stats.senders[0].allowed);
    assert_true(stats.senders[1].banned && !stats.senders[1].allowed);
}

/* A command as operators give it, which is in the history. */
static void command(const char *address, int64_t until_ms, uint64_t request)
{
    struct audit audit = {.action = until_ms != 0 ? AUDIT_BAN : AUDIT_UNBAN,
                          .until_ms = until_ms,
                          .count = 1,
                          .has_subject = true,
                          .addr = turn_addr(address)};

    assert_int_equal(turn_command(&turn, address, until_ms, request), STEP_CHANGED);
    assert_int_equal(turn_audit(&turn, &audit, request), STEP_CHANGED);
}

/* One for many. */
static void command_many(uint8_t action, uint32_t count, uint64_t request)
{
    struct audit audit = {.action = action, .count = count};

    assert_int_equal(turn_audit(&turn, &audit, request), STEP_CHANGED);
}

static void operators_and_ends_are_counted(void **context)
{
    (void)context;
    command("192.0.2.1", turn.wall_ms + HOUR_MS, 1);
    command("192.0.2.2", TIME_NEVER_MS, 2);
    strike("192.0.2.3", 3, 0);
    strike("192.0.2.4", 3, 0);
    turn_end(&turn, true);
    command("192.0.2.4", 0, 4);
    turn_end(&turn, true);
    turn_pass(&turn,
              2 * HOUR_MS); /* the first and the third one are over; the last one was lifted */
    turn_end(&turn, true);
    command("192.0.2.2", 0, 3);
    turn_end(&turn, true);
    walk(24 * HOUR_MS, 10, SIZE_MAX);
    assert_int_equal(stats.bans_manual, 2); /* also the second one, which was lifted */
    assert_int_equal(stats.bans_auto, 2);
    assert_int_equal(stats.unbans, 2);
    assert_int_equal(stats.ended, 2);
    assert_int_equal(stats.banned, 0);
    walk(HOUR_MS / 2, 10, SIZE_MAX);
    assert_int_equal(stats.bans_manual + stats.bans_auto + stats.ended, 0);
    assert_int_equal(stats.unbans, 1);
    walk(2 * HOUR_MS, 10, SIZE_MAX); /* just not those of its beginning */
    assert_int_equal(stats.bans_auto, 0);
    walk(2 * HOUR_MS + 1, 10, SIZE_MAX);
    assert_int_equal(stats.bans_auto, 2);
    assert_int_equal(stats.bans_by[0], 4);
}

static void commands_for_many_count_as_many(void **context)
{
    static const struct {
        uint8_t action;
        uint64_t bans, unbans;
    } rows[] = {{AUDIT_IMPORT, 250, 0},    {AUDIT_MAP_ADOPT, 250, 0}, {AUDIT_BY_NODE, 0, 250},
                {AUDIT_UNBAN_ALL, 0, 250}, {AUDIT_FORGET, 0, 250},    {AUDIT_RELEASE, 0, 0},
                {AUDIT_ALLOW_ADD, 0, 0}};
    uint64_t bans = 0, unbans = 0;

    (void)context;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        command_many(rows[i].action, 250, 1 + i);
        turn_end(&turn, true);
        bans += rows[i].bans;
        unbans += rows[i].unbans;
        walk(HOUR_MS, 10, 1000);
        assert_int_equal(stats.bans_manual, bans);
        assert_int_equal(stats.unbans, unbans);
    }
}

static void the_same_whatever_the_slices(void **context)
{
    char address[32];

    (void)context;
    for (unsigned i = 0; i < 200; i++) {
        snprintf(address, sizeof(address), "192.0.2.%u", i);
        strike(address, 1 + i % 5, i * 1000);
    }
    turn_end(&turn, true);
    assert_int_equal(walk(HOUR_MS, 10, SIZE_MAX), 1);
    for (size_t work = 1; work <= 100000; work *= 50) {
        struct stats whole = stats;
        struct stats_sender senders[10];

        memcpy(senders, stats.senders, sizeof(senders));
        assert_true(walk(HOUR_MS, 10, work) > 1 || work > DIGEST_LEAVES);
        assert_int_equal(stats.hits, whole.hits);
        assert_memory_equal(stats.hits_by, whole.hits_by, sizeof(stats.hits_by));
        assert_memory_equal(stats.senders, senders, sizeof(senders));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_hit_is_in_its_part_of_the_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hits_of_an_account_are_those_of_addresses, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(senders_networks_and_nodes_are_ranked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_in_force_is_told_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(operators_and_ends_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(commands_for_many_count_as_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_whatever_the_slices, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
