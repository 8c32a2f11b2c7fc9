/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of a subject, see record.h.
 */
#include "record.h"

#include <stdlib.h>
#include <string.h>

static const char *text_of(const char *text)
{
    return text != NULL ? text : "";
}

/* Larger stamp wins; equal stamps with different content (a node that broke its promise) are broken
 * by the content, so that all nodes still agree. */
static int manual_compare(const struct manual *a, const struct manual *b)
{
    int order = stamp_compare(&a->stamp, &b->stamp);

    if (order == 0)
        order = (int)a->kind - (int)b->kind;
    if (order == 0)
        order = a->until_ms < b->until_ms ? -1 : a->until_ms > b->until_ms;
    if (order == 0)
        order = strcmp(text_of(a->reason), text_of(b->reason));
    return order != 0 ? order : strcmp(text_of(a->actor), text_of(b->actor));
}

int record_merge_manual(struct record *record, const struct manual *manual)
{
    struct manual copy = *manual;

    if (manual_compare(&record->manual, manual) >= 0)
        return 0;
    copy.reason = strdup(text_of(manual->reason));
    copy.actor = strdup(text_of(manual->actor));
    if (copy.reason == NULL || copy.actor == NULL) {
        free(copy.reason);
        free(copy.actor);
        return -1;
    }
    free(record->manual.reason);
    free(record->manual.actor);
    record->manual = copy;
    return 1;
}

int record_merge_cut(struct record *record, const struct cut *cut)
{
    int changed = 0;

    if (stamp_compare(&record->cut.stamp, &cut->stamp) < 0) {
        record->cut.stamp = cut->stamp;
        changed = 1;
    }
    if (record->cut.ms < cut->ms) {
        record->cut.ms = cut->ms;
        changed = 1;
    }
    if (record->cut.forget_ms < cut->forget_ms) {
        record->cut.forget_ms = cut->forget_ms;
        changed = 1;
    }
    return changed;
}

int record_merge(struct record *record, const struct record *other)
{
    int cut = record_merge_cut(record, &other->cut);
    int manual = record_merge_manual(record, &other->manual);
    bool changed = cut > 0 || manual > 0;

    if (manual < 0)
        return -1;
    for (size_t i = 0; i < other->facts.count; i++) {
        int merged = facts_merge(&record->facts, &other->facts.list[i]);

        if (merged < 0)
            return -1;
        changed |= merged > 0;
    }
    return changed;
}

int record_copy(const struct record *record, struct record *copy)
{
    *copy = (struct record){.cut = record->cut};
    if (facts_copy(&record->facts, &copy->facts) == 0 &&
        record_merge_manual(copy, &record->manual) >= 0)
        return 0;
    record_clear(copy);
    return -1;
}

void record_clear(struct record *record)
{
    facts_clear(&record->facts);
    free(record->manual.reason);
    free(record->manual.actor);
    *record = (struct record){0};
}

bool record_is_empty(const struct record *record)
{
    return record->facts.count == 0 && record->cut.stamp.hlc == 0 && record->cut.ms == 0 &&
           record->cut.forget_ms == 0 && record->manual.stamp.hlc == 0;
}

bool record_is_blank(const struct record *record)
{
    const struct manual *manual = &record->manual;

    return record_is_empty(record) && record->cut.stamp.node == 0 && manual->stamp.node == 0 &&
           manual->kind == MANUAL_NONE && manual->until_ms == 0;
}

bool record_fact_is_live(const struct record *record, const struct fact *fact, int64_t now_ms)
{
    return fact->first_ms > record->cut.ms && fact->until_ms > now_ms;
}

bool record_fact_counts(const struct record *record, const struct fact *fact, int64_t tick_ms)
{
    return fact->first_ms > record->cut.forget_ms && fact->forget_ms > tick_ms;
}

uint8_t record_level(const struct record *record, int64_t tick_ms, int64_t *forget_ms)
{
    uint8_t level = 0;

    *forget_ms = 0;
    for (size_t i = 0; i < record->facts.count; i++) {
        const struct fact *fact = &record->facts.list[i];

        if (!record_fact_counts(record, fact, tick_ms) || fact->level < level)
            continue;
        if (fact->level > level || fact->forget_ms > *forget_ms)
            *forget_ms = fact->forget_ms;
        level = fact->level;
    }
    return level;
}

bool record_manual_is_live(const struct record *record, int64_t now_ms)
{
    return record->manual.kind == MANUAL_BAN && record->manual.until_ms > now_ms;
}

bool record_is_lifted(const struct record *record)
{
    if (record->manual.stamp.hlc == 0 || record->manual.kind != MANUAL_NONE)
        return false;
    for (size_t i = 0; i < record->facts.count; i++)
        if (record->facts.list[i].first_ms > record->cut.ms)
            return false;
    return true;
}

bool record_is_banned(const struct record *record, int64_t now_ms)
{
    return record_manual_is_live(record, now_ms) || record_newest_fact(record, now_ms) != NULL;
}

int64_t record_until_ms(const struct record *record, int64_t now_ms)
{
    int64_t until_ms = record_manual_is_live(record, now_ms) ? record->manual.until_ms : 0;

    for (size_t i = 0; i < record->facts.count; i++) {
        const struct fact *fact = &record->facts.list[i];

        if (record_fact_is_live(record, fact, now_ms) && fact->until_ms > until_ms)
            until_ms = fact->until_ms;
    }
    return until_ms;
}

const struct fact *record_newest_fact(const struct record *record, int64_t now_ms)
{
    const struct fact *newest = NULL;

    for (size_t i = 0; i < record->facts.count; i++) {
        const struct fact *fact = &record->facts.list[i];

        if (record_fact_is_live(record, fact, now_ms) &&
            (newest == NULL || fact->last_ms >= newest->last_ms))
            newest = fact;
    }
    return newest;
}
