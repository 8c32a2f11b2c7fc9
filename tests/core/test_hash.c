/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hashes are protocol: known answers of SipHash (vectors of its reference), of BLAKE2b (as
 * `b2sum -l 128` prints) and of SHA-256 (FIPS 180-2); sums commute.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hash.h"

/* Key and input of the reference vectors: 00 01 02 ... */
static struct hash_key counting_key(void)
{
    struct hash_key key;

    for (size_t i = 0; i < sizeof(key.bytes); i++)
        key.bytes[i] = (uint8_t)i;
    return key;
}

static void siphash_gives_the_answers_of_its_reference(void **state)
{
    static const struct {
        size_t size;
        uint64_t short_hash;
        uint64_t lane[2];
    } vectors[] = {
        {0, 0x726fdb47dd0e0e31, {0xe6a825ba047f81a3, 0x930255c71472f66d}},
        {1, 0x74f839c593dc67fd, {0x44af996bd8c187da, 0x45fc229b11597634}},
        {8, 0x93f5f5799a932462, {0x61f55862baa9623b, 0xb49714f364e2830f}},
        {15, 0xa129ca6149be45e5, {0x11a8b03399e99354, 0xd9c3cf970fec087e}},
        {63, 0x958a324ceb064572, {0x4a83502f77d15051, 0x7cbd3f979a063e50}},
    };
    struct hash_key key = counting_key();
    uint8_t input[64];

    (void)state;
    for (size_t i = 0; i < sizeof(input); i++)
        input[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct hash128 hash = hash128(&key, input, vectors[i].size);

        assert_true(hash64(&key, input, vectors[i].size) == vectors[i].short_hash);
        assert_true(hash.lane[0] == vectors[i].lane[0]);
        assert_true(hash.lane[1] == vectors[i].lane[1]);
    }
}

static void a_key_is_blake2b_of_context_nul_and_bytes(void **state)
{
    /* printf 'bansync\0test' | b2sum -l 128 */
    static const uint8_t digest_key[] = {0xdf, 0x68, 0x5f, 0xc0, 0xc2, 0xcd, 0xd9, 0x2c,
                                         0xf0, 0x96, 0xe8, 0xee, 0xe1, 0x1e, 0xee, 0xf7};
    /* printf 'bansync cluster\0test' | b2sum -l 128 */
    static const uint8_t cluster[] = {0x4d, 0x06, 0x0d, 0xee, 0xe6, 0x2f, 0x3b, 0x11,
                                      0x4d, 0x82, 0xf1, 0xb7, 0xbb, 0xf1, 0xaa, 0x19};
    struct hash_key key = hash_derive("bansync", "test", 4);

    (void)state;
    assert_memory_equal(key.bytes, digest_key, sizeof(digest_key));
    key = hash_derive("bansync cluster", "test", 4);
    assert_memory_equal(key.bytes, cluster, sizeof(cluster));
}

static void a_node_is_named_by_its_public_key(void **state)
{
    uint8_t public_key[32];
    uint64_t node;

    (void)state;
    for (size_t i = 0; i < sizeof(public_key); i++)
        public_key[i] = (uint8_t)i;
    node = hash_node(public_key);
    assert_true(node == 0x6721fbfe74fe3513);
    public_key[31] ^= 1;
    assert_true(hash_node(public_key) != node);
}

static void sha256_is_what_sha256sum_prints(void **state)
{
    char hex[65];

    (void)state;
    hash_sha256("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hash_sha256("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void sums_wrap_in_each_lane_alone_and_are_undone(void **state)
{
    struct hash128 a = {{UINT64_MAX, 7}}, b = {{2, UINT64_MAX}}, ab = a, ba = b;
    const struct hash128 expected = {{1, 6}};

    (void)state;
    hash128_add(&ab, &b);
    hash128_add(&ba, &a);
    assert_true(hash128_equal(&ab, &expected));
    assert_true(hash128_equal(&ba, &expected));
    hash128_subtract(&ab, &a);
    assert_true(hash128_equal(&ab, &b));
    b.lane[1]--;
    assert_false(hash128_equal(&ab, &b));
    b.lane[1]++;
    b.lane[0]++;
    assert_false(hash128_equal(&ab, &b));
}

static void only_a_sum_of_nothing_is_zero(void **state)
{
    (void)state;
    assert_true(hash128_is_zero(&(struct hash128){{0, 0}}));
    assert_false(hash128_is_zero(&(struct hash128){{1, 0}}));
    assert_false(hash128_is_zero(&(struct hash128){{0, 1}}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash_gives_the_answers_of_its_reference),
        cmocka_unit_test(a_key_is_blake2b_of_context_nul_and_bytes),
        cmocka_unit_test(a_node_is_named_by_its_public_key),
        cmocka_unit_test(sha256_is_what_sha256sum_prints),
        cmocka_unit_test(sums_wrap_in_each_lane_alone_and_are_undone),
        cmocka_unit_test(only_a_sum_of_nothing_is_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
