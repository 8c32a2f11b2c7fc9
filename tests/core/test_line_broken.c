/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a line stops being as rspamd writes it.
 */
#include "line.h"

#include <bansync/limits.h>
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#define HEADER "2026-11-23 10:00:00 #77(rspamd_proxy) <aa0001>; "
#define WRITES HEADER "proxy; rspamd_task_write_log: "
#define JSON                                                                                       \
    "{\"ts\": 1795435200.1, \"pid\": 77, \"severity\": \"info\", \"worker_type\": \"w\", \"id\": " \
    "\"aa\", \"module\": \"proxy\", \"function\": \"rspamd_task_write_log\", \"message\": \""

static char scratch[LINE_BYTES_MAX];

/* before: what is right of the line; NULL: all of it is. */
struct broken_case {
    const char *line;
    const char *before;
    bool has_header;
};

static const struct broken_case cases[] = {
    {"", NULL, false},
    {"x", "", false},
    {"2026-11-23 10:0x:00 #77(rspamd_proxy) <aa>; ", "2026-11-23 10:0", false},
    {"2026-13-23 10:00:00 #77(rspamd_proxy) <aa>; ", "", false},
    {"2026-11-23 10:00:00 [notice] 77(rspamd_proxy) <aa>; ", "2026-11-23 10:00:00 [notice] ",
     false},
    {"2026-11-23 10:00:00 #77(rspamd_proxy) aa>; ", "2026-11-23 10:00:00 #77(rspamd_proxy) ",
     false},
    {"2026-11-23 10:00:00 #77(rspamd_proxy) <a a>; ", "2026-11-23 10:00:00 #77(rspamd_proxy) <a",
     false},
    {"Nov 23 10:00:00 mx1 postfix/smtpd[7]: x", "Nov 23 10:00:00 mx1 ", false},
    {"<22>1 2026-11-23T10:00:00Z mx1 postfix 7 - - x", "<22>1 2026-11-23T10:00:00Z mx1 ", false},
    {"2026-11-23T10:00:00Z mx1 rspamd[x]: ", "2026-11-23T10:00:00Z mx1 rspamd[", false},
    {"(rspamd_proxy) aa", "(rspamd_proxy) ", false},
    {HEADER "proxy; other: x", HEADER, true},
    {HEADER "lua; ratelimit.lua:617: something", HEADER "lua; ratelimit.lua:617: ", true},
    {HEADER "lua; ratelimit.lua:617: ratelimit \"us", HEADER "lua; ratelimit.lua:617: ratelimit \"",
     true},
    {HEADER "lua; ratelimit.lua:617: ratelimit \"user(x", NULL, true},
    {WRITES "id: <a@x>, from: <b>", NULL, true},
    {WRITES "x, forced: soft reject \"Other\"; score=nan (set by ratelimit)", WRITES "x, ", true},
    {"{\"ts\": 1, \"pid\": x", "{\"ts\": 1, \"pid\": ", false},

};

static void test_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct broken_case *is = &cases[i];
        struct line line;
        line_read(is->line, strlen(is->line), scratch, &line);
        assert_int_equal(line.has_header, is->has_header);
        if (!is->before) {
            assert_null(line.broken_at);
            continue;
        }
        assert_non_null(line.broken_at);
        assert_int_equal(line.broken_at - is->line, strlen(is->before));
    }
}

static void test_json_message(void **state)
{
    (void)state;
    static const char line_text[] = JSON "a\\x\"}";
    struct line line;
    line_read(line_text, strlen(line_text), scratch, &line);
    assert_int_equal(line.kind, LINE_OTHER);
    assert_true(line.has_header);
    assert_int_equal(line.broken_at - line_text, strlen(JSON "a"));
    static const char fields_text[] = JSON "id: <a@x>, qid: <a b>, x\"}";
    assert_int_equal(line_read(fields_text, strlen(fields_text), scratch, &line), LINE_MESSAGE);
    assert_null(line.broken_at);
    line_fields(&line);
    assert_non_null(line.fields_broken);
    assert_int_equal(line.broken_at - scratch, strlen("id: <a@x>, qid: <a"));
}

static void test_fields(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *before;
    } fields[] = {
        {"id <a@x>, ", ""},
        {"id: <a@x>, qid: <a b>, ", "id: <a@x>, qid: <a"},
        {"id: <a@x>, ip: 203.0.113.500, from: <", "id: <a@x>, ip: "},
        {"id: <a@x>, other: x", "id: <a@x>,"},
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        char text[256];
        struct line line;
        snprintf(text, sizeof(text), WRITES "%s", fields[i].text);
        assert_int_equal(line_read(text, strlen(text), scratch, &line), LINE_MESSAGE);
        line_fields(&line);
        assert_non_null(line.fields_broken);
        assert_int_equal(line.broken_at - text, strlen(WRITES) + strlen(fields[i].before));
    }
}

/* Something is wrong with a line exactly if its kind or one of its judgements says so, and it is
 * wrong in the line or in its decoded message. */
static void check_line(const char *bytes, size_t length)
{
    struct line line;
    enum line_kind kind = line_read(bytes, length, scratch, &line);
    for (int fields = 0; fields < 2; fields++) {
        bool is_broken = kind == LINE_OTHER
                             ? length > 0
                             : line.verdict_broken != NULL || line.fields_broken != NULL;
        assert_int_equal(line.broken_at != NULL, is_broken);
        if (line.broken_at)
            assert_true((line.broken_at >= bytes && line.broken_at <= bytes + length) ||
                        (line.broken_at >= scratch && line.broken_at <= scratch + length));
        assert_true(kind == LINE_OTHER || line.has_header);
        if (kind != LINE_MESSAGE)
            return;
        line_fields(&line);
    }
}

static void check_file(const char *path)
{
    FILE *stream = fopen(path, "rb");
    char *bytes = NULL;
    size_t room = 0;
    ssize_t length;
    assert_non_null(stream);
    while ((length = getline(&bytes, &room, stream)) > 0) {
        char *exact = malloc((size_t)length); /* of that size, so that reading too far is noticed */
        assert_non_null(exact);
        memcpy(exact, bytes, (size_t)length);
        check_line(exact, (size_t)length - 1);
        check_line(exact, (size_t)length / 2);
        free(exact);
    }
    free(bytes);
    fclose(stream);
}

static void test_recorded_lines(void **state)
{
    (void)state;
    DIR *folder = opendir(BANSYNC_TEST_DIR "/lines");
    size_t files = 0;
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[4096];
        size_t length = strlen(entry->d_name);
        if (length < 4 || strcmp(entry->d_name + length - 4, ".log") != 0)
            continue;
        snprintf(path, sizeof(path), BANSYNC_TEST_DIR "/lines/%s", entry->d_name);
        check_file(path);
        files++;
    }
    closedir(folder);
    assert_true(files > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_json_message),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_recorded_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
