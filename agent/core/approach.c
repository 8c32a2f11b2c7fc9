/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Senders that approach a ban, see approach.h.
 */
#include "approach.h"

#include <assert.h>
#include <stdlib.h>

#include "derive.h"
#include "shortlist.h"

/* Most subjects are known by strikes that no longer count: that is asked first. */
bool approach_read(const struct state *state, const struct subject *subject,
                   struct approach *approach)
{
    const struct strikes *strikes = &subject->strikes;
    int64_t now_ms = state_now_ms(state);

    if (strikes->count == 0 ||
        strikes->list[strikes->count - 1].t_ms <= now_ms - state->policy.window_ms ||
        record_is_banned(&subject->record, now_ms))
        return false;
    approach->addr = subject->addr;
    approach->last_ms = strikes->list[strikes->count - 1].t_ms;
    approach->count = derive_count(&state->policy, strikes, subject->record.cut.ms, now_ms, NULL);
    return approach->count > 0;
}

int approaches_begin(struct approaches *approaches, size_t limit)
{
    assert(limit > 0);
    *approaches = (struct approaches){.limit = limit};
    approaches->list = calloc(limit, sizeof(*approaches->list));
    return approaches->list != NULL ? 0 : -1;
}

/* < 0: a is the nearer one. */
static int compare(const void *a, const void *b)
{
    const struct approach *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (x->last_ms != y->last_ms)
        return x->last_ms > y->last_ms ? -1 : 1;
    return addr_compare(&x->addr, &y->addr);
}

static void keep(struct approaches *approaches, const struct approach *approach)
{
    approaches->total++;
    shortlist_keep(approaches->list, &approaches->count, approaches->limit, sizeof(*approach),
                   approach, compare);
}

/* Looks at all subjects of a leaf that have strikes, which are awake, and tells what that costs. */
static size_t look(struct approaches *approaches, const struct state *state, uint16_t leaf)
{
    const struct bucket *bucket = table_leaf(&state->table, leaf);
    size_t cost = 1 + bucket->count;

    for (uint32_t i = 0; i < bucket->count; i++) {
        struct approach approach;

        if (!approach_read(state, bucket->list[i], &approach))
            continue;
        keep(approaches, &approach);
        if (state->policy.count_messages)
            cost += bucket->list[i]->strikes.count;
    }
    return cost;
}

bool approaches_walk(struct approaches *approaches, const struct state *state, size_t *work)
{
    while (*work > 0 && approaches->leaf < DIGEST_LEAVES) {
        size_t cost = look(approaches, state, (uint16_t)approaches->leaf++);

        *work -= cost < *work ? cost : *work;
    }
    if (approaches->leaf < DIGEST_LEAVES)
        return false;
    qsort(approaches->list, approaches->count, sizeof(*approaches->list), compare);
    return true;
}

void approaches_clear(struct approaches *approaches)
{
    free(approaches->list);
    *approaches = (struct approaches){0};
}
