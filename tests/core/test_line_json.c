/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of log_json: those that rspamd writes are read, and no others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "line.h"

#define BEFORE "\"pid\": 77, \"severity\": \"notice\", \"worker_type\": \"rspamd_proxy\", "
#define NAMES "\"id\": \"aa0001\", \"module\": \"proxy\", \"function\": \"rspamd_task_write_log\", "
#define OBJECT(message) "{\"ts\": 1795435200.5, " BEFORE NAMES "\"message\": \"" message "\"}"

static char scratch[LINE_BYTES_MAX];
static struct line line;
static char *scanned;

static enum line_kind scan(const char *text)
{
    size_t length = strlen(text);
    free(scanned);
    scanned = malloc(length);
    assert_non_null(scanned);
    memcpy(scanned, text, length);
    return line_read(scanned, length, scratch, &line);
}

static void expect_message(const char *text, const char *message)
{
    if (scan(text) != LINE_MESSAGE)
        fail_msg("not read: %s", text);
    assert_int_equal(line.message.length, strlen(message));
    assert_memory_equal(line.message.bytes, message, line.message.length);
}

static void expect_other(const char *text)
{
    if (scan(text) != LINE_OTHER)
        fail_msg("read: %s", text);
}

static void its_members_are_read(void **state)
{
    (void)state;
    expect_message(OBJECT("id: <m>"), "id: <m>");
    assert_int_equal(line.time.form, LINE_TIME_EPOCH);
    assert_int_equal(line.time.epoch_ms, 1795435200500);
    assert_int_equal(line.task.pid, 77);
    assert_int_equal(line.task.tag.length, 6);
    expect_message("{\"ts\": 1795435200, " BEFORE NAMES "\"message\": \"x\"}", "x");
    assert_int_equal(line.time.epoch_ms, 1795435200000);
    expect_message("Nov 23 10:00:00 mx1 rspamd[78]: " OBJECT("x"), "x");
    assert_int_equal(line.task.pid, 77); /* its own word for it */
    expect_message("{\"ts\": 1, " BEFORE "\"id\": \"\", \"module\": \"task\", \"function\": "
                   "\"rspamd_task_write_log\", \"message\": \"\"}",
                   "");
    assert_int_equal(line.task.tag.length, 0);
}

static void escapes_are_decoded(void **state)
{
    (void)state;
    expect_message(OBJECT("a\\\"b\\\\x09c\\\\\\\\"), "a\"b\\x09c\\\\");
    expect_message(OBJECT("\\n\\r\\b\\t\\f\\u000B\xff"), "\n\r\b\t\f\v\xff");
    assert_int_equal(scan(OBJECT("a\\u0000b")), LINE_MESSAGE);
    assert_int_equal(line.message.length, 3);
    assert_memory_equal(line.message.bytes, "a\0b", 3);
}

static void nothing_else_is_read(void **state)
{
    (void)state;
    expect_other("2026-11-23 10:00:00 #77(rspamd_proxy) " OBJECT("a"));
    expect_other(OBJECT("a") " ");
    expect_other(OBJECT("a") OBJECT("b"));
    expect_other(OBJECT("a\"b"));
    expect_other(OBJECT("a\\/b"));
    expect_other(OBJECT("a\\u000b"));
    expect_other(OBJECT("a\\u0041"));
    expect_other(OBJECT("a\\"));
    expect_other("{\"ts\": -1, " BEFORE NAMES "\"message\": \"x\"}");
    expect_other("{\"ts\": 1., " BEFORE NAMES "\"message\": \"x\"}");
    expect_other("{\"ts\": 1e3, " BEFORE NAMES "\"message\": \"x\"}");
    expect_other("{\"ts\": 1234567890123, " BEFORE NAMES "\"message\": \"x\"}");
    expect_other("{\"ts\": 1,  " BEFORE NAMES "\"message\": \"x\"}");
    expect_other("{\"ts\": 1, " NAMES BEFORE "\"message\": \"x\"}");
    expect_other("{\"ts\": 1, " BEFORE NAMES "\"message\": \"x\"");
    expect_other("{\"ts\": 1, " BEFORE NAMES "\"message\": \"x");
    expect_other("{\"ts\": 1, " BEFORE NAMES "\"message\": x}");
    expect_other("{}");
    expect_other("{");
    expect_other("{\"ts\": 1, " BEFORE
                 "\"id\": \"a b\", \"module\": \"proxy\", \"function\": \"rspamd_task_write_log\", "
                 "\"message\": \"x\"}");
    expect_other("{\"ts\": 1, " BEFORE
                 "\"id\": \"a\", \"module\": \"proxy\", \"function\": \"rspamd_task_write_log2\", "
                 "\"message\": \"x\"}");
    expect_other("{\"ts\": 1, " BEFORE
                 "\"id\": \"a\", \"module\": \"lua\", \"function\": \"rspamd_task_write_log\", "
                 "\"message\": \"x\"}");
    expect_other("{\"ts\": 1, " BEFORE
                 "\"id\": \"a\", \"module\": \"lua\", \"function\": \"ratelimit.lua:\", "
                 "\"message\": \"ratelimit \\\"u(k)\"}");
}

static int free_scanned(void **state)
{
    (void)state;
    free(scanned);
    scanned = NULL;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_members_are_read),
        cmocka_unit_test(escapes_are_decoded),
        cmocka_unit_test(nothing_else_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, free_scanned);
}
