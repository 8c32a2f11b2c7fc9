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
#include "scarce.h"

struct sample {
    struct strike strike;
    uint8_t text[STRIKE_TEXT_BYTES_MAX];
};

static struct strike strike_of(struct sample *sample, const char *bucket, const char *account,
                               uint32_t message)
{
    strike_text_write(bucket, strlen(bucket), account, strlen(account), message, sample->text);
    sample->strike.text = sample->text;
    return sample->strike;
}

static void what_the_strikes_named_is_sorted_and_named_once(void **state)
{
    static const uint8_t expected[] = {0x80, 0,   0, 4, 2,   3,   'a', 'n', 'n', 3,   'b',
                                       'o',  'b', 2, 2, 'i', 'p', 4,   'u', 's', 'e', 'r'};
    struct sample samples[4];
    struct strike strikes[] = {
        strike_of(&samples[0], "user", "bob", 0), strike_of(&samples[1], "ip", "", 0),
        strike_of(&samples[2], "user", "ann", 0), strike_of(&samples[3], "user", "bob", 0)};
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
    struct strike strike = strike_of(&sample, "", "", 0);
    uint8_t out[EVIDENCE_BYTES_MAX];
    struct evidence evidence;

    (void)state;
    assert_int_equal(evidence_write(&strike, 1, out), 6);
    assert_memory_equal(out, "\x80\0\0\1\0\0", 6);
    assert_int_equal(evidence_write(&strike, 0, out), 2);
    assert_memory_equal(out, "\0\0", 2);
    assert_true(evidence_read(out, 2, &evidence));
    assert_int_equal(evidence.account_count + evidence.bucket_count + evidence.messages, 0);
}

/* Those that are not known are one each. */
static void the_messages_are_counted(void **state)
{
    static const uint32_t messages[] = {7, 0, 9, 7, 7, 0};
    struct sample samples[6];
    struct strike strikes[6];
    uint8_t out[EVIDENCE_BYTES_MAX];
    struct evidence evidence;

    (void)state;
    for (size_t i = 0; i < 6; i++)
        strikes[i] = strike_of(&samples[i], "user", "bob", messages[i]);
    for (size_t count = 1; count <= 6; count++) {
        static const uint32_t expected[] = {1, 2, 3, 3, 3, 4};

        assert_true(evidence_read(out, evidence_write(strikes, count, out), &evidence));
        assert_int_equal(evidence.messages, expected[count - 1]);
    }
}

/* What the present form says without messages, older nodes said: they are not known then. */
static void evidence_of_former_times_reads(void **state)
{
    struct evidence evidence;

    (void)state;
    assert_true(evidence_read((const uint8_t *)"\1\3bob\0", 6, &evidence));
    assert_int_equal(evidence.messages, 0);
    assert_int_equal(evidence.account_count, 1);
    assert_true(evidence_read((const uint8_t *)"\377\377\377\377\0\0", 6, &evidence));
    assert_int_equal(evidence.messages, EVIDENCE_MESSAGES_MAX);
}

static void without_memory_the_messages_are_left_out(void **state)
{
    static struct sample samples[65];
    struct strike strikes[65];
    uint8_t out[EVIDENCE_BYTES_MAX];

    (void)state;
    for (size_t i = 0; i < 65; i++)
        strikes[i] = strike_of(&samples[i], "", "", 1 + (uint32_t)i % 2);
    assert_int_equal(evidence_write(strikes, 65, out), 6);
    assert_memory_equal(out, "\x80\0\0\2\0\0", 6);
    scarce_begin(0, 1);
    assert_int_equal(evidence_write(strikes, 65, out), 2);
    assert_int_equal(scarce_end(), 1);
    assert_memory_equal(out, "\0\0", 2);
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
        strikes[i] = strike_of(&samples[i], bucket, account, 0);
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
    strikes[0] = strike_of(&samples[0], "a", "small", 0);
    strikes[1] = strike_of(&samples[1], "b", longest, 0);
    strikes[2] = strike_of(&samples[2], "c", other, 0);
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
        {"\x80\0\0\0\0\0", 6}, /* no messages: those are left out */
        {"\x80\0\0", 3},
        {"\x80\0\0\1", 4},
    };
    struct evidence evidence;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(evidence_read((const uint8_t *)bad[i].bytes, bad[i].size, &evidence));
}

static void is_text(const struct evidence_text *text, const char *expected)
{
    assert_int_equal(text->size, strlen(expected));
    assert_memory_equal(text->bytes, expected, text->size);
}

static void all_that_is_named_beside_is_told_once_and_in_order(void **state)
{
    struct sample samples[4];
    struct strike list[] = {
        strike_of(&samples[0], "rl", "eve", 0), strike_of(&samples[1], "rl", "", 0),
        strike_of(&samples[2], "rl", "bob", 0), strike_of(&samples[3], "rl", "bobby", 0)};
    struct strikes strikes = {.list = list, .count = 4};
    struct evidence evidence = {.account_count = 2};
    struct evidence_text found[3];

    (void)state;
    evidence.accounts[0] = (struct evidence_text){(const uint8_t *)"bob", 3};
    evidence.accounts[1] = (struct evidence_text){(const uint8_t *)"zoe", 3};
    assert_int_equal(evidence_beside(&strikes, &evidence, found, 3), 4);
    is_text(&found[0], "bob");
    is_text(&found[1], "bobby");
    is_text(&found[2], "eve");
    scarce_begin(0, 1);
    assert_int_equal(evidence_beside(&strikes, &evidence, found, 3), 2);
    assert_int_equal(scarce_end(), 1);
    is_text(&found[1], "zoe");
    strikes.count = 0;
    assert_int_equal(evidence_beside(&strikes, &evidence, found, 3), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_strikes_named_is_sorted_and_named_once),
        cmocka_unit_test(strikes_without_names_leave_two_empty_lists),
        cmocka_unit_test(the_messages_are_counted),
        cmocka_unit_test(evidence_of_former_times_reads),
        cmocka_unit_test(without_memory_the_messages_are_left_out),
        cmocka_unit_test(only_so_many_are_named_the_newest_first),
        cmocka_unit_test(what_does_not_fit_is_left_out),
        cmocka_unit_test(anything_else_does_not_read),
        cmocka_unit_test(all_that_is_named_beside_is_told_once_and_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
