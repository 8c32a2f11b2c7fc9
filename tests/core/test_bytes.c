/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers are big-endian, nothing is read or written beyond its bounds, and what went bad stays
 * bad.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"

static void numbers_are_big_endian_in_every_width(void **state)
{
    static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 0xf8};

    (void)state;
    for (unsigned width = 1; width <= 8; width++) {
        struct reader reader = {.bytes = bytes, .left = sizeof(bytes)};
        uint8_t out[8] = {0};
        struct writer writer = {.bytes = out, .size = sizeof(out)};
        uint64_t expected = 0x01020304050607f8 >> (8 * (8 - width));

        assert_true(reader_number(&reader, width) == expected);
        assert_int_equal(reader.left, sizeof(bytes) - width);
        writer_number(&writer, expected, width);
        assert_int_equal(writer.used, width);
        assert_memory_equal(out, bytes, width);
    }
}

static void a_number_is_cut_to_its_width(void **state)
{
    uint8_t out[3] = {0};
    struct writer writer = {.bytes = out, .size = 2};

    (void)state;
    writer_number(&writer, 0xabcdef, 2);
    assert_false(writer.bad);
    assert_int_equal(out[0], 0xcd);
    assert_int_equal(out[1], 0xef);
    assert_int_equal(out[2], 0);
}

static void a_reader_stays_bad_behind_its_end(void **state)
{
    uint8_t *bytes = malloc(5); /* so that the sanitizer sees the sixth */
    struct reader reader = {.bytes = bytes, .left = 5};

    (void)state;
    memset(bytes, 9, 5);
    assert_ptr_equal(reader_bytes(&reader, 3), bytes);
    assert_null(reader_bytes(&reader, 3));
    assert_true(reader.bad);
    assert_null(reader_bytes(&reader, 1));
    assert_null(reader_bytes(&reader, SIZE_MAX));
    assert_true(reader_number(&reader, 1) == 0);
    assert_true(reader.bad);
    free(bytes);
}

static void a_reader_may_end_exactly(void **state)
{
    static const uint8_t bytes[] = {0, 0, 0, 5};
    struct reader reader = {.bytes = bytes, .left = sizeof(bytes)};

    (void)state;
    assert_true(reader_number(&reader, 4) == 5);
    assert_non_null(reader_bytes(&reader, 0));
    assert_false(reader.bad);
    assert_int_equal(reader.left, 0);
    reader_number(&reader, 1);
    assert_true(reader.bad);
}

static void a_writer_stays_bad_behind_its_room(void **state)
{
    uint8_t *bytes = calloc(1, 5);
    struct writer writer = {.bytes = bytes, .size = 5};

    (void)state;
    writer_bytes(&writer, "abc", 3);
    writer_number(&writer, 1, 4);
    assert_true(writer.bad);
    assert_int_equal(writer.used, 3);
    writer_bytes(&writer, "d", 1);
    assert_int_equal(writer.used, 3);
    assert_memory_equal(bytes, "abc\0", 5);
    free(bytes);
}

static void a_writer_may_be_filled_exactly(void **state)
{
    uint8_t bytes[4];
    struct writer writer = {.bytes = bytes, .size = sizeof(bytes)};

    (void)state;
    writer_bytes(&writer, NULL, 0);
    writer_bytes(&writer, "abcd", 4);
    assert_false(writer.bad);
    assert_int_equal(writer.used, 4);
    writer_bytes(&writer, "", 0);
    assert_false(writer.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_big_endian_in_every_width),
        cmocka_unit_test(a_number_is_cut_to_its_width),
        cmocka_unit_test(a_reader_stays_bad_behind_its_end),
        cmocka_unit_test(a_reader_may_end_exactly),
        cmocka_unit_test(a_writer_stays_bad_behind_its_room),
        cmocka_unit_test(a_writer_may_be_filled_exactly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
