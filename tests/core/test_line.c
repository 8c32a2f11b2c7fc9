/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner of log lines: the forms it takes, the tricks it must not fall for.
 *
 * Lines are put together from the parts below, so that each test shows only what it is about. The
 * recorded lines are checked by tests/lines/check_lines.c.
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

#define FUNCTION "<aa0001>; proxy; rspamd_task_write_log: "
#define HEADER "2026-11-23 10:00:00 #77(rspamd_proxy) " FUNCTION
#define IDS "id: <m1@example.org>, qid: <4Q1>,"
#define SENDER " ip: 203.0.113.5, user: alice,"
#define MIDDLE                                                                                     \
    " from: <a@example.org>, (default: F (soft reject): [0.00/15.00] []), len: 168, time: 1.2ms, " \
    "dns req: 0, digest: <ae14>, rcpts: <b@example.net>, mime_rcpts: <b@example.net"
#define VERDICT \
    ">, forced: soft reject \"Ratelimit \"user\" exceeded\"; score=nan (set by ratelimit)"
#define TAIL MIDDLE VERDICT

/* What a line says by itself, without the lines of the same task before it. */
enum reading { READ_OTHER, READ_HIT, READ_UNATTRIBUTABLE, READ_REFUSED };

static enum reading read_alone(const char *bytes, size_t length, struct line *line,
                               const char **reason)
{
    static char scratch[LINE_BYTES_MAX];
    *reason = NULL;
    if (line_read(bytes, length, scratch, line) != LINE_MESSAGE ||
        line->verdict == LINE_NOT_LIMITED)
        return READ_OTHER;
    *reason = line->verdict == LINE_UNSURE ? line->verdict_broken : line->fields_broken;
    if (*reason)
        return READ_REFUSED;
    return line->has_addr ? READ_HIT : READ_UNATTRIBUTABLE;
}

/* The last line scanned. Each is scanned in an allocation of its exact size: reading past the end
 * is noticed. */
static struct line hit;
static const char *reason;
static char *scanned;

static enum reading scan_bytes(const char *bytes, size_t length)
{
    free(scanned);
    scanned = malloc(length ? length : 1);
    assert_non_null(scanned);
    memcpy(scanned, bytes, length);
    memset(&hit, 0x5a, sizeof(hit));
    reason = "unset";
    enum reading verdict = read_alone(scanned, length, &hit, &reason);
    assert_true((verdict == READ_REFUSED) == (reason != NULL));
    assert_int_equal(read_alone(scanned, length, &hit, &(const char *){NULL}), verdict);
    return verdict;
}

static enum reading scan(const char *line)
{
    return scan_bytes(line, strlen(line));
}

static void expect_text(struct line_text text, const char *expected)
{
    if (!expected) {
        assert_null(text.bytes);
        assert_int_equal(text.length, 0);
        return;
    }
    assert_non_null(text.bytes);
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.bytes, expected, text.length);
}

static void expect_hit(const char *line, const char *address, const char *bucket,
                       const char *account, const char *qid)
{
    char printed[ADDR_TEXT_SIZE];
    if (scan(line) != READ_HIT)
        fail_msg("no hit: %s (%s)", line, reason ? reason : "other");
    addr_print(&hit.addr, printed);
    assert_string_equal(printed, address);
    expect_text(hit.bucket, bucket);
    expect_text(hit.account, account);
    expect_text(hit.qid, qid);
}

static void expect_refused(const char *line, const char *why)
{
    enum reading verdict = scan(line);
    if (verdict != READ_REFUSED)
        fail_msg("not refused: %s", line);
    if (!strstr(reason, why))
        fail_msg("refused for another reason: %s", reason);
}

static void expect_other(const char *line)
{
    if (scan(line) != READ_OTHER)
        fail_msg("not another line: %s", line);
}

static void a_hit_has_all_its_fields(void **state)
{
    (void)state;
    expect_hit(HEADER IDS SENDER TAIL, "203.0.113.5", "user", "alice", "4Q1");
    assert_int_equal(hit.time.year, 2026);
    assert_int_equal(hit.time.day, 23);
    expect_text(hit.message, IDS SENDER TAIL);
    assert_ptr_equal(hit.message.bytes, scanned + strlen(HEADER));
}

static void a_trailing_cr_is_dropped_once(void **state)
{
    (void)state;
    expect_hit(HEADER IDS SENDER TAIL "\r", "203.0.113.5", "user", "alice", "4Q1");
    expect_text(hit.message, IDS SENDER TAIL);
    expect_other(HEADER IDS SENDER TAIL "\r\r");
}

static void fields_may_be_absent(void **state)
{
    (void)state;
    expect_hit(HEADER "id: <undef>, ip: 203.0.113.5, user: alice," TAIL, "203.0.113.5", "user",
               "alice", NULL);
    expect_hit(HEADER IDS " ip: 203.0.113.5," TAIL, "203.0.113.5", "user", NULL, "4Q1");
    expect_hit(HEADER IDS " ip: 203.0.113.5, (default: F (soft reject): [], mime_rcpts: <b" VERDICT,
               "203.0.113.5", "user", NULL, "4Q1");
    expect_hit(
        HEADER IDS
        " ip: 203.0.113.5, user: alice, (default: F (soft reject): [], mime_rcpts: <b" VERDICT,
        "203.0.113.5", "user", "alice", "4Q1");
    expect_hit(HEADER IDS " ip: 203.0.113.5, user: ," TAIL, "203.0.113.5", "user", NULL, "4Q1");
}

static void another_header_is_another_line(void **state)
{
    (void)state;
    expect_other("x" HEADER IDS SENDER TAIL);
    expect_other("Nov 23 10:00:00 mx1 postfix/smtpd[1]: " HEADER IDS SENDER TAIL);
    expect_other(IDS SENDER TAIL);
}

static void other_verdicts_are_other_lines(void **state)
{
    (void)state;
    expect_other(HEADER IDS SENDER MIDDLE ">");
    expect_other(HEADER IDS SENDER MIDDLE
                 ">, forced: reject \"Matched map: X\"; score=nan (set by multimap)");
    expect_other(
        HEADER IDS SENDER MIDDLE
        ">, forced: soft reject \"Ratelimit \"user\" exceeded\"; score=nan (set by force_actions)");
    expect_other(HEADER IDS SENDER TAIL ">");
    expect_other(HEADER IDS SENDER TAIL " ");
    expect_other("");
    expect_other("\r");
    expect_other(")");
    assert_int_equal(scan_bytes(HEADER IDS SENDER TAIL, sizeof(HEADER IDS SENDER TAIL) - 2),
                     READ_OTHER);
}

static void settings_id_may_follow(void **state)
{
    (void)state;
    expect_hit(HEADER IDS SENDER TAIL ", settings_id: out-bound_1.x", "203.0.113.5", "user",
               "alice", "4Q1");
    expect_text(hit.message, IDS SENDER TAIL ", settings_id: out-bound_1.x");
    expect_hit(HEADER IDS SENDER TAIL ", settings_id: x\r", "203.0.113.5", "user", "alice", "4Q1");
    expect_other(HEADER IDS SENDER TAIL ", settings_id: ");
    expect_other(HEADER IDS SENDER TAIL ", settings_id: a b");
    expect_other(HEADER IDS SENDER TAIL ", settings_id: foo\"@example.net>");
    expect_other(HEADER IDS SENDER TAIL ", settings_id: a,b");
    expect_other(HEADER IDS SENDER TAIL ", file: x");
    expect_other(HEADER IDS SENDER TAIL
                 ", settings_id: 0123456789012345678901234567890123456789012345678901234567890123"
                 "4");
}

static void a_verdict_must_have_its_form(void **state)
{
    (void)state;
    const char *why = "the verdict is not";
    expect_refused(HEADER IDS SENDER MIDDLE
                   ">, forced: soft reject \"too much mail\"; score=nan (set by ratelimit)",
                   why);
    expect_refused(
        HEADER IDS SENDER MIDDLE
        ">, forced: reject \"Ratelimit \"user\" exceeded\"; score=nan (set by ratelimit)",
        why);
    expect_refused(
        HEADER IDS SENDER MIDDLE
        ">, forced: soft reject \"Ratelimit \"user\" exceeded\"; score=1.0 (set by ratelimit)",
        why);
    /* Text in the list of recipients has no '>' before it. */
    expect_refused(
        HEADER IDS SENDER MIDDLE
        ", forced: soft reject \"Ratelimit \"user\" exceeded\"; score=nan (set by ratelimit)",
        why);
    expect_refused(HEADER "(set by ratelimit)", why);
    expect_refused(HEADER "\" exceeded\"; score=nan (set by ratelimit)", why);
    expect_refused(HEADER "x\" exceeded\"; score=nan (set by ratelimit)", why);
    expect_refused(HEADER "\"\" exceeded\"; score=nan (set by ratelimit)", why);
}

static void a_bucket_name_is_bounded_and_plain(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "a\\x0A", "a\tb", "a\177b"};
    char name[BUCKET_BYTES_MAX + 2];
    char line[4000];
    const char *form =
        "%s>, forced: soft reject \"Ratelimit \"%s\" exceeded\"; score=nan (set by ratelimit)";
    memset(name, 'n', sizeof(name));
    name[BUCKET_BYTES_MAX] = '\0';
    snprintf(line, sizeof(line), form, HEADER IDS SENDER MIDDLE, name);
    expect_hit(line, "203.0.113.5", name, "alice", "4Q1");
    name[BUCKET_BYTES_MAX] = 'n';
    name[BUCKET_BYTES_MAX + 1] = '\0';
    snprintf(line, sizeof(line), form, HEADER IDS SENDER MIDDLE, name);
    expect_refused(line, "the bucket name");
    snprintf(line, sizeof(line), form, HEADER IDS SENDER MIDDLE, "my sel");
    expect_hit(line, "203.0.113.5", "my sel", "alice", "4Q1");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(line, sizeof(line), form, HEADER IDS SENDER MIDDLE, bad[i]);
        expect_refused(line, "the bucket name");
    }
}

static void addresses_are_read_strictly(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "203.0.113.500",  "203.0.113.05",  "1.2.3",   "203.0.113.5:25",
        "203.0.113.0/24", "[2001:db8::1]", "",        " 203.0.113.5",
        "2001:db8::1%lo", "203.0.113.5 ",  "unix:/x", "203.0.113.5> "};
    expect_hit(HEADER IDS " ip: 2001:db8::9," TAIL, "2001:db8::9", "user", NULL, "4Q1");
    expect_hit(HEADER IDS " ip: ::ffff:203.0.113.9," TAIL, "203.0.113.9", "user", NULL, "4Q1");
    expect_hit(HEADER IDS " ip: 127.0.0.1," TAIL, "127.0.0.1", "user", NULL, "4Q1");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char line[2000];
        snprintf(line, sizeof(line), "%s ip: %s,%s", HEADER IDS, bad[i], TAIL);
        expect_refused(line, "the address");
    }
    expect_refused(HEADER "id: <x>, ip: 203.0.113.5" VERDICT, "the address");
}

static void without_an_address_nobody_is_named(void **state)
{
    (void)state;
    memset(&hit, 0, sizeof(hit));
    assert_int_equal(scan(HEADER IDS " user: alice," TAIL), READ_UNATTRIBUTABLE);
    expect_text(hit.bucket, "user");
    expect_text(hit.account, "alice");
    expect_text(hit.qid, "4Q1");
    assert_int_equal(hit.time.hour, 10);
    assert_int_equal(scan(HEADER IDS TAIL), READ_UNATTRIBUTABLE);
    expect_text(hit.account, NULL);
    assert_int_equal(scan(HEADER IDS " user: eve, ip: 192.0.2.66," TAIL), READ_UNATTRIBUTABLE);
    expect_text(hit.account, "eve, ip: 192.0.2.66");
    assert_int_equal(scan(HEADER IDS " from: <x>, ip: 192.0.2.66, user: u," TAIL),
                     READ_UNATTRIBUTABLE);
    assert_int_equal(scan(HEADER IDS " (default: F, ip: 192.0.2.66, mime_rcpts: <b" VERDICT),
                     READ_UNATTRIBUTABLE);
}

static void text_of_a_sender_never_chooses_the_address(void **state)
{
    (void)state;
    expect_hit(HEADER IDS " ip: 203.0.113.5, user: eve, ip: 192.0.2.66, user: x," TAIL,
               "203.0.113.5", "user", "eve, ip: 192.0.2.66, user: x", "4Q1");
    expect_hit(HEADER "id: <a>,qid:<b>,ip:192.0.2.66,>, qid: <4Q1>," SENDER TAIL, "203.0.113.5",
               "user", "alice", "4Q1");
    expect_hit(HEADER IDS SENDER " from: <x>, ip: 192.0.2.66, user: y, from: <z>," TAIL,
               "203.0.113.5", "user", "alice", "4Q1");
    expect_hit(HEADER IDS SENDER MIDDLE
               ", ip: 192.0.2.66, forced: soft reject \"Ratelimit \"x\" exceeded\"" VERDICT,
               "203.0.113.5", "user", "alice", "4Q1");
}

static void ids_must_be_plain(void **state)
{
    (void)state;
    expect_refused(HEADER "id: <a b>, qid: <4Q1>," SENDER TAIL, "id: <");
    expect_refused(HEADER "id: <a\x80>, qid: <4Q1>," SENDER TAIL, "id: <");
    expect_refused(HEADER "id: a, qid: <4Q1>," SENDER TAIL, "id: <");
    expect_refused(HEADER "id: <>" VERDICT, "id: <");
    expect_refused(HEADER "mid: <a>," SENDER TAIL, "id: <");
    expect_refused(HEADER "id: <m>, qid: <ip: 192.0.2.66>," SENDER TAIL, "the queue id");
    expect_refused(HEADER "id: <m>, qid: <>," SENDER TAIL, "the queue id");
    expect_refused(HEADER "id: <m>, qid: <4Q1>x," SENDER TAIL, "the queue id");
    expect_refused(HEADER "id: <m>, qid: <4\\x0A>," SENDER TAIL, "the queue id");
    expect_refused(
        HEADER
        "id: <m>, qid: <01234567890123456789012345678901234567890123456789012345678901234>," SENDER
            TAIL,
        "the queue id");
}

static void fields_must_stand_in_order(void **state)
{
    (void)state;
    const char *why = "an unknown field";
    expect_refused(HEADER "id: <m>,ip: 203.0.113.5," TAIL,
                   "id: <"); /* no blank: still part of the id */
    expect_refused(HEADER "id: <m>, ip: 203.0.113.5, qid: <4Q1>," TAIL, why);
    expect_refused(HEADER IDS " ip: 203.0.113.5,user: alice," TAIL, why);
    expect_refused(HEADER IDS " ip: 203.0.113.5, ip: 192.0.2.66," TAIL, why);
    expect_refused(HEADER IDS " ip=203.0.113.5" VERDICT, why);
    expect_refused(HEADER IDS " ip: 203.0.113.5, user: alice" VERDICT, "the account");
    expect_refused(HEADER IDS " ip: 203.0.113.5, user: alice, " VERDICT, "the account");
}

static void an_account_ends_at_its_first_separator(void **state)
{
    (void)state;
    expect_hit(HEADER IDS " ip: 203.0.113.5, user: eve, from: <x," TAIL, "203.0.113.5", "user",
               "eve", "4Q1");
    expect_hit(HEADER IDS " ip: 203.0.113.5, user: eve, (default: x," TAIL, "203.0.113.5", "user",
               "eve", "4Q1");
    expect_hit(HEADER IDS " ip: 203.0.113.5, user: ,,, from,," TAIL, "203.0.113.5", "user",
               ",,, from,", "4Q1");
    expect_hit(HEADER IDS " ip: 203.0.113.5, user: a\\x09b \xff," TAIL, "203.0.113.5", "user",
               "a\\x09b \xff", "4Q1");
}

static void a_long_account_keeps_its_first_bytes(void **state)
{
    (void)state;
    char account[ACCOUNT_BYTES_MAX + 101];
    char line[4000];
    memset(account, 'u', sizeof(account));
    account[sizeof(account) - 1] = '\0';
    snprintf(line, sizeof(line), "%s ip: 203.0.113.5, user: %s,%s", HEADER IDS, account, TAIL);
    account[ACCOUNT_BYTES_MAX] = '\0';
    expect_hit(line, "203.0.113.5", "user", account, "4Q1");
}

static void a_nul_byte_refuses_the_line(void **state)
{
    (void)state;
    static const char behind[] = HEADER IDS " ip: 203.0.113.5, user: a\0b," TAIL;
    static const char before[] = "2026-11-23 10:00:00\0#77(rspamd_proxy) " FUNCTION IDS SENDER TAIL;
    assert_int_equal(scan_bytes(behind, sizeof(behind) - 1), READ_REFUSED);
    assert_non_null(strstr(reason, "NUL"));
    assert_int_equal(scan_bytes(before, sizeof(before) - 1), READ_OTHER);
}

/* A message of exactly length bytes: the list of recipients is filled up. */
static char *fill_message(const char *header, size_t length)
{
    const char *start = IDS SENDER MIDDLE;
    size_t header_length = strlen(header);
    char *line = malloc(header_length + length + 1);
    assert_non_null(line);
    memcpy(line, header, header_length);
    memset(line + header_length, 'r', length);
    memcpy(line + header_length, start, strlen(start));
    memcpy(line + header_length + length - strlen(VERDICT), VERDICT, strlen(VERDICT) + 1);
    return line;
}

static void a_message_that_may_be_cut_is_refused(void **state)
{
    (void)state;
    char *line = fill_message(HEADER, 8189);
    assert_int_equal(scan(line), READ_HIT);
    free(line);
    static const size_t cut[] = {8190, 8191, 8192, LINE_BYTES_MAX - 100, LINE_BYTES_MAX + 100};
    for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
        line = fill_message(HEADER, cut[i]);
        expect_refused(line, "may be cut");
        free(line);
    }
}

/* A syslog daemon cuts where it likes: rsyslog at 8096 bytes with a header of its own, RFC 3164
 * lets it be 1024. */
static void a_line_that_syslog_may_have_cut_is_refused(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "Nov 23 10:00:00 mx1 rspamd[77]: " FUNCTION,
        "2026-11-23T10:00:00.123456+01:00 mx1 rspamd[77]: (rspamd_proxy) " FUNCTION,
        "<22>1 2026-11-23T10:00:00Z mx1 rspamd 77 - -  " FUNCTION,
    };
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        size_t header_length = strlen(headers[i]);
        char *line = fill_message(headers[i], 999 - header_length);
        assert_int_equal(scan(line), READ_HIT);
        free(line);
        static const size_t cut[] = {1000, 1024, 8096, 8150};
        for (size_t k = 0; k < sizeof(cut) / sizeof(cut[0]); k++) {
            line = fill_message(headers[i], cut[k] - header_length);
            expect_refused(line, "may be cut");
            free(line);
        }
    }
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
        cmocka_unit_test(a_hit_has_all_its_fields),
        cmocka_unit_test(a_trailing_cr_is_dropped_once),
        cmocka_unit_test(fields_may_be_absent),
        cmocka_unit_test(another_header_is_another_line),
        cmocka_unit_test(other_verdicts_are_other_lines),
        cmocka_unit_test(settings_id_may_follow),
        cmocka_unit_test(a_verdict_must_have_its_form),
        cmocka_unit_test(a_bucket_name_is_bounded_and_plain),
        cmocka_unit_test(addresses_are_read_strictly),
        cmocka_unit_test(without_an_address_nobody_is_named),
        cmocka_unit_test(text_of_a_sender_never_chooses_the_address),
        cmocka_unit_test(ids_must_be_plain),
        cmocka_unit_test(fields_must_stand_in_order),
        cmocka_unit_test(an_account_ends_at_its_first_separator),
        cmocka_unit_test(a_long_account_keeps_its_first_bytes),
        cmocka_unit_test(a_nul_byte_refuses_the_line),
        cmocka_unit_test(a_message_that_may_be_cut_is_refused),
        cmocka_unit_test(a_line_that_syslog_may_have_cut_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, free_scanned);
}
