/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Without memory a map, a preview and a state are not made, and what there was is as it was: each
 * allocation is refused in turn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "map.h"
#include "map_read.h"
#include "preview.h"
#include "scarce.h"
#include "turn.h"

#define FAR_MS (TURN_WALL_MS + 3600000)
#define FORMER_COUNT 600 /* more than the first list of prefixes holds */
#define LINE_MAX_BYTES 20

struct setting {
    struct turn turn;
    struct map_text map;    /* to be joined and met */
    struct map_text joined; /* both */
    char *former;           /* text of another map */
    size_t former_size;
    struct map_text result; /* expected */
};

/* Bans, one of them with a hole, an unban, and what another map held. */
static int set_up(void **state)
{
    static struct setting setting;
    struct turn *turn = &setting.turn;

    setting = (struct setting){0};
    turn_open(turn, 1);
    turn_command(turn, "192.0.2.0/24", TIME_NEVER_MS, 1);
    turn_command(turn, "2001:db8:1::/48", FAR_MS, 2);
    turn_command(turn, "203.0.113.9", 0, 3);
    turn_allow(turn, "192.0.2.64/26", FAR_MS, 4);
    turn_end(turn, true);
    assert_int_equal(map_render(&turn->state, &setting.map, NULL), 0);
    setting.former = malloc(FORMER_COUNT * LINE_MAX_BYTES);
    for (unsigned i = 0; i < FORMER_COUNT; i++)
        setting.former_size +=
            (size_t)snprintf(setting.former + setting.former_size, LINE_MAX_BYTES, "%s%u\n",
                             i < 255 ? "203.0.113." : "198.51.100.", i % 255);
    *state = &setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;

    map_free(&setting->map);
    map_free(&setting->joined);
    map_free(&setting->result);
    free(setting->former);
    turn_close(&setting->turn);
    return 0;
}

/* Makes a map; without memory setting->map is as it was. */
typedef int make_fn(struct setting *setting, struct map_text *map);

static int draw(struct setting *setting, struct map_text *map)
{
    return map_render(&setting->turn.state, map, NULL);
}

static void copy_map(const struct map_text *from, struct map_text *to)
{
    scarce_hold(true);
    *to = *from;
    to->bytes = malloc(from->size);
    assert_non_null(to->bytes);
    memcpy(to->bytes, from->bytes, from->size);
    scarce_hold(false);
}

static void assert_same(const struct map_text *a, const struct map_text *b)
{
    assert_int_equal(a->entries, b->entries);
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a->bytes, b->bytes, a->size);
}

static int join(struct setting *setting, struct map_text *map)
{
    int result;

    copy_map(&setting->map, map);
    result = map_join(&setting->turn.state, map, setting->former, setting->former_size);
    if (result == 0)
        return 0;
    assert_same(map, &setting->map);
    map_free(map);
    return -1;
}

static int meet(struct setting *setting, struct map_text *map)
{
    copy_map(&setting->joined, map);
    if (map_meet(map, setting->joined.bytes, setting->joined.size) == 0)
        return 0;
    assert_same(map, &setting->joined);
    map_free(map);
    return -1;
}

static void note_refused(void *context, size_t number, const char *bytes, size_t size)
{
    (void)number;
    (void)bytes;
    (void)size;
    ++*(size_t *)context;
}

static int read_foreign(struct setting *setting, struct map_text *map)
{
    struct prefixes prefixes = {0};
    size_t refused = 0;
    int result =
        map_read_foreign(setting->former, setting->former_size, note_refused, &refused, &prefixes);

    if (result == 0)
        result = map_from_prefixes(&prefixes, map);
    assert_int_equal(refused, 0);
    prefixes_clear(&prefixes);
    return result;
}

static void sweep(struct setting *setting, make_fn *make, size_t entries)
{
    struct map_text map;
    size_t refused = 1, times = 0;

    assert_int_equal(make(setting, &setting->result), 0);
    assert_int_equal(setting->result.entries, entries);
    for (size_t spared = 0; refused > 0; spared++, times++) {
        int result;

        scarce_begin(spared, 1);
        result = make(setting, &map);
        refused = scarce_end();
        assert_int_equal(result, refused > 0 ? -1 : 0);
        if (result == 0) {
            assert_same(&map, &setting->result);
            map_free(&map);
        }
    }
    assert_true(times > 1);
}

static void a_map_is_drawn_or_not(void **state)
{
    sweep(*state, draw, 3); /* 192.0.2.0/26, 192.0.2.128/25, 2001:db8:1::/48 */
}

static void a_map_is_joined_or_as_it_was(void **state)
{
    sweep(*state, join, 3 + 255 - 1 + 255); /* 203.0.113.9 was unbanned */
}

static void a_map_is_met_or_as_it_was(void **state)
{
    struct setting *setting = *state;

    assert_int_equal(join(setting, &setting->joined), 0);
    sweep(setting, meet, 3 + 255 - 1 + 255);
}

static void somebodys_map_is_read_or_not(void **state)
{
    sweep(*state, read_foreign, 255 + 255);
}

/* Many unbans: their list grows, too. */
static void a_map_is_joined_around_many_unbans(void **state)
{
    struct setting *setting = *state;
    char text[32];

    for (unsigned i = 0; i < 256; i++) {
        snprintf(text, sizeof(text), "198.51.100.%u", i);
        turn_command(&setting->turn, text, 0, i + 10);
    }
    turn_end(&setting->turn, true);
    sweep(setting, join, 3 + 255 - 1);
}

static void a_preview_is_made_or_not(void **state)
{
    struct setting *setting = *state;
    const struct policy one = {1, 60000, {{3600000}, 1}, MEMORY_MS, false, ACCOUNTS_OFF};
    const struct addr own[2] = {turn_addr("203.0.113.0/24"), turn_addr("192.0.2.0/25")};
    size_t refused = 1;

    turn_strike(&setting->turn, "198.51.100.7", 1, 0);
    turn_strike(&setting->turn, "203.0.113.7", 2, 0);
    turn_end(&setting->turn, true);
    for (size_t spared = 0; refused > 0; spared++) {
        struct preview preview;
        int result;

        scarce_begin(spared, 1);
        result = preview_policy(&setting->turn.state, &one, own, 2, &preview);
        refused = scarce_end();
        assert_int_equal(result, refused > 0 ? -1 : 0);
        if (result == 0)
            assert_int_equal(preview.count, 1);
    }
}

static void a_state_is_opened_or_not(void **state)
{
    size_t refused = 1, times = 0;

    (void)state;
    for (size_t spared = 0; refused > 0; spared++, times++) {
        struct state fresh;
        int result;

        scarce_begin(spared, 1);
        result = state_open(&fresh, "test", 1, &turn_policy);
        refused = scarce_end();
        assert_int_equal(result, refused > 0 ? -1 : 0);
        if (result == 0)
            state_close(&fresh);
    }
    assert_true(times > 4);
}

/* The second of two allocations for a record is refused, and the first one is freed. */
static void a_record_is_copied_or_not(void **state)
{
    struct fact_node node = {2, 3};
    uint8_t evidence[1] = {0};
    struct fact facts[2] = {{1, 2, 9, 9, 2, 1, 0, &node, evidence},
                            {3, 4, 9, 9, 1, 1, 0, &node, evidence}};
    struct record record = {.facts = {facts, 2}, .manual = {{5, 6}, MANUAL_BAN, 9, NULL, NULL}};
    size_t refused = 1, times = 0;

    (void)state;
    for (size_t spared = 0; refused > 0; spared++, times++) {
        struct record copy;
        int result;

        scarce_begin(spared, 1);
        result = record_copy(&record, &copy);
        refused = scarce_end();
        assert_int_equal(result, refused > 0 ? -1 : 0);
        if (result == 0)
            assert_int_equal(copy.facts.count, 2);
        else
            assert_true(record_is_empty(&copy));
        record_clear(&copy);
    }
    assert_int_equal(times, 8);
}

/* More bans are counted, and so is one that waits for its commit; or that is not known. */
static void what_more_bans_add_is_counted_or_not(void **state)
{
    struct setting *setting = *state;
    struct addr addrs[254]; /* with what waits there is room for one of the map */
    unsigned times = 0;

    for (size_t i = 0; i < 254; i++)
        addrs[i] = (struct addr){
            .kind = ADDR_IPV4, .length = 32, .bytes = {198, 51, 100, (uint8_t)(i + 1)}};
    turn_command(&setting->turn, "198.51.100.255", TIME_NEVER_MS, 9);
    for (size_t spared = 0, refused = 1; refused > 0; spared++, times++) {
        size_t entries;

        scarce_begin(spared, 1);
        entries = map_count_with(&setting->turn.state, &setting->map, addrs, 254, 0);
        refused = scarce_end();
        assert_true(entries == (refused > 0 ? SIZE_MAX : setting->map.entries + 255));
    }
    assert_true(times > 1);
    for (size_t spared = 0, refused = 1; refused > 0; spared++) { /* of what waits */
        size_t entries;

        scarce_begin(spared, 1);
        entries = map_count_with(&setting->turn.state, &setting->map, NULL, 0, 0);
        refused = scarce_end();
        assert_true(entries == (refused > 0 ? SIZE_MAX : setting->map.entries + 1));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_map_is_drawn_or_not),
        TEST(a_map_is_joined_or_as_it_was),
        TEST(a_map_is_met_or_as_it_was),
        TEST(somebodys_map_is_read_or_not),
        TEST(a_map_is_joined_around_many_unbans),
        TEST(a_preview_is_made_or_not),
        TEST(what_more_bans_add_is_counted_or_not),
        cmocka_unit_test(a_state_is_opened_or_not),
        cmocka_unit_test(a_record_is_copied_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
