/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All banned subjects, in order and each once, whatever the slices and whatever changes meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "banned.h"
#include "scarce.h"
#include "turn.h"

#define NODE 7
#define SENDERS 1500 /* more than there is room for at first */

static struct turn turn;
static uint64_t last_request;

static int set_up(void **context)
{
    (void)context;
    turn_open(&turn, NODE);
    return 0;
}

static int tear_down(void **context)
{
    (void)context;
    turn_close(&turn);
    return 0;
}

static void ban(const char *net, int64_t until_ms)
{
    turn_command(&turn, net, until_ms, ++last_request);
}

/* A walk for all. */
static struct banned all(void)
{
    struct banned banned;

    assert_int_equal(banned_begin(&banned, 0, NULL, NULL), 0);
    return banned;
}

/* Walks in slices of that much work; how many there were. */
static size_t walk(struct banned *banned, size_t work)
{
    size_t slices = 0;
    int result;

    do {
        size_t left = work;

        result = banned_walk(banned, &turn.state, &left);
        assert_int_not_equal(result, -1);
        slices++;
    } while (result == 0);
    return slices;
}

/* What is left of the walk as text. */
static void expect_rest(struct banned *banned, const char *wanted)
{
    char text[512] = "", net[ADDR_TEXT_SIZE];
    const struct subject *subject;
    size_t used = 0;

    while ((subject = banned_next(banned, &turn.state, &(struct unpacked){0})) != NULL) {
        addr_print_operand(&subject->addr, net);
        used +=
            (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used > 0 ? " " : "", net);
    }
    assert_string_equal(text, wanted);
}

static void they_come_in_the_order_of_the_map(void **context)
{
    struct banned banned = all();

    (void)context;
    ban("203.0.113.9", TIME_NEVER_MS);
    ban("2001:db8::/64", TIME_NEVER_MS);
    ban("198.51.100.0/24", TIME_NEVER_MS);
    ban("198.51.100.7", TIME_NEVER_MS);
    turn_strike(&turn, "192.0.2.1", 1, 1000); /* known, and not banned */
    for (uint64_t id = 2; id <= 4; id++)
        turn_strike(&turn, "192.0.2.200", id, 1000); /* by hits */
    turn_end(&turn, true);
    ban("203.0.113.9", 0);
    turn_end(&turn, true);
    walk(&banned, SIZE_MAX);
    expect_rest(&banned, "192.0.2.200 198.51.100.0/24 198.51.100.7 2001:db8::/64");
    assert_null(banned_next(&banned, &turn.state, &(struct unpacked){0}));
    banned_clear(&banned);
}

static struct addr account(const char *name)
{
    struct addr addr;

    assert_int_equal(addr_parse_account(name, strlen(name), &addr), 0);
    return addr;
}

static void ban_account(const char *name, int64_t until_ms)
{
    struct event event = {.type = EVENT_BAN,
                          .addr = account(name),
                          .until_ms = until_ms,
                          .reason = "",
                          .actor = "",
                          .request = ++last_request};

    turn_step(&turn, &event);
}

/* In the order of the user map: by the bytes of their names. */
static void accounts_come_behind_them(void **context)
{
    static const char *const names[] = {"zoe", "alice", "\xff\xfe", "al", "Bob"};
    static const size_t works[] = {1, SIZE_MAX};

    (void)context;
    ban("203.0.113.1", TIME_NEVER_MS);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ban_account(names[i], TIME_NEVER_MS);
    ban("192.0.2.1", TIME_NEVER_MS);
    turn_end(&turn, true);
    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
        struct banned banned = all();

        walk(&banned, works[i]);
        assert_int_equal(banned.banned, 7);
        assert_int_equal(banned.banned_accounts, 5);
        expect_rest(&banned, "192.0.2.1 203.0.113.1 --account al --account alice --account bob "
                             "--account zoe --account $'\\xFF\\xFE'");
        banned_clear(&banned);
    }
}

static void nobody_is_banned_in_an_empty_state(void **context)
{
    struct banned banned = all();

    (void)context;
    assert_int_equal(walk(&banned, 1000), (DIGEST_LEAVES + 999) / 1000);
    expect_rest(&banned, "");
    banned_clear(&banned);
}

/* Between finding it and telling it a ban may be lifted. */
static void who_is_lifted_meanwhile_is_left_out(void **context)
{
    struct banned banned = all();
    const struct subject *first;
    struct unpacked room;

    (void)context;
    ban("192.0.2.1", TIME_NEVER_MS);
    ban("192.0.2.2", TIME_NEVER_MS);
    ban("192.0.2.3", TIME_NEVER_MS);
    turn_end(&turn, true);
    walk(&banned, SIZE_MAX);
    first = banned_next(&banned, &turn.state, &room);
    assert_non_null(first);
    ban("192.0.2.2", 0);
    turn_end(&turn, true);
    expect_rest(&banned, "192.0.2.3");
    banned_clear(&banned);
}

/* Or it ends, and all that was known of it is forgotten. */
static void who_is_forgotten_meanwhile_is_left_out(void **context)
{
    struct banned banned = all();

    (void)context;
    for (uint64_t id = 1; id <= 3; id++)
        turn_strike(&turn, "192.0.2.1", id, 1000);
    ban("192.0.2.2", TIME_NEVER_MS);
    turn_end(&turn, true);
    walk(&banned, SIZE_MAX);
    turn_pass(&turn, MEMORY_MS_MAX);
    turn_end(&turn, true);
    assert_null(turn_subject(&turn, "192.0.2.1"));
    expect_rest(&banned, "192.0.2.2");
    banned_clear(&banned);
}

static void slices_find_the_same(void **context)
{
    static const size_t works[] = {1, 100, 5000, SIZE_MAX};

    (void)context;
    for (unsigned i = 0; i < SENDERS; i++) {
        char net[32];

        snprintf(net, sizeof(net), "198.%u.%u.%u", 18 + i % 2, i * 7 % 251, i / 8);
        ban(net, TIME_NEVER_MS);
    }
    turn_end(&turn, true);
    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
        struct banned banned = all();
        struct addr last = turn_addr("0.0.0.0/8");
        const struct subject *subject;
        size_t count = 0;

        walk(&banned, works[i]);
        for (; (subject = banned_next(&banned, &turn.state, &(struct unpacked){0})) != NULL;
             count++) {
            assert_true(addr_compare(&last, &subject->addr) < 0);
            last = subject->addr;
        }
        assert_int_equal(count, turn.state.table.count);
        banned_clear(&banned);
    }
}

/* All that do not end at the context; those that end first come first. */
static bool want(const void *context, const struct state *state, const struct subject *subject,
                 int64_t *key)
{
    *key = record_until_ms(&subject->record, state_now_ms(state));
    return *key != *(const int64_t *)context;
}

/* Ends in an hour, in two, never; all that end in three are not wanted. */
static int64_t ban_many(void)
{
    int64_t hour = 3600000, now = turn.wall_ms / TICK_MS * TICK_MS;

    ban("192.0.2.1", TIME_NEVER_MS);
    ban("192.0.2.2", now + 2 * hour);
    ban("192.0.2.3", now + 3 * hour);
    ban("192.0.2.4", now + hour);
    ban("198.51.100.0/24", now + hour);
    ban_account("bob", now + hour);
    ban_account("alice", now + 2 * hour);
    ban_account("eve", now + 3 * hour);
    turn_end(&turn, true);
    return now + 3 * hour;
}

static void those_that_are_wanted_come_by_their_key(void **context)
{
    static const size_t limits[] = {0, 3, 100, BANNED_SHORT_MAX + 1};
    const char *const wanted[] = {
        "192.0.2.4 198.51.100.0/24 --account bob 192.0.2.2 --account alice 192.0.2.1",
        "192.0.2.4 198.51.100.0/24 --account bob",
        "192.0.2.4 198.51.100.0/24 --account bob 192.0.2.2 --account alice 192.0.2.1",
        "192.0.2.4 198.51.100.0/24 --account bob 192.0.2.2 --account alice 192.0.2.1",
    };
    int64_t unwanted_ms = ban_many();

    (void)context;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct banned banned;

        assert_int_equal(banned_begin(&banned, limits[i], want, &unwanted_ms), 0);
        walk(&banned, 500);
        assert_int_equal(banned.total, 6);
        assert_int_equal(banned.banned, 8);
        assert_int_equal(banned.banned_accounts, 3);
        expect_rest(&banned, wanted[i]);
        banned_clear(&banned);
    }
}

/* It is asked again for each before it is handed out. */
static void who_is_no_longer_wanted_is_left_out(void **context)
{
    int64_t unwanted_ms = ban_many();
    struct banned banned;

    (void)context;
    assert_int_equal(banned_begin(&banned, 0, want, &unwanted_ms), 0);
    walk(&banned, SIZE_MAX);
    unwanted_ms = TIME_NEVER_MS;
    expect_rest(&banned, "192.0.2.4 198.51.100.0/24 --account bob 192.0.2.2 --account alice");
    assert_int_equal(banned.total, 5);
    banned_clear(&banned);
}

/* Each allocation fails once. */
static void without_memory_the_walk_fails(void **context)
{
    (void)context;
    ban("192.0.2.1", TIME_NEVER_MS);
    ban_account("alice", TIME_NEVER_MS);
    turn_end(&turn, true);
    for (size_t spared = 0; spared < 4; spared++) { /* two lists and two heaps of runs */
        struct banned banned;
        int64_t unwanted_ms = 0;
        size_t work = SIZE_MAX;

        assert_int_equal(banned_begin(&banned, 0, want, &unwanted_ms), 0);
        scarce_begin(spared, 1);
        assert_int_equal(banned_walk(&banned, &turn.state, &work), -1);
        assert_int_equal(scarce_end(), 1);
        banned_clear(&banned);
    }
}

static void without_memory_it_does_not_begin(void **context)
{
    struct banned banned;

    (void)context;
    scarce_begin(0, 1);
    assert_int_equal(banned_begin(&banned, 3, NULL, NULL), -1);
    assert_int_equal(scarce_end(), 1);
    banned_clear(&banned);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(they_come_in_the_order_of_the_map, set_up, tear_down),
        cmocka_unit_test_setup_teardown(accounts_come_behind_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_is_banned_in_an_empty_state, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_lifted_meanwhile_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_forgotten_meanwhile_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slices_find_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_the_walk_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_it_does_not_begin, set_up, tear_down),
        cmocka_unit_test_setup_teardown(those_that_are_wanted_come_by_their_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_no_longer_wanted_is_left_out, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
