/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened, see lookback.h.
 */
#include "lookback.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "shortlist.h"

/* < 0: a is the newer one. */
static int compare(const void *a, const void *b)
{
    const struct lookback_item *x = a, *y = b;
    int order = stamp_compare(&y->stamp, &x->stamp);

    if (order == 0)
        order = addr_compare(&x->addr, &y->addr);
    return order != 0 ? order : (x->first_ms > y->first_ms) - (x->first_ms < y->first_ms);
}

static void keep(struct lookback *lookback, const struct lookback_item *item)
{
    lookback->total++;
    shortlist_keep(lookback->list, &lookback->count, lookback->limit, sizeof(*item), item, compare);
}

static void keep_facts(struct lookback *lookback, const struct subject *subject)
{
    const struct facts *facts = &subject->record.facts;

    for (size_t i = 0; i < facts->count; i++) {
        const struct lookback_item item = {
            .stamp = {(uint64_t)facts->list[i].last_ms << 16, 0},
            .is_fact = true,
            .addr = subject->addr,
            .first_ms = facts->list[i].first_ms,
            .last_ms = facts->list[i].last_ms,
        };

        if (item.last_ms >= lookback->filter.since_ms)
            keep(lookback, &item);
    }
}

/* The bans by hits of the subject and of what covers it. */
static void keep_bans(struct lookback *lookback, const struct state *state)
{
    const struct addr *addr = &lookback->filter.addr;
    unsigned widest = addr_widest(addr);

    for (unsigned length = addr->length + 1u; length-- > widest;) {
        struct addr wide = *addr;
        const struct subject *subject;
        struct unpacked room;

        addr_widen(&wide, length);
        subject = state_find(state, &wide, &room);
        if (subject != NULL)
            keep_facts(lookback, subject);
    }
}

int lookback_begin(struct lookback *lookback, const struct state *state,
                   const struct lookback_filter *filter, size_t limit)
{
    assert(limit > 0);
    *lookback = (struct lookback){.filter = *filter, .limit = limit};
    lookback->list = calloc(limit, sizeof(*lookback->list));
    if (lookback->list == NULL)
        return -1;
    if (filter->has_subject)
        keep_bans(lookback, state);
    return 0;
}

/* Did this command for many lift the ban? It made the unban that the record still has; or hits had
 * banned by then, and that ban is void. */
static bool is_lifted_by(const struct record *record, const struct audit *audit)
{
    const struct manual *manual = &record->manual;
    const int64_t at_ms = stamp_ms(audit->stamp.hlc);
    char reason[REASON_BYTES_MAX + 1];

    audit_reason_each(audit->action, audit->object, audit->reason, reason, sizeof(reason));
    if (manual->kind == MANUAL_NONE && manual->stamp.node == audit->stamp.node &&
        manual->stamp.hlc >= audit->stamp.hlc && manual->reason != NULL &&
        strcmp(manual->reason, reason) == 0)
        return true;
    for (size_t i = 0; i < record->facts.count; i++) {
        const struct fact *fact = &record->facts.list[i];

        if (fact->last_ms <= at_ms && at_ms < fact->until_ms && fact->first_ms <= record->cut.ms &&
            at_ms <= record->cut.ms)
            return true;
    }
    return false;
}

/* A command for many names no subject: the records of the subject and of what covers it tell. Adds
 * to *cost what that takes. */
static bool is_lifted(const struct state *state, const struct addr *addr, const struct audit *audit,
                      size_t *cost)
{
    const unsigned widest = addr_widest(addr);

    if (audit->action != AUDIT_UNBAN_ALL && audit->action != AUDIT_BY_NODE)
        return false;
    for (unsigned length = addr->length + 1u; length-- > widest; ++*cost) {
        struct addr wide = *addr;
        const struct subject *subject;
        struct unpacked room;

        addr_widen(&wide, length);
        subject = state_find(state, &wide, &room);
        if (subject != NULL && is_lifted_by(&subject->record, audit))
            return true;
    }
    return false;
}

static bool is_wanted(const struct lookback_filter *filter, const struct state *state,
                      const struct chronicle_entry *entry, size_t *cost)
{
    struct audit audit;

    if (stamp_ms(chronicle_hlc(entry->bytes)) < filter->since_ms)
        return false;
    if (!filter->has_subject)
        return true;
    if (audit_read(entry->bytes, entry->size, &audit) != 0)
        return false;
    if (!audit.has_subject)
        return is_lifted(state, &filter->addr, &audit, cost);
    return addr_covers(&audit.addr, &filter->addr) || addr_covers(&filter->addr, &audit.addr);
}

/* Returns what that cost. */
static size_t look(struct lookback *lookback, const struct state *state,
                   const struct chronicle_bucket *bucket)
{
    size_t cost = 1 + bucket->count;

    for (uint32_t i = 0; i < bucket->count; i++) {
        const struct chronicle_entry *entry = bucket->list[i];
        struct lookback_item item = {.leaf = entry->leaf};

        if (!is_wanted(&lookback->filter, state, entry, &cost))
            continue;
        item.stamp.hlc = chronicle_hlc(entry->bytes);
        item.stamp.node = chronicle_hlc(entry->bytes + 8);
        memcpy(item.key, entry->bytes, CHRONICLE_KEY_BYTES);
        keep(lookback, &item);
    }
    return cost;
}

bool lookback_walk(struct lookback *lookback, const struct state *state, size_t *work)
{
    const struct chronicle *entries = state_chronicle(state, ENTRY_AUDIT);

    while (*work > 0 && lookback->bucket < CHRONICLE_BUCKETS) {
        const struct chronicle_bucket *bucket = chronicle_bucket(entries, lookback->bucket++);
        size_t cost = look(lookback, state, bucket);

        *work -= cost < *work ? cost : *work;
    }
    if (lookback->bucket < CHRONICLE_BUCKETS)
        return false;
    qsort(lookback->list, lookback->count, sizeof(*lookback->list), compare);
    return true;
}

bool lookback_audit(const struct state *state, const struct lookback_item *item,
                    struct audit *audit)
{
    const struct chronicle_entry *entry =
        chronicle_find(state_chronicle(state, ENTRY_AUDIT), item->leaf, item->key);

    return entry != NULL && audit_read(entry->bytes, entry->size, audit) == 0;
}

const struct fact *lookback_fact(const struct state *state, const struct lookback_item *item,
                                 struct unpacked *room)
{
    const struct subject *subject = state_find(state, &item->addr, room);

    for (size_t i = 0; subject != NULL && i < subject->record.facts.count; i++) {
        const struct fact *fact = &subject->record.facts.list[i];

        if (fact->first_ms == item->first_ms && fact->last_ms == item->last_ms)
            return fact;
    }
    return NULL;
}

void lookback_clear(struct lookback *lookback)
{
    free(lookback->list);
    *lookback = (struct lookback){0};
}
