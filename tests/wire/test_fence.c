/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of the fence: what is one whole msgpack object without lies, and what is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fence.h"

#define TEXT(literal) (literal), sizeof(literal) - 1

/* Checks an exact copy, so that a sanitizer sees a read beyond the end. */
static bool check(const char *bytes, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    bool is_whole;

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    is_whole = fence_check(copy, size);
    free(copy);
    return is_whole;
}

struct sample {
    const char *bytes;
    size_t size;
};

static const struct sample whole[] = {
    {TEXT("\x00")},
    {TEXT("\x7f")},
    {TEXT("\xe0")},
    {TEXT("\xff")},
    {TEXT("\xc0")},
    {TEXT("\xc2")},
    {TEXT("\xc3")},
    {TEXT("\xcc\xff")},
    {TEXT("\xcd\xff\xff")},
    {TEXT("\xce\xff\xff\xff\xff")},
    {TEXT("\xcf\xff\xff\xff\xff\xff\xff\xff\xff")},
    {TEXT("\xd0\x80")},
    {TEXT("\xd1\x80\x00")},
    {TEXT("\xd2\x80\x00\x00\x00")},
    {TEXT("\xd3\x80\x00\x00\x00\x00\x00\x00\x00")},
    {TEXT("\xca\x00\x00\x00\x00")},
    {TEXT("\xcb\x00\x00\x00\x00\x00\x00\x00\x00")},
    {TEXT("\xa0")},
    {TEXT("\xa3"
          "abc")},
    {TEXT("\xd9\x03"
          "abc")},
    {TEXT("\xda\x00\x03"
          "abc")},
    {TEXT("\xdb\x00\x00\x00\x03"
          "abc")},
    {TEXT("\xc4\x02\x00\xff")},
    {TEXT("\xc5\x00\x02\x00\xff")},
    {TEXT("\xc6\x00\x00\x00\x02\x00\xff")},
    {TEXT("\x90")},
    {TEXT("\x93\x01\x02\x03")},
    {TEXT("\xdc\x00\x02\x01\xc0")},
    {TEXT("\xdd\x00\x00\x00\x02\x01\xc0")},
    {TEXT("\x91\x91\x91\x90")}, /* as deep as allowed */
    {TEXT("\x93\x91\x91\x91\x01\x92\x90\x90\xa1"
          "a")}, /* arrays that end inside each other */
};

static const struct sample broken[] = {
    {TEXT("")},
    {TEXT("\x01\x01")},     /* something behind the object */
    {TEXT("\x91\x01\x01")}, /* also behind an array */
    {TEXT("\x90\x90")},
    {TEXT("\xc1")}, /* not msgpack */
    {TEXT("\x80")}, /* maps of every size */
    {TEXT("\x81\x01\x01")},
    {TEXT("\xde\x00\x00")},
    {TEXT("\xdf\x00\x00\x00\x00")},
    {TEXT("\xc7\x00\x01")}, /* ext types of every size */
    {TEXT("\xc8\x00\x00\x01")},
    {TEXT("\xc9\x00\x00\x00\x00\x01")},
    {TEXT("\xd4\x01\x00")},
    {TEXT("\xd5\x01\x00\x00")},
    {TEXT("\xd6\x01\x00\x00\x00\x00")},
    {TEXT("\xd7\x01\x00\x00\x00\x00\x00\x00\x00\x00")},
    {TEXT("\xd8\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")},
    {TEXT("\x91\xd4\x01\x00")}, /* also inside an array */
    {TEXT("\x91\x80")},
    {TEXT("\x91\x91\x91\x91\x90")}, /* one array too deep, though empty */
    {TEXT("\x91\x91\x91\x91\x91\x01")},
    {TEXT("\xdd\x10\x00\x00\x00")}, /* bombs: gigabytes out of five bytes */
    {TEXT("\xdd\xff\xff\xff\xff")},
    {TEXT("\xdf\x10\x00\x00\x00")},
    {TEXT("\xc6\xff\xff\xff\xff")},
    {TEXT("\xdb\xff\xff\xff\xff")},
    {TEXT("\xdc\xff\xff")},
    {TEXT("\xc4\xff")},
    {TEXT("\x93\x93\x93\x01\x02\x03\x04\x05")}, /* each count fits, their sum does not */
};

static void accepts_what_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
        if (!check(whole[i].bytes, whole[i].size))
            fail_msg("refused: sample %zu", i);
}

static void refuses_what_is_broken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        if (check(broken[i].bytes, broken[i].size))
            fail_msg("accepted: sample %zu", i);
}

static void refuses_every_truncation_and_extension(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
        char longer[32];

        for (size_t size = 0; size < whole[i].size; size++)
            if (check(whole[i].bytes, size))
                fail_msg("accepted: %zu bytes of sample %zu", size, i);
        memcpy(longer, whole[i].bytes, whole[i].size);
        longer[whole[i].size] = '\0';
        assert_false(check(longer, whole[i].size + 1));
    }
}

/* A quarter of a megabyte of heads of arrays must be judged in one pass. */
static void many_heads_are_no_burden(void **state)
{
    static uint8_t bytes[262144];

    (void)state;
    memset(bytes, 0x91, sizeof(bytes));
    assert_false(fence_check(bytes, sizeof(bytes)));
    memset(bytes, 0x90, sizeof(bytes));
    memcpy(bytes, "\xdd\x00\x03\xff\xfb", 5);
    assert_true(fence_check(bytes, sizeof(bytes)));
    bytes[4]++;
    assert_false(fence_check(bytes, sizeof(bytes)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_is_whole),
        cmocka_unit_test(refuses_what_is_broken),
        cmocka_unit_test(refuses_every_truncation_and_extension),
        cmocka_unit_test(many_heads_are_no_burden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
