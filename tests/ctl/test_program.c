/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running another program: its output, its end, its bounds.
 */
#include "program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct program_end end;

static int run(const char *const *words, bool with_errors, int timeout_ms)
{
    const struct program program = {words, with_errors, timeout_ms};
    return program_run(&program, &end);
}

static void output_and_exit_code(void **state)
{
    const char *const words[] = {"/bin/sh", "-c", "echo out; echo err >&2; exit 7", NULL};
    (void)state;
    assert_int_equal(run(words, false, 10000), 0);
    assert_string_equal(end.text, "out\n");
    assert_int_equal(end.size, 4);
    assert_int_equal(end.exit, 7);
    free(end.text);
    assert_int_equal(run(words, true, 10000), 0);
    assert_string_equal(end.text, "out\nerr\n");
    free(end.text);
}

/* Words are words: no shell reads them. */
static void nothing_is_read_by_a_shell(void **state)
{
    const char *const words[] = {"echo", "$(id) `id`; x > /tmp/x", NULL};
    (void)state;
    assert_int_equal(run(words, false, 10000), 0);
    assert_string_equal(end.text, "$(id) `id`; x > /tmp/x\n");
    free(end.text);
}

static void a_signal_is_an_end_too(void **state)
{
    const char *const words[] = {"/bin/sh", "-c", "kill -9 $$", NULL};
    (void)state;
    assert_int_equal(run(words, false, 10000), 0);
    assert_int_equal(end.exit, 137);
    assert_string_equal(end.text, "");
    free(end.text);
}

static void what_does_not_end_is_ended(void **state)
{
    const char *const words[] = {"cat", "/dev/zero", NULL}; /* for good, but for the bounds */
    const char *const silent[] = {"tail", "-f", "/dev/null", NULL};
    (void)state;
    assert_int_equal(run(words, false, 60000), -1);
    assert_int_equal(errno, EFBIG);
    assert_null(end.text);
    assert_int_equal(run(silent, false, 100), -1);
    assert_int_equal(errno, ETIMEDOUT);
    assert_null(end.text);
}

static void what_is_not_there_is_an_error(void **state)
{
    const char *const words[] = {"/nonexistent/program", NULL};
    (void)state;
    assert_int_equal(run(words, false, 10000), -1);
    assert_int_equal(errno, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_and_exit_code),
        cmocka_unit_test(nothing_is_read_by_a_shell),
        cmocka_unit_test(a_signal_is_an_end_too),
        cmocka_unit_test(what_does_not_end_is_ended),
        cmocka_unit_test(what_is_not_there_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
