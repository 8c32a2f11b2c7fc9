/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps, verify and the self-check without memory: what is not drawn, fetched or found now is later,
 * and is never taken for a difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "maps.h"
#include "sweep.h"
#include "verify.h"

#define BANS 300 /* more than the first list of prefixes holds */

/* --- Maps --------------------------------------------------------------------------------------
 */

static struct solo *open_with_bans(void)
{
    struct solo *solo = sweep_open_greeted();

    assert_non_null(node_map(&solo->node)); /* the one before */
    solo_bans(solo, BANS);
    solo->node.map_stale = true;
    return solo;
}

static void ping(struct solo *solo)
{
    solo->now.mono_ms += 1000;
    solo_message(solo, MESSAGE_ACK);
    solo_give(solo, 0);
    solo_turn(solo);
}

static void compare_maps(struct solo *solo)
{
    struct message_ping *theirs = &solo_message(solo, MESSAGE_PING)->ping;

    theirs->wall_ms = solo->now.wall_ms;
    theirs->tick = solo->node.state.tick;
    theirs->second = solo->now.wall_ms / 1000 - 2;
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        struct hash128 root = state_root(&solo->node.state, kind);

        theirs->roots[kind - 1] = (struct message_hash){{root.lane[0], root.lane[1]}};
    }
    theirs->map_hash = solo->node.map_hash; /* of the map before */
    solo_give(solo, 0);
    ping(solo);
}

/* A map that is not drawn is no map that differs, and PINGs have no other map's hash. */
static void check_comparison(struct solo *solo, bool refused)
{
    if (!refused)
        assert_true(solo_count(solo, 0, MESSAGE_PING) == 1);
    while (solo_take(solo, 0, MESSAGE_PING))
        assert_true(
            solo->message.ping.map_hash == 0 ||
            (node_map(&solo->node) != NULL && solo->message.ping.map_hash == solo->node.map_hash));
    assert_false(solo->node.peers[0].same);
    assert_non_null(node_map(&solo->node));
    assert_int_equal(solo->node.map.entries, BANS);
    solo_ping(solo);
    solo_give(solo, 0);
    assert_true(solo->node.peers[0].same);
}

static void give_file(struct solo *solo)
{
    node_file(&solo->node, &solo->now, "198.51.100.1\n", 13, NULL, 0);
}

/* Only its hash is kept then. */
static void check_file(struct solo *solo, bool refused)
{
    assert_true(solo->node.file_hash == node_map_hash(&solo->node, "198.51.100.1\n", 13, NULL, 0));
    assert_int_equal(solo->node.file.size, solo->node.file.bytes != NULL ? 13 : 0);
    assert_true(refused || solo->node.file.bytes != NULL);
}

static void maps_are_drawn_later(void **state)
{
    (void)state;
    sweep(open_with_bans, ping, check_comparison);
    sweep(open_with_bans, compare_maps, check_comparison);
    sweep(open_with_bans, give_file, check_file);
}

/* --- Verify ------------------------------------------------------------------------------------
 */

static void tell_the_map(struct solo *solo)
{
    solo_message(solo, MESSAGE_MAP_GET)->map.number = 5;
    solo_give(solo, 0);
    solo_turn(solo);
}

static void check_told(struct solo *solo, bool refused)
{
    assert_true(refused || solo_count(solo, 0, MESSAGE_MAP) == 1);
    solo_forget(solo);
    tell_the_map(solo);
    assert_true(solo_take(solo, 0, MESSAGE_MAP));
    assert_true(solo->message.map.size == solo->node.map.size);
}

static void verify(struct solo *solo)
{
    struct verify_peer *peer;

    if (!verify_start(&solo->node, &solo->now))
        return;
    peer = &solo->node.verify->peers[0];
    peer->outcome = VERIFY_MAP;
    peer->fetching = true;
    for (uint64_t i = 0; i < 2; i++) {
        struct message_map *map = &solo_message(solo, MESSAGE_MAP)->map;

        map->number = solo->node.verify->number;
        map->offset = 3 * i;
        map->total = 6;
        map->bytes = (const uint8_t *)"abc";
        map->size = 3;
        solo_give(solo, 0);
    }
}

/* It has not begun, or is over for that peer with what there was memory for. */
static void check_verified(struct solo *solo, bool refused)
{
    struct node_verify *verifying = solo->node.verify;

    assert_true(refused || verifying != NULL);
    if (verifying == NULL)
        return;
    assert_true(refused || verifying->peers[0].text_size == 6);
    assert_int_equal(verifying->peers[0].text_size % 3, 0);
    assert_true(verifying->peers[0].text_size == 0 || verifying->peers[0].text[0] == 'a');
}

static void verify_ends_without_the_text(void **state)
{
    (void)state;
    sweep(open_with_bans, tell_the_map, check_told);
    sweep(sweep_open_greeted, verify, check_verified);
}

/* --- The self-check ----------------------------------------------------------------------------
 */

static struct solo *open_damaged(void)
{
    struct solo *solo = sweep_open_greeted();
    struct addr addr = solo_addr("192.0.2.1");
    struct subject *subject;

    for (uint64_t id = 0; id < 3; id++)
        solo_strike(solo, "192.0.2.1", 3000, id, SOLO_WALL_MS - (int64_t)id);
    solo_turn(solo);
    solo->now.mono_ms += 1000000;
    assert_non_null(node_map(&solo->node));
    subject = state_wake(&solo->node.state, &addr);
    subject->strikes.list[0].id ^= 8;
    solo->node.state.suspect = digest_leaf(subject->hash) + 1u;
    effects_close(&solo->node.effects);
    return solo;
}

static void look(struct solo *solo)
{
    uint8_t bytes[512];

    if (!node_check(&solo->node, &solo->now))
        return;
    for (uint64_t id = 0; id < 3; id++)
        node_reload(&solo->node, ENTRY_STRIKE, bytes,
                    solo_strike_bytes("192.0.2.1", 3000, id, SOLO_WALL_MS - (int64_t)id, bytes));
    node_reloaded(&solo->node, &solo->now, true);
}

/* All its rows were taken, or none. */
static void check_looked(struct solo *solo, bool refused)
{
    struct addr addr = solo_addr("192.0.2.1");
    const struct subject *subject;

    solo_turn(solo);
    if (refused) {
        subject = state_find(&solo->node.state, &addr, &(struct unpacked){0});
        assert_true((subject != NULL && subject->strikes.count == 3) ||
                    solo->node.state.counters.entries_memory > 0);
        solo->node.state.suspect = state_leaf(&solo->node.state, &addr) + 1u;
        look(solo);
        solo_turn(solo);
        for (uint64_t id = 0; id < 3; id++) /* what the store lost, peers have */
            solo_strike(solo, "192.0.2.1", 3000, id, SOLO_WALL_MS - (int64_t)id);
        solo_turn(solo);
    }
    subject = state_find(&solo->node.state, &addr, &(struct unpacked){0});
    assert_int_equal(subject->strikes.count, 3);
    assert_true(record_is_banned(&subject->record, state_now_ms(&solo->node.state)));
}

static struct solo *open_with_a_damaged_map(void)
{
    struct solo *solo = sweep_open_greeted();

    assert_non_null(node_map(&solo->node));
    solo->node.map.bytes[0] ^= 1;
    solo->now.mono_ms += 1000;
    solo->node.selfcheck.next = 0;
    effects_close(&solo->node.effects);
    return solo;
}

static void look_at_the_map(struct solo *solo)
{
    node_check(&solo->node, &solo->now);
}

static void check_map(struct solo *solo, bool refused)
{
    (void)refused;
    assert_true(solo->node.map_stale);
    assert_int_equal(solo->node.state.counters.selfcheck_repaired, 1);
    assert_int_equal(node_map(&solo->node)->bytes[0], '#');
}

static void damage_is_undone_later(void **state)
{
    (void)state;
    sweep(open_damaged, look, check_looked);
    sweep(open_with_a_damaged_map, look_at_the_map, check_map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_are_drawn_later),
        cmocka_unit_test(verify_ends_without_the_text),
        cmocka_unit_test(damage_is_undone_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
