/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of what may be shown as it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "utf8.h"

static void characters_have_their_length(void **state)
{
    static const struct {
        const char *text;
        size_t length;
    } samples[] = {
        {" ", 1},
        {"~", 1},
        {"\xc2\xa0", 2},         /* U+00A0: the first behind C1 */
        {"\xdf\xbf", 2},         /* U+07FF */
        {"\xe0\xa0\x80", 3},     /* U+0800 */
        {"\xed\x9f\xbf", 3},     /* the last before the surrogates */
        {"\xee\x80\x80", 3},     /* the first behind them */
        {"\xef\xbf\xbf", 3},     /* U+FFFF */
        {"\xf0\x90\x80\x80", 4}, /* U+10000 */
        {"\xf4\x8f\xbf\xbf", 4}, /* U+10FFFF */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        assert_int_equal(strlen(samples[i].text), samples[i].length);
        assert_int_equal(utf8_printable(samples[i].text, samples[i].length), samples[i].length);
        if (samples[i].length > 1) /* cut */
            assert_int_equal(utf8_printable(samples[i].text, samples[i].length - 1), 0);
    }
}

static void controls_and_broken_bytes_have_none(void **state)
{
    static const char *const samples[] = {
        "\x01",
        "\x1f",
        "\x7f",
        "\n",
        "\x1b",
        "\xc2\x80",
        "\xc2\x9b",
        "\xc2\x9f", /* C1 */
        "\x80",
        "\xbf",
        "\xfe",
        "\xff", /* stray */
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x9f\xbf",
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xed\xa0\x80",
        "\xed\xbf\xbf", /* surrogates */
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", /* above U+10FFFF */
        "\xc3 ",
        "\xe2\x82 ",
        "\xf0\x9f\x98 ", /* cut by another */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
        if (utf8_printable(samples[i], strlen(samples[i])) != 0)
            fail_msg("sample %zu", i);
    assert_int_equal(utf8_printable("\0", 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_have_their_length),
        cmocka_unit_test(controls_and_broken_bytes_have_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
