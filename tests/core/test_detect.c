/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a message are joined by process and tag, and each message over a limit is one hit.
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

#include "detect.h"

#define TIME "2026-11-23 10:00:00 "
#define LIMITED \
    ">, forced: soft reject \"Ratelimit \"user\" exceeded\"; score=nan (set by ratelimit)"
#define REST " from: <a@example.org>, (default: F (no action): [0.00/15.00] []), mime_rcpts: <b@x"

static struct detect *detect;
static struct detect_hit hit;
static uint64_t place;
static int64_t now_ms;

static int open_detect(void **state)
{
    (void)state;
    detect = detect_open();
    assert_non_null(detect);
    place = 0;
    now_ms = 1000;
    return 0;
}

static int close_detect(void **state)
{
    (void)state;
    detect_close(&detect);
    assert_null(detect);
    return 0;
}

static enum detect_result take(const char *line)
{
    memset(&hit, 0x5a, sizeof(hit));
    enum detect_result result = detect_line(detect, line, strlen(line), place, now_ms, &hit);
    place += strlen(line) + 1;
    return result;
}

static void evidence_of(unsigned pid, const char *tag, const char *bucket)
{
    char line[512];
    snprintf(line, sizeof(line),
             TIME "#%u(rspamd_proxy) <%s>; lua; ratelimit.lua:617: ratelimit \"%s(key)\" exceeded, "
                  "(10 / 0.0166): 10.2 (1:1 dyn); redis key: RLx",
             pid, tag, bucket);
    assert_int_equal(take(line), DETECT_NOTHING);
}

/* A message of 203.0.113.NUMBER that went through. */
static enum detect_result message_of(unsigned pid, const char *tag, unsigned number)
{
    char line[512];
    snprintf(line, sizeof(line),
             TIME "#%u(rspamd_proxy) <%s>; proxy; rspamd_task_write_log: id: <m%u@x>, qid: <4Q%u>, "
                  "ip: 203.0.113.%u, user: u%u," REST ">",
             pid, tag, number, number, number, number);
    return take(line);
}

static void expect_text(struct line_text text, const char *expected)
{
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.bytes, expected, text.length);
}

static void expect_hit(enum detect_result result, const char *address, const char *bucket)
{
    char printed[ADDR_TEXT_SIZE];
    assert_int_equal(result, DETECT_HIT);
    assert_null(hit.reason);
    addr_print(&hit.addr, printed);
    assert_string_equal(printed, address);
    assert_true(hit.bucket_count >= 1);
    expect_text(hit.buckets[0], bucket);
}

static void a_message_with_evidence_is_a_hit(void **state)
{
    (void)state;
    evidence_of(77, "aa0001", "user");
    expect_hit(message_of(77, "aa0001", 5), "203.0.113.5", "user");
    assert_true(hit.by_evidence);
    expect_text(hit.account, "u5");
    expect_text(hit.qid, "4Q5");
    expect_text(hit.message_id, "m5@x");
    assert_int_equal(hit.time.form, LINE_TIME_LOCAL);
    /* Once a message. */
    assert_int_equal(message_of(77, "aa0001", 5), DETECT_NOTHING);
}

static void other_tasks_have_none(void **state)
{
    (void)state;
    evidence_of(77, "aa0001", "user");
    assert_int_equal(message_of(78, "aa0001", 5), DETECT_NOTHING);
    assert_int_equal(message_of(77, "aa0002", 5), DETECT_NOTHING);
    assert_int_equal(message_of(77, "aa000", 5), DETECT_NOTHING);
    evidence_of(78, "bb", "ip");
    expect_hit(message_of(78, "bb", 6), "203.0.113.6", "ip");
    expect_hit(message_of(77, "aa0001", 5), "203.0.113.5", "user");
}

static void a_message_that_was_soft_rejected_needs_none(void **state)
{
    (void)state;
    expect_hit(take(TIME "#77(rspamd_proxy) <aa0001>; proxy; rspamd_task_write_log: id: <undef>, "
                         "ip: 203.0.113.5," REST LIMITED),
               "203.0.113.5", "user");
    assert_false(hit.by_evidence);
    assert_null(hit.message_id.bytes);
    assert_int_equal(hit.bucket_count, 1);
}

static void all_buckets_of_a_message_are_one_hit(void **state)
{
    (void)state;
    const char *line = TIME "#77(rspamd_proxy) <aa0001>; proxy; rspamd_task_write_log: id: <m>, "
                            "ip: 203.0.113.5," REST LIMITED;
    evidence_of(77, "aa0001", "ip");
    evidence_of(77, "aa0001", "user");
    evidence_of(77, "aa0001", "ip");
    evidence_of(77, "aa0001", "my sel");
    expect_hit(take(line), "203.0.113.5", "user"); /* as its end says */
    assert_int_equal(hit.bucket_count, 3);
    expect_text(hit.buckets[1], "ip");
    expect_text(hit.buckets[2], "my sel");
    for (unsigned i = 0; i < DETECT_BUCKETS_MAX + 2; i++) {
        char name[8];
        snprintf(name, sizeof(name), "b%u", i);
        evidence_of(77, "aa0001", name);
    }
    expect_hit(take(line), "203.0.113.5", "user");
    assert_int_equal(hit.bucket_count, DETECT_BUCKETS_MAX);
    expect_text(hit.buckets[DETECT_BUCKETS_MAX - 1], "b2");
}

static void what_has_no_address_is_told(void **state)
{
    (void)state;
    const char *no_ip = TIME "#77(rspamd_proxy) <aa0001>; proxy; rspamd_task_write_log: id: <m>, "
                             "qid: <4Q1>, user: eve, ip: 192.0.2.66," REST;
    char line[512];
    evidence_of(77, "aa0001", "user");
    assert_int_equal(take(no_ip), DETECT_UNATTRIBUTABLE);
    assert_non_null(strstr(hit.reason, "without a client address"));
    expect_text(hit.buckets[0], "user");
    expect_text(hit.account, "eve, ip: 192.0.2.66");
    snprintf(line, sizeof(line), "%s%s", no_ip, LIMITED);
    assert_int_equal(take(line), DETECT_UNATTRIBUTABLE);
    assert_int_equal(hit.bucket_count, 1);
}

static void broken_fields_are_not_guessed(void **state)
{
    (void)state;
    const char *hostile = TIME "#77(rspamd_proxy) <aa0001>; proxy; rspamd_task_write_log: id: <m>, "
                               "qid: <Q ip: 192.0.2.66>, ip: 203.0.113.5," REST;
    char line[512];
    assert_int_equal(take(hostile), DETECT_NOTHING);
    evidence_of(77, "aa0001", "user");
    assert_int_equal(take(hostile), DETECT_UNATTRIBUTABLE);
    assert_string_equal(hit.reason, "the queue id is not plain");
    assert_null(hit.qid.bytes);
    assert_null(hit.account.bytes);
    snprintf(line, sizeof(line), "%s%s", hostile, LIMITED);
    assert_int_equal(take(line), DETECT_REFUSED);
    assert_string_equal(hit.reason, "the queue id is not plain");
}

/* A message of 8191 bytes whose field is filled up with byte. */
static char *cut_line(const char *start, char byte)
{
    static char line[9000];
    const char *header = TIME "#77(rspamd_proxy) <aa0001>; proxy; rspamd_task_write_log: ";
    size_t length = strlen(header) + 8191;
    memset(line, byte, length);
    line[length] = '\0';
    memcpy(line, header, strlen(header));
    memcpy(line + strlen(header), start, strlen(start));
    return line;
}

static void a_cut_message_counts_if_its_address_was_left(void **state)
{
    (void)state;
    static const struct {
        const char *start;
        char byte;
        bool has_address;
    } cases[] = {
        {"id: <m>, ip: 203.0.113.5, user: ", 'u', true},
        {"id: <m>, ip: 203.0.113.5, user: ", ',', true},
        {"id: <m>, ip: 203.0.113.5, from: <", 'f', true},
        {"id: <m>, ip: 203.0.113.5, (default: ", ' ', true},
        {"id: <m>, ip: 203.0.113.5, frm: <", ' ', false},
        {"id: <", 'm', false},
        {"id: <m>, qid: <", 'q', false},
        {"id: <m>, ip: 203.0.113.5", '5', false},
        {"id: <m>, user: eve, ip: 192.0.2.66, ", 'x', false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(take(cut_line(cases[i].start, cases[i].byte)), DETECT_NOTHING);
        evidence_of(77, "aa0001", "user");
        enum detect_result result = take(cut_line(cases[i].start, cases[i].byte));
        if (cases[i].has_address)
            expect_hit(result, "203.0.113.5", "user");
        else
            assert_int_equal(result, DETECT_UNATTRIBUTABLE);
    }
}

static void a_cut_end_is_no_verdict(void **state)
{
    (void)state;
    char *line = cut_line("id: <m>, ip: 203.0.113.5, from: <", 'f');
    memcpy(line + strlen(line) - strlen(LIMITED), LIMITED, strlen(LIMITED));
    assert_int_equal(take(line), DETECT_REFUSED);
    assert_non_null(strstr(hit.reason, "may be cut"));
    evidence_of(77, "aa0001", "ip");
    expect_hit(take(line), "203.0.113.5", "ip");
    assert_int_equal(hit.bucket_count, 1); /* what the end says is not believed */
}

static void only_ratelimit_is_evidence(void **state)
{
    (void)state;
    static const char *const others[] = {
        "lua; greylist.lua:617: ratelimit \"user(key)\" exceeded, (",
        "proxy; ratelimit.lua:617: ratelimit \"user(key)\" exceeded, (",
        "lua; ratelimit.lua:617: skip ratelimit for whitelisted recipient",
        "lua; ratelimit.lua:617: creating dynamic prefix ratelimit \"user(key)\" exceeded, (",
        "lua; ratelimit.lua:617: ratelimit user(key)\" exceeded, (",
        "lua; ratelimit.lua:617: ratelimit \"(key)\" exceeded, (",
        "lua; ratelimit.lua:617: ratelimit \"user",
        "lua; ratelimit.lua:617: ratelimit \"",
        "proxy; rspamd_task_write_log: ratelimit \"user(key)\" exceeded, (",
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        char line[512];
        snprintf(line, sizeof(line), TIME "#77(rspamd_proxy) <aa0001>; %s", others[i]);
        assert_int_equal(take(line), DETECT_NOTHING);
        if (message_of(77, "aa0001", 5) != DETECT_NOTHING)
            fail_msg("was taken for evidence: %s", others[i]);
    }
    assert_int_equal(take(TIME "#77(rspamd_proxy) <aa0001>; lua; ratelimit.lua:9: "
                               "set_symbol_only: ratelimit \"user(key)\" exceeded, ("),
                     DETECT_NOTHING);
    expect_hit(message_of(77, "aa0001", 5), "203.0.113.5", "user");
}

static void other_forms_of_the_log_are_joined(void **state)
{
    (void)state;
    assert_int_equal(take("Nov 23 10:00:00 mx1 rspamd[77]: <aa0001>; lua; ratelimit.lua:617: "
                          "ratelimit \"user(k)\" exceeded, ("),
                     DETECT_NOTHING);
    expect_hit(take("Nov 23 10:00:00 mx1 rspamd[77]: <aa0001>; task; rspamd_task_write_log: "
                    "id: <m>, ip: 203.0.113.5," REST ">"),
               "203.0.113.5", "user");
    assert_int_equal(take("(normal) <aa0001>; lua; ratelimit.lua:617: ratelimit \"user(k)\" "),
                     DETECT_NOTHING);
    expect_hit(
        take("(normal) <aa0001>; task; rspamd_task_write_log: id: <m>, ip: 203.0.113.5," REST ">"),
        "203.0.113.5", "user");
    assert_int_equal(hit.time.form, LINE_TIME_NONE);
#define JSON(module, function, message)                                                           \
    "{\"ts\": 1795435200.123456, \"pid\": 77, \"severity\": \"info\", \"worker_type\": "          \
    "\"rspamd_proxy\", \"id\": \"aa0001\", \"module\": \"" module "\", \"function\": \"" function \
    "\", \"message\": \"" message "\"}"
    assert_int_equal(take(JSON("lua", "ratelimit.lua:617", "ratelimit \\\"user(k)\\\" exceeded")),
                     DETECT_NOTHING);
    expect_hit(take(JSON("proxy", "rspamd_task_write_log",
                         "id: <m>, ip: 203.0.113.5, user: a\\\"b," REST ">")),
               "203.0.113.5", "user");
    expect_text(hit.account, "a\"b");
    assert_int_equal(hit.time.form, LINE_TIME_EPOCH);
    assert_int_equal(hit.time.epoch_ms, 1795435200123);
}

static void evidence_waits_for_a_bounded_time(void **state)
{
    (void)state;
    struct detect_stats stats;
    assert_true(detect_place(detect) == UINT64_MAX);
    place = 4711;
    evidence_of(77, "aa0001", "user");
    assert_int_equal(detect_place(detect), 4711);
    now_ms += DETECT_WAIT_MS;
    detect_expire(detect, now_ms);
    expect_hit(message_of(77, "aa0001", 5), "203.0.113.5", "user");
    assert_true(detect_place(detect) == UINT64_MAX);
    evidence_of(77, "aa0001", "user");
    now_ms += DETECT_WAIT_MS + 1;
    assert_int_equal(message_of(77, "aa0001", 5), DETECT_NOTHING);
    evidence_of(77, "aa0001", "user");
    now_ms += DETECT_WAIT_MS + 1;
    detect_expire(detect, now_ms);
    detect_statistics(detect, &stats);
    assert_int_equal(stats.expired, 2);
    assert_int_equal(stats.pushed, 0);
}

static void evidence_waits_for_so_much_log(void **state)
{
    (void)state;
    struct detect_stats stats;
    uint64_t start = place;
    evidence_of(77, "aa0001", "user");
    evidence_of(77, "aa0002", "user");
    place = start + DETECT_WAIT_BYTES;
    expect_hit(message_of(77, "aa0001", 5), "203.0.113.5", "user");
    evidence_of(77, "aa0001", "user");
    place = start + 2 * (uint64_t)DETECT_WAIT_BYTES;
    assert_int_equal(message_of(77, "aa0002", 5), DETECT_NOTHING);
    detect_expire(detect, now_ms); /* the other one is younger */
    detect_statistics(detect, &stats);
    assert_int_equal(stats.expired, 1);
    expect_hit(message_of(77, "aa0001", 5), "203.0.113.5", "user");
}

static void the_oldest_evidence_makes_way(void **state)
{
    (void)state;
    struct detect_stats stats;
    char tag[16];
    for (unsigned i = 0; i <= DETECT_OPEN_MAX; i++) {
        snprintf(tag, sizeof(tag), "%06x", i);
        evidence_of(77, tag, "user");
    }
    detect_statistics(detect, &stats);
    assert_int_equal(stats.pushed, 1);
    assert_int_equal(message_of(77, "000000", 5), DETECT_NOTHING);
    expect_hit(message_of(77, "000001", 5), "203.0.113.5", "user");
    snprintf(tag, sizeof(tag), "%06x", DETECT_OPEN_MAX);
    expect_hit(message_of(77, tag, 6), "203.0.113.6", "user");
}

int main(void)
{
#define DETECT_TEST(test) cmocka_unit_test_setup_teardown(test, open_detect, close_detect)
    const struct CMUnitTest tests[] = {
        DETECT_TEST(a_message_with_evidence_is_a_hit),
        DETECT_TEST(other_tasks_have_none),
        DETECT_TEST(a_message_that_was_soft_rejected_needs_none),
        DETECT_TEST(all_buckets_of_a_message_are_one_hit),
        DETECT_TEST(what_has_no_address_is_told),
        DETECT_TEST(broken_fields_are_not_guessed),
        DETECT_TEST(a_cut_message_counts_if_its_address_was_left),
        DETECT_TEST(a_cut_end_is_no_verdict),
        DETECT_TEST(only_ratelimit_is_evidence),
        DETECT_TEST(other_forms_of_the_log_are_joined),
        DETECT_TEST(evidence_waits_for_a_bounded_time),
        DETECT_TEST(evidence_waits_for_so_much_log),
        DETECT_TEST(the_oldest_evidence_makes_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
