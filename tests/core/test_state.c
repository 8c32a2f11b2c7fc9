/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state: golden roots (protocol), lookups, and the entries of a leaf as they are hashed and
 * sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "turn.h"

static int set_up(void **state)
{
    static struct turn turn;

    turn_open(&turn, 1);
    *state = &turn;
    return 0;
}

static int tear_down(void **state)
{
    turn_close(*state);
    return 0;
}

static void an_empty_state_has_zero_roots(void **state)
{
    struct turn *turn = *state;

    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        struct hash128 root = state_root(&turn->state, kind);

        assert_true(root.lane[0] == 0 && root.lane[1] == 0);
    }
    assert_int_equal(turn->state.table.count, 0);
    assert_true(state_now_ms(&turn->state) == TURN_WALL_MS);
}

/* Bytes of test_entry.c under the key of cluster "test", by an independent SipHash. */
static void roots_are_these_hashes(void **state)
{
    struct turn *turn = *state;
    static uint8_t text[] = {4, 'u', 's', 'e', 'r', 5, 'a', 'l', 'i', 'c', 'e'};
    const struct strike strike = {1790000000000, 0x1112131415161718, 0x0102030405060708, text};
    const struct addr addr = {ADDR_IPV4, 32, {192, 0, 2, 1}};
    struct subject *subject = state_make(&turn->state, &addr);
    struct hash128 root;

    assert_true(subject->hash == (0x5cda341f2eec4348 & BUCKET_HASH_MASK));
    state_strike_added(&turn->state, subject, &strike);
    root = state_root(&turn->state, ENTRY_STRIKE);
    assert_true(root.lane[0] == 0x889d8cd99139160a);
    assert_true(root.lane[1] == 0x878f03f65c5c7310);
    root = digest_children(&turn->state.digests[0], 3, 23770 / 16)[23770 % 16];
    assert_true(root.lane[0] == 0x889d8cd99139160a);
    state_strike_removed(&turn->state, subject, &strike);
    root = state_root(&turn->state, ENTRY_STRIKE);
    assert_true(root.lane[0] == 0 && root.lane[1] == 0);
}

static void the_golden_allow_entry_has_this_root(void **state)
{
    struct turn *turn = *state;
    const struct allow allow = {.addr = {ADDR_IPV4, 20, {198, 51, 96}},
                                .owner = 1003,
                                .stamp = {1790000000000 << 16 | 3, 1003},
                                .on = true,
                                .until_ms = 1790604800000,
                                .reason = (char *)(uintptr_t) "office",
                                .actor = (char *)(uintptr_t) "alice"};
    uint8_t bytes[512];
    struct hash128 root;

    assert_int_equal(
        turn_entry(turn, ENTRY_ALLOW, bytes, entry_write_allow(&allow, bytes, sizeof(bytes))),
        STEP_CHANGED);
    root = state_root(&turn->state, ENTRY_ALLOW);
    assert_true(root.lane[0] == 0x6a4ad076ae55e9d6);
    assert_true(root.lane[1] == 0x14c0571b470ea5c8);
    root = digest_children(&turn->state.digests[2], 3, 17313 / 16)[17313 % 16];
    assert_true(root.lane[0] == 0x6a4ad076ae55e9d6);
}

static void another_cluster_has_other_roots(void **state)
{
    struct turn *turn = *state;
    struct state other;
    struct event event = {.type = EVENT_STRIKE,
                          .addr = turn_addr("192.0.2.1"),
                          .wall_ms = TURN_WALL_MS,
                          .strike = {TURN_WALL_MS, 1, 0, (uint8_t[]){0, 0}}};
    struct hash128 here, there;

    assert_int_equal(state_open(&other, "other", 1, &turn_policy), 0);
    step(&turn->state, &event, &turn->effects);
    step(&other, &event, &turn->effects);
    here = state_root(&turn->state, ENTRY_STRIKE);
    there = state_root(&other, ENTRY_STRIKE);
    assert_false(hash128_equal(&here, &there));
    state_close(&other);
}

static void a_subject_is_found_by_its_exact_prefix(void **state)
{
    struct turn *turn = *state;

    assert_null(turn_subject(turn, "192.0.2.1"));
    turn_strike(turn, "192.0.2.1", 1, 0);
    assert_non_null(turn_subject(turn, "192.0.2.1"));
    assert_null(turn_subject(turn, "192.0.2.0/31"));
    assert_null(turn_subject(turn, "192.0.2.2"));
}

static void the_narrowest_ban_that_covers_is_found(void **state)
{
    struct turn *turn = *state;
    struct addr host = turn_addr("192.0.2.1"), other = turn_addr("192.0.3.1"),
                wide = turn_addr("192.0.0.0/15"), far = turn_addr("2001:db8::1"),
                eight = turn_addr("198.51.100.1");

    turn_command(turn, "192.0.0.0/16", TIME_NEVER_MS, 1);
    turn_command(turn, "192.0.2.0/24", TURN_WALL_MS + 60000, 2);
    turn_command(turn, "0.0.0.0/0", TIME_NEVER_MS, 3);
    turn_strike(turn, "192.0.2.1", 1, 0); /* known, not banned */
    turn_end(turn, true);
    assert_int_equal(state_find_cover(&turn->state, &host, &(struct unpacked){0})->addr.length, 24);
    assert_int_equal(state_find_cover(&turn->state, &other, &(struct unpacked){0})->addr.length,
                     16);
    assert_null(state_find_cover(&turn->state, &wide, &(struct unpacked){0}));
    assert_null(state_find_cover(&turn->state, &far, &(struct unpacked){0}));
    turn_command(turn, "198.0.0.0/8", TIME_NEVER_MS, 4); /* the widest there may be */
    turn_command(turn, "2001:db8::/32", TIME_NEVER_MS, 5);
    turn_end(turn, true);
    assert_int_equal(state_find_cover(&turn->state, &eight, &(struct unpacked){0})->addr.length, 8);
    assert_int_equal(state_find_cover(&turn->state, &far, &(struct unpacked){0})->addr.length, 32);
    turn_pass(turn, 60000);
    assert_int_equal(state_find_cover(&turn->state, &host, &(struct unpacked){0})->addr.length, 16);
    turn_command(turn, "192.0.2.1", TIME_NEVER_MS, 4);
    turn_end(turn, true);
    assert_int_equal(state_find_cover(&turn->state, &host, &(struct unpacked){0})->addr.length, 32);
}

static void the_strike_root_can_leave_out_the_newest(void **state)
{
    struct turn *turn = *state;
    struct hash128 before, root;

    turn_strike(turn, "192.0.2.1", 1, 5000);
    before = state_root(&turn->state, ENTRY_STRIKE);
    turn_strike(turn, "192.0.2.2", 2, 3000);
    turn_strike(turn, "192.0.2.1", 3, 0);
    assert_true(state_strike_root(&turn->state, TURN_WALL_MS / 1000 - 4, &root));
    assert_true(hash128_equal(&root, &before));
    assert_true(state_strike_root(&turn->state, TURN_WALL_MS / 1000, &root));
    before = state_root(&turn->state, ENTRY_STRIKE);
    assert_true(hash128_equal(&root, &before));
    assert_false(state_strike_root(&turn->state, TURN_WALL_MS / 1000 - RECENT_SECONDS, &root));
}

struct sum {
    const struct turn *turn;
    enum entry_kind kind;
    struct hash128 hash;
    size_t count;
};

static void add_entry(void *context, uint64_t hash, const uint8_t *bytes, size_t size)
{
    struct sum *sum = context;
    struct hash128 whole = hash128(&sum->turn->state.key, bytes, size);

    assert_true(hash == whole.lane[0]);
    hash128_add(&sum->hash, &whole);
    sum->count++;
}

static void a_leaf_shows_the_entries_that_its_hash_sums(void **state)
{
    static const char *const addresses[] = {"192.0.2.1", "192.0.2.2", "2001:db8::/64"};
    struct turn *turn = *state;

    for (uint64_t i = 0; i < 3; i++) {
        struct event allow = {.type = EVENT_ALLOW,
                              .addr = turn_addr(addresses[i]),
                              .on = true,
                              .until_ms = TIME_NEVER_MS};

        for (uint64_t id = 0; id < 5; id++)
            turn_strike(turn, addresses[i], 10 * i + id, 0);
        assert_int_equal(turn_step(turn, &allow), STEP_CHANGED);
    }
    turn_end(turn, true);
    for (size_t i = 0; i < 3; i++)
        for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_ALLOW; kind++) {
            struct sum sum = {.turn = turn, .kind = kind};
            uint16_t leaf = digest_leaf(turn_subject(turn, addresses[i])->hash);

            state_visit_leaf(&turn->state, kind, leaf, NULL, add_entry, &sum);
            assert_int_equal(sum.count, kind == ENTRY_STRIKE ? 5 : 1);
            assert_true(hash128_equal(&sum.hash, &digest_children(&turn->state.digests[kind - 1], 3,
                                                                  leaf / 16)[leaf % 16]));
        }
}

struct choice {
    uint64_t hashes[4], wanted;
    size_t asked, told;
};

static bool choose(void *context, uint64_t hash)
{
    struct choice *choice = context;

    assert_in_range(choice->asked, 0, 3);
    choice->hashes[choice->asked++] = hash;
    return hash == choice->wanted;
}

static void count_told(void *context, uint64_t hash, const uint8_t *bytes, size_t size)
{
    struct choice *choice = context;
    struct addr addr;

    assert_true(hash == choice->wanted);
    assert_int_equal(entry_read_addr(bytes, size, &addr), 0);
    choice->told++;
}

/* Each bit of a record at rest flipped: what was put to rest is told, or nothing is. */
static void what_is_at_rest_is_told_if_it_is_wanted_and_proved(void **state)
{
    struct turn *turn = *state;
    struct addr addr = turn_addr("192.0.2.1");
    uint16_t leaf = state_leaf(&turn->state, &addr);
    struct choice all = {.wanted = 0}, one;
    const struct bucket *bucket;

    turn_command(turn, "192.0.2.1", TIME_NEVER_MS, 1);
    turn_end(turn, true);
    bucket = table_leaf(&turn->state.table, leaf);
    assert_int_equal(bucket->rest_count, 1);
    state_visit_leaf(&turn->state, ENTRY_RECORD, leaf, choose, count_told, &all);
    assert_true(all.asked == 1 && all.told == 0);
    one = (struct choice){.wanted = all.hashes[0]};
    state_visit_leaf(&turn->state, ENTRY_RECORD, leaf, choose, count_told, &one);
    assert_true(one.asked == 1 && one.told == 1 && one.hashes[0] == all.hashes[0]);
    assert_int_equal(turn->state.suspect, 0);
    for (size_t bit = 0; bit < 8 * bucket_block_bytes(bucket); bit++) {
        struct sum sum = {.turn = turn};

        bucket->block[bit / 8] ^= (uint8_t)(1u << bit % 8);
        state_visit_leaf(&turn->state, ENTRY_RECORD, leaf, NULL, add_entry, &sum);
        bucket->block[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(sum.count == 0 || sum.hash.lane[0] == one.wanted);
    }
    assert_int_equal(turn->state.suspect, leaf + 1u);
}

static void waiting_commands_can_be_dropped(void **state)
{
    struct turn *turn = *state;

    for (uint64_t i = 0; i < 20; i++)
        turn_command(turn, "192.0.2.1", TIME_NEVER_MS, i);
    state_drop_commands(&turn->state);
    turn_end(turn, true);
    assert_int_equal(turn_count(turn, EFFECT_DONE), 0);
    assert_null(turn_subject(turn, "192.0.2.1"));
}

static void a_state_can_be_closed_with_commands_waiting(void **state)
{
    struct turn *turn = *state;

    assert_int_equal(turn_command(turn, "192.0.2.1", TIME_NEVER_MS, 1), STEP_CHANGED);
    assert_int_equal(turn->state.command_count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_empty_state_has_zero_roots),
        TEST(roots_are_these_hashes),
        TEST(the_golden_allow_entry_has_this_root),
        TEST(another_cluster_has_other_roots),
        TEST(a_subject_is_found_by_its_exact_prefix),
        TEST(the_narrowest_ban_that_covers_is_found),
        TEST(the_strike_root_can_leave_out_the_newest),
        TEST(a_leaf_shows_the_entries_that_its_hash_sums),
        TEST(what_is_at_rest_is_told_if_it_is_wanted_and_proved),
        TEST(waiting_commands_can_be_dropped),
        TEST(a_state_can_be_closed_with_commands_waiting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
