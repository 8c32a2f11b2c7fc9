/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that is banned, see state.h: what rests is seen at a glance, as long as nothing is due.
 */
#include <bansync/limits.h>

#include "state.h"

/* --- Visiting them ------------------------------------------------------------------------------
 */

static int visit_awake_banned(const struct state *state, const struct bucket *bucket,
                              state_banned_fn *banned, void *context)
{
    int64_t now_ms = state_now_ms(state);
    int result = 0;

    for (uint32_t i = 0; i < bucket->count && result == 0; i++)
        if (record_is_banned(&bucket->list[i]->record, now_ms))
            result = banned(context, &bucket->list[i]->addr);
    return result;
}

/* is_told: what was told of each still holds. */
static int visit_banned_at_rest(const struct state *state, const struct bucket *bucket,
                                uint16_t leaf, bool is_told, state_banned_fn *banned, void *context)
{
    int64_t now_ms = state_now_ms(state);
    struct bucket_walk walk = {0}, at = walk;
    struct packed_glance glance;
    struct unpacked room;
    int result = 0;

    for (; result == 0 && bucket_next_glance(bucket, &walk, &glance); at = walk) {
        const struct subject *subject;

        if (!is_told) {
            subject = bucket_next_rest(bucket, leaf, state->table.words, &at, &room);
            glance.banned = subject != NULL && record_is_banned(&subject->record, now_ms);
        }
        if (glance.banned)
            result = banned(context, &glance.addr);
    }
    return result;
}

int state_visit_banned(const struct state *state, state_banned_fn *banned, void *context)
{
    bool is_told = !expiry_is_due(&state->expiry, state_now_ms(state));
    uint32_t leaf = 0;
    int result = 0;

    for (; result == 0 && (leaf = table_next_leaf(&state->table, leaf)) < DIGEST_LEAVES; leaf++) {
        const struct bucket *bucket = table_leaf(&state->table, (uint16_t)leaf);

        result = visit_awake_banned(state, bucket, banned, context);
        if (result == 0)
            result = visit_banned_at_rest(state, bucket, (uint16_t)leaf, is_told, banned, context);
    }
    return result;
}

/* --- Counting them ------------------------------------------------------------------------------
 */

static void count_one(const struct state *state, const struct subject *subject,
                      struct state_bans *bans)
{
    int64_t until_ms = record_until_ms(&subject->record, state_now_ms(state));

    bans->permanent += until_ms == TIME_NEVER_MS;
    bans->temporary += until_ms > 0 && until_ms < TIME_NEVER_MS;
}

/* Of what has a deadline it is not known if that is the end of the ban. */
static void count_at_rest(const struct state *state, const struct bucket *bucket, uint16_t leaf,
                          struct state_bans *bans)
{
    struct bucket_walk walk = {0}, at = walk;
    struct packed_glance glance;
    struct unpacked room;

    for (; bucket_next_glance(bucket, &walk, &glance); at = walk) {
        const struct subject *subject = NULL;

        if (glance.stays)
            bans->permanent += glance.banned;
        else
            subject = bucket_next_rest(bucket, leaf, state->table.words, &at, &room);
        if (subject != NULL)
            count_one(state, subject, bans);
    }
}

bool state_count_bans(const struct state *state, uint32_t *leaf, size_t *work,
                      struct state_bans *bans)
{
    while (*work > 0 && (*leaf = table_next_leaf(&state->table, *leaf)) < DIGEST_LEAVES) {
        const struct bucket *bucket = table_leaf(&state->table, (uint16_t)*leaf);
        size_t cost = bucket->count + bucket->rest_count;

        for (uint32_t i = 0; i < bucket->count; i++)
            count_one(state, bucket->list[i], bans);
        count_at_rest(state, bucket, (uint16_t)*leaf, bans);
        *work -= cost < *work ? cost : *work;
        ++*leaf;
    }
    return table_next_leaf(&state->table, *leaf) == DIGEST_LEAVES;
}
