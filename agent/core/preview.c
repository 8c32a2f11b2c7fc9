/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What another policy would do, see preview.h.
 */
#include "preview.h"

#include "derive.h"

/* The allowlist as it would be. */
static int allows_then(const struct state *state, const struct addr *own, size_t own_count,
                       struct allows *then)
{
    struct allow old;

    for (size_t i = 0; i < state->allows.count; i++)
        if (state->allows.list[i].owner != state->node &&
            allows_merge(then, &state->allows.list[i], &old) < 0)
            return -1;
    for (size_t i = 0; i < own_count; i++) {
        struct allow allow = {.addr = own[i],
                              .owner = state->node,
                              .stamp = {state->hlc, state->node},
                              .on = true,
                              .until_ms = TIME_NEVER_MS};
        int merged = allows_merge(then, &allow, &old);

        if (merged < 0)
            return -1;
        allow_clear(&old);
    }
    return 0;
}

/* Keeps the lowest addresses: the same ones each time it is asked. */
static void note(struct preview *preview, const struct addr *addr)
{
    size_t used = preview->count < PREVIEW_NAMES_MAX ? preview->count : PREVIEW_NAMES_MAX;
    size_t place = used;

    preview->count++;
    while (place > 0 && addr_compare(addr, &preview->names[place - 1]) < 0)
        place--;
    if (used == PREVIEW_NAMES_MAX)
        used--;
    for (size_t i = used; i > place; i--)
        preview->names[i] = preview->names[i - 1];
    if (place <= used)
        preview->names[place] = *addr;
}

static bool is_in_force(const struct state *state, const struct subject *subject, int64_t now_ms)
{
    return record_is_banned(&subject->record, now_ms) &&
           allows_cover(&state->allows, &subject->addr, now_ms) == NULL;
}

/* Whether it is in force then: by strikes under that policy, or by the ban that it has already. */
static bool would_be_in_force(const struct policy *policy, const struct allows *then,
                              const struct subject *subject, int64_t now_ms)
{
    return (record_is_banned(&subject->record, now_ms) ||
            (policy_bans(policy, &subject->addr) &&
             derive_would_ban(policy, &subject->strikes, &subject->record, now_ms))) &&
           allows_cover(then, &subject->addr, now_ms) == NULL;
}

int preview_policy(const struct state *state, const struct policy *policy, const struct addr *own,
                   size_t own_count, struct preview *preview)
{
    int64_t now_ms = state_now_ms(state);
    struct allows then = {0};
    int result = allows_then(state, own, own_count, &then);
    const struct subject *subject;

    *preview = (struct preview){0};
    for (struct table_walk walk = {0};
         result == 0 && (subject = table_next(&state->table, &walk)) != NULL;)
        if (!is_in_force(state, subject, now_ms) &&
            would_be_in_force(policy, &then, subject, now_ms))
            note(preview, &subject->addr);
    allows_clear(&then);
    return result;
}
