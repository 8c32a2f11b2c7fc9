/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of the typed values: bounds, types, and that a failure stays one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec.h"

#define TEXT(literal) (const uint8_t *)(literal), sizeof(literal) - 1

static void numbers_survive_at_their_bounds(void **state)
{
    static const uint64_t uints[] = {0, 127, 128, 255, 256, 65535, 65536, UINT32_MAX, UINT64_MAX};
    static const int64_t ints[] = {INT64_MIN, INT32_MIN, -129, -128, -33, -32,      -1,
                                   0,         127,       128,  255,  256, INT64_MAX};
    struct codec_writer writer = {.size_max = 1000};
    struct codec_reader reader = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(uints) / sizeof(uints[0]); i++)
        codec_put_uint(&writer, uints[i]);
    for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++)
        codec_put_int(&writer, ints[i]);
    assert_false(writer.failed);

    reader.bytes = writer.bytes;
    reader.size = writer.size;
    for (size_t i = 0; i < sizeof(uints) / sizeof(uints[0]); i++)
        assert_true(codec_get_uint(&reader, UINT64_MAX) == uints[i]);
    for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++)
        assert_true(codec_get_int(&reader) == ints[i]);
    assert_false(reader.failed);
    assert_int_equal(reader.offset, reader.size);
    assert_true(codec_get_uint(&reader, UINT64_MAX) == 0); /* nothing is left */
    assert_true(reader.failed);
    free(writer.bytes);
}

/* A value >= 0 in one of msgpack's signed forms, and the shortest value in the longest form. */
static void numbers_may_be_longer_than_needed(void **state)
{
    struct codec_reader reader = {
        TEXT("\xd0\x05\xcf\x00\x00\x00\x00\x00\x00\x00\x07\xd3\x00\x00\x00"
             "\x00\x00\x00\x00\x09"),
        0, false};

    (void)state;
    assert_int_equal(codec_get_int(&reader), 5);
    assert_int_equal(codec_get_int(&reader), 7);
    assert_int_equal(codec_get_uint(&reader, 9), 9);
    assert_false(reader.failed);
}

static void numbers_over_their_bound_are_refused(void **state)
{
    struct codec_reader below = {TEXT("\xcc\xff"), 0, false};
    struct codec_reader above = {TEXT("\xcd\x01\x00"), 0, false};
    struct codec_reader negative = {TEXT("\xff"), 0, false};
    struct codec_reader huge = {TEXT("\xcf\x80\x00\x00\x00\x00\x00\x00\x00"), 0, false};

    (void)state;
    assert_int_equal(codec_get_uint(&below, 255), 255);
    assert_false(below.failed);
    assert_int_equal(codec_get_uint(&above, 255), 0);
    assert_true(above.failed);
    assert_int_equal(codec_get_uint(&negative, UINT64_MAX), 0);
    assert_true(negative.failed);
    assert_int_equal(codec_get_int(&huge), 0);
    assert_true(huge.failed);
}

static void another_type_is_refused(void **state)
{
    static const char *const values[] = {"\x01",  "\xff",     "\xc3", "\xc4\x01x",
                                         "\xa1x", "\x91\x01", "\xc0", "\xca\x40\x40\x40\x40"};
    static const size_t sizes[] = {1, 1, 1, 3, 2, 2, 1, 5};

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const struct codec_reader fresh = {(const uint8_t *)values[i], sizes[i], 0, false};
        struct codec_reader reader = fresh;
        size_t size;
        char text[8];

        (void)codec_get_uint(&reader, UINT64_MAX);
        assert_int_equal(reader.failed, i != 0);
        reader = fresh;
        (void)codec_get_int(&reader);
        assert_int_equal(reader.failed, i > 1);
        reader = fresh;
        (void)codec_get_bool(&reader);
        assert_int_equal(reader.failed, i != 2);
        reader = fresh;
        (void)codec_get_bin(&reader, 10, &size);
        assert_int_equal(reader.failed, i != 3);
        reader = fresh;
        codec_get_text(&reader, text, sizeof(text));
        assert_int_equal(reader.failed, i != 4);
        reader = fresh;
        (void)codec_get_array(&reader, 10);
        assert_int_equal(reader.failed, i != 5);
    }
}

static void arrays_of_each_head_and_over_their_bound(void **state)
{
    static const size_t counts[] = {0, 15, 16, 65535, 65536};

    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct codec_writer writer = {.size_max = 10};
        struct codec_reader reader;

        codec_put_array(&writer, counts[i]);
        reader = (struct codec_reader){writer.bytes, writer.size, 0, false};
        assert_int_equal(codec_get_array(&reader, counts[i]), counts[i]);
        assert_false(reader.failed);
        assert_int_equal(reader.offset, reader.size);
        if (counts[i] > 0) {
            reader = (struct codec_reader){writer.bytes, writer.size, 0, false};
            assert_int_equal(codec_get_array(&reader, counts[i] - 1), 0);
            assert_true(reader.failed);
        }
        free(writer.bytes);
    }
}

static void text_is_cut_and_cleaned_when_put(void **state)
{
    struct codec_writer writer = {.size_max = 100};

    (void)state;
    codec_put_text(&writer,
                   "ab\n\x7f"
                   "cdef",
                   6);
    assert_int_equal(writer.size, 7);
    assert_memory_equal(writer.bytes,
                        "\xa6"
                        "ab??cd",
                        7);
    free(writer.bytes);
}

static void text_with_control_bytes_or_too_long_is_refused(void **state)
{
    struct codec_reader fits = {TEXT("\xa3"
                                     "a\xc3\xa9"),
                                0, false};
    struct codec_reader nul = {TEXT("\xa3"
                                    "a\0b"),
                               0, false};
    struct codec_reader control = {TEXT("\xa3"
                                        "a\x1f"
                                        "b"),
                                   0, false};
    struct codec_reader erase = {TEXT("\xa3"
                                      "ab\x7f"),
                                 0, false};
    struct codec_reader too_long = {TEXT("\xa4"
                                         "abcd"),
                                    0, false};
    struct codec_reader *const refused[] = {&nul, &control, &erase, &too_long};
    char text[4];

    (void)state;
    codec_get_text(&fits, text, sizeof(text));
    assert_false(fits.failed);
    assert_string_equal(text, "a\xc3\xa9");
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        codec_get_text(refused[i], text, sizeof(text));
        assert_true(refused[i]->failed);
        assert_string_equal(text, "");
    }
}

static void bins_are_not_copied_and_have_a_bound(void **state)
{
    struct codec_reader reader = {TEXT("\xc4\x03"
                                       "abc\xc4\x00\xc4\x03"
                                       "abc"),
                                  0, false};
    size_t size;

    (void)state;
    assert_ptr_equal(codec_get_bin(&reader, 3, &size), reader.bytes + 2);
    assert_int_equal(size, 3);
    assert_non_null(codec_get_bin(&reader, 3, &size));
    assert_int_equal(size, 0);
    assert_null(codec_get_bin(&reader, 2, &size));
    assert_int_equal(size, 0);
    assert_true(reader.failed);
}

static void bins_of_each_head_and_cut_anywhere(void **state)
{
    static const struct {
        const uint8_t *bytes;
        size_t size, head;
    } bins[] = {{TEXT("\xc4\x03"
                      "abc"),
                 2},
                {TEXT("\xc5\x00\x03"
                      "abc"),
                 3},
                {TEXT("\xc6\x00\x00\x00\x03"
                      "abc"),
                 5}};

    (void)state;
    for (size_t i = 0; i < sizeof(bins) / sizeof(bins[0]); i++)
        for (size_t cut = 0; cut <= bins[i].size; cut++) {
            struct codec_reader reader = {bins[i].bytes, cut, 0, false};
            const uint8_t *whole = reader.bytes + bins[i].head;
            size_t size;

            assert_ptr_equal(codec_get_bin(&reader, 3, &size), cut == bins[i].size ? whole : NULL);
            assert_int_equal(size, cut == bins[i].size ? 3 : 0);
            assert_int_equal(reader.failed, cut < bins[i].size);
        }
}

static void what_is_no_bin_is_none(void **state)
{
    (void)state;
    for (unsigned first = 0; first <= 0xff; first++) {
        uint8_t bytes[16] = {(uint8_t)first};
        struct codec_reader reader = {bytes, sizeof(bytes), 0, false};
        size_t size;

        (void)codec_get_bin(&reader, 10, &size);
        assert_int_equal(reader.failed, first < 0xc4 || first > 0xc6);
    }
}

static void at_the_end_there_is_no_array(void **state)
{
    struct codec_reader reader = {TEXT(""), 0, false};

    (void)state;
    assert_int_equal(codec_get_array(&reader, 9), 0);
    assert_true(reader.failed);
    assert_int_equal(reader.offset, 0);
}

static void a_failed_reader_stays_failed(void **state)
{
    struct codec_reader reader = {TEXT("\xc0\x01\x91\x01\xc3"), 0, false};
    size_t size;

    (void)state;
    (void)codec_get_uint(&reader, 9);
    assert_true(reader.failed);
    assert_int_equal(codec_get_uint(&reader, 9), 0);
    assert_int_equal(codec_get_array(&reader, 9), 0);
    assert_false(codec_get_bool(&reader));
    assert_null(codec_get_bin(&reader, 9, &size));
    assert_null(codec_get_exactly(&reader, 0));
    assert_true(reader.failed);
}

static void a_writer_stops_at_its_bound(void **state)
{
    struct codec_writer writer = {.size_max = 1000};

    (void)state;
    assert_non_null(codec_put_space(&writer, 997)); /* and 3 bytes of head */
    assert_false(writer.failed);
    assert_int_equal(writer.size, 1000);
    codec_put_bool(&writer, true);
    assert_true(writer.failed);
    assert_null(codec_put_space(&writer, 0));
    assert_int_equal(writer.size, 1000);
    free(writer.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_survive_at_their_bounds),
        cmocka_unit_test(numbers_may_be_longer_than_needed),
        cmocka_unit_test(numbers_over_their_bound_are_refused),
        cmocka_unit_test(another_type_is_refused),
        cmocka_unit_test(arrays_of_each_head_and_over_their_bound),
        cmocka_unit_test(text_is_cut_and_cleaned_when_put),
        cmocka_unit_test(text_with_control_bytes_or_too_long_is_refused),
        cmocka_unit_test(bins_are_not_copied_and_have_a_bound),
        cmocka_unit_test(bins_of_each_head_and_cut_anywhere),
        cmocka_unit_test(what_is_no_bin_is_none),
        cmocka_unit_test(at_the_end_there_is_no_array),
        cmocka_unit_test(a_failed_reader_stays_failed),
        cmocka_unit_test(a_writer_stops_at_its_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
