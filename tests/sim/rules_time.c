/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules 7 and 12 on time: nothing is kept, and nothing is written, that is garbage; nothing is held
 * that is dated in the future.
 */
#include <bansync/limits.h>

#include "host.h"
#include "rules.h"

/* A clock may be ahead by the skew that is allowed, and what it believes by as much again. */
static int64_t latest_ms(const struct sim *sim)
{
    return sim->now_ms + 2 * CLOCK_SKEW_MS_MAX;
}

static bool is_old_lease(const struct allow *allow, int64_t tick_ms)
{
    return allow->owner != ALLOW_OPERATOR &&
           stamp_ms(allow->stamp.hlc) + ALLOW_FORGET_MS <= tick_ms;
}

static bool has_garbage(const struct record *record, int64_t tick_ms)
{
    for (size_t i = 0; i < record->facts.count; i++)
        if (record->facts.list[i].forget_ms <= tick_ms)
            return true;
    return false;
}

static bool is_early(const struct record *record, int64_t ms)
{
    bool early = record->cut.ms > ms || stamp_ms(record->cut.stamp.hlc) > ms ||
                 stamp_ms(record->manual.stamp.hlc) > ms;

    for (size_t i = 0; i < record->facts.count; i++)
        early |= record->facts.list[i].first_ms > ms || record->facts.list[i].last_ms > ms;
    return early;
}

static void check_subject(struct sim *sim, const struct host *host, const struct subject *subject)
{
    int64_t tick_ms = state_now_ms(&host->node.state);

    if (subject->strikes.count == 0 && record_is_empty(&subject->record))
        sim_break(sim, RULE_GARBAGE, "mx%zu keeps a subject without content", host->index + 1);
    for (size_t i = 0; i < subject->strikes.count; i++) {
        if (subject->strikes.list[i].t_ms <= tick_ms - STRIKE_HORIZON_MS)
            sim_break(sim, RULE_GARBAGE, "mx%zu keeps a strike beyond the horizon",
                      host->index + 1);
        if (subject->strikes.list[i].t_ms > latest_ms(sim))
            sim_break(sim, RULE_MEMBER, "mx%zu holds a strike of the future", host->index + 1);
    }
    if (has_garbage(&subject->record, tick_ms))
        sim_break(sim, RULE_GARBAGE, "mx%zu keeps a fact that is to be forgotten", host->index + 1);
    if (is_early(&subject->record, latest_ms(sim)))
        sim_break(sim, RULE_MEMBER, "mx%zu holds a record of the future", host->index + 1);
}

/* The database has a row for what is held, and no others; of strikes also those behind one that
 * stays. */
static void check_disk(struct sim *sim, const struct host *host, size_t records)
{
    const struct disk_table *tables = host->disk.tables;
    const struct disk_table *strikes = &tables[ENTRY_STRIKE - 1];
    int64_t tick_ms = state_now_ms(&host->node.state);

    if (host->rebuild || host->due)
        return;
    if (tables[ENTRY_RECORD - 1].count != records ||
        tables[ENTRY_ALLOW - 1].count != host->node.state.allows.count)
        sim_break(sim, RULE_GARBAGE,
                  "mx%zu has %zu records and %zu allow entries, and %zu and %zu rows",
                  host->index + 1, records, host->node.state.allows.count,
                  tables[ENTRY_RECORD - 1].count, tables[ENTRY_ALLOW - 1].count);
    if (tables[ENTRY_AUDIT - 1].count != state_chronicle(&host->node.state, ENTRY_AUDIT)->count)
        sim_break(sim, RULE_GARBAGE, "mx%zu has %zu audit entries and %zu rows", host->index + 1,
                  state_chronicle(&host->node.state, ENTRY_AUDIT)->count,
                  tables[ENTRY_AUDIT - 1].count);
    if (!host->disk.expiring && strikes->count > 0 &&
        strikes->rows[0].at_ms <= tick_ms - STRIKE_HORIZON_MS)
        sim_break(sim, RULE_GARBAGE, "mx%zu keeps the row of a strike beyond the horizon",
                  host->index + 1);
}

void rules_check_times(struct sim *sim, struct host *host)
{
    const struct state *state = &host->node.state;
    const struct subject *subject;
    size_t records = 0;

    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;) {
        sim_about(sim, &subject->addr);
        check_subject(sim, host, subject);
        records += !record_is_empty(&subject->record);
    }
    sim_about(sim, NULL);
    check_disk(sim, host, records);
    for (size_t i = 0; i < state->allows.count; i++) {
        if (is_old_lease(&state->allows.list[i], state_now_ms(state)))
            sim_break(sim, RULE_GARBAGE, "mx%zu keeps a lease of long ago", host->index + 1);
        if (stamp_ms(state->allows.list[i].stamp.hlc) > latest_ms(sim))
            sim_break(sim, RULE_MEMBER, "mx%zu holds an allow entry of the future",
                      host->index + 1);
    }
}

/* Whether a row's content was garbage at that tick. */
static bool is_garbage(uint8_t kind, const uint8_t *bytes, size_t size, int64_t tick_ms)
{
    bool garbage = false;
    struct strike strike;
    struct record record;
    struct allow allow;
    struct addr addr;

    if (kind == ENTRY_STRIKE && entry_read_strike(bytes, size, &addr, &strike) == 0) {
        garbage = strike.t_ms <= tick_ms - STRIKE_HORIZON_MS;
    } else if (kind == ENTRY_RECORD && entry_read_record(bytes, size, &addr, &record) == 0) {
        garbage = has_garbage(&record, tick_ms) || record_is_empty(&record);
        record_clear(&record);
    } else if (kind == ENTRY_ALLOW && entry_read_allow(bytes, size, &allow) == 0) {
        garbage = is_old_lease(&allow, tick_ms);
        allow_clear(&allow);
    } else if (kind == ENTRY_AUDIT) {
        garbage = chronicle_forget_ms(bytes) <= tick_ms;
    }
    return garbage;
}

/* What was none when the turn began may be by its tick. There are so many rows that only some turns
 * are looked at. */
void rules_watch_rows(struct sim *sim, struct host *host)
{
    const struct effects *effects = &host->node.effects;

    if (sim->stats.turns % 4 != 0)
        return;
    for (size_t i = 0; i < effects->count; i++) {
        const struct effect *row = &effects->list[i];

        if (row->type == EFFECT_PERSIST &&
            is_garbage(row->kind, effect_body(effects, row), row->body_size, host->begun_ms))
            sim_break(sim, RULE_GARBAGE, "mx%zu writes an entry of kind %u that is garbage",
                      host->index + 1, row->kind);
    }
}
