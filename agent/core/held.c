/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strikes outside the state, see held.h.
 */
#include "held.h"

#include <stdlib.h>

int held_open(struct held *held)
{
    bool failed = false;

    *held = (struct held){0};
    for (size_t place = 0; place < HELD_PLACES; place++)
        failed |= table_open(&held->sets[place].subjects) != 0;
    if (failed)
        held_close(held);
    return failed ? -1 : 0;
}

void held_close(struct held *held)
{
    for (size_t place = 0; place < HELD_PLACES; place++)
        table_close(&held->sets[place].subjects);
    *held = (struct held){0};
}

enum held_place held_find(const struct held *held, uint64_t hash, const struct addr *addr,
                          const struct strike *strike)
{
    for (enum held_place place = 0; place < HELD_PLACES; place++) {
        const struct held_set *set = &held->sets[place];
        const struct subject *subject =
            set->count > 0 ? table_find(&set->subjects, addr, hash, NULL) : NULL;

        if (subject != NULL && strikes_find(&subject->strikes, strike) < subject->strikes.count)
            return place;
    }
    return HELD_NOWHERE;
}

bool held_has(const struct held *held, enum held_place place, uint64_t hash,
              const struct addr *addr)
{
    return held->sets[place].count > 0 &&
           table_find(&held->sets[place].subjects, addr, hash, NULL) != NULL;
}

static void remove_if_empty(struct held_set *set, struct subject *subject)
{
    if (subject->strikes.count == 0)
        table_remove(&set->subjects, subject);
}

int held_put(struct held *held, enum held_place place, uint64_t hash, const struct addr *addr,
             const struct strike *strike, struct strikes_change *change)
{
    struct held_set *set = &held->sets[place];
    struct subject *subject = table_make(&set->subjects, addr, hash);
    int result;

    if (subject == NULL)
        return -1;
    result = strikes_merge(&subject->strikes, strike, change);
    if (result == 0)
        set->count += (size_t)change->added - (size_t)change->removed;
    remove_if_empty(set, subject);
    return result;
}

/* A subject that is not at the other place yet takes its set of strikes along as it is. */
static bool move_subject(struct held *held, enum held_place to, struct subject *subject,
                         struct held_set *from)
{
    struct subject *target = table_make(&held->sets[to].subjects, &subject->addr, subject->hash);
    size_t count = subject->strikes.count;
    bool moved = target != NULL && target->strikes.count + count <= STRIKES_PER_ORIGIN_MAX;

    if (moved && target->strikes.count == 0) {
        target->strikes = subject->strikes;
        subject->strikes = (struct strikes){0};
        held->sets[to].count += count;
    }
    for (size_t i = 0; i < subject->strikes.count && moved; i++) {
        struct strikes_change change;

        moved = held_put(held, to, subject->hash, &subject->addr, &subject->strikes.list[i],
                         &change) == 0;
        if (moved)
            strikes_change_clear(&change);
    }
    if (!moved)
        return false;
    from->count -= count;
    table_remove(&from->subjects, subject);
    return true;
}

size_t held_move(struct held *held, enum held_place from, enum held_place to,
                 const struct addr *net)
{
    struct held_set *set = &held->sets[from];
    struct subject *subject;
    size_t moved = 0;

    for (struct table_walk walk = {0}; (subject = table_next(&set->subjects, &walk)) != NULL;) {
        if ((net != NULL && !addr_covers(net, &subject->addr)) ||
            !move_subject(held, to, subject, set))
            continue;
        walk.at.index--; /* the next one is in its place */
        moved++;
    }
    return moved;
}

/* False: no more are asked for. */
static bool sift_subject(struct held_set *set, struct subject *subject, held_judge_fn *judge,
                         void *context)
{
    enum held_fate fate = HELD_STAYS;

    for (size_t i = 0; i < subject->strikes.count && fate != HELD_ENOUGH;) {
        struct strike gone;

        fate = judge(context, &subject->addr, &subject->strikes.list[i]);
        i += fate == HELD_STAYS;
        if (fate != HELD_GOES)
            continue;
        strikes_take(&subject->strikes, i, &gone);
        free(gone.text);
        set->count--;
    }
    return fate != HELD_ENOUGH;
}

void held_sift(struct held *held, enum held_place place, held_judge_fn *judge, void *context)
{
    struct held_set *set = &held->sets[place];
    struct subject *subject;
    bool more = true;

    if (set->count == 0)
        return; /* as nearly always: a walk has much room to be made */
    for (struct table_walk walk = {0};
         more && (subject = table_next(&set->subjects, &walk)) != NULL;) {
        more = sift_subject(set, subject, judge, context);
        walk.at.index -= subject->strikes.count == 0;
        remove_if_empty(set, subject);
    }
}

int64_t held_since_ms(const struct held *held)
{
    const struct table *subjects = &held->sets[HELD_WAITING].subjects;
    const struct subject *subject;
    int64_t since_ms = 0;

    for (struct table_walk walk = {0}; (subject = table_next(subjects, &walk)) != NULL;)
        if (since_ms == 0 || subject->strikes.list[0].t_ms < since_ms)
            since_ms = subject->strikes.list[0].t_ms;
    return since_ms;
}
