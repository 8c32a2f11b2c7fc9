/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map: golden text, allow entries cut out of wider bans, and no line that rspamd could misread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "map.h"
#include "map_read.h"
#include "step.h"

#define WALL_MS 1790000000000

static const struct policy policy = {10,        600000, {{TIME_NEVER_MS}, 1},
                                     MEMORY_MS, false,  ACCOUNTS_OFF};

struct fixture {
    struct state state;
    struct effects effects;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct event tick = {.type = EVENT_TICK, .wall_ms = WALL_MS, .ref_ms = WALL_MS};

    fixture = (struct fixture){0};
    assert_int_equal(state_open(&fixture.state, "test", 1, &policy), 0);
    step(&fixture.state, &tick, &fixture.effects);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    state_close(&fixture->state);
    effects_close(&fixture->effects);
    return 0;
}

static void run(struct fixture *fixture, enum event_type type)
{
    struct event event = {.type = type, .wall_ms = WALL_MS, .ref_ms = WALL_MS};

    step(&fixture->state, &event, &fixture->effects);
}

static void ban(struct fixture *fixture, const char *text, int64_t until_ms)
{
    struct event event = {.type = EVENT_BAN, .wall_ms = WALL_MS, .until_ms = until_ms};

    assert_int_equal(addr_parse(text, strlen(text), true, &event.addr), 0);
    assert_int_equal(step(&fixture->state, &event, &fixture->effects), STEP_CHANGED);
    run(fixture, EVENT_FLUSH);
    run(fixture, EVENT_COMMITTED);
}

static void allow(struct fixture *fixture, const char *text, bool on)
{
    struct event event = {
        .type = EVENT_ALLOW, .wall_ms = WALL_MS, .on = on, .until_ms = WALL_MS + 1000000};

    assert_int_equal(addr_parse(text, strlen(text), true, &event.addr), 0);
    assert_int_equal(step(&fixture->state, &event, &fixture->effects), STEP_CHANGED);
    run(fixture, EVENT_FLUSH);
}

static void assert_map(struct fixture *fixture, const char *expected)
{
    struct map_text map;
    size_t header = strlen(MAP_HEADER);

    assert_int_equal(map_render(&fixture->state, &map, NULL), 0);
    assert_true(map.size >= header);
    assert_memory_equal(map.bytes, MAP_HEADER, header);
    assert_int_equal(map.size - header, strlen(expected));
    assert_memory_equal(map.bytes + header, expected, strlen(expected));
    map_free(&map);
}

static void an_empty_map_is_the_header_alone(void **state)
{
    assert_map(*state, "");
    assert_int_equal(MAP_HEADER[0], '#');
    assert_ptr_equal(strchr(MAP_HEADER, '\n'), MAP_HEADER + strlen(MAP_HEADER) - 1);
}

static void the_map_is_sorted_and_canonical(void **state)
{
    static const char *const nets[] = {"2001:db8:7::/64",  "203.0.113.7", "198.51.100.0/24",
                                       "192.0.2.30",       "192.0.2.3",   "2001:db8::1",
                                       "::ffff:192.0.2.5", "192.0.2.0/25"};

    for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
        ban(*state, nets[i], TIME_NEVER_MS);
    assert_map(*state, "192.0.2.0/25\n192.0.2.3\n192.0.2.5\n192.0.2.30\n198.51.100.0/24\n"
                       "203.0.113.7\n2001:db8::1\n2001:db8:7::/64\n");
}

/* Bans that have ended are not in it, also while there is no memory to wake them. */
static void what_has_ended_is_not_in_it_though_nobody_was_told(void **state)
{
    struct fixture *fixture = *state;

    ban(fixture, "192.0.2.1", WALL_MS + 60000);
    ban(fixture, "192.0.2.2", TIME_NEVER_MS);
    assert_map(fixture, "192.0.2.1\n192.0.2.2\n");
    fixture->state.tick += 60000 / TICK_MS;
    assert_map(fixture, "192.0.2.2\n");
}

static void allowed_addresses_are_cut_out_of_wider_bans(void **state)
{
    ban(*state, "192.0.2.0/29", TIME_NEVER_MS);
    allow(*state, "192.0.2.5", true);
    assert_map(*state, "192.0.2.0/30\n192.0.2.4\n192.0.2.6/31\n");
    allow(*state, "192.0.2.0/31", true);
    assert_map(*state, "192.0.2.2/31\n192.0.2.4\n192.0.2.6/31\n");
    allow(*state, "192.0.2.0/24", true);
    assert_map(*state, "");
    allow(*state, "192.0.2.0/24", false);
    allow(*state, "192.0.2.0/31", false);
    allow(*state, "192.0.2.5", false);
    assert_map(*state, "192.0.2.0/29\n");
}

static void ipv6_is_cut_down_to_one_address(void **state)
{
    ban(*state, "2001:db8::/126", TIME_NEVER_MS);
    allow(*state, "2001:db8::3", true);
    assert_map(*state, "2001:db8::/127\n2001:db8::2\n");
}

static void what_is_too_wide_is_never_written(void **state)
{
    ban(*state, "0.0.0.0/0", TIME_NEVER_MS);
    ban(*state, "128.0.0.0/7", TIME_NEVER_MS);
    ban(*state, "2001:d80::/31", TIME_NEVER_MS);
    ban(*state, "::/0", TIME_NEVER_MS);
    assert_map(*state, "");
    allow(*state, "0.0.0.0/0", true);
    ban(*state, "192.0.2.1", TIME_NEVER_MS);
    assert_map(*state, "192.0.2.1\n");
}

/* For rspamd ::ffff:0:0/96 is all of IPv4, and so is what covers it. */
static void what_could_be_all_of_ipv4_is_never_written(void **state)
{
    static const char *const nets[] = {"::/32", "::fffe:0:0/95", "::8000:0:0/81",
                                       "::/64", "::5",           "0:0:1::/48"};

    for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
        ban(*state, nets[i], TIME_NEVER_MS);
    allow(*state, "::fffe:0:0/96", true);
    assert_map(*state, "");
    ban(*state, "0:1::/32", TIME_NEVER_MS);
    ban(*state, "64:ff9b::192.0.2.1", TIME_NEVER_MS);
    assert_map(*state, "0:1::/32\n64:ff9b::c000:201\n");
}

static void a_ban_ends_at_its_tick(void **state)
{
    struct fixture *fixture = *state;
    struct event tick = {.type = EVENT_TICK};

    ban(fixture, "192.0.2.1", WALL_MS + 15000);
    assert_map(fixture, "192.0.2.1\n");
    tick.wall_ms = tick.ref_ms = WALL_MS + 19999;
    step(&fixture->state, &tick, &fixture->effects);
    assert_map(fixture, "192.0.2.1\n");
    tick.wall_ms = tick.ref_ms = WALL_MS + 20000;
    step(&fixture->state, &tick, &fixture->effects);
    assert_map(fixture, "");
}

static void unban(struct fixture *fixture, const char *text)
{
    struct event event = {.type = EVENT_UNBAN, .wall_ms = WALL_MS};

    assert_int_equal(addr_parse(text, strlen(text), false, &event.addr), 0);
    assert_int_equal(step(&fixture->state, &event, &fixture->effects), STEP_CHANGED);
    run(fixture, EVENT_FLUSH);
    run(fixture, EVENT_COMMITTED);
}

/* Of a former map stays what was neither unbanned nor allowed since; no line of it is taken as it
 * is. */
static void entries_of_a_former_map_are_joined(void **state)
{
    static const char former[] = "# a comment\n192.0.2.9\n192.0.2.10\n198.51.100.0/30\nnonsense\n"
                                 "0.0.0.0/0\n10.0.0.0/\n203.0.113.7";
    static const char expected[] =
        MAP_HEADER "192.0.2.9\n198.51.100.0\n198.51.100.2/31\n203.0.113.7\n203.0.113.8\n";
    struct fixture *fixture = *state;
    struct map_text map;

    ban(fixture, "203.0.113.8", TIME_NEVER_MS);
    unban(fixture, "192.0.2.10");
    allow(fixture, "198.51.100.1", true);
    assert_int_equal(map_render(&fixture->state, &map, NULL), 0);
    assert_int_equal(map_join(&fixture->state, &map, former, strlen(former)), 0);
    assert_int_equal(map.entries, 5);
    assert_int_equal(map.size, strlen(expected));
    assert_memory_equal(map.bytes, expected, strlen(expected));
    map_free(&map);
}

static void assert_text(const struct map_text *map, const char *entries)
{
    size_t header = strlen(MAP_HEADER), lines = 0;

    for (const char *at = entries; *at != '\0'; at++)
        lines += *at == '\n';
    assert_int_equal(map->size, header + strlen(entries));
    assert_memory_equal(map->bytes, MAP_HEADER, header);
    assert_memory_equal(map->bytes + header, entries, strlen(entries));
    assert_int_equal(map->entries, lines);
}

static void expect_meet(struct fixture *fixture, const char *former, const char *wanted)
{
    struct map_text map;

    assert_int_equal(map_render(&fixture->state, &map, NULL), 0);
    assert_int_equal(map_meet(&map, former, strlen(former)), 0);
    assert_text(&map, wanted);
    map_free(&map);
}

/* Kept entries inside an unbanned prefix go with it; bans of the state inside it do not. */
static void an_unban_takes_out_what_is_kept_inside(void **state)
{
    static const char former[] = "192.0.2.0/23\n192.0.2.0/28\n192.0.2.9\n2001:db8::7\n";
    struct fixture *fixture = *state;
    struct map_text map;
    struct addr inside;

    ban(fixture, "192.0.2.77", TIME_NEVER_MS);
    unban(fixture, "192.0.2.0/24");
    unban(fixture, "2001:db8::/64");
    assert_int_equal(map_render(&fixture->state, &map, NULL), 0);
    assert_int_equal(map_join(&fixture->state, &map, former, strlen(former)), 0);
    assert_text(&map, "192.0.2.0/23\n192.0.2.77\n");
    map_free(&map);
    assert_int_equal(addr_parse("192.0.2.9", 9, false, &inside), 0);
    assert_false(map_is_kept(&fixture->state, &inside));
}

/* Nothing gets in that was not there, as a whole or in part; nothing stays that is not banned. */
static void a_former_map_only_loses(void **state)
{
    ban(*state, "192.0.2.0/24", TIME_NEVER_MS);
    ban(*state, "198.51.100.7", TIME_NEVER_MS);
    ban(*state, "203.0.113.8", TIME_NEVER_MS);
    expect_meet(*state, "", "");
    expect_meet(*state, MAP_HEADER "198.51.100.7\n203.0.113.9\n", "198.51.100.7\n");
    expect_meet(*state, "192.0.2.9\n198.51.100.0/24\n", "192.0.2.9\n198.51.100.7\n");
    expect_meet(*state, "203.0.113.8\n198.51.100.7\n192.0.2.0/24\n192.0.2.9\n192.0.0.0/16\n",
                "192.0.2.0/24\n192.0.2.9\n198.51.100.7\n203.0.113.8\n");
    unban(*state, "198.51.100.7");
    expect_meet(*state, "198.51.100.7\n203.0.113.8\n", "203.0.113.8\n");
}

static void what_a_former_map_covers_is_not_new(void **state)
{
    struct fixture *fixture = *state;
    struct prefixes former = {0};
    struct map_text map;

    ban(fixture, "192.0.2.7", TIME_NEVER_MS);
    ban(fixture, "192.0.2.0/28", TIME_NEVER_MS);
    ban(fixture, "203.0.113.8", TIME_NEVER_MS);
    assert_int_equal(map_render(&fixture->state, &map, NULL), 0);
    assert_int_equal(map_count_new(&map, &former), 3);
    assert_int_equal(map_prefixes("192.0.2.0/29\n", 13, &former), 0);
    assert_int_equal(map_count_new(&map, &former), 2);
    prefixes_clear(&former);
    map_free(&map);
}

static void what_was_unbanned_or_allowed_is_not_kept(void **state)
{
    struct fixture *fixture = *state;
    struct addr addr;

    assert_int_equal(addr_parse("192.0.2.7", 9, false, &addr), 0);
    assert_true(map_is_kept(&fixture->state, &addr));
    allow(fixture, "192.0.2.0/24", true);
    assert_false(map_is_kept(&fixture->state, &addr));
    allow(fixture, "192.0.2.0/24", false);
    unban(fixture, "192.0.2.7");
    assert_false(map_is_kept(&fixture->state, &addr));
    ban(fixture, "192.0.2.7", TIME_NEVER_MS);
    assert_true(map_is_kept(&fixture->state, &addr));
}

/* A hit alone says nothing of a ban that was; whatever an operator or a ban left does. */
static void a_record_says_what_became_of_an_entry(void **state)
{
    struct fixture *fixture = *state;
    struct addr addr;

    assert_int_equal(addr_parse("192.0.2.7", 9, true, &addr), 0);
    assert_false(map_is_recorded(&fixture->state, &addr));
    assert_non_null(state_make(&fixture->state, &addr));
    assert_false(map_is_recorded(&fixture->state, &addr));
    ban(fixture, "192.0.2.7", WALL_MS + TICK_MS);
    assert_true(map_is_recorded(&fixture->state, &addr));
    assert_int_equal(addr_parse("198.51.100.7", 12, true, &addr), 0);
    unban(fixture, "198.51.100.7");
    assert_true(map_is_recorded(&fixture->state, &addr));
    assert_int_equal(addr_parse("203.0.113.7", 11, true, &addr), 0);
    ban(fixture, "203.0.113.0/24", TIME_NEVER_MS);
    assert_true(map_is_recorded(&fixture->state, &addr));
}

static size_t count_with(struct fixture *fixture, const char *a, const char *b, size_t enough)
{
    struct addr addrs[2];
    struct map_text map;
    size_t entries;

    assert_int_equal(addr_parse(a, strlen(a), true, &addrs[0]), 0);
    assert_int_equal(addr_parse(b, strlen(b), true, &addrs[1]), 0);
    assert_int_equal(map_render(&fixture->state, &map, NULL), 0);
    entries = map_count_with(&fixture->state, &map, addrs, 2, enough);
    map_free(&map);
    return entries;
}

static void what_more_bans_add_is_counted(void **state)
{
    ban(*state, "192.0.2.1", TIME_NEVER_MS);
    assert_int_equal(count_with(*state, "192.0.2.2", "192.0.2.3", 0), 3);
    assert_int_equal(count_with(*state, "192.0.2.1", "192.0.2.3", 2), 2); /* one is there already */
    assert_int_equal(count_with(*state, "192.0.2.1", "192.0.2.3", 3), 3); /* which may be enough */
    allow(*state, "198.51.100.3", true);
    assert_int_equal(count_with(*state, "198.51.100.0/29", "198.51.100.3", 0), 4);
    allow(*state, "192.0.2.1", true);
    assert_int_equal(count_with(*state, "192.0.2.1", "192.0.2.2", 0), 1);
}

/* Of this turn, so that several requests at once add up. */
static void bans_that_wait_are_counted(void **state)
{
    struct fixture *fixture = *state;
    struct event event = {.type = EVENT_BAN, .wall_ms = WALL_MS, .until_ms = TIME_NEVER_MS};

    assert_int_equal(addr_parse("203.0.113.7", 11, true, &event.addr), 0);
    assert_int_equal(step(&fixture->state, &event, &fixture->effects), STEP_CHANGED);
    event.type = EVENT_UNBAN;
    event.addr.bytes[3] = 8;
    assert_int_equal(step(&fixture->state, &event, &fixture->effects), STEP_CHANGED);
    event.type = EVENT_ALLOW_ADD;
    event.addr.bytes[3] = 9;
    assert_int_equal(step(&fixture->state, &event, &fixture->effects), STEP_CHANGED);
    assert_int_equal(count_with(fixture, "192.0.2.1", "192.0.2.2", 0), 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_empty_map_is_the_header_alone),
        TEST(the_map_is_sorted_and_canonical),
        TEST(what_has_ended_is_not_in_it_though_nobody_was_told),
        TEST(allowed_addresses_are_cut_out_of_wider_bans),
        TEST(ipv6_is_cut_down_to_one_address),
        TEST(what_is_too_wide_is_never_written),
        TEST(what_could_be_all_of_ipv4_is_never_written),
        TEST(a_ban_ends_at_its_tick),
        TEST(entries_of_a_former_map_are_joined),
        TEST(an_unban_takes_out_what_is_kept_inside),
        TEST(a_former_map_only_loses),
        TEST(what_a_former_map_covers_is_not_new),
        TEST(what_was_unbanned_or_allowed_is_not_kept),
        TEST(a_record_says_what_became_of_an_entry),
        TEST(what_more_bans_add_is_counted),
        TEST(bans_that_wait_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
