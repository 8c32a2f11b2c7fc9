/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The maps that a node keeps drawn: patched where bans change, drawn where more does, and never
 * with damage in a line that is kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "entry.h"
#include "maps.h"
#include "solo.h"

#define MANY 3000

static void assert_map_is_what_is_drawn(struct solo *solo)
{
    struct map_text drawn;
    const struct map_text *map = node_map(&solo->node);

    assert_int_equal(map_render(&solo->node.state, &drawn, NULL), 0);
    assert_int_equal(map->size, drawn.size);
    assert_memory_equal(map->bytes, drawn.bytes, drawn.size);
    assert_int_equal(map->entries, drawn.entries);
    map_free(&drawn);
}

static void a_ban_changes_its_line_only(void **state)
{
    struct solo *solo = solo_open(0);

    (void)state;
    solo_bans(solo, MANY);
    assert_map_is_what_is_drawn(solo);
    solo_ban(solo, MANY);
    solo_turn(solo);
    assert_true(solo->node.map_stale);
    assert_false(solo->node.map_whole);
    assert_int_equal(solo->node.map_changes.count, 1);
    assert_map_is_what_is_drawn(solo);
    assert_int_equal(solo->node.map_changes.count, 0);
    assert_false(solo->node.map_stale);
    solo_close(solo);
}

static void an_allow_entry_has_all_drawn(void **state)
{
    struct solo *solo = solo_open(0);

    (void)state;
    solo_bans(solo, 3);
    node_map(&solo->node);
    solo_ban(solo, 3);
    solo_allows(solo, "10.0.0.1", 1);
    solo_turn(solo);
    assert_true(solo->node.map_whole);
    assert_map_is_what_is_drawn(solo);
    assert_int_equal(node_map(&solo->node)->entries, 3);
    assert_false(solo->node.map_whole);
    solo_close(solo);
}

/* As many as drawing all would cost: then all is drawn, and no list of them grows. */
static void many_changes_have_all_drawn(void **state)
{
    struct solo *solo = solo_open(0);
    uint32_t i = 0;

    (void)state;
    node_map(&solo->node);
    while (!solo->node.map_whole) {
        solo_ban(solo, i++);
        solo_turn(solo);
        assert_true(i < MANY);
    }
    assert_true(i > 32);
    assert_null(solo->node.map_changes.list);
    assert_map_is_what_is_drawn(solo);
    solo_close(solo);
}

static void damage_is_not_kept_under_a_new_hash(void **state)
{
    struct solo *solo = solo_open(0);

    (void)state;
    solo_bans(solo, 100);
    node_map(&solo->node);
    solo->node.map.bytes[solo->node.map.size - 2] ^= 1; /* another address */
    solo_ban(solo, 0x10000);
    solo_turn(solo);
    assert_false(solo->node.map_whole);
    assert_map_is_what_is_drawn(solo);
    assert_int_equal(solo->node.state.counters.selfcheck_repaired, 1);
    solo_close(solo);
}

/* A record as a peer brings it; the turn goes on. */
static void give_record(struct solo *solo, const char *text, enum manual_kind kind, uint64_t hlc)
{
    static uint8_t bytes[ENTRY_BYTES_MAX];
    char empty[] = "";
    struct record record = {.manual = {.stamp = {hlc, 77},
                                       .kind = kind,
                                       .until_ms = kind == MANUAL_BAN ? TIME_NEVER_MS : 0,
                                       .reason = empty,
                                       .actor = empty}};
    struct addr addr = solo_addr(text);
    struct event event = {.type = EVENT_ENTRY,
                          .kind = ENTRY_RECORD,
                          .bytes = bytes,
                          .ref_ms = SOLO_WALL_MS + 3600000};

    event.size = entry_write_record(&addr, &record, bytes, sizeof(bytes));
    assert_int_equal(step(&solo->node.state, &event, &solo->node.effects), STEP_CHANGED);
}

/* Drawn amid a turn, as a PING has it, in which a ban comes and goes. */
static void what_comes_and_goes_in_a_turn_leaves_no_line(void **state)
{
    struct solo *solo = solo_open(0);
    uint64_t hlc;

    (void)state;
    solo_bans(solo, 3);
    node_map(&solo->node);
    solo_allows(solo, "192.0.2.77", 1);
    solo_turn(solo);
    assert_true(solo->node.map_whole);
    hlc = solo->node.state.hlc;
    give_record(solo, "192.0.2.9", MANUAL_BAN, hlc + 1);
    assert_int_equal(node_map(&solo->node)->entries, 4);
    give_record(solo, "192.0.2.9", MANUAL_NONE, hlc + 2);
    solo_turn(solo);
    assert_map_is_what_is_drawn(solo);
    assert_int_equal(node_map(&solo->node)->entries, 3);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ban_changes_its_line_only),
        cmocka_unit_test(an_allow_entry_has_all_drawn),
        cmocka_unit_test(many_changes_have_all_drawn),
        cmocka_unit_test(damage_is_not_kept_under_a_new_hash),
        cmocka_unit_test(what_comes_and_goes_in_a_turn_leaves_no_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
