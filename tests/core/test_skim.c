/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever skims over a log finds what whoever reads each of its lines finds.
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

#include "random.h"
#include "skim.h"
#include "zone.h"

#define LOG_LINES 400
#define LOG_BYTES_MAX 1048576
#define RESULTS_MAX LOG_LINES
#define ARRIVAL_MS 1793000000000 /* 2026-10-26 */
#define MESSAGE                                                               \
    "proxy; rspamd_task_write_log: id: <m@x>, qid: <4Q5>, ip: 203.0.113.%u, " \
    "from: <a@example.org>, "
#define PASSED "(default: F (no action): [0.00/15.00] []), mime_rcpts: <b@x>"
#define LIMITED                                                                          \
    "(default: F (no action): [0.00/15.00] []), mime_rcpts: <b@x>, forced: soft reject " \
    "\"Ratelimit "                                                                       \
    "\"user\" exceeded\"; score=nan (set by ratelimit)"

/* What was found, in order. */
struct findings {
    struct {
        enum detect_result result;
        uint64_t place;
        int64_t t_ms;
        struct addr addr;
        size_t bucket_count;
    } found[RESULTS_MAX];
    size_t count;
    uint64_t lines;
    uint64_t skimmed;
    struct detect_stats stats;
    struct linetime_kept kept;
};

static char text[LOG_BYTES_MAX];
static size_t text_length;

static void add(const char *line)
{
    size_t length = strlen(line);

    assert_true(text_length + length + 1 <= sizeof(text));
    memcpy(text + text_length, line, length);
    text[text_length + length] = '\n';
    text_length += length + 1;
}

static void take(struct findings *findings, struct linetime *time, struct detect *detect,
                 const char *line, size_t length, uint64_t place)
{
    struct detect_hit hit = {.bucket_count = 0};
    enum linetime_basis basis;
    enum detect_result result;

    linetime_pass(time, line, length, ARRIVAL_MS, false);
    result = detect_line(detect, line, length, place, 0, &hit);
    findings->lines++;
    if (result == DETECT_NOTHING)
        return;
    findings->found[findings->count].result = result;
    findings->found[findings->count].place = place;
    findings->found[findings->count].addr = hit.addr;
    findings->found[findings->count].bucket_count = hit.bucket_count;
    findings->found[findings->count].t_ms =
        linetime_next(time, &hit.time, ARRIVAL_MS, false, &basis);
    findings->count++;
}

/* In pieces of piece_bytes; 0: each line alone. */
static void read_log(struct findings *findings, size_t piece_bytes)
{
    struct detect *detect = detect_open();
    struct linetime time;
    size_t at = 0;

    assert_non_null(detect);
    memset(findings, 0, sizeof(*findings));
    linetime_open(&time, zone_east, NULL);
    while (at < text_length) {
        const char *lf = memchr(text + at, '\n', text_length - at);
        size_t left = text_length - at;
        struct skimmed skimmed = {.bytes = 0, .lines = 0};

        if (piece_bytes > 0)
            skimmed = skim(detect, &time, text + at, left < piece_bytes ? left : piece_bytes);
        assert_true(skimmed.bytes == 0 || text[at + skimmed.bytes - 1] == '\n');
        assert_true((skimmed.bytes == 0) == (skimmed.lines == 0));
        findings->lines += skimmed.lines;
        findings->skimmed += skimmed.lines;
        at += skimmed.bytes;
        if (skimmed.bytes > 0)
            continue;
        take(findings, &time, detect, text + at, (size_t)(lf - text) - at, at);
        at = (size_t)(lf - text) + 1;
    }
    detect_expire(detect, INT64_MAX);
    detect_statistics(detect, &findings->stats);
    findings->kept = linetime_keep(&time);
    detect_close(&detect);
}

/* In the night in which an hour comes twice, of few processes with few tasks. */
static void add_random(struct random *random)
{
    static const char *const texts[] = {
        "proxy; rspamd_message_parse: loaded message; id: <m@x>; queue-id: <4Q5>; size: 1200",
        "lua; greylist.lua:217: greylisted until 02:50",
        "lua; ratelimit.lua:617: ratelimit \"user(key)\" exceeded, (10 / 0.0166): 10.2",
        "lua; ratelimit.lua:617: ratelimit \"to(key)\" exceeded, (10 / 0.0166): 10.2",
        MESSAGE LIMITED,
        MESSAGE PASSED,
        MESSAGE PASSED,
        MESSAGE PASSED,
        "task; rspamd_task_write_log: id: <>, ip: none, " LIMITED,
        "milter; rspamd_milter_process_command: got connection from 198.51.100.7:25",
    };
    static const char *const beginnings[] = {
        "2026-10-25 02:%02u:30 #%u(rspamd_proxy) <aa%u>; ",
        "2026-10-25 02:%02u:30.12345 [info] #%u(normal) <aa%u>; ",
        "Oct 25 02:%02u:30 mx1 rspamd[%u]: <aa%u>; ",
        "\033[0;37m2026-10-25 02:%02u:30 #%u(rspamd_proxy) <aa%u>; ",
        "no time at all %u %u %u",
        "",
    };
    char format[1024];
    char line[1024];
    unsigned kind = random_below(random, 20);
    unsigned beginning = kind < 14 ? 0 : kind - 14;

    snprintf(format, sizeof(format), "%s%s", beginnings[beginning],
             texts[random_below(random, sizeof(texts) / sizeof(texts[0]))]);
    snprintf(line, sizeof(line), format, 40 + random_below(random, 3) * random_below(random, 2),
             77 + random_below(random, 2), random_below(random, 4), random_below(random, 250));
    add(line);
}

static void same(const struct findings *skimming, const struct findings *reading)
{
    assert_int_equal(skimming->count, reading->count);
    assert_memory_equal(skimming->found, reading->found, sizeof(reading->found));
    assert_int_equal(skimming->lines, reading->lines);
    assert_memory_equal(&skimming->stats, &reading->stats, sizeof(reading->stats));
    assert_memory_equal(&skimming->kept, &reading->kept, sizeof(reading->kept));
}

static void nothing_is_missed(void **state)
{
    static struct findings reading, skimming;
    uint64_t skimmed = 0, lines = 0, found = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct random random = {.state = seed};

        text_length = 0;
        for (int i = 0; i < LOG_LINES; i++)
            add_random(&random);
        read_log(&reading, 0);
        for (size_t piece = 100; piece <= 1000000; piece *= 10) {
            read_log(&skimming, piece);
            same(&skimming, &reading);
        }
        skimmed += skimming.skimmed;
        lines += skimming.lines;
        found += skimming.count;
    }
    assert_true(found > 10000);
    assert_true(skimmed > lines / 10);
}

/* Messages over no limit, until evidence waits for its own; lines that end no message all the time.
 */
static void evidence_ends_no_run_of_others(void **state)
{
    static const char message[] = "2026-10-25 04:00:32 #77(rspamd_proxy) <aa3>; proxy; "
                                  "rspamd_task_write_log: id: <m@x>, ip: 203.0.113.5, "
                                  "from: <a@example.org>, " PASSED;
    static struct findings findings;

    (void)state;
    text_length = 0;
    for (int i = 0; i < 11; i++)
        add(message);
    add("2026-10-25 04:00:30 #77(rspamd_proxy) <aa1>; lua; ratelimit.lua:617: ratelimit "
        "\"user(k)\" "
        "exceeded, (10 / 0.0166): 10.2");
    for (int i = 0; i < 100; i++)
        add("2026-10-25 04:00:31 #77(rspamd_proxy) <aa2>; lua; greylist.lua:217: greylisted");
    add(message);
    read_log(&findings, SIZE_MAX);
    assert_int_equal(findings.lines, 113);
    assert_int_equal(findings.skimmed, 110);
}

/* Another minute is taken note of, and a line that is too long is left to whoever counts these. */
static void what_is_not_skimmed(void **state)
{
    static char line[LINE_BYTES_MAX + 2];
    static struct findings findings;
    struct detect *detect = detect_open();
    struct linetime time;

    (void)state;
    assert_non_null(detect);
    linetime_open(&time, zone_east, NULL);
    memset(line, 'x', sizeof(line));
    memcpy(line, "2026-10-25 04:00:30 #77(normal) ", 32);
    linetime_pass(&time, line, LINE_BYTES_MAX, ARRIVAL_MS, false);
    assert_true(linetime_is_passed(&time, "2026-10-25 04:00:31", 19));
    line[LINE_BYTES_MAX] = '\n';
    assert_int_equal(skim(detect, &time, line, LINE_BYTES_MAX + 1).bytes, LINE_BYTES_MAX + 1);
    line[LINE_BYTES_MAX] = 'x';
    line[LINE_BYTES_MAX + 1] = '\n';
    assert_int_equal(skim(detect, &time, line, LINE_BYTES_MAX + 2).bytes, 0);
    assert_int_equal(skim(detect, &time, line, LINE_BYTES_MAX).bytes, 0);
    detect_close(&detect);
    text_length = 0;
    for (int i = 0; i < 3; i++) {
        add("2026-10-25 04:00:31 #77(rspamd_proxy) <aa2>; lua; greylist.lua:217: greylisted");
        add("2026-10-25 04:00:31 #77(rspamd_proxy) <aa2>; lua; greylist.lua:217: greylisted");
        add("2026-10-25 04:01:31 #77(rspamd_proxy) <aa2>; lua; greylist.lua:217: greylisted");
    }
    read_log(&findings, SIZE_MAX);
    assert_int_equal(findings.skimmed, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_missed),
        cmocka_unit_test(evidence_ends_no_run_of_others),
        cmocka_unit_test(what_is_not_skimmed),
    };

    zone_set("Europe/Berlin");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
