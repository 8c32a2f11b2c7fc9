/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node whose memory runs out: each allocation of what it does is refused in turn. It may leave
 * things undone, but it never says that they are done, and goes on when there is memory again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pair.h"
#include "scarce.h"
#include "verify.h"

#define COMMANDS 17 /* one more than the first lists hold */

/* What is done without memory, and what must then hold; refused: memory did run out. */
typedef void deed_fn(struct solo *solo);
typedef void check_fn(struct solo *solo, bool refused);

static void run_out(struct solo *solo, deed_fn *deed, check_fn *check, size_t spared, size_t times,
                    size_t *refused)
{
    scarce_begin(spared, times);
    deed(solo);
    *refused = scarce_end();
    check(solo, *refused > 0);
    solo_close(solo);
}

static void sweep(struct solo *(*open)(void), deed_fn *deed, check_fn *check)
{
    size_t refused = 1, all, sweeps = 0;

    for (size_t spared = 0; refused > 0; spared++, sweeps++) {
        run_out(open(), deed, check, spared, 1, &refused);
        run_out(open(), deed, check, spared, SIZE_MAX, &all);
    }
    assert_true(sweeps > 1);
}

static struct solo *open_greeted(void)
{
    struct solo *solo = solo_open(2);

    solo_greet(solo, 0);
    solo_greet(solo, 1);
    return solo;
}

static struct addr addr_of(unsigned number)
{
    return (struct addr){ADDR_IPV4, 32, {198, 51, 100, (uint8_t)number}};
}

static void ban(struct solo *solo, unsigned number)
{
    struct addr addr = addr_of(number);

    node_ban(&solo->node, &solo->now, number, &addr, TIME_NEVER_MS, "test", "root");
}

static bool is_banned(const struct solo *solo, unsigned number)
{
    struct addr addr = addr_of(number);

    return state_find_cover(&solo->node.state, &addr) != NULL;
}

/* --- Starting ----------------------------------------------------------------------------------
 */

static void a_node_is_opened_or_not(void **state)
{
    static struct node node;
    static const char *const names[] = {"mx2"};
    static const uint64_t ids[] = {2};
    const struct node_options options = {.name = "mx1",
                                         .version = "test",
                                         .cluster = "test",
                                         .id = 1,
                                         .policy = {3, 60000, TIME_NEVER_MS, MEMORY_MS},
                                         .ipv6_prefix = 64,
                                         .peer_names = names,
                                         .peer_ids = ids,
                                         .peer_count = 1};
    size_t refused = 1, times = 0;

    (void)state;
    for (size_t spared = 0; refused > 0; spared++, times++) {
        int result;

        scarce_begin(spared, 1);
        result = node_open(&node, &options);
        refused = scarce_end();
        assert_int_equal(result, refused > 0 ? -1 : 0);
        if (result == 0)
            node_close(&node);
    }
    assert_true(times > 5);
}

/* --- Commands ----------------------------------------------------------------------------------
 */

static void ban_many(struct solo *solo)
{
    for (unsigned i = 1; i <= COMMANDS; i++)
        ban(solo, i);
    solo_turn(solo);
    solo_pass(solo, 300); /* the frame is sent again */
}

static void ban_turn_by_turn(struct solo *solo)
{
    for (unsigned i = 1; i <= COMMANDS; i++) {
        ban(solo, i);
        solo_turn(solo);
    }
}

/* Nobody is told of a ban that is not in force, and the next command is as any other. */
static void check_bans(struct solo *solo, bool refused)
{
    solo_pass(solo, 4000);
    for (size_t i = 0; i < solo->done_count; i++)
        if (solo->done[i].outcome == OUTCOME_CHANGED)
            assert_true(is_banned(solo, (unsigned)solo->done[i].request));
    if (!refused)
        assert_int_equal(solo->done_count, COMMANDS);
    solo->done_count = 0;
    solo_forget(solo);
    ban(solo, 200);
    solo_turn(solo);
    assert_true(is_banned(solo, 200));
    assert_int_equal(solo_count(solo, 0, MESSAGE_PUSH), 1);
    assert_true(solo_take(solo, 1, MESSAGE_PUSH));
    solo_message(solo, MESSAGE_ACK)->ack = solo->node.batches[solo->node.batch_count - 1].ack;
    solo_give(solo, 0);
    solo_give(solo, 1);
    solo_turn(solo);
    assert_int_equal(solo->done_count, 1);
    assert_int_equal(solo->done[0].confirmed, 3);
}

static void commands_fail_or_are_in_force(void **state)
{
    (void)state;
    sweep(open_greeted, ban_many, check_bans);
    sweep(open_greeted, ban_turn_by_turn, check_bans);
}

/* --- Entries of a peer -------------------------------------------------------------------------
 */

static void take_push(struct solo *solo)
{
    uint8_t bytes[3][512];
    struct message_push *push = &solo_message(solo, MESSAGE_PUSH)->push;

    push->ack = 9;
    for (uint64_t i = 0; i < 3; i++)
        push->entries[push->entry_count++] = (struct message_entry){
            ENTRY_STRIKE, bytes[i],
            solo_strike_bytes("192.0.2.1", 3000, i, SOLO_WALL_MS - (int64_t)i, bytes[i])};
    solo_give(solo, 0);
    solo_turn(solo);
}

static size_t strikes_of(const struct solo *solo)
{
    struct addr addr = solo_addr("192.0.2.1");
    const struct subject *subject = state_find(&solo->node.state, &addr);

    return subject != NULL ? subject->strikes.count : 0;
}

/* What is acknowledged is there; what was refused is named, and taken when it is sent again. */
static void check_push(struct solo *solo, bool refused)
{
    size_t acks = solo_count(solo, 0, MESSAGE_ACK);

    assert_true(acks == 0 || strikes_of(solo) == 3);
    assert_true(refused || acks == 1);
    if (strikes_of(solo) < 3)
        assert_int_equal(solo->node.peers[0].fault_reason, NACK_MEMORY);
    solo_forget(solo);
    take_push(solo);
    assert_int_equal(solo_count(solo, 0, MESSAGE_ACK), 1);
    assert_int_equal(strikes_of(solo), 3);
}

static void what_is_acknowledged_is_there(void **state)
{
    (void)state;
    sweep(open_greeted, take_push, check_push);
}

/* --- Maps --------------------------------------------------------------------------------------
 */

static struct solo *open_with_bans(void)
{
    struct solo *solo = open_greeted();

    solo_bans(solo, 20000); /* more than one piece of a map */
    solo->node.map_stale = true;
    return solo;
}

static void compare_maps(struct solo *solo)
{
    struct message_ping *ping = &solo_message(solo, MESSAGE_PING)->ping;

    ping->wall_ms = solo->now.wall_ms;
    ping->tick = solo->node.state.tick;
    ping->second = solo->now.wall_ms / 1000 - 2;
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_ALLOW; kind++) {
        struct hash128 root = state_root(&solo->node.state, kind);

        ping->roots[kind - 1] = (struct message_hash){{root.lane[0], root.lane[1]}};
    }
    solo_give(solo, 0);
    solo->now.mono_ms += 1000;
    solo_message(solo, MESSAGE_ACK);
    solo_give(solo, 0);
    solo_turn(solo); /* with PINGs of our own */
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
    assert_int_equal(solo->node.map.entries, 20000);
    solo_ping(solo);
    solo_give(solo, 0);
    assert_true(solo->node.peers[0].same);
}

static void give_file(struct solo *solo)
{
    node_file(&solo->node, &solo->now, "198.51.100.1\n", 13);
}

/* Only its hash is kept then. */
static void check_file(struct solo *solo, bool refused)
{
    assert_true(solo->node.file_hash == node_map_hash(&solo->node, "198.51.100.1\n", 13));
    assert_int_equal(solo->node.file.size, solo->node.file.bytes != NULL ? 13 : 0);
    assert_true(refused || solo->node.file.bytes != NULL);
}

static void maps_are_drawn_later(void **state)
{
    (void)state;
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
    assert_int_equal(solo->message.map.size, MAP_CHUNK_BYTES_MAX);
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
    sweep(open_greeted, verify, check_verified);
}

/* --- The self-check ----------------------------------------------------------------------------
 */

static struct solo *open_damaged(void)
{
    struct solo *solo = open_greeted();
    struct addr addr = solo_addr("192.0.2.1");
    struct subject *subject;

    for (uint64_t id = 0; id < 3; id++)
        solo_strike(solo, "192.0.2.1", 3000, id, SOLO_WALL_MS - (int64_t)id);
    solo_turn(solo);
    solo->now.mono_ms += 1000000;
    assert_non_null(node_map(&solo->node));
    subject = state_find(&solo->node.state, &addr);
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
        subject = state_find(&solo->node.state, &addr);
        assert_true(subject == NULL || subject->strikes.count <= 3);
        solo->node.state.suspect = state_leaf(&solo->node.state, &addr) + 1u;
        look(solo);
        solo_turn(solo);
        take_push(solo); /* what the store lost, peers have */
    }
    subject = state_find(&solo->node.state, &addr);
    assert_int_equal(subject->strikes.count, 3);
    assert_true(record_is_banned(&subject->record, state_now_ms(&solo->node.state)));
}

static struct solo *open_with_a_damaged_map(void)
{
    struct solo *solo = open_greeted();

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
        cmocka_unit_test(a_node_is_opened_or_not),
        cmocka_unit_test(commands_fail_or_are_in_force),
        cmocka_unit_test(what_is_acknowledged_is_there),
        cmocka_unit_test(maps_are_drawn_later),
        cmocka_unit_test(verify_ends_without_the_text),
        cmocka_unit_test(damage_is_undone_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
