/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mail that tells of a ban: golden texts, and what no text from outside may do to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "mailtext.h"

#define BYTES(text)            \
    {                          \
        text, sizeof(text) - 1 \
    }
#define X60 "============================================================"
#define LINE X60 X60 X60 X60 X60 /* as long as it can get in a mail, and cut */
#define NOW_MS 1795427041000     /* 2026-11-23T09:44:01Z */

static char out[MAIL_BYTES_MAX + 1];

static struct mailtext sample(void)
{
    static const struct mailtext_count counts[] = {{"mx1", 4}, {"mx2", 3}, {"mx3", 3}};

    return (struct mailtext){
        .from = "bansync@mx1.example.org",
        .to = "root@example.org",
        .cluster = "mail",
        .node = "mx1",
        .sender = "203.0.113.7",
        .id = "0123456789abcdef0123456789abcdef",
        .now_ms = NOW_MS,
        .until_ms = TIME_NEVER_MS,
        .level = 1,
        .hits = 10,
        .messages = 10,
        .counts = counts,
        .count_count = 3,
        .first_ms = NOW_MS - 61000,
        .last_ms = NOW_MS - 1000,
        .decided_ms = NOW_MS - 1000,
        .accounts = {BYTES("alice@example.org")},
        .account_count = 1,
        .buckets = {BYTES("user")},
        .bucket_count = 1,
    };
}

static const char permanent[] =
    "From: \"bansync mx1\" <bansync@mx1.example.org>\r\n"
    "To: root@example.org\r\n"
    "Date: Mon, 23 Nov 2026 10:44:01 +0100\r\n"
    "Message-ID: <0123456789abcdef0123456789abcdef@mail>\r\n"
    "Subject: [bansync mail] mx1: 203.0.113.7 banned permanently (10 ratelimit hits)\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=us-ascii\r\n"
    "Content-Transfer-Encoding: 7bit\r\n"
    "Auto-Submitted: auto-generated\r\n"
    "\r\n"
    "Sender:     203.0.113.7\r\n"
    "Banned:     permanently, on every node\r\n"
    "Level:      1st ban\r\n"
    "Counted:    10 hits\r\n"
    "  mx1       4\r\n"
    "  mx2       3\r\n"
    "  mx3       3\r\n"
    "First hit:  2026-11-23T09:43:00Z (2026-11-23T10:43:00+01:00 here)\r\n"
    "Last hit:   2026-11-23T09:44:00Z (2026-11-23T10:44:00+01:00 here)\r\n"
    "Decided by: 2026-11-23T09:44:00Z (2026-11-23T10:44:00+01:00 here), a hit on mx1\r\n"
    "\r\n"
    "Accounts seen (is one stolen? then its password is to be changed):\r\n"
    "  alice@example.org\r\n"
    "\r\n"
    "Ratelimit buckets:\r\n"
    "  user\r\n"
    "\r\n"
    "Undo it:    banctl unban 203.0.113.7\r\n"
    "Let it send: banctl unban 203.0.113.7 --allow 1h; permanently: banctl allow add "
    "203.0.113.7\r\n"
    "See more:   banctl show 203.0.113.7\r\n"
    "\r\n"
    "-- \r\n"
    "bansyncd on mx1, cluster mail\r\n";

static void a_permanent_ban(void **state)
{
    struct mailtext mail = sample();

    (void)state;
    assert_int_equal(mailtext_write(&mail, out), strlen(permanent));
    assert_string_equal(out, permanent);
}

static const char timed[] =
    "From: \"bansync mx1\" <bansync@mx1.example.org>\r\n"
    "To: root@example.org,\r\n"
    " a@example.org,\r\n"
    " b@example.org\r\n"
    "Date: Mon, 23 Nov 2026 10:44:01 +0100\r\n"
    "Message-ID: <0123456789abcdef0123456789abcdef@bansync>\r\n"
    "Subject: [bansync .mail.] mx1: 2001:db8:0:1::/64 banned until 2026-11-23T10:44:10Z"
    " (2nd ban, 1 ratelimit hit) but allowed\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n"
    "Auto-Submitted: auto-generated\r\n"
    "\r\n"
    "Sender:     2001:db8:0:1::/64\r\n"
    "Until:      2026-11-23T10:44:10Z (2026-11-23T11:44:10+01:00 here)\r\n"
    "Level:      2nd ban of this sender that is remembered\r\n"
    "Allowed:    an allow entry keeps it out of the map\r\n"
    "Counted:    1 hit\r\n"
    "First hit:  2026-11-23T09:43:00Z (2026-11-23T10:43:00+01:00 here)\r\n"
    "Last hit:   2026-11-23T09:44:00Z (2026-11-23T10:44:00+01:00 here)\r\n"
    "Decided by: 2026-11-23T09:44:00Z (2026-11-23T10:44:00+01:00 here), a hit on=\r\n"
    " mx1\r\n"
    "\r\n"
    "Accounts seen (is one stolen? then its password is to be changed):\r\n"
    "  ren=C3=A9e=3D\\x0D\\x0A.\\x0D\\x0A@example.org\r\n"
    "\r\n"
    "Ratelimit buckets:\r\n"
    "  none\r\n"
    "\r\n"
    "Undo it:    banctl unban 2001:db8:0:1::/64\r\n"
    "Let it send: banctl unban 2001:db8:0:1::/64 --allow 1h; permanently: banctl=\r\n"
    " allow add 2001:db8:0:1::/64\r\n"
    "See more:   banctl show 2001:db8:0:1::/64\r\n"
    "\r\n"
    "--=20\r\n"
    "bansyncd on mx1, cluster .mail.\r\n";

static void a_timed_ban_and_all_that_is_rare(void **state)
{
    struct mailtext mail = sample();

    (void)state;
    mail.to = "root@example.org,a@example.org,b@example.org";
    mail.cluster = ".mail.";
    mail.sender = "2001:db8:0:1::/64";
    mail.until_ms = NOW_MS + 3609000;
    mail.level = 2;
    mail.allowed = true;
    mail.hits = mail.messages = 1;
    mail.count_count = 0;
    mail.accounts[0] = (struct mailtext_bytes)BYTES("ren\xc3\xa9"
                                                    "e=\r\n.\r\n@example.org");
    mail.bucket_count = 0;
    assert_int_equal(mailtext_write(&mail, out), strlen(timed));
    assert_string_equal(out, timed);
}

/* It stands in a header, where a name of nothing but bytes that are escaped has room, too. */
static void a_ban_of_an_account(void **state)
{
    struct mailtext mail = sample();
    char name[8 + 4 * 127 + 1] = "account ";
    size_t line = 0;

    (void)state;
    mail.sender = "account bob@example.org";
    mail.operand = "--account bob@example.org";
    mail.is_account = true;
    mail.accounts[0] = (struct mailtext_bytes)BYTES("203.0.113.7");
    assert_true(mailtext_write(&mail, out) > 0);
    assert_non_null(strstr(out, "\r\nSubject: [bansync mail] mx1: account bob@example.org banned "
                                "permanently (10 ratelimit hits)\r\n"));
    assert_non_null(strstr(out, "\r\nSender:     account bob@example.org\r\n"));
    assert_non_null(strstr(out, "\r\n\r\nUsed from (is its password stolen? then it is to be "
                                "changed):\r\n  203.0.113.7\r\n"));
    assert_non_null(strstr(out, "\r\nUndo it:    banctl unban --account bob@example.org\r\n"
                                "Let it send: banctl unban --account bob@example.org --allow 1h\r\n"
                                "Permanently: banctl allow add --account bob@example.org\r\n"
                                "See more:   banctl show --account bob@example.org\r\n"));
    assert_null(strstr(out, "Accounts seen"));
    for (size_t i = 0; i < 127; i++)
        memcpy(name + 8 + 4 * i, "\\xFF", 5);
    mail.sender = mail.operand = name;
    mailtext_write(&mail, out);
    assert_non_null(strstr(out, "\\xFF banned permanently (10 ratelimit hits)\r\n"));
    for (const char *at = out; *at != '\0'; at++) {
        line = *at == '\n' ? 0 : line + 1;
        assert_true(line <= 998 + 1); /* with its CR */
    }
}

/* A mail that was refused for a while and tried again, and several of them. */
static void hits_of_fewer_messages_say_of_how_many(void **state)
{
    struct mailtext mail = sample();

    (void)state;
    mail.messages = 1;
    mailtext_write(&mail, out);
    assert_non_null(strstr(out, " banned permanently (10 ratelimit hits, 1 message)\r\n"));
    assert_non_null(strstr(out, "\r\nCounted:    10 hits, 1 message\r\n"));
    mail.messages = 9;
    mailtext_write(&mail, out);
    assert_non_null(strstr(out, " (10 ratelimit hits, 9 messages)\r\n"));
    assert_non_null(strstr(out, "\r\nCounted:    10 hits, 9 messages\r\n"));
}

static void a_ban_that_is_only_observed_says_so(void **state)
{
    struct mailtext mail = sample();

    (void)state;
    mail.observed = true;
    mailtext_write(&mail, out);
    assert_non_null(strstr(out, "(10 ratelimit hits) but only observed\r\n"));
    assert_non_null(
        strstr(out, "\r\nObserved:   mx1 is in mode observe: its map stays without it\r\n"));
}

/* ASCII, CRLF and nothing like it, no line over 998 bytes or of a dot alone, one empty line that
 * ends the headers. */
/* Of no ban, and of no sender. */
static void the_brake_is_told_with_what_can_be_done(void **state)
{
    struct mailtext mail = sample();
    size_t length;

    (void)state;
    mail.sender = NULL;
    mail.brake_max = 200;
    mail.count_count = mail.account_count = mail.bucket_count = 0;
    length = mailtext_write(&mail, out);
    assert_int_equal(length, strlen(out));
    assert_non_null(strstr(out, "\r\nSubject: [bansync mail] mx1: brake: more than 200 senders a "
                                "minute\r\nMIME-Version: 1.0\r\n"));
    assert_non_null(strstr(out, "\r\n\r\nThe log of mx1 has banned 200 senders within a minute"));
    assert_non_null(strstr(out, "\r\nLook at them:   banctl held\r\n"));
    assert_non_null(strstr(out, "  banctl drop\r\n"));
    assert_non_null(strstr(out, "  banctl release\r\n"));
    assert_non_null(strstr(out, "\r\nbansyncd on mx1, cluster mail\r\n"));
    assert_null(strstr(out, "Sender:"));
    assert_null(strstr(out, "banned permanently"));
}

static void assert_harmless(const char *text, size_t length)
{
    const char *line = text;

    assert_int_equal(strlen(text), length);
    assert_true(length <= MAIL_BYTES_MAX && length > 2);
    while (*line != '\0') {
        const char *end = strchr(line, '\r');

        assert_non_null(end);
        assert_int_equal(end[1], '\n');
        assert_true(end - line <= 998);
        assert_true(line[0] != '.');
        for (; line < end; line++)
            assert_in_range((unsigned char)*line, 0x20, 0x7e);
        line += 2;
    }
}

/* Its name may hold other characters than headers may, and needs quotes for a shell. */
static void an_account_is_named_in_headers_and_commands(void **state)
{
    struct mailtext mail = sample();

    (void)state;
    mail.sender = "account ren\xc3\xa9 x";
    mail.operand = "--account 'ren\xc3\xa9 x'";
    assert_true(mailtext_write(&mail, out) > 0);
    assert_non_null(strstr(out, "mx1: account ren\\xC3\\xA9 x banned permanently ("));
    assert_non_null(strstr(out, "\r\nSender:     account ren=C3=A9 x\r\n"));
    assert_non_null(strstr(out, "\r\nUndo it:    banctl unban --account 'ren=C3=A9 x'\r\n"));
}

static void whatever_senders_choose_stays_in_the_body(void **state)
{
    static const char *const hostile[] = {
        "\r\n.\r\nMAIL FROM:<x@example.org>\r\n",
        "\n.\n",
        ".",
        "..",
        "\r",
        "\n",
        "a\r\nBcc: x@example.org\r\n\r\nbody",
        "=0D=0A.=0D=0A",
        "=?utf-8?q?=0D=0ABcc:_x?=",
        "\xe2\x80\xae\xe2\x80\x8f",
        "\xff\xfe\x80",
        "\x1b[2J\x7f\xc2\x9b",
        "\xc3\xa9\xc3\xa9\xc3\xa9 \xf0\x9f\x92\xa9",
        " ",
        "\t",
        "",
    };
    struct mailtext mail = sample();

    (void)state;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        size_t length;

        mail.accounts[0] = mail.buckets[0] =
            (struct mailtext_bytes){hostile[i], strlen(hostile[i])};
        length = mailtext_write(&mail, out);
        assert_harmless(out, length);
        assert_null(strstr(out, "\r\nBcc"));
        assert_null(strstr(out, "\r\nMAIL"));
        assert_memory_equal(out, permanent, 200); /* the headers are ours */
    }
}

/* As much as the state can hold. */
static void the_largest_mail_is_whole(void **state)
{
    static char accounts[3][66], name[64][NAME_BYTES_MAX + 1], to[MAIL_TO_BYTES_MAX + 1];
    struct mailtext_count counts[64];
    struct mailtext mail = sample();

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        memset(name[i], 'n', NAME_BYTES_MAX);
        counts[i] = (struct mailtext_count){name[i], 4000000000};
    }
    for (size_t i = 0; i < 3; i++) {
        memset(accounts[i], '\xc3', 66);
        for (size_t k = 1; k < 66; k += 2)
            accounts[i][k] = '\xa9';
        accounts[i][65] = '\r';
        mail.accounts[i] = (struct mailtext_bytes){accounts[i], 66};
    }
    for (size_t i = 0; i < 8; i++) {
        memset(to + 255 * i, 'a', 254);
        to[255 * i + 254] = i < 7 ? ',' : '\0';
    }
    mail.to = to;
    mail.cluster = mail.node = name[0];
    mail.account_count = 3;
    mail.counts = counts;
    mail.count_count = 64;
    for (size_t i = 0; i < ALERT_LINES_MAX; i++)
        mail.lines[i] = (struct mailtext_bytes)BYTES(LINE);
    mail.line_count = ALERT_LINES_MAX;
    assert_harmless(out, mailtext_write(&mail, out));
    assert_string_equal(out + strlen(out) - 2, "\r\n");
    assert_non_null(strstr(out, "cluster nnnn"));
    assert_non_null(strstr(out, "To: aaaa"));
    assert_non_null(strstr(out, "n 4")); /* the name does not run into the number */
}

/* Bounds that somebody broke make a shorter mail, never a write beyond its end. */
static void what_does_not_fit_is_left_out(void **state)
{
    static char account[70000];
    struct mailtext mail = sample();

    (void)state;
    memset(account, '\xff', sizeof(account));
    for (size_t i = 0; i < MAILTEXT_TEXTS_MAX; i++)
        mail.accounts[i] = mail.buckets[i] = (struct mailtext_bytes){account, sizeof(account)};
    mail.account_count = mail.bucket_count = MAILTEXT_TEXTS_MAX;
    assert_harmless(out, mailtext_write(&mail, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_permanent_ban),
        cmocka_unit_test(a_timed_ban_and_all_that_is_rare),
        cmocka_unit_test(hits_of_fewer_messages_say_of_how_many),
        cmocka_unit_test(a_ban_that_is_only_observed_says_so),
        cmocka_unit_test(the_brake_is_told_with_what_can_be_done),
        cmocka_unit_test(an_account_is_named_in_headers_and_commands),
        cmocka_unit_test(a_ban_of_an_account),
        cmocka_unit_test(whatever_senders_choose_stays_in_the_body),
        cmocka_unit_test(the_largest_mail_is_whole),
        cmocka_unit_test(what_does_not_fit_is_left_out),
    };

    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
