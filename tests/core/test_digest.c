/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree is the sum of its leaves on every level; the newest seconds can be left out of a root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "digest.h"
#include "random.h"

static void assert_hash(const struct hash128 *hash, uint64_t low, uint64_t high)
{
    assert_true(hash->lane[0] == low);
    assert_true(hash->lane[1] == high);
}

static void add(struct digest *digest, uint16_t leaf, const struct hash128 *entry)
{
    assert_int_equal(digest_reserve(digest, leaf), 0);
    digest_add(digest, leaf, entry);
}

/* A node to be damaged. */
static struct hash128 *node_of(struct digest *digest, unsigned level, uint32_t index)
{
    uint16_t leaf = (uint16_t)(index << (4 * (DIGEST_LEVELS - 1 - level)));

    assert_int_equal(digest_reserve(digest, leaf), 0);
    return (struct hash128 *)(uintptr_t)digest_node(digest, level, index);
}

static void a_new_digest_is_zero(void **state)
{
    struct digest digest;
    struct hash128 root;

    (void)state;
    assert_int_equal(digest_open(&digest), 0);
    root = digest_root(&digest);
    assert_hash(&root, 0, 0);
    assert_hash(&digest_children(&digest, DIGEST_LEVELS - 2, 4095)[15], 0, 0);
    digest_close(&digest);
    digest_close(&digest); /* harmless */
}

static void levels_are_equal_with_and_without_room(void **state)
{
    const struct hash128 entry = {{1, 2}};
    struct digest here, there;

    (void)state;
    assert_int_equal(digest_open(&here), 0);
    assert_int_equal(digest_open(&there), 0);
    assert_int_equal(digest_reserve(&here, 700), 0);
    assert_true(digest_level_equal(&here, &there, DIGEST_LEVELS - 1));
    add(&there, DIGEST_LEAVES - 1, &entry);
    for (unsigned level = 0; level < DIGEST_LEVELS; level++) {
        assert_false(digest_level_equal(&here, &there, level));
        assert_false(digest_level_equal(&there, &here, level));
    }
    add(&here, DIGEST_LEAVES - 1, &entry);
    for (unsigned level = 0; level < DIGEST_LEVELS; level++)
        assert_true(digest_level_equal(&here, &there, level));
    node_of(&there, DIGEST_LEVELS - 1, DIGEST_LEAVES - 2)->lane[1]++;
    assert_false(digest_level_equal(&here, &there, DIGEST_LEVELS - 1));
    digest_close(&here);
    digest_close(&there);
}

static void an_entry_is_counted_on_its_path_alone(void **state)
{
    struct digest digest;
    const struct hash128 entry = {{3, 5}};

    (void)state;
    assert_int_equal(digest_open(&digest), 0);
    assert_true(digest_is_blank(&digest, 0xabcd));
    add(&digest, 0xabcd, &entry);
    assert_false(digest_is_blank(&digest, 0xabcd));
    assert_true(digest_is_blank(&digest, 0xaacd));
    assert_hash(&digest_children(&digest, 0, 0)[0xa], 3, 5);
    assert_hash(&digest_children(&digest, 0, 0)[0xb], 0, 0);
    assert_hash(&digest_children(&digest, 1, 0xa)[0xb], 3, 5);
    assert_hash(&digest_children(&digest, 2, 0xab)[0xc], 3, 5);
    assert_hash(&digest_children(&digest, 3, 0xabc)[0xd], 3, 5);
    assert_hash(&digest_children(&digest, 3, 0xabc)[0xc], 0, 0);
    assert_int_equal(digest_next_leaf(&digest, 0), 0xabcd);
    assert_int_equal(digest_next_leaf(&digest, 0xabcd), 0xabcd);
    assert_int_equal(digest_next_leaf(&digest, 0xabce), DIGEST_LEAVES);
    digest_subtract(&digest, 0xabcd, &entry);
    assert_int_equal(digest_next_leaf(&digest, 0), DIGEST_LEAVES);
    digest_close(&digest);
}

static void assert_sums(const struct digest *digest)
{
    for (unsigned level = 0; level < DIGEST_LEVELS - 1; level++)
        for (uint32_t index = 0; index < (uint32_t)1 << (4 * level); index++) {
            const struct hash128 *children = digest_children(digest, level, index);
            struct hash128 sum = {{0, 0}};

            for (size_t k = 0; k < DIGEST_FANOUT; k++)
                hash128_add(&sum, &children[k]);
            assert_true(hash128_equal(&sum, digest_node(digest, level, index)));
        }
}

static void a_node_is_the_sum_of_its_children_in_any_order(void **state)
{
    struct random random = {11};
    struct digest digest, other;
    struct hash128 entries[500], a, b;
    uint16_t leaves[500];

    (void)state;
    assert_int_equal(digest_open(&digest), 0);
    assert_int_equal(digest_open(&other), 0);
    for (size_t i = 0; i < 500; i++) {
        leaves[i] = (uint16_t)random_below(&random, DIGEST_LEAVES);
        entries[i].lane[0] = (uint64_t)random_below(&random, UINT32_MAX) << 33;
        entries[i].lane[1] = (uint64_t)random_below(&random, UINT32_MAX) << 33;
        add(&digest, leaves[i], &entries[i]);
    }
    for (size_t i = 0; i < 250; i++)
        digest_subtract(&digest, leaves[i], &entries[i]);
    for (size_t i = 500; i-- > 250;)
        add(&other, leaves[i], &entries[i]);
    assert_sums(&digest);
    a = digest_root(&digest);
    b = digest_root(&other);
    assert_true(hash128_equal(&a, &b));
    digest_close(&digest);
    digest_close(&other);
}

#define LEAVES 300

/* LEAVES leaves spread over the digest, and what each holds. */
static void fill_leaves(struct digest *digest, struct hash128 sums[DIGEST_LEAVES])
{
    struct random random = {17};

    assert_int_equal(digest_open(digest), 0);
    for (size_t i = 0; i < LEAVES; i++) {
        uint16_t leaf = (uint16_t)random_below(&random, DIGEST_LEAVES);
        const struct hash128 entry = {{random_below(&random, UINT32_MAX), i + 1}};

        add(digest, leaf, &entry);
        hash128_add(&sums[leaf], &entry);
    }
}

/* All leaves in order from first on and around, as the self-check goes; returns what was put right.
 */
static unsigned check_all(struct digest *digest, const struct hash128 sums[DIGEST_LEAVES],
                          uint32_t first)
{
    unsigned mended = 0;

    for (uint32_t i = 0; i < DIGEST_LEAVES; i++) {
        uint16_t leaf = (uint16_t)(first + i);
        enum digest_verdict verdict = digest_check_leaf(digest, leaf, &sums[leaf]);

        assert_int_not_equal(verdict, DIGEST_DIFFERS);
        mended += verdict == DIGEST_MENDED;
        mended += digest_check_above(digest, leaf);
    }
    return mended;
}

/* The walk may have passed below it, and comes to the nodes above it first. */
static void a_damaged_node_of_any_level_is_put_right(void **state)
{
    static struct hash128 sums[DIGEST_LEAVES];
    struct random random = {19};
    struct digest digest;

    (void)state;
    fill_leaves(&digest, sums);
    assert_int_equal(check_all(&digest, sums, 0), 0);
    for (unsigned i = 0; i < 20 * DIGEST_LEVELS; i++) {
        unsigned level = i % DIGEST_LEVELS;
        struct hash128 *node = node_of(&digest, level, random_below(&random, 1u << (4 * level)));
        struct hash128 before = *node;

        node->lane[i % 2] ^= (uint64_t)1 << random_below(&random, 64);
        assert_int_equal(check_all(&digest, sums, random_below(&random, DIGEST_LEAVES)), 1);
        assert_true(hash128_equal(node, &before));
    }
    assert_sums(&digest);
    digest_close(&digest);
}

static void entries_that_changed_are_told_from_a_damaged_leaf(void **state)
{
    static struct hash128 sums[DIGEST_LEAVES];
    const struct hash128 entry = {{7, 7}}, other = {{7, 6}};
    struct hash128 root;
    struct digest digest;

    (void)state;
    fill_leaves(&digest, sums);
    add(&digest, 0xabcf, &entry);
    root = digest_root(&digest);
    hash128_add(&sums[0xabcf], &other);
    assert_int_equal(digest_check_leaf(&digest, 0xabcf, &sums[0xabcf]), DIGEST_DIFFERS);
    assert_int_equal(digest_check_above(&digest, 0xabcf), 0);
    digest_drop_leaf(&digest, 0xabcf);
    assert_hash(&digest_children(&digest, 3, 0xabc)[0xf], 0, 0);
    assert_sums(&digest);
    add(&digest, 0xabcf, &entry);
    assert_int_equal(digest_root(&digest).lane[1], root.lane[1]);
    digest_close(&digest);
}

/* Nothing was ever there, but the table has something: the digest is not bent to that. */
static void a_leaf_without_room_differs_from_any_entry(void **state)
{
    const struct hash128 entry = {{7, 7}};
    struct digest digest;

    (void)state;
    assert_int_equal(digest_open(&digest), 0);
    assert_int_equal(digest_check_leaf(&digest, 0xabcd, &entry), DIGEST_DIFFERS);
    digest_drop_leaf(&digest, 0xabcd);
    assert_true(digest_is_blank(&digest, 0xabcd));
    assert_sums(&digest);
    digest_close(&digest);
}

static void a_leaf_is_the_upper_16_bits(void **state)
{
    (void)state;
    assert_int_equal(digest_leaf(0xabcd000000000000), 0xabcd);
    assert_int_equal(digest_leaf(0x0000ffffffffffff), 0);
    assert_int_equal(digest_leaf(UINT64_MAX), 0xffff);
}

/* One strike of hash {second, 1} in each of these seconds. */
static void fill(struct recent *recent, struct hash128 *root, int64_t first, int64_t last)
{
    for (int64_t second = first; second <= last; second++) {
        const struct hash128 entry = {{(uint64_t)second, 1}};

        recent_add(recent, second, &entry);
        hash128_add(root, &entry);
    }
}

static void the_next_seconds_are_left_out_of_a_root(void **state)
{
    static struct recent recent;
    struct hash128 root = {{0, 0}}, out;
    const struct hash128 entry = {{9, 1}};

    (void)state;
    fill(&recent, &root, 100000, 100005);
    assert_true(recent_root(&recent, &root, 100005, &out));
    assert_true(hash128_equal(&out, &root));
    assert_true(recent_root(&recent, &root, 200000, &out));
    assert_true(hash128_equal(&out, &root));
    assert_true(recent_root(&recent, &root, 100001, &out));
    assert_hash(&out, 100000 + 100001, 2);
    recent_add(&recent, 100005, &entry); /* a late one */
    hash128_add(&root, &entry);
    assert_true(recent_root(&recent, &root, 100004, &out));
    assert_int_equal(out.lane[1], 5);
    recent_subtract(&recent, 100005, &entry);
    hash128_subtract(&root, &entry);
    assert_true(recent_root(&recent, &root, 100005, &out));
    assert_int_equal(out.lane[1], 6);
}

/* They are not on their way: a clock was ahead. Left out, they would differ unseen until then. */
static void those_dated_far_behind_it_are_not_left_out(void **state)
{
    static struct recent recent;
    struct hash128 root = {{0, 0}}, out;

    (void)state;
    fill(&recent, &root, 100000, 100000 + RECENT_IN_FLIGHT + 60);
    assert_true(recent_root(&recent, &root, 100000, &out));
    assert_int_equal(out.lane[1], 1 + 60);
    assert_true(recent_root(&recent, &root, 100058, &out));
    assert_int_equal(out.lane[1], 1 + 60);
    assert_true(recent_root(&recent, &root, 100062, &out));
    assert_int_equal(out.lane[1], 63);
}

static void what_is_too_long_ago_is_not_told(void **state)
{
    static struct recent recent;
    struct hash128 root = {{0, 0}}, out;
    const struct hash128 old = {{7, 1}};

    (void)state;
    fill(&recent, &root, 1000, 1000 + 2 * RECENT_SECONDS);
    assert_true(recent_root(&recent, &root, 1000 + RECENT_SECONDS + 1, &out));
    assert_int_equal(out.lane[1], 2 * RECENT_SECONDS + 1 - RECENT_IN_FLIGHT);
    assert_false(recent_root(&recent, &root, 1000 + RECENT_SECONDS, &out));
    recent_add(&recent, 1000, &old); /* in the root, not in the ring */
    recent_subtract(&recent, 1000, &old);
    assert_true(recent_root(&recent, &root, 1000 + RECENT_SECONDS + 1, &out));
    assert_int_equal(out.lane[1], 2 * RECENT_SECONDS + 1 - RECENT_IN_FLIGHT);
}

static void a_jump_ahead_empties_the_ring(void **state)
{
    static struct recent recent;
    struct hash128 root = {{0, 0}}, out;

    (void)state;
    fill(&recent, &root, 1000, 1000 + RECENT_SECONDS);
    fill(&recent, &root, 9000000, 9000000);
    assert_true(recent_root(&recent, &root, 8999999, &out));
    assert_int_equal(out.lane[1], RECENT_SECONDS + 1);
    assert_true(recent_root(&recent, &root, 9000000 - RECENT_SECONDS + 1, &out));
    assert_int_equal(out.lane[1], RECENT_SECONDS + 2);
    assert_false(recent_root(&recent, &root, 9000000 - RECENT_SECONDS, &out));
}

/* It was never added: a second of the ring has its place and must not be touched for it. */
static void a_second_that_is_not_there_yet_is_not_taken_away(void **state)
{
    static struct recent recent;
    const struct hash128 entry = {{1, 1}};
    struct hash128 root = {{0, 0}}, out;

    (void)state;
    fill(&recent, &root, 1000, 1009);
    recent_subtract(&recent, 1009 + RECENT_SECONDS, &entry);
    assert_true(recent_is_sound(&recent));
    assert_true(recent_root(&recent, &root, 1008, &out));
    assert_int_equal(out.lane[1], 9);
}

static void any_flipped_bit_of_the_newest_seconds_is_noticed(void **state)
{
    static struct recent recent;
    static uint8_t *const bytes = (uint8_t *)&recent;
    struct hash128 root = {{0, 0}};
    const struct hash128 entry = {{12345, 67890}};

    (void)state;
    assert_true(recent_is_sound(&recent));
    fill(&recent, &root, 1000, 1200);
    fill(&recent, &root, 1150, 3000);
    fill(&recent, &root, 9000000, 9000020);
    recent_add(&recent, 9000015, &entry);
    assert_true(recent_is_sound(&recent));
    recent_subtract(&recent, 9000015, &entry);
    recent_subtract(&recent, 5, &entry);
    assert_true(recent_is_sound(&recent));
    for (size_t bit = 0; bit < 8 * sizeof(recent); bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(recent_is_sound(&recent));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_digest_is_zero),
        cmocka_unit_test(levels_are_equal_with_and_without_room),
        cmocka_unit_test(an_entry_is_counted_on_its_path_alone),
        cmocka_unit_test(a_node_is_the_sum_of_its_children_in_any_order),
        cmocka_unit_test(a_damaged_node_of_any_level_is_put_right),
        cmocka_unit_test(entries_that_changed_are_told_from_a_damaged_leaf),
        cmocka_unit_test(a_leaf_without_room_differs_from_any_entry),
        cmocka_unit_test(a_leaf_is_the_upper_16_bits),
        cmocka_unit_test(the_next_seconds_are_left_out_of_a_root),
        cmocka_unit_test(those_dated_far_behind_it_are_not_left_out),
        cmocka_unit_test(what_is_too_long_ago_is_not_told),
        cmocka_unit_test(a_jump_ahead_empties_the_ring),
        cmocka_unit_test(a_second_that_is_not_there_yet_is_not_taken_away),
        cmocka_unit_test(any_flipped_bit_of_the_newest_seconds_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
