/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of a subject beside its entries, put right from them, see mend.h.
 */
#include "mend.h"

#include <string.h>

#include "expire.h"

void mend_value(struct state *state, void *held, const void *right, size_t size)
{
    if (memcmp(held, right, size) == 0)
        return;
    memcpy(held, right, size);
    state->counters.selfcheck_repaired++;
}

void mend_own_record(struct state *state, struct subject *subject)
{
    bool has_record = !record_is_empty(&subject->record);
    struct hash128 hash = state_record_hash(state, subject);

    mend_value(state, &subject->has_record, &has_record, sizeof(has_record));
    if (has_record)
        mend_value(state, &subject->record_hash, &hash, sizeof(hash));
}

/* An absent record is in no entry, but what is merged later starts from it. */
static void mend_absent_record(struct state *state, struct record *record)
{
    static const struct cut no_cut;
    static const struct manual unset;

    mend_value(state, &record->cut, &no_cut, sizeof(no_cut));
    mend_value(state, &record->manual.stamp, &unset.stamp, sizeof(unset.stamp));
    mend_value(state, &record->manual.kind, &unset.kind, sizeof(unset.kind));
    mend_value(state, &record->manual.until_ms, &unset.until_ms, sizeof(unset.until_ms));
}

/* What was told of the subject; that it is not told again. */
static void mend_told(struct state *state, struct subject *subject)
{
    int64_t now_ms = state_now_ms(state);
    bool banned = record_is_banned(&subject->record, now_ms);
    bool manual = record_manual_is_live(&subject->record, now_ms);
    uint64_t announced = manual ? subject->record.manual.stamp.hlc : 0;

    mend_value(state, &subject->banned, &banned, sizeof(banned));
    mend_value(state, &subject->announced, &announced, sizeof(announced));
}

/* It is queued, and not for later than something of it changes: earlier is allowed. */
static bool is_awaited(const struct subject *subject, int64_t now_ms)
{
    return subject_deadline_is_sound(subject) && subject->deadline_ms > now_ms &&
           subject->deadline_ms <= expire_deadline_ms(subject, now_ms);
}

/* What is kept of a subject at rest beside its entries is as it follows from them: there is nothing
 * to mend. */
bool mend_is_idle(const struct state *state, const struct subject *subject)
{
    int64_t now_ms = state_now_ms(state);
    bool manual = record_manual_is_live(&subject->record, now_ms);

    return subject->hash == state_hash(state, &subject->addr) && is_awaited(subject, now_ms) &&
           subject->banned == record_is_banned(&subject->record, now_ms) &&
           subject->announced == (manual ? subject->record.manual.stamp.hlc : 0);
}

/* What is kept of a subject beside its entries, which are as they should be. */
void mend_subject(struct state *state, struct subject *subject)
{
    static const bool no = false;
    uint64_t hash = state_hash(state, &subject->addr);

    if (record_is_empty(&subject->record))
        mend_absent_record(state, &subject->record);
    mend_value(state, &subject->hash, &hash, sizeof(hash));
    mend_value(state, &subject->sealed, &no, sizeof(no));
    mend_value(state, &subject->dirty, &no, sizeof(no));
    mend_value(state, &subject->changed, &no, sizeof(no));
    mend_value(state, &subject->own, &no, sizeof(no));
    mend_value(state, &subject->struck, &no, sizeof(no));
    if (is_awaited(subject, state_now_ms(state))) {
        mend_told(state, subject);
        return;
    }
    expire_at_once(state, subject); /* a ban may have ended, and be told of only now */
    state->counters.selfcheck_repaired++;
}
