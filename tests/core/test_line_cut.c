/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left of a message that rspamd cut at 8,191 bytes: nothing that it tells is half of
 * something, and as much as can be told is told.
 *
 * The cut is moved through all the fields, as a sender can by the length of a message id.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "line.h"

#define HEADER "2026-11-23 10:00:00 #77(rspamd_proxy) <aa0001>; proxy; rspamd_task_write_log: "
#define CUT_BYTES 8191
#define QID " qid: <4Q1>,"
#define ADDRESS " ip: 203.0.113.5,"
#define FROM " from: <a@example.org>, (default: F (no action): [0.00/15.00] []), len: 1"

static char scratch[LINE_BYTES_MAX];

/* Reads a message of which left bytes behind its message id survived the cut; the id is as long as
 * that takes. */
static struct line read_cut(const char *behind_id, size_t left, size_t *id_length)
{
    static char text[sizeof(HEADER) + CUT_BYTES];
    static const char start[] = HEADER "id: <";
    static const char id_end[] = ">,";
    size_t length = strlen(HEADER) + CUT_BYTES;
    size_t kept = left < strlen(behind_id) ? left : strlen(behind_id);
    char *tail = text + length - kept;
    memset(text, 'm', sizeof(text));
    memcpy(text, start, strlen(start));
    memcpy(tail - strlen(id_end), id_end, strlen(id_end));
    memcpy(tail, behind_id, kept);
    *id_length = (size_t)(tail - text) - strlen(id_end) - strlen(start);
    struct line line;
    assert_int_equal(line_read(text, length, scratch, &line), LINE_MESSAGE);
    assert_int_equal(line.verdict, LINE_NOT_LIMITED);
    line_fields(&line);
    return line;
}

static bool is_text(struct line_text text, const char *expected)
{
    return text.length == strlen(expected) && memcmp(text.bytes, expected, text.length) == 0;
}

static void expect_whole(const struct line *line, size_t left, const char *account)
{
    if (line->fields_broken) {
        assert_false(line->has_addr);
        return;
    }
    if (line->qid.bytes)
        assert_true(is_text(line->qid, "4Q1"));
    if (line->account.bytes)
        assert_true(is_text(line->account, account));
    assert_int_equal(line->has_addr, left >= strlen(QID ADDRESS));
    if (line->has_addr) {
        char text[ADDR_TEXT_SIZE];
        addr_print(&line->addr, text);
        assert_string_equal(text, "203.0.113.5");
    }
}

/* An account of which only a part is left could be somebody else's. */
static void nothing_told_is_half(void **state)
{
    (void)state;
    static const char *const accounts[] = {"alice", "alice@example.org", "a, from", "a, (default",
                                           "a,b, ,"};
    for (size_t i = 0; i < sizeof(accounts) / sizeof(accounts[0]); i++) {
        char behind_id[512];
        snprintf(behind_id, sizeof(behind_id), QID ADDRESS " user: %s," FROM, accounts[i]);
        for (size_t left = 0; left <= strlen(behind_id); left++) {
            size_t id_length;
            struct line line = read_cut(behind_id, left, &id_length);
            expect_whole(&line, left, accounts[i]);
            if (!line.fields_broken)
                assert_int_equal(line.message_id.length, id_length);
        }
    }
}

/* Once the comma behind it is there, the address is: whatever else was lost. */
static void an_address_that_is_left_is_told(void **state)
{
    (void)state;
    static const char *const rests[] = {" user: alice," FROM, FROM,
                                        " (default: F (no action): [0.00/15.00] []), len: 1"};
    for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
        char behind_id[512];
        snprintf(behind_id, sizeof(behind_id), QID ADDRESS "%s", rests[i]);
        for (size_t left = strlen(QID ADDRESS); left <= strlen(behind_id); left++) {
            size_t id_length;
            struct line line = read_cut(behind_id, left, &id_length);
            assert_null(line.fields_broken);
            assert_true(line.has_addr);
        }
    }
}

/* A message id that reaches the cut may hold its own end. */
static void a_message_id_without_end_is_not_told(void **state)
{
    (void)state;
    size_t id_length;
    struct line line = read_cut(FROM, 0, &id_length);
    assert_non_null(line.fields_broken);
    assert_null(line.message_id.bytes);
}

/* What is kept of an account are its first 128 bytes, and those are there. */
static void a_long_account_is_told_though_its_end_was_lost(void **state)
{
    (void)state;
    char behind_id[1024];
    char account[600] = {0};
    memset(account, 'a', sizeof(account) - 1);
    snprintf(behind_id, sizeof(behind_id), QID ADDRESS " user: %s", account);
    size_t id_length;
    struct line line = read_cut(behind_id, strlen(behind_id), &id_length);
    assert_null(line.fields_broken);
    assert_int_equal(line.account.length, ACCOUNT_BYTES_MAX);
    line = read_cut(behind_id, strlen(QID ADDRESS " user: ") + ACCOUNT_BYTES_MAX, &id_length);
    assert_null(line.fields_broken);
    assert_true(line.has_addr);
    assert_null(line.account.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_told_is_half),
        cmocka_unit_test(an_address_that_is_left_is_told),
        cmocka_unit_test(a_message_id_without_end_is_not_told),
        cmocka_unit_test(a_long_account_is_told_though_its_end_was_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
