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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ban_changes_its_line_only),
        cmocka_unit_test(an_allow_entry_has_all_drawn),
        cmocka_unit_test(many_changes_have_all_drawn),
        cmocka_unit_test(damage_is_not_kept_under_a_new_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
