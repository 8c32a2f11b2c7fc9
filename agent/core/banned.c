/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All banned prefixes in slices, see banned.h.
 *
 * Each slice is sorted when it is found; what is handed out is the least of their beginnings. To
 * sort all at once would be one long turn.
 */
#include "banned.h"

#include <stdlib.h>

#define ROOM_FIRST 1024

struct banned_run {
    size_t next, end; /* in the list */
};

/* Room for one more run. */
static int reserve_run(struct banned *banned)
{
    struct banned_run *runs =
        realloc(banned->runs, (banned->run_count + 1) * sizeof(*banned->runs));

    if (runs == NULL)
        return -1;
    banned->runs = runs;
    return 0;
}

static int reserve(struct banned *banned, size_t count)
{
    size_t room = banned->room > 0 ? banned->room : ROOM_FIRST;
    struct prefix *list;

    if (banned->room - banned->count >= count)
        return 0;
    while (room - banned->count < count)
        room *= 2;
    list = realloc(banned->list, room * sizeof(*list));
    if (list == NULL)
        return -1;
    banned->list = list;
    banned->room = room;
    return 0;
}

static int compare(const void *a, const void *b)
{
    return prefix_compare(a, b);
}

static void end_run(struct banned *banned, size_t first)
{
    if (banned->count == first)
        return;
    qsort(banned->list + first, banned->count - first, sizeof(*banned->list), compare);
    banned->runs[banned->run_count++] = (struct banned_run){first, banned->count};
}

/* There is room. */
static void take(struct banned *banned, const struct state *state, const struct subject *subject)
{
    if (!record_is_banned(&subject->record, state_now_ms(state)))
        return;
    if (subject->addr.kind == ADDR_ACCOUNT)
        banned->accounts++;
    else
        banned->list[banned->count++] = addr_to_prefix(&subject->addr);
}

int banned_walk(struct banned *banned, const struct state *state, size_t work)
{
    size_t first = banned->count;
    bool failed = reserve_run(banned) != 0;

    while (!failed && work > 0 && banned->leaf < DIGEST_LEAVES) {
        size_t count = table_leaf_count(&state->table, (uint16_t)banned->leaf), cost = 1 + count;
        struct table_walk walk;
        const struct subject *subject;

        failed = reserve(banned, count) != 0;
        if (failed)
            break;
        table_walk_leaf(&walk, (uint16_t)banned->leaf);
        while (banned->count < banned->room &&
               (subject = table_next_of_leaf(&state->table, &walk)) != NULL)
            take(banned, state, subject);
        banned->leaf++;
        work -= cost < work ? cost : work;
    }
    end_run(banned, first);
    if (failed)
        return -1;
    return banned->leaf == DIGEST_LEAVES ? 1 : 0;
}

/* The run that begins with the least address; NULL if all are handed out. */
static struct banned_run *least(const struct banned *banned)
{
    struct banned_run *found = NULL;

    for (size_t i = 0; i < banned->run_count; i++) {
        struct banned_run *run = &banned->runs[i];

        if (run->next < run->end &&
            (found == NULL ||
             prefix_compare(&banned->list[run->next], &banned->list[found->next]) < 0))
            found = run;
    }
    return found;
}

const struct subject *banned_next(struct banned *banned, const struct state *state,
                                  struct unpacked *room)
{
    struct banned_run *run;

    while ((run = least(banned)) != NULL) {
        struct addr addr = addr_of_prefix(&banned->list[run->next++]);
        const struct subject *subject = state_find(state, &addr, room);

        if (subject != NULL && record_is_banned(&subject->record, state_now_ms(state)))
            return subject;
    }
    return NULL;
}

void banned_clear(struct banned *banned)
{
    free(banned->list);
    free(banned->runs);
    *banned = (struct banned){0};
}
