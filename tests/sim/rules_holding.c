/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 7: what a database held once is held by the node later on, unless it had to go. It may go by
 * time alone, by newer strikes of its origin, and by what takes its place in a merge.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "chaos.h"
#include "rules.h"

/* In bytes of a holding before each row. */
struct row_head {
    size_t size;
    uint8_t kind;
};

static void take_row(struct holding *holding, uint8_t kind, const struct disk_row *row)
{
    struct row_head head = {row->size, kind};
    size_t size = holding->size + sizeof(head) + row->size;

    if (size > holding->room) {
        holding->room = 2 * size;
        holding->bytes = realloc(holding->bytes, holding->room);
        assert(holding->bytes != NULL);
    }
    memcpy(holding->bytes + holding->size, &head, sizeof(head));
    memcpy(holding->bytes + holding->size + sizeof(head), row->body, row->size);
    holding->size = size;
}

static void take(struct holding *holding, const struct host *host)
{
    holding->host = host->index;
    holding->size = 0;
    for (uint8_t kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        const struct disk_table *table = &host->disk.tables[kind - 1];

        for (size_t i = 0; i < table->count; i++)
            take_row(holding, kind, &table->rows[i]);
    }
}

/* The first strike of that time or later; they are in order. */
static size_t first_from(const struct strikes *strikes, int64_t ms)
{
    size_t low = 0, high = strikes->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strikes->list[middle].t_ms < ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The same with that time or a later one, or as many newer ones as are kept. */
static bool has_strike(const struct subject *subject, const struct strike *strike)
{
    const struct strikes *strikes = &subject->strikes;
    size_t newer = 0;

    for (size_t i = first_from(strikes, strike->t_ms); i < strikes->count; i++) {
        const struct strike *held = &strikes->list[i];

        if (held->origin == strike->origin && held->id == strike->id)
            return true;
        newer +=
            held->origin == strike->origin && (held->t_ms > strike->t_ms || held->id > strike->id);
    }
    return newer >= STRIKES_PER_ORIGIN_MAX;
}

static bool may_miss_strike(const struct state *state, const uint8_t *bytes, size_t size)
{
    const struct subject *subject;
    struct unpacked room;
    struct strike strike;
    struct addr addr;

    if (entry_read_strike(bytes, size, &addr, &strike) != 0)
        return false;
    subject = state_find(state, &addr, &room);
    return (subject != NULL && has_strike(subject, &strike)) ||
           strike.t_ms <= state_now_ms(state) - STRIKE_HORIZON_MS;
}

/* Of equal facts the one that is held names all that the other names. */
static bool names_all(const struct fact *held, const struct fact *fact)
{
    for (size_t i = 0; i < fact->node_count; i++) {
        bool named = false;

        for (size_t k = 0; k < held->node_count; k++)
            named |= held->nodes[k].node == fact->nodes[i].node &&
                     held->nodes[k].strikes >= fact->nodes[i].strikes;
        if (!named)
            return false;
    }
    return true;
}

static bool has_fact(const struct record *record, const struct fact *fact)
{
    for (size_t i = 0; i < record->facts.count; i++) {
        const struct fact *held = &record->facts.list[i];
        bool equal = held->first_ms == fact->first_ms && held->last_ms == fact->last_ms &&
                     held->until_ms == fact->until_ms && held->forget_ms == fact->forget_ms &&
                     held->level == fact->level;

        if (held->first_ms >= fact->first_ms && held->last_ms >= fact->last_ms &&
            held->until_ms >= fact->until_ms && held->forget_ms >= fact->forget_ms &&
            held->level >= fact->level && (!equal || names_all(held, fact)))
            return true;
    }
    return false;
}

static bool has_manual(const struct record *record, const struct manual *manual)
{
    int order = stamp_compare(&record->manual.stamp, &manual->stamp);

    if (order == 0)
        order = (int)record->manual.kind - (int)manual->kind;
    return order > 0 || (order == 0 && record->manual.until_ms >= manual->until_ms);
}

/* What an operator said never goes. */
static bool may_miss_parts(const struct record *held, const struct record *record, int64_t tick_ms)
{
    bool may = has_manual(held, &record->manual) && held->cut.ms >= record->cut.ms &&
               held->cut.forget_ms >= record->cut.forget_ms &&
               stamp_compare(&held->cut.stamp, &record->cut.stamp) >= 0;

    for (size_t i = 0; i < record->facts.count; i++)
        may &= has_fact(held, &record->facts.list[i]) || record->facts.list[i].forget_ms <= tick_ms;
    return may;
}

static bool may_miss_record(const struct state *state, const uint8_t *bytes, size_t size)
{
    static const struct record none;
    const struct subject *subject;
    struct unpacked room;
    struct record record;
    struct addr addr;
    bool may;

    if (entry_read_record(bytes, size, &addr, &record) != 0)
        return false;
    subject = state_find(state, &addr, &room);
    may = may_miss_parts(subject != NULL ? &subject->record : &none, &record, state_now_ms(state));
    record_clear(&record);
    return may;
}

static bool has_allow(const struct state *state, const struct allow *allow)
{
    for (size_t i = 0; i < state->allows.count; i++)
        if (state->allows.list[i].owner == allow->owner &&
            addr_compare(&state->allows.list[i].addr, &allow->addr) == 0)
            return stamp_compare(&state->allows.list[i].stamp, &allow->stamp) >= 0;
    return false;
}

static bool may_miss_allow(const struct state *state, const uint8_t *bytes, size_t size)
{
    struct allow allow;
    bool may;

    if (entry_read_allow(bytes, size, &allow) != 0)
        return false;
    may = has_allow(state, &allow) ||
          (allow.owner != ALLOW_OPERATOR &&
           stamp_ms(allow.stamp.hlc) + ALLOW_FORGET_MS <= state_now_ms(state));
    allow_clear(&allow);
    return may;
}

static bool may_miss_audit(const struct state *state, const uint8_t *bytes, size_t size)
{
    uint16_t leaf = digest_leaf(hash64(&state->key, bytes, CHRONICLE_KEY_BYTES));
    const struct chronicle_entry *entry =
        chronicle_find(state_chronicle(state, ENTRY_AUDIT), leaf, bytes);

    return chronicle_forget_ms(bytes) <= state_now_ms(state) ||
           (entry != NULL && ledger_is_kept(bytes, size, entry->bytes, entry->size));
}

static void check_row(struct sim *sim, const struct host *host, uint8_t kind, const uint8_t *bytes,
                      size_t size)
{
    const struct state *state = &host->node.state;
    bool may = kind == ENTRY_STRIKE   ? may_miss_strike(state, bytes, size)
               : kind == ENTRY_RECORD ? may_miss_record(state, bytes, size)
               : kind == ENTRY_ALLOW  ? may_miss_allow(state, bytes, size)
                                      : may_miss_audit(state, bytes, size);

    if (!may)
        sim_break(sim, RULE_GARBAGE, "mx%zu held an entry of kind %u that is gone before its time",
                  host->index + 1, kind);
}

void rules_check_holding(struct sim *sim)
{
    const struct holding *holding = &sim->holding;
    const struct host *host = sim->hosts[holding->host];

    for (size_t at = 0; host->up && at < holding->size;) {
        struct row_head head;

        memcpy(&head, holding->bytes + at, sizeof(head));
        at += sizeof(head);
        check_row(sim, host, head.kind, holding->bytes + at, head.size);
        at += head.size;
    }
}

void rules_hold(struct sim *sim)
{
    struct host *host;

    rules_check_holding(sim);
    if (sim->holding.size > 0 && !sim->hosts[sim->holding.host]->up)
        return; /* it must still be there when that host is back */
    host = chaos_pick(sim, true);
    if (host == NULL)
        return;
    take(&sim->holding, host);
    if (!host->due) /* what came in after its turn waits for the next one */
        rules_check_times(sim, host);
}
