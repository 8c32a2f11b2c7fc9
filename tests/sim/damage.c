/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flipped bits and lost strikes, see damage.h.
 */
#include "damage.h"

#include <stdlib.h>

#include <bansync/limits.h>

#include "chaos.h"
#include "host.h"

/* A subject of the host, drawn, and whether it is at rest; false if it has none. */
static bool draw_subject(struct sim *sim, const struct state *state, struct addr *addr, bool *rests)
{
    const struct subject *subject;
    size_t count = 0;

    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;)
        if (prng_below(&sim->prng, ++count) == 0) {
            *addr = subject->addr;
            *rests = subject->sealed;
        }
    return count > 0;
}

bool damage_lose_strike(struct sim *sim)
{
    struct host *host = chaos_pick(sim, false);
    struct subject *subject = NULL;
    struct strike strike;
    struct addr addr;
    bool rests;

    if (host != NULL && draw_subject(sim, &host->node.state, &addr, &rests) && !rests)
        subject = state_wake(&host->node.state, &addr);
    if (subject == NULL || subject->strikes.count == 0)
        return false;
    strikes_take_oldest(&subject->strikes, &strike);
    state_strike_removed(&host->node.state, subject, &strike);
    free(strike.text);
    sim->damaged = true;
    sim_trace(sim, "mx%zu loses a strike", host->index + 1);
    return true;
}

static void flip(struct sim *sim, void *bytes, size_t size)
{
    uint8_t *byte = (uint8_t *)bytes + prng_below(&sim->prng, size);

    *byte ^= (uint8_t)(1u << prng_below(&sim->prng, 8));
}

static const char *flip_digest(struct sim *sim, struct state *state)
{
    struct digest *digest = &state->digests[prng_below(&sim->prng, ENTRY_KINDS)];
    unsigned level = (unsigned)prng_below(&sim->prng, DIGEST_LEVELS);
    uint32_t index = (uint32_t)prng_below(&sim->prng, (uint64_t)1 << (4 * level));
    uint16_t leaf = (uint16_t)(index << (4 * (DIGEST_LEVELS - 1 - level)));

    if (level >= DIGEST_LEVELS - 2 && digest_is_blank(digest, leaf))
        return NULL; /* there is nothing to be damaged */
    flip(sim, (void *)(uintptr_t)digest_node(digest, level, index), sizeof(struct hash128));
    return "a digest";
}

static const char *flip_record(struct sim *sim, struct record *record)
{
    struct facts *facts = &record->facts;

    if (facts->count > 0 && prng_chance(&sim->prng, 500000)) {
        flip(sim, &facts->list[0].until_ms, sizeof(facts->list[0].until_ms));
        return "a fact";
    }
    if (record->manual.stamp.hlc != 0) {
        flip(sim, &record->manual.stamp.hlc, sizeof(record->manual.stamp.hlc));
        return "a manual slot";
    }
    if (record->cut.stamp.hlc == 0)
        return NULL;
    flip(sim, &record->cut.ms, sizeof(record->cut.ms));
    return "a cut";
}

static const char *flip_subject(struct sim *sim, struct subject *subject)
{
    struct strikes *strikes = &subject->strikes;
    struct strike *strike;

    if (prng_chance(&sim->prng, 300000)) {
        flip(sim, &subject->record_hash, sizeof(subject->record_hash));
        return "the hash of a record";
    }
    if (strikes->count == 0 || prng_chance(&sim->prng, 400000))
        return flip_record(sim, &subject->record);
    strike = &strikes->list[prng_below(&sim->prng, strikes->count)];
    if (prng_chance(&sim->prng, 500000))
        flip(sim, &strike->t_ms, sizeof(strike->t_ms));
    else
        flip(sim, &strike->id, sizeof(strike->id));
    return "a strike";
}

/* Any bit of what is at rest in the subject's leaf, sizes and hashes included. */
static const char *flip_rest(struct sim *sim, const struct state *state, const struct addr *addr)
{
    const struct bucket *bucket = table_leaf(&state->table, state_leaf(state, addr));

    flip(sim, bucket->block, bucket_block_bytes(bucket));
    return "what is at rest";
}

static const char *flip_something(struct sim *sim, struct host *host)
{
    struct state *state = &host->node.state;
    struct addr addr;
    bool rests, drawn = draw_subject(sim, state, &addr, &rests);
    uint64_t kind = prng_below(&sim->prng, 8);

    if (kind < 3 && drawn && rests)
        return flip_rest(sim, state, &addr);
    if (kind < 4 && drawn) {
        struct subject *subject = state_wake(state, &addr); /* NULL: what rests there is damaged */

        return subject != NULL ? flip_subject(sim, subject) : NULL;
    }
    if (kind < 6)
        return flip_digest(sim, state);
    if (kind == 6 && state->allows.count > 0) {
        flip(sim, &state->allows.list[0].until_ms, sizeof(state->allows.list[0].until_ms));
        return "an allow entry";
    }
    flip(sim, state->recent.sums, sizeof(state->recent.sums));
    return "the newest seconds";
}

const char *damage_flip_bit(struct sim *sim)
{
    struct host *host = chaos_pick(sim, false);
    const char *what = host != NULL ? flip_something(sim, host) : NULL;

    sim->damaged |= what != NULL;
    if (what != NULL)
        sim_trace(sim, "mx%zu: a bit of %s flips", host->index + 1, what);
    return what;
}
