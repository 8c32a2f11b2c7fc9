/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From lines to ratelimit hits, see detect.h.
 *
 * rspamd writes the evidence of a message before its message line, both from one process. A task
 * that is open has evidence and waits for its message line, which ends it.
 */
#include "detect.h"

#include <bansync/limits.h>
#include <stdlib.h>
#include <string.h>

#include "tasks.h"

struct bucket {
    uint8_t length;
    char bytes[BUCKET_BYTES_MAX];
};

/* What is known of an open task. */
struct evidence_of_task {
    uint64_t place;
    int64_t since_ms;
    size_t bucket_count;
    struct bucket buckets[DETECT_BUCKETS_MAX];
};

struct detect {
    struct tasks *open;
    struct evidence_of_task evidence[DETECT_OPEN_MAX]; /* by slot of open */
    struct evidence_of_task ended; /* of the last hit: what its texts point to */
    uint64_t place;                /* of the last line */
    struct detect_stats stats;
    char scratch[LINE_BYTES_MAX];
};

struct detect *detect_open(void)
{
    struct detect *detect = calloc(1, sizeof(*detect));

    if (detect == NULL)
        return NULL;
    detect->open = tasks_open(DETECT_OPEN_MAX);
    if (detect->open == NULL)
        detect_close(&detect);
    return detect;
}

void detect_close(struct detect **detect)
{
    if (*detect == NULL)
        return;
    tasks_close(&(*detect)->open);
    free(*detect);
    *detect = NULL;
}

static void add_bucket(struct evidence_of_task *evidence, const struct line_text *name)
{
    for (size_t i = 0; i < evidence->bucket_count; i++)
        if (evidence->buckets[i].length == name->length &&
            memcmp(evidence->buckets[i].bytes, name->bytes, name->length) == 0)
            return;
    if (evidence->bucket_count == DETECT_BUCKETS_MAX)
        return;
    struct bucket *bucket = &evidence->buckets[evidence->bucket_count++];
    bucket->length = (uint8_t)name->length;
    memcpy(bucket->bytes, name->bytes, name->length);
}

static void take_evidence(struct detect *detect, const struct line *line, uint64_t place,
                          int64_t now_ms)
{
    size_t slot = tasks_find(detect->open, &line->task);
    bool pushed;

    if (slot == TASKS_NONE) {
        slot = tasks_add(detect->open, &line->task, &pushed);
        if (slot == TASKS_NONE) {
            detect->stats.pushed++;
            return;
        }
        detect->stats.pushed += pushed;
        detect->evidence[slot] =
            (struct evidence_of_task){.place = place, .since_ms = now_ms, .bucket_count = 0};
    }
    add_bucket(&detect->evidence[slot], &line->bucket);
}

/* Ends the task: true if there was evidence, which is then in detect->ended. */
static bool end_task(struct detect *detect, const struct line_task *task)
{
    size_t slot = tasks_find(detect->open, task);

    if (slot == TASKS_NONE)
        return false;
    detect->ended = detect->evidence[slot];
    tasks_remove(detect->open, slot);
    return true;
}

static bool holds(const struct detect_hit *hit, const struct bucket *bucket)
{
    return hit->bucket_count > 0 && hit->buckets[0].length == bucket->length &&
           memcmp(hit->buckets[0].bytes, bucket->bytes, bucket->length) == 0;
}

/* The bucket of the verdict first, then the others that were exceeded. */
static void set_buckets(const struct line *line, const struct evidence_of_task *evidence,
                        struct detect_hit *hit)
{
    if (line->verdict == LINE_LIMITED)
        hit->buckets[hit->bucket_count++] = line->bucket;
    for (size_t i = 0; i < evidence->bucket_count; i++) {
        const struct bucket *bucket = &evidence->buckets[i];

        if (!holds(hit, bucket) && hit->bucket_count < DETECT_BUCKETS_MAX)
            hit->buckets[hit->bucket_count++] = (struct line_text){bucket->bytes, bucket->length};
    }
}

/* A message over a limit: whose is it? */
static enum detect_result attribute(const struct line *line, struct detect_hit *hit)
{
    hit->time = line->time;
    hit->message = line->message;
    hit->reason = line->fields_broken;
    if (line->fields_broken != NULL)
        return DETECT_UNATTRIBUTABLE;
    hit->account = line->account;
    hit->qid = line->qid;
    if (!line_text_is(line->message_id, "undef"))
        hit->message_id = line->message_id;
    hit->addr = line->addr;
    if (!line->has_addr)
        hit->reason = "the message came without a client address";
    return line->has_addr ? DETECT_HIT : DETECT_UNATTRIBUTABLE;
}

static enum detect_result take_message(struct detect *detect, struct line *line,
                                       struct detect_hit *hit)
{
    bool has_evidence = end_task(detect, &line->task);

    if (!has_evidence && line->verdict == LINE_NOT_LIMITED)
        return DETECT_NOTHING;
    memset(hit, 0, sizeof(*hit));
    if (!has_evidence)
        detect->ended.bucket_count = 0;
    if (line->verdict == LINE_NOT_LIMITED)
        line_fields(line);
    set_buckets(line, &detect->ended, hit);
    hit->by_evidence = line->verdict != LINE_LIMITED;
    if (!has_evidence && (line->verdict == LINE_UNSURE || line->fields_broken != NULL)) {
        hit->reason = line->verdict == LINE_UNSURE ? line->verdict_broken : line->fields_broken;
        return DETECT_REFUSED;
    }
    return attribute(line, hit);
}

enum detect_result detect_line(struct detect *detect, const char *bytes, size_t length,
                               uint64_t place, int64_t now_ms, struct detect_hit *hit)
{
    struct line line;

    detect->place = place;
    detect_expire(detect, now_ms);
    if (!line_may_matter(bytes, length, detect_is_waiting(detect)))
        return DETECT_NOTHING;
    switch (line_read(bytes, length, detect->scratch, &line)) {
    case LINE_OTHER:
        break;
    case LINE_EVIDENCE:
        take_evidence(detect, &line, place, now_ms);
        break;
    case LINE_MESSAGE:
        return take_message(detect, &line, hit);
    }
    return DETECT_NOTHING;
}

void detect_expire(struct detect *detect, int64_t now_ms)
{
    size_t slot;

    while ((slot = tasks_oldest(detect->open)) != TASKS_NONE) {
        const struct evidence_of_task *evidence = &detect->evidence[slot];

        if (detect->place - evidence->place <= DETECT_WAIT_BYTES &&
            now_ms - evidence->since_ms <= DETECT_WAIT_MS)
            return;
        tasks_remove(detect->open, slot);
        detect->stats.expired++;
    }
}

bool detect_is_waiting(const struct detect *detect)
{
    return tasks_oldest(detect->open) != TASKS_NONE;
}

uint64_t detect_place(const struct detect *detect)
{
    size_t slot = tasks_oldest(detect->open);

    return slot != TASKS_NONE ? detect->evidence[slot].place : UINT64_MAX;
}

void detect_statistics(const struct detect *detect, struct detect_stats *stats)
{
    *stats = detect->stats;
}
