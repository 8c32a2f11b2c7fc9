/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: what arrives on stderr, and escaping.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* stderr is one end of a socket that keeps each write apart; ours is the other. */
static int ours = -1;
static int real_stderr = -1;

static int begin(void **state)
{
    int ends[2];

    (void)state;
    unsetenv("JOURNAL_STREAM");
    log_open(LOG_LEVEL_INFO);
    real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    assert_true(real_stderr >= 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends),
                     0);
    assert_int_equal(dup2(ends[0], STDERR_FILENO), STDERR_FILENO);
    close(ends[0]);
    ours = ends[1];
    return 0;
}

static int end(void **state)
{
    (void)state;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    close(ours);
    return 0;
}

/* Reads one write; its length, -1: there is none. */
static ssize_t received(char *text, size_t size)
{
    ssize_t length = recv(ours, text, size - 1, 0);

    text[length < 0 ? 0 : length] = '\0';
    return length;
}

static void expect_line(const char *line)
{
    char text[16384];

    received(text, sizeof(text));
    assert_string_equal(text, line);
}

static void expect_nothing(void)
{
    char text[16384];

    assert_int_equal(received(text, sizeof(text)), -1);
}

static void set_journal(unsigned long inode_shift)
{
    struct stat st;
    char stream[64];

    assert_int_equal(fstat(STDERR_FILENO, &st), 0);
    snprintf(stream, sizeof(stream), "%lu:%lu", (unsigned long)st.st_dev,
             (unsigned long)st.st_ino + inode_shift);
    assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
}

static void test_plain(void **state)
{
    (void)state;
    log_info("banned %s for %d s", "192.0.2.1", 60);
    expect_line("bansyncd: banned 192.0.2.1 for 60 s\n");
    expect_nothing(); /* one write */
}

static void test_journal(void **state)
{
    (void)state;
    set_journal(0);
    log_open(LOG_LEVEL_DEBUG);
    log_error("a");
    log_warning("b");
    log_notice("c");
    log_info("d");
    log_debug("e");
    expect_line("<3>a\n");
    expect_line("<4>b\n");
    expect_line("<5>c\n");
    expect_line("<6>d\n");
    expect_line("<7>e\n");
}

static void test_journal_of_another(void **state)
{
    (void)state;
    set_journal(1); /* inherited; stderr is something else now */
    log_info("a");
    expect_line("bansyncd: a\n");
    setenv("JOURNAL_STREAM", "", 1);
    log_info("a");
    expect_line("bansyncd: a\n");
}

static void test_levels(void **state)
{
    (void)state;
    log_debug("hidden");
    expect_nothing();
    log_open(LOG_LEVEL_WARNING);
    log_notice("hidden");
    expect_nothing();
    log_warning("shown");
    expect_line("bansyncd: shown\n");
}

static void test_level_names(void **state)
{
    static const char *const names[] = {"error", "warning", "notice", "info", "debug"};
    enum log_level level = LOG_LEVEL_INFO;

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(log_level_parse(names[i], &level), 0);
        assert_int_equal(level, i);
    }
    assert_int_equal(log_level_parse("", &level), -1);
    assert_int_equal(log_level_parse("Info", &level), -1);
    assert_int_equal(log_level_parse("info ", &level), -1);
    assert_int_equal(level, LOG_LEVEL_DEBUG);
}

static void test_errno_is_kept(void **state)
{
    (void)state;
    errno = ENOSPC;
    log_error("cannot write: %m");
    assert_int_equal(errno, ENOSPC);
    expect_line("bansyncd: cannot write: No space left on device\n");
    close(STDERR_FILENO);
    log_error("into nothing");
    assert_int_equal(errno, ENOSPC);
}

static void test_long_line(void **state)
{
    char *message = malloc(20000);
    char text[16384];

    (void)state;
    assert_non_null(message);
    memset(message, 'x', 19999);
    message[19999] = '\0';
    log_info("%s", message);
    assert_int_equal(received(text, sizeof(text)), 8192);
    assert_int_equal(text[8191], '\n');
    assert_int_equal(text[8190], 'x');
    expect_nothing();
    for (size_t i = 0; i + 1 < 19999; i += 2)
        memcpy(message + i, "\xc3\xa9", 2);
    log_info("%s", message); /* the cut falls into a character */
    assert_int_equal(received(text, sizeof(text)), 8191);
    assert_memory_equal(text + 8188, "\xc3\xa9\n", 3);
    free(message);
}

static void test_a_message_is_one_line(void **state)
{
    (void)state;
    log_info("a\nbansyncd: forged\r\x1b[2J");
    expect_line("bansyncd: a bansyncd: forged  [2J\n");
}

static void expect_escaped(const char *bytes, size_t length, const char *escaped)
{
    char out[256];

    assert_ptr_equal(log_escape(bytes, length, out, sizeof(out)), out);
    assert_string_equal(out, escaped);
}

#define EXPECT_ESCAPED(literal, escaped) expect_escaped(literal, sizeof(literal) - 1, escaped)

static void test_escape(void **state)
{
    (void)state;
    EXPECT_ESCAPED("", "");
    EXPECT_ESCAPED("user@example.org", "user@example.org");
    EXPECT_ESCAPED("a b\tc\n\x1b[0m\x7f\0z", "a\\x20b\\x09c\\x0A\\x1B[0m\\x7F\\x00z");
    EXPECT_ESCAPED("\"\\", "\\x22\\x5C");
    EXPECT_ESCAPED("\xc3\xa9 \xe2\x82\xac\xf0\x9f\x90\x9f",
                   "\xc3\xa9\\x20\xe2\x82\xac\xf0\x9f\x90\x9f");
}

static void test_escape_invalid_utf8(void **state)
{
    (void)state;
    EXPECT_ESCAPED("\xc3", "\\xC3");                            /* cut off */
    EXPECT_ESCAPED("\xc3z", "\\xC3z");                          /* not continued */
    EXPECT_ESCAPED("\x80\xbf", "\\x80\\xBF");                   /* continues nothing */
    EXPECT_ESCAPED("\xc0\xaf", "\\xC0\\xAF");                   /* overlong */
    EXPECT_ESCAPED("\xe0\x83\xa9", "\\xE0\\x83\\xA9");          /* overlong */
    EXPECT_ESCAPED("\xe0\x80\xaf", "\\xE0\\x80\\xAF");          /* overlong */
    EXPECT_ESCAPED("\xed\xa0\x80", "\\xED\\xA0\\x80");          /* surrogate */
    EXPECT_ESCAPED("\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"); /* beyond U+10FFFF */
    EXPECT_ESCAPED("\xff\xfe", "\\xFF\\xFE");
    EXPECT_ESCAPED("\xc2\x9b", "\\xC2\\x9B"); /* a control character */
}

/* Signs that turn the direction of text, or have no width: what is read is not what is there. */
static void test_escape_direction_signs(void **state)
{
    (void)state;
    EXPECT_ESCAPED("a\xe2\x80\xae"
                   "b",
                   "a\\xE2\\x80\\xAEb");                        /* U+202E */
    EXPECT_ESCAPED("\xe2\x80\xaa", "\\xE2\\x80\\xAA");          /* U+202A */
    EXPECT_ESCAPED("\xe2\x81\xa6", "\\xE2\\x81\\xA6");          /* U+2066 */
    EXPECT_ESCAPED("\xe2\x81\xa9", "\\xE2\\x81\\xA9");          /* U+2069 */
    EXPECT_ESCAPED("\xe2\x80\x8e", "\\xE2\\x80\\x8E");          /* U+200E */
    EXPECT_ESCAPED("\xe2\x80\x8f", "\\xE2\\x80\\x8F");          /* U+200F */
    EXPECT_ESCAPED("\xef\xbb\xbf", "\\xEF\\xBB\\xBF");          /* U+FEFF */
    EXPECT_ESCAPED("\xc2\x80\xc2\x9f", "\\xC2\\x80\\xC2\\x9F"); /* C1 */
    /* Their neighbors: U+200D, 2010, 2029, 202F, 2065, 206A, FEFE, FF00. */
    EXPECT_ESCAPED("\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xa9\xe2\x80\xaf",
                   "\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xa9\xe2\x80\xaf");
    EXPECT_ESCAPED("\xe2\x81\xa5\xe2\x81\xaa\xef\xbb\xbe\xef\xbc\x80",
                   "\xe2\x81\xa5\xe2\x81\xaa\xef\xbb\xbe\xef\xbc\x80");
}

static void test_escape_cuts_whole_pieces(void **state)
{
    char out[8];

    (void)state;
    memset(out, 'z', sizeof(out));
    assert_string_equal(log_escape("abc\n\n", 5, out, 8), "abc\\x0A");
    assert_string_equal(log_escape("abcd\n", 5, out, 8), "abcd");
    assert_string_equal(log_escape("ab\xe2\x82\xac", 5, out, 5), "ab");
    assert_string_equal(log_escape("ab", 2, out, 1), "");
    out[0] = 'z';
    log_escape("ab", 2, out, 0);
    assert_int_equal(out[0], 'z');
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static void what_is_shown_is_known(void **state)
{
    static const enum log_level levels[] = {LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_NOTICE,
                                            LOG_LEVEL_INFO, LOG_LEVEL_DEBUG};

    (void)state;
    for (size_t shown = 0; shown < 5; shown++) {
        log_open(levels[shown]);
        for (size_t level = 0; level < 5; level++)
            assert_int_equal(log_shows(levels[level]), level <= shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_plain),
        TEST(test_journal),
        TEST(test_journal_of_another),
        TEST(test_levels),
        cmocka_unit_test(test_level_names),
        TEST(what_is_shown_is_known),
        TEST(test_errno_is_kept),
        TEST(test_long_line),
        TEST(test_a_message_is_one_line),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_escape_invalid_utf8),
        cmocka_unit_test(test_escape_direction_signs),
        cmocka_unit_test(test_escape_cuts_whole_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
