/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subject as people want to see it, see view.h.
 */
#include "view.h"

#include <string.h>

#include "derive.h"

/* What a peer says of its messages may be wrong, or left out. */
static void view_messages(const struct policy *policy, struct view *view)
{
    view->messages = view->evidence.messages;
    if (view->messages == 0 || view->messages > view->hits)
        view->messages = view->hits;
    view->count = policy->count_messages ? view->messages : view->hits;
}

static void view_fact(const struct policy *policy, const struct fact *fact, struct view *view)
{
    view->hits = 0;
    view->node_count = fact->node_count;
    if (fact->node_count > 0)
        memcpy(view->nodes, fact->nodes, fact->node_count * sizeof(*fact->nodes));
    evidence_read(fact->evidence, fact->evidence_size, &view->evidence);
    for (size_t i = 0; i < view->node_count; i++)
        view->hits += view->nodes[i].strikes;
    view_messages(policy, view);
}

static void view_strikes(const struct state *state, const struct subject *subject,
                         struct view *view)
{
    size_t first;

    if (derive_count(&state->policy, &subject->strikes, subject->record.cut.ms, state_now_ms(state),
                     &first) == 0)
        return;
    view->hits = subject->strikes.count - first;
    view->node_count = derive_nodes(&subject->strikes.list[first], view->hits, view->nodes);
    evidence_read(view->evidence_bytes,
                  evidence_write(&subject->strikes.list[first], view->hits, view->evidence_bytes),
                  &view->evidence);
    view_messages(&state->policy, view);
}

static int64_t newest_hit_ms(const struct subject *subject)
{
    const struct strikes *strikes = &subject->strikes;
    const struct facts *facts = &subject->record.facts;
    int64_t newest_ms = strikes->count > 0 ? strikes->list[strikes->count - 1].t_ms : 0;

    for (size_t i = 0; i < facts->count; i++)
        if (facts->list[i].last_ms > newest_ms)
            newest_ms = facts->list[i].last_ms;
    return newest_ms;
}

void view_make(const struct state *state, const struct subject *subject, struct view *view)
{
    int64_t now_ms = state_now_ms(state);
    const struct record *record = &subject->record;
    const struct fact *fact = record_newest_fact(record, now_ms);

    *view = (struct view){0};
    view->until_ms = record_until_ms(record, now_ms);
    view->banned = view->until_ms > 0;
    view->manual = record_manual_is_live(record, now_ms);
    view->level = record_level(record, now_ms, &view->forget_ms);
    if (fact != NULL)
        view->ban_ms =
            fact->until_ms == TIME_NEVER_MS ? TIME_NEVER_MS : fact->until_ms - fact->last_ms;
    view->hit_ms = newest_hit_ms(subject);
    if (fact != NULL)
        view_fact(&state->policy, fact, view);
    else
        view_strikes(state, subject, view);
}

int64_t view_since_ms(const struct state *state, const struct subject *subject)
{
    int64_t now_ms = state_now_ms(state);
    const struct record *record = &subject->record;
    const struct fact *fact = record_newest_fact(record, now_ms);
    const struct strike *deciding;

    if (record_manual_is_live(record, now_ms))
        return stamp_ms(record->manual.stamp.hlc);
    if (fact == NULL)
        return 0;
    deciding = derive_deciding(&state->policy, &subject->strikes, record, now_ms);
    return deciding != NULL ? deciding->t_ms : fact->last_ms;
}

void view_make_past(const struct state *state, const struct subject *subject, struct view *view)
{
    const struct facts *facts = &subject->record.facts;
    const struct fact *last = NULL;

    view_make(state, subject, view);
    for (size_t i = 0; i < facts->count; i++)
        if (last == NULL || facts->list[i].last_ms > last->last_ms)
            last = &facts->list[i];
    if (last == NULL)
        return;
    view_fact(&state->policy, last, view);
}
