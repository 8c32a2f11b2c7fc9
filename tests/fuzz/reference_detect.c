/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <bansync/limits.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"
#include "reference_text.h"

#define TAG_BYTES_MAX 32 /* of rspamd's longest; a longer one joins nothing */

/* What lines of ratelimit.lua said of a task whose message line has not come yet. */
struct waiting {
    struct waiting *next; /* was there later */
    uint32_t pid;
    char tag[TAG_BYTES_MAX];
    size_t tag_length;
    uint64_t place; /* of its first line */
    int64_t now_ms;
    char buckets[DETECT_BUCKETS_MAX][BUCKET_BYTES_MAX];
    struct line_text names[DETECT_BUCKETS_MAX];
    size_t bucket_count;
};

struct reference_detect {
    struct waiting *waiting; /* oldest first */
    struct waiting *done;    /* of the last message line, whose hit points there; or NULL */
    uint64_t expired;
    char scratch[LINE_BYTES_MAX];
};

static void expire(struct reference_detect *detect, uint64_t place, int64_t now_ms);
static bool is_over(const struct waiting *waiting, uint64_t place, int64_t now_ms);
static void wait_for_message(struct reference_detect *detect, const struct line *line,
                             uint64_t place, int64_t now_ms);
static struct waiting **find(struct reference_detect *detect, const struct line_task *task);
static void add(struct waiting **end, const struct line_task *task, uint64_t place, int64_t now_ms);
static void add_evidence(struct waiting *waiting, struct line_text bucket);
static void take_waiting(struct reference_detect *detect, const struct line_task *task);
static enum detect_result judge(const struct waiting *evidence, const struct line *line,
                                struct detect_hit *hit);
static void add_bucket(struct detect_hit *hit, struct line_text bucket);
static enum detect_result attribute(const struct line *line, struct detect_hit *hit);

struct reference_detect *reference_detect_open(void)
{
    struct reference_detect *detect = calloc(1, sizeof(*detect));
    assert(detect);
    return detect;
}

void reference_detect_close(struct reference_detect *detect)
{
    while (detect->waiting) {
        struct waiting *first = detect->waiting;
        detect->waiting = first->next;
        free(first);
    }
    free(detect->done);
    free(detect);
}

enum detect_result reference_detect_line(struct reference_detect *detect, const char *bytes,
                                         size_t length, uint64_t place, int64_t now_ms,
                                         struct detect_hit *hit)
{
    struct line line;
    memset(hit, 0, sizeof(*hit));
    expire(detect, place, now_ms);
    switch (reference_line(bytes, length, detect->scratch, &line)) {
    case LINE_EVIDENCE:
        wait_for_message(detect, &line, place, now_ms);
        break;
    case LINE_MESSAGE:
        take_waiting(detect, &line.task);
        return judge(detect->done, &line, hit);
    case LINE_OTHER:
        break;
    }
    return DETECT_NOTHING;
}

void reference_detect_expire(struct reference_detect *detect, int64_t now_ms)
{
    expire(detect, 0, now_ms);
}

uint64_t reference_detect_place(const struct reference_detect *detect)
{
    return detect->waiting ? detect->waiting->place : UINT64_MAX;
}

uint64_t reference_detect_expired(const struct reference_detect *detect)
{
    return detect->expired;
}

static void expire(struct reference_detect *detect, uint64_t place, int64_t now_ms)
{
    struct waiting **at = &detect->waiting;
    while (*at) {
        struct waiting *each = *at;
        if (!is_over(each, place, now_ms)) {
            at = &each->next;
            continue;
        }
        detect->expired++;
        *at = each->next;
        free(each);
    }
}

static bool is_over(const struct waiting *waiting, uint64_t place, int64_t now_ms)
{
    return (place > waiting->place && place - waiting->place > DETECT_WAIT_BYTES) ||
           now_ms - waiting->now_ms > DETECT_WAIT_MS;
}

static void wait_for_message(struct reference_detect *detect, const struct line *line,
                             uint64_t place, int64_t now_ms)
{
    if (line->task.tag.length == 0 || line->task.tag.length > TAG_BYTES_MAX)
        return; /* names nothing */
    struct waiting **at = find(detect, &line->task);
    if (!*at)
        add(at, &line->task, place, now_ms);
    add_evidence(*at, line->bucket);
}

/* Where the task is in the list, or the end of the list. */
static struct waiting **find(struct reference_detect *detect, const struct line_task *task)
{
    struct waiting **at = &detect->waiting;
    while (*at) {
        struct line_text tag = {(*at)->tag, (*at)->tag_length};
        if ((*at)->pid == task->pid && text_same(tag, task->tag))
            break;
        at = &(*at)->next;
    }
    return at;
}

static void add(struct waiting **end, const struct line_task *task, uint64_t place, int64_t now_ms)
{
    struct waiting *waiting = calloc(1, sizeof(*waiting));
    assert(waiting);
    waiting->pid = task->pid;
    waiting->tag_length = task->tag.length;
    memcpy(waiting->tag, task->tag.bytes, task->tag.length);
    waiting->place = place;
    waiting->now_ms = now_ms;
    *end = waiting;
}

static void add_evidence(struct waiting *waiting, struct line_text bucket)
{
    for (size_t i = 0; i < waiting->bucket_count; i++) {
        if (text_same(waiting->names[i], bucket))
            return;
    }
    if (waiting->bucket_count == DETECT_BUCKETS_MAX)
        return;
    char *copy = waiting->buckets[waiting->bucket_count];
    memcpy(copy, bucket.bytes, bucket.length);
    waiting->names[waiting->bucket_count++] = (struct line_text){copy, bucket.length};
}

/* The message line of a task ends its waiting, whatever it says. */
static void take_waiting(struct reference_detect *detect, const struct line_task *task)
{
    free(detect->done);
    struct waiting **at = find(detect, task);
    detect->done = *at;
    if (*at)
        *at = (*at)->next;
}

static enum detect_result judge(const struct waiting *evidence, const struct line *line,
                                struct detect_hit *hit)
{
    hit->time = line->time;
    hit->message = line->message;
    if (!evidence && line->verdict == LINE_UNSURE)
        return DETECT_REFUSED;
    if (!evidence && line->verdict != LINE_LIMITED)
        return DETECT_NOTHING;
    hit->by_evidence = line->verdict != LINE_LIMITED;
    if (line->verdict == LINE_LIMITED)
        add_bucket(hit, line->bucket);
    for (size_t i = 0; evidence && i < evidence->bucket_count; i++)
        add_bucket(hit, evidence->names[i]);
    if (line->fields_broken)
        return evidence ? DETECT_UNATTRIBUTABLE : DETECT_REFUSED;
    return attribute(line, hit);
}

static void add_bucket(struct detect_hit *hit, struct line_text bucket)
{
    for (size_t i = 0; i < hit->bucket_count; i++) {
        if (text_same(hit->buckets[i], bucket))
            return;
    }
    if (hit->bucket_count < DETECT_BUCKETS_MAX)
        hit->buckets[hit->bucket_count++] = bucket;
}

static enum detect_result attribute(const struct line *line, struct detect_hit *hit)
{
    hit->account = line->account;
    hit->qid = line->qid;
    if (!text_is(line->message_id, "undef")) /* rspamd's word for none */
        hit->message_id = line->message_id;
    hit->addr = line->addr;
    return line->has_addr ? DETECT_HIT : DETECT_UNATTRIBUTABLE;
}
