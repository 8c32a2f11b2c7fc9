/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this node says by itself, see own.h.
 */
#include "own.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <bansync/limits.h>

#include "mark.h"
#include "merge.h"

enum step_result own_strike(struct state *state, const struct event *event, struct effects *effects)
{
    struct strike strike = event->strike;
    enum step_result result;
    uint8_t bytes[512];

    strike.origin = state->node;
    result = merge_strike(state, &event->addr, &strike, TIME_NEVER_MS, effects);
    if (result != STEP_CHANGED)
        return result;
    state->counters.strikes_own++;
    merge_add_entry(state, effects, EFFECT_PUSH, ENTRY_STRIKE, bytes,
                    entry_write_strike(&event->addr, &strike, bytes, sizeof(bytes)));
    state_wake(state, &event->addr)->struck = true; /* it is awake */
    return result;
}

enum step_result own_allow(struct state *state, const struct event *event, struct effects *effects)
{
    char reason[REASON_BYTES_MAX + 1];
    struct allow allow = {.addr = event->addr,
                          .owner = state->node,
                          .on = event->on,
                          .until_ms = event->until_ms,
                          .reason = reason};
    const struct allow *present = allows_find(&state->allows, &event->addr, state->node);
    enum step_result result;
    uint8_t bytes[512];

    snprintf(reason, sizeof(reason), "%s", event->reason != NULL ? event->reason : "");
    state->hlc = stamp_next(state->hlc, event->wall_ms);
    allow.stamp = (struct stamp){state->hlc, state->node};
    if (present != NULL && present->stamp.hlc >= allow.stamp.hlc)
        allow.stamp.hlc = present->stamp.hlc + 1; /* of a faster clock, which this one had once */
    result = merge_allow(state, &allow, TIME_NEVER_MS, effects);
    if (result == STEP_CHANGED)
        merge_add_entry(state, effects, EFFECT_PUSH, ENTRY_ALLOW, bytes,
                        entry_write_allow(&allow, bytes, sizeof(bytes)));
    return result;
}

enum step_result own_mark(struct state *state, const struct event *event, struct effects *effects)
{
    struct mark mark = {.stamp = {stamp_next(state->hlc, event->wall_ms), state->node}};
    enum step_result result;
    uint8_t bytes[MARK_BYTES];

    assert(event->size == MARK_ID_BYTES);
    state->hlc = mark.stamp.hlc;
    mark.forget_ms = policy_roundup(policy_add(stamp_ms(state->hlc), MARK_KEEP_MS));
    memcpy(mark.id, event->bytes, MARK_ID_BYTES);
    mark_write(&mark, bytes);
    result = merge_bytes(state, ENTRY_MARK, bytes, sizeof(bytes), TIME_NEVER_MS, effects);
    if (result == STEP_CHANGED)
        merge_add_entry(state, effects, EFFECT_PUSH, ENTRY_MARK, bytes, sizeof(bytes));
    return result;
}
