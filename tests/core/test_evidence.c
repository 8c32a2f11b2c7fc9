/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence: the same strikes give the same bytes, never more than EVIDENCE_BYTES_MAX, and nothing
 * else reads back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence.h"

#define TEXT_BYTES_MAX (2 + BUCKET_BYTES_MAX + ACCOUNT_BYTES_MAX)

struct sample {
    struct strike strike;
    uint8_t text[TEXT_BYTES_MAX];
};

static struct strike strike_of(struct sample *sample, const char *bucket, const char *account)
{
    size_t b = strlen(bucket), a = strlen(account);

    sample->text[0] = (uint8_t)b;
    memcpy(sample->text + 1, bucket, b);
    sample->text[1 + b] = (uint8_t)a;
    memcpy(sample->text + 2 + b, account, a);
    sample->strike.text = sample->text;
    return sample->strike;
}

static void what_the_strikes_named_is_sorted_and_named_once(void **state)
{
    static const uint8_t expected[] = {2, 3, 'a', 'n', 'n', 3,   'b', 'o', 'b',
                                       2, 2, 'i', 'p', 4,   'u', 's', 'e', 'r'};
    struct sample samples[4];
    struct strike strikes[] = {
        strike_of(&samples[0], "user", "bob"), strike_of(&samples[1], "ip", ""),
        strike_of(&samples[2], "user", "ann"), strike_of(&samples[3], "user", "bob")};
    uint8_t out[EVIDENCE_BYTES_MAX];
    struct evidence evidence;

    (void)state;
    assert_int_equal(evidence_write(strikes, 4, out), sizeof(expected));
    assert_memory_equal(out, expected, sizeof(expected));
    assert_true(evidence_read(out, sizeof(expected), &evidence));
    assert_int_equal(evidence.account_count, 2);
    assert_int_equal(evidence.bucket_count, 2);
    assert_int_equal(evidence.accounts[1].size, 3);
    assert_memory_equal(evidence.accounts[1].bytes, "bob", 3);
    assert_memory_equal(evidence.buckets[0].bytes, "ip", 2);
}

static void strikes_without_names_leave_two_empty_lists(void **state)
{
    struct sample sample;
    struct strike strike = strike_of(&sample, "", "");
    uint8_t out[EVIDENCE_BYTES_MAX];
    struct evidence evidence;

    (void)state;
    assert_int_equal(evidence_write(&strike, 1, out), 2);
    assert_int_equal(evidence_write(&strike, 0, out), 2);
    assert_memory_equal(out, "\0\0", 2);
    assert_true(evidence_read(out, 2, &evidence));
    assert_int_equal(evidence.account_count + evidence.bucket_count, 0);
}

static void only_so_many_are_named_the_newest_first(void **state)
{
    struct sample samples[20];
    struct strike strikes[20];
    uint8_t out[EVIDENCE_BYTES_MAX];
    struct evidence evidence;
    uint8_t size;

    (void)state;
    for (size_t i = 0; i < 20; i++) {
        char bucket[8], account[8];

        snprintf(bucket, sizeof(bucket), "b%02zu", i);
        snprintf(account, sizeof(account), "a%02zu", i);
        strikes[i] = strike_of(&samples[i], bucket, account);
    }
    size = evidence_write(strikes, 20, out);
    assert_true(evidence_read(out, size, &evidence));
    assert_int_equal(evidence.account_count, EVIDENCE_ACCOUNTS_MAX);
    assert_int_equal(evidence.bucket_count, EVIDENCE_BUCKETS_MAX);
    assert_memory_equal(evidence.accounts[0].bytes, "a17", 3);
    assert_memory_equal(evidence.buckets[7].bytes, "b19", 3);
}

static void what_does_not_fit_is_left_out(void **state)
{
    struct sample samples[3];
    char longest[ACCOUNT_BYTES_MAX + 1], other[ACCOUNT_BYTES_MAX + 1];
    struct strike strikes[3];
    uint8_t *out = malloc(EVIDENCE_BYTES_MAX);
    struct evidence evidence;
    uint8_t size;

    (void)state;
    memset(longest, 'x', sizeof(longest));
    memset(other, 'y', sizeof(other));
    longest[ACCOUNT_BYTES_MAX] = other[ACCOUNT_BYTES_MAX] = '\0';
    strikes[0] = strike_of(&samples[0], "a", "small");
    strikes[1] = strike_of(&samples[1], "b", longest);
    strikes[2] = strike_of(&samples[2], "c", other);
    size = evidence_write(strikes, 3, out);
    assert_true(evidence_read(out, size, &evidence));
    assert_int_equal(evidence.account_count, 2);
    assert_memory_equal(evidence.accounts[0].bytes, "small", 5);
    assert_int_equal(evidence.accounts[1].bytes[0], 'y');
    assert_int_equal(evidence.bucket_count, 3);
    free(out);
}

static void anything_else_does_not_read(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } bad[] = {
        {"", 0},
        {"\0", 1},
        {"\0\0\0", 3},            /* more behind */
        {"\1\0\0", 3},            /* an empty text */
        {"\2\1b\1a\0", 6},        /* not ascending */
        {"\2\1a\1a\0", 6},        /* twice */
        {"\1\2a\0", 4},           /* ends in a list */
        {"\4\1a\1b\1c\1d\0", 10}, /* more accounts than EVIDENCE_ACCOUNTS_MAX */
        {"\0\11\1a\1b\1c\1d\1e\1f\1g\1h\1i", 20},
        {"\1\377a", 3},
    };
    struct evidence evidence;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(evidence_read((const uint8_t *)bad[i].bytes, bad[i].size, &evidence));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_strikes_named_is_sorted_and_named_once),
        cmocka_unit_test(strikes_without_names_leave_two_empty_lists),
        cmocka_unit_test(only_so_many_are_named_the_newest_first),
        cmocka_unit_test(what_does_not_fit_is_left_out),
        cmocka_unit_test(anything_else_does_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
