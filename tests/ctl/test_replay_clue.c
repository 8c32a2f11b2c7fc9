/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a log holds no hit: which lines are clues, and what is said.
 */
#include "replay_clue.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#define HEADER "2026-11-23 09:55:26 #25071(rspamd_proxy) <023171>; "

static struct replay_clues take(const char *line)
{
    struct replay_clues clues = {false};
    /* of exactly that size, so that reading too far is noticed */
    size_t length = strlen(line);
    char *bytes = malloc(length + 1);
    assert_non_null(bytes);
    char *exact = realloc(bytes, length > 0 ? length : 1);
    assert_non_null(exact);
    memcpy(exact, line, length);
    replay_clues_take(&clues, exact, length);
    free(exact);
    return clues;
}

static void test_lines(void **state)
{
    (void)state;
    assert_true(take(HEADER "proxy; proxy_accept_socket: accepted").is_rspamd);
    assert_true(take("Nov 23 09:51:48 mx1 rspamd[9]: <a>; re_cache; f: x").is_rspamd);
    assert_true(take("{\"ts\": 1795435200.1, \"pid\": 77, \"severity\": \"info\"}").is_rspamd);
    struct replay_clues clues = {.is_rspamd = true};
    replay_clues_take(&clues, "x", 1);
    assert_true(clues.is_rspamd); /* one line is enough */
}

static void test_other_lines(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        ";",
        "; ",
        "; a",
        "; a;",
        "; ; ",
        "; a b; ",
        "Nov 23 10:00:00 mx1 postfix/smtpd[7]: connect from mail.example.org[203.0.113.7]",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_false(take(lines[i]).is_rspamd);
    char far[CLUE_HEADER_BYTES + 64];
    memset(far, 'x', sizeof(far));
    memcpy(far + CLUE_HEADER_BYTES, "; lua; ratelimit.lua:1: exceeded", 33);
    assert_false(take(far).is_rspamd);
}

static void expect(struct replay_clues clues, bool is_empty, const char *part)
{
    char sentence[CLUE_SENTENCE_SIZE];
    replay_clues_print(&clues, is_empty, sentence);
    if (part[0] == '\0')
        assert_string_equal(sentence, "");
    else
        assert_non_null(strstr(sentence, part));
}

static void test_sentence(void **state)
{
    (void)state;
    expect(take("x"), true, "not one line");
    expect(take("x"), false, "is it another log?");
    expect(take("\037\213x"), false, "\nzcat FILE | banctl replay -");
    expect(take("\375"
                "7zXZ"),
           false, "\nxzcat FILE");
    expect(take("BZh91AY"), false, "\nbzcat FILE");
    expect(take("(\265/\375"), false, "\nzstdcat FILE");
    expect(take(HEADER "proxy; proxy_accept_socket: accepted"), false, "must log at level info");
    expect(take(HEADER "proxy; rspamd_task_write_log: id: <m@x>"), false, "");
    struct replay_clues clues = take("x");
    assert_false(replay_clues_are_complete(&clues));
    replay_clues_take(&clues, "BZh", 3); /* not the first one */
    assert_null(clues.unpacker);
    clues = take(HEADER "proxy; rspamd_task_write_log: id: <m@x>");
    assert_true(replay_clues_are_complete(&clues));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_other_lines),
        cmocka_unit_test(test_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
