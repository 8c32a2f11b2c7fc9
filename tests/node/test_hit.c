/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hit becomes a strike: the same line is the same strike, any other line another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "maps.h"
#include "solo.h"

static struct node_hit hit_of(const char *address)
{
    return (struct node_hit){.source = 7,
                             .offset = 4096,
                             .line = "line",
                             .line_size = 4,
                             .addr = solo_addr(address),
                             .t_ms = SOLO_WALL_MS,
                             .bucket = "user",
                             .bucket_size = 4,
                             .account = "alice",
                             .account_size = 5};
}

static const struct strikes *strikes_of(const struct solo *solo, const char *address)
{
    struct addr addr = solo_addr(address);
    struct unpacked room_of_subject;
    const struct subject *subject = state_find(&solo->node.state, &addr, &room_of_subject);

    assert_non_null(subject);
    return &subject->strikes;
}

static void a_line_is_one_strike_however_often_it_is_read(void **state)
{
    struct solo *solo = solo_open(0);
    struct node_hit hit = hit_of("192.0.2.1");
    const struct strikes *strikes;
    size_t size;

    (void)state;
    node_hit(&solo->node, &solo->now, &hit);
    node_hit(&solo->node, &solo->now, &hit);
    solo->now.wall_ms += 1000;
    node_hit(&solo->node, &solo->now, &hit);
    strikes = strikes_of(solo, "192.0.2.1");
    assert_int_equal(strikes->count, 1);
    assert_true(strikes->list[0].origin == SOLO_NODE);
    assert_true(strikes->list[0].t_ms == SOLO_WALL_MS);
    assert_memory_equal(strike_bucket(&strikes->list[0], &size), "user", 4);
    assert_int_equal(size, 4);
    assert_memory_equal(strike_account(&strikes->list[0], &size), "alice", 5);
    assert_int_equal(size, 5);
    solo_close(solo);
}

static void another_source_place_or_line_is_another_strike(void **state)
{
    struct solo *solo = solo_open(0);
    struct node_hit hits[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        hits[i] = hit_of("192.0.2.1");
    hits[1].source++;
    hits[2].offset++;
    hits[3].line = "lime";
    for (size_t i = 0; i < 4; i++)
        node_hit(&solo->node, &solo->now, &hits[i]);
    assert_int_equal(strikes_of(solo, "192.0.2.1")->count, 4);
    solo_close(solo);
}

static void only_the_origin_can_compute_an_id(void **state)
{
    struct solo *solo = solo_open(0);
    struct node_hit hit = hit_of("192.0.2.1");

    (void)state;
    node_hit(&solo->node, &solo->now, &hit);
    solo->node.strike_key.bytes[15] ^= 1;
    node_hit(&solo->node, &solo->now, &hit);
    assert_int_equal(strikes_of(solo, "192.0.2.1")->count, 2);
    solo_close(solo);
}

static void an_ipv6_sender_counts_as_its_prefix(void **state)
{
    struct solo *solo = solo_open(0);
    struct node_hit hit = hit_of("2001:db8:1:2:3:4:5:6");

    (void)state;
    node_hit(&solo->node, &solo->now, &hit);
    hit.addr = solo_addr("2001:db8:1:2::9");
    hit.offset++;
    node_hit(&solo->node, &solo->now, &hit);
    assert_int_equal(strikes_of(solo, "2001:db8:1:2::/64")->count, 2);
    solo_close(solo);
}

static void long_names_are_cut_and_empty_ones_are_fine(void **state)
{
    struct solo *solo = solo_open(0);
    struct node_hit hit = hit_of("192.0.2.1");
    char name[300];
    const struct strikes *strikes;
    size_t size;

    (void)state;
    memset(name, 'x', sizeof(name));
    hit.bucket = hit.account = name;
    hit.bucket_size = hit.account_size = sizeof(name);
    node_hit(&solo->node, &solo->now, &hit);
    hit.offset++;
    hit.bucket = hit.account = NULL;
    hit.bucket_size = hit.account_size = 0;
    node_hit(&solo->node, &solo->now, &hit);
    strikes = strikes_of(solo, "192.0.2.1");
    assert_int_equal(strikes->count, 2);
    for (size_t i = 0; i < 2; i++) {
        bool is_long = strike_text_size(&strikes->list[i]) > 2;

        strike_bucket(&strikes->list[i], &size);
        assert_int_equal(size, is_long ? BUCKET_BYTES_MAX : 0);
        strike_account(&strikes->list[i], &size);
        assert_int_equal(size, is_long ? ACCOUNT_BYTES_MAX : 0);
    }
    solo_close(solo);
}

/* A mail that is tried again at another node is the same message there. */
static void a_message_is_told_by_its_id_alone(void **state)
{
    struct solo *here = solo_open(0), *there = solo_open(0);
    struct node_hit hit = hit_of("192.0.2.1");
    uint32_t messages[3];

    (void)state;
    there->node.strike_key.bytes[0] ^= 1; /* another node of the cluster */
    hit.message_id = "a@example.org";
    hit.message_id_size = 13;
    node_hit(&here->node, &here->now, &hit);
    hit.offset++;
    hit.t_ms++;
    node_hit(&there->node, &there->now, &hit);
    hit.offset++;
    hit.t_ms++;
    hit.message_id_size = 12;
    node_hit(&there->node, &there->now, &hit);
    messages[0] = strike_message(&strikes_of(here, "192.0.2.1")->list[0]);
    messages[1] = strike_message(&strikes_of(there, "192.0.2.1")->list[0]);
    messages[2] = strike_message(&strikes_of(there, "192.0.2.1")->list[1]);
    assert_int_not_equal(messages[0], 0);
    assert_int_equal(messages[0], messages[1]);
    assert_int_not_equal(messages[0], messages[2]);
    hit.t_ms++;
    hit.offset++;
    hit.message_id_size = 0;
    node_hit(&here->node, &here->now, &hit);
    assert_int_equal(strike_message(&strikes_of(here, "192.0.2.1")->list[1]), 0);
    solo_close(here);
    solo_close(there);
}

/* While the own clock is off, lines count at the cluster's time. */
static void the_time_is_corrected_when_the_own_clock_is_off(void **state)
{
    struct solo *solo = solo_open(2);
    struct node_hit hit = hit_of("192.0.2.1");

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        solo_greet(solo, i);
        solo_ping(solo)->wall_ms = SOLO_WALL_MS - 300000;
        solo_give(solo, i);
    }
    node_hit(&solo->node, &solo->now, &hit);
    assert_true(strikes_of(solo, "192.0.2.1")->list[0].t_ms == SOLO_WALL_MS - 300000);
    for (size_t i = 0; i < 2; i++) {
        solo_ping(solo)->wall_ms = SOLO_WALL_MS - 60000;
        solo_give(solo, i);
    }
    hit.addr = solo_addr("192.0.2.2");
    node_hit(&solo->node, &solo->now, &hit);
    assert_true(strikes_of(solo, "192.0.2.2")->list[0].t_ms == SOLO_WALL_MS);
    solo_close(solo);
}

static const struct subject *account_of(const struct solo *solo, const char *name)
{
    struct addr addr;

    assert_int_equal(addr_parse_account(name, strlen(name), &addr), 0);
    return state_wake((struct state *)(uintptr_t)&solo->node.state, &addr);
}

static void count_accounts(struct solo *solo, enum policy_accounts accounts)
{
    struct policy policy = solo->node.state.policy;

    policy.accounts = accounts;
    node_policy(&solo->node, &policy, solo->node.ipv6_prefix, 0);
}

static void a_hit_counts_against_the_account_if_that_is_asked_for(void **state)
{
    struct solo *solo = solo_open(0);
    struct node_hit hit = hit_of("2001:db8::7");
    const struct subject *subject;
    size_t size;

    (void)state;
    hit.account = "Alice";
    node_hit(&solo->node, &solo->now, &hit);
    assert_null(account_of(solo, "alice"));
    count_accounts(solo, ACCOUNTS_COUNT);
    node_hit(&solo->node, &solo->now, &hit);
    subject = account_of(solo, "alice");
    assert_non_null(subject);
    assert_int_equal(subject->strikes.count, 1);
    assert_memory_equal(strike_account(&subject->strikes.list[0], &size), "2001:db8::7", 11);
    assert_int_equal(size, 11);
    assert_true(subject->strikes.list[0].id == strikes_of(solo, "2001:db8::/64")->list[0].id);
    solo_close(solo);
}

static void a_name_that_may_have_been_cut_is_nobody(void **state)
{
    struct solo *solo = solo_open(0);
    struct node_hit hit = hit_of("192.0.2.1");
    char longest[ACCOUNT_BYTES_MAX];

    (void)state;
    count_accounts(solo, ACCOUNTS_BAN);
    memset(longest, 'x', sizeof(longest));
    hit.account = longest;
    hit.account_size = sizeof(longest);
    node_hit(&solo->node, &solo->now, &hit);
    assert_int_equal(solo->node.state.table.count, 1);
    assert_true(solo->node.state.counters.accounts_unnamed == 1);
    hit.account_size = 0;
    node_hit(&solo->node, &solo->now, &hit);
    assert_true(solo->node.state.counters.accounts_unnamed == 1);
    solo_close(solo);
}

/* Ten hits from ten addresses: none of them is banned, and the account only if that is asked for.
 */
static void an_account_is_banned_from_many_addresses(void **state)
{
    static const enum policy_accounts asked[] = {ACCOUNTS_COUNT, ACCOUNTS_BAN};

    (void)state;
    for (size_t round = 0; round < 2; round++) {
        struct solo *solo = solo_open(0);
        const struct map_text *users;

        count_accounts(solo, asked[round]);
        for (uint8_t i = 0; i < solo->node.state.policy.threshold; i++) {
            struct node_hit hit = hit_of("192.0.2.0");

            hit.offset += i;
            hit.addr.bytes[3] = i;
            node_hit(&solo->node, &solo->now, &hit);
        }
        solo_turn(solo);
        assert_int_equal(node_map(&solo->node)->entries, 0);
        users = node_usermap(&solo->node);
        assert_int_equal(users->entries, round);
        assert_int_equal(
            record_is_banned(&account_of(solo, "alice")->record, state_now_ms(&solo->node.state)),
            round == 1);
        if (round == 1)
            assert_memory_equal(users->bytes + strlen(MAP_HEADER), "alice\n", 6);
        solo_close(solo);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_one_strike_however_often_it_is_read),
        cmocka_unit_test(another_source_place_or_line_is_another_strike),
        cmocka_unit_test(only_the_origin_can_compute_an_id),
        cmocka_unit_test(an_ipv6_sender_counts_as_its_prefix),
        cmocka_unit_test(long_names_are_cut_and_empty_ones_are_fine),
        cmocka_unit_test(a_message_is_told_by_its_id_alone),
        cmocka_unit_test(the_time_is_corrected_when_the_own_clock_is_off),
        cmocka_unit_test(a_hit_counts_against_the_account_if_that_is_asked_for),
        cmocka_unit_test(a_name_that_may_have_been_cut_is_nobody),
        cmocka_unit_test(an_account_is_banned_from_many_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
