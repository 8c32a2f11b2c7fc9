/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state with bans, loaded as an agent does it at its start.
 */
#ifndef BANSYNC_BENCH_BANS_H
#define BANSYNC_BENCH_BANS_H

#include "ban.h"
#include "step.h"

static inline void bans_step(struct state *state, struct event *event, int64_t now_ms)
{
    static struct effects effects;

    event->wall_ms = event->ref_ms = now_ms;
    step(state, event, &effects);
    effects_clear(&effects);
}

/* Bans 0 to count - 1. Without memory the program ends. */
static inline void bans_load(struct state *state, size_t count)
{
    static uint8_t bytes[ENTRY_BYTES_MAX];
    struct policy policy = ban_policy();
    int64_t now_ms = ban_now_ms();
    struct event tick = {.type = EVENT_TICK}, loaded = {.type = EVENT_LOADED};
    struct event flush = {.type = EVENT_FLUSH}, committed = {.type = EVENT_COMMITTED};

    if (state_open(state, "test", BAN_NODE, &policy) != 0)
        abort();
    bans_step(state, &tick, now_ms);
    for (uint32_t i = 0; i < count; i++) {
        struct addr addr = ban_addr(i);
        struct event load = {.type = EVENT_LOAD, .kind = ENTRY_RECORD, .bytes = bytes};

        load.size = ban_entry(i, now_ms, &addr, bytes, sizeof(bytes));
        bans_step(state, &load, now_ms);
    }
    bans_step(state, &loaded, now_ms);
    bans_step(state, &flush, now_ms);
    bans_step(state, &committed, now_ms);
}

#endif
