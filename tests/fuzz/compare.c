/* SPDX-License-Identifier: Apache-2.0 */
#include "compare.h"

#include <assert.h>
#include <bansync/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reference_text.h"

struct pieces {
    const char *line;
    size_t length;
    const char *scratch;
};

static struct line_text compared; /* for the message of a difference */

static void give_up(void);
static void compare_read(const struct line *is, const struct line *expected);
static void compare_times(const struct line_time *is, const struct line_time *expected);
static void compare_addresses(const struct addr *is, const struct addr *expected);
static void check_guess(const char *bytes, size_t length, const struct line *line);
static void check_places(const struct line *line, struct pieces pieces);
static bool is_in(struct line_text text, const char *bytes, size_t length);
static void check_prefixed(const char *bytes, size_t length);

void compare_about(const char *bytes, size_t length)
{
    compared = (struct line_text){bytes, length};
}

void compare_line(const char *bytes, size_t length)
{
    compare_about(bytes, length);
    static char scratch[LINE_BYTES_MAX];
    static char expected_scratch[LINE_BYTES_MAX];
    struct line line;
    struct line expected;
    assert(length <= LINE_BYTES_MAX);
    enum line_kind kind = line_read(bytes, length, scratch, &line);
    assert(kind == line.kind);
    if (kind == LINE_MESSAGE)
        line_fields(&line);
    reference_line(bytes, length, expected_scratch, &expected);
    compare_read(&line, &expected);
    check_guess(bytes, length, &line);
    check_places(&line, (struct pieces){bytes, length, scratch});
    check_prefixed(bytes, length);
}

static void compare_read(const struct line *is, const struct line *expected)
{
    compare_numbers("kind", is->kind, expected->kind);
    if (is->kind == LINE_OTHER)
        return;
    compare_times(&is->time, &expected->time);
    compare_numbers("pid", is->task.pid, expected->task.pid);
    compare_texts("tag", is->task.tag, expected->task.tag);
    compare_texts("message", is->message, expected->message);
    compare_numbers("verdict", is->verdict, expected->verdict);
    compare_numbers("verdict_broken", is->verdict_broken != NULL, is->verdict == LINE_UNSURE);
    if (is->kind == LINE_EVIDENCE || is->verdict == LINE_LIMITED)
        compare_texts("bucket", is->bucket, expected->bucket);
    compare_numbers("fields_broken", is->fields_broken != NULL, expected->fields_broken != NULL);
    if (is->fields_broken)
        return;
    compare_numbers("has_addr", is->has_addr, expected->has_addr);
    if (is->has_addr)
        compare_addresses(&is->addr, &expected->addr);
    if (is->kind != LINE_MESSAGE)
        return;
    compare_texts("message id", is->message_id, expected->message_id);
    compare_texts("qid", is->qid, expected->qid);
    compare_texts("account", is->account, expected->account);
}

static void compare_times(const struct line_time *is, const struct line_time *expected)
{
    compare_numbers("time form", is->form, expected->form);
    if (is->form == LINE_TIME_EPOCH)
        compare_numbers("epoch_ms", is->epoch_ms, expected->epoch_ms);
    if (is->form != LINE_TIME_LOCAL && is->form != LINE_TIME_OFFSET)
        return;
    compare_numbers("year", is->year, expected->year);
    compare_numbers("month", is->month, expected->month);
    compare_numbers("day", is->day, expected->day);
    compare_numbers("hour", is->hour, expected->hour);
    compare_numbers("minute", is->minute, expected->minute);
    compare_numbers("second", is->second, expected->second);
    compare_numbers("millisecond", is->millisecond, expected->millisecond);
    if (is->form == LINE_TIME_OFFSET)
        compare_numbers("offset_min", is->offset_min, expected->offset_min);
}

static void compare_addresses(const struct addr *is, const struct addr *expected)
{
    struct line_text is_bytes = {(const char *)is, sizeof(*is)};
    struct line_text expected_bytes = {(const char *)expected, sizeof(*expected)};
    compare_texts("address", is_bytes, expected_bytes);
}

/* What matters, to somebody who wants each message or not, is never left out. */
static void check_guess(const char *bytes, size_t length, const struct line *line)
{
    bool matters = line->kind == LINE_EVIDENCE || line->verdict != LINE_NOT_LIMITED;
    assert(!matters || line_may_matter(bytes, length, false));
    assert(line->kind == LINE_OTHER || line_may_matter(bytes, length, true));
}

/* Texts live where the contract says. */
static void check_places(const struct line *line, struct pieces pieces)
{
    const struct line_text texts[] = {line->task.tag,   line->message, line->bucket,
                                      line->message_id, line->qid,     line->account};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert(is_in(texts[i], pieces.line, pieces.length) ||
               is_in(texts[i], pieces.scratch, LINE_BYTES_MAX));
    }
}

static bool is_in(struct line_text text, const char *bytes, size_t length)
{
    if (!text.bytes)
        return text.length == 0;
    return text.bytes >= bytes && text.bytes + text.length <= bytes + length;
}

/* Whatever a line holds, behind other text it is another program's line. */
static void check_prefixed(const char *bytes, size_t length)
{
    static char scratch[LINE_BYTES_MAX];
    static char prefixed[LINE_BYTES_MAX];
    struct line line;
    if (length > sizeof(prefixed) - 2)
        return;
    memcpy(prefixed, "- ", 2);
    if (length > 0)
        memcpy(prefixed + 2, bytes, length);
    assert(line_read(prefixed, length + 2, scratch, &line) == LINE_OTHER);
}

void compare_hits(enum detect_result result, const struct detect_hit *hit,
                  enum detect_result expected, const struct detect_hit *expected_hit)
{
    compare_numbers("result", result, expected);
    if (result == DETECT_NOTHING)
        return;
    compare_numbers("reason", hit->reason != NULL, result != DETECT_HIT);
    if (result == DETECT_REFUSED)
        return;
    compare_times(&hit->time, &expected_hit->time);
    compare_texts("message", hit->message, expected_hit->message);
    if (result == DETECT_HIT)
        compare_addresses(&hit->addr, &expected_hit->addr);
    compare_numbers("buckets", (long long)hit->bucket_count, (long long)expected_hit->bucket_count);
    for (size_t i = 0; i < hit->bucket_count; i++)
        compare_texts("bucket", hit->buckets[i], expected_hit->buckets[i]);
    compare_texts("account", hit->account, expected_hit->account);
    compare_texts("qid", hit->qid, expected_hit->qid);
    compare_texts("message id", hit->message_id, expected_hit->message_id);
    compare_numbers("by_evidence", hit->by_evidence, expected_hit->by_evidence);
}

void compare_texts(const char *name, struct line_text is, struct line_text expected)
{
    if ((is.bytes == NULL) == (expected.bytes == NULL) && text_same(is, expected))
        return;
    fprintf(stderr, "%s: '%.*s' (%zu bytes), and '%.*s' (%zu bytes) by the reference\n", name,
            (int)is.length, is.bytes, is.length, (int)expected.length, expected.bytes,
            expected.length);
    give_up();
}

void compare_numbers(const char *name, long long is, long long expected)
{
    if (is == expected)
        return;
    fprintf(stderr, "%s: %lld, and %lld by the reference\n", name, is, expected);
    give_up();
}

static void give_up(void)
{
    fprintf(stderr, "in the line: %.*s\n", (int)compared.length, compared.bytes);
    abort();
}
