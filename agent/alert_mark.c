/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One alert a cluster, see alert_mark.h.
 */
#include "alert_mark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert_digest.h"
#include "alert_spool.h"
#include "mark.h"
#include "markid.h"

#define SETTLE_MS 15000 /* after the start: for the link, a comparison and its repair */
#define TURNS_MAX 2
#define TAKEOVERS_MAX 32 /* looked up in one turn, among MARK_MAX marks each: 15 ms */

_Static_assert(sizeof(((struct alert_pending *)0)->id) == MARK_ID_BYTES, "the same id");

/* Is it of an alert of this node alone? */
static bool is_own(const struct agent *agent, const char id[SPOOL_ID_SIZE])
{
    char own[17];

    snprintf(own, sizeof(own), "%016llx", (unsigned long long)agent->node.state.node);
    return strncmp(id, own, 16) == 0;
}

void alert_mark_told(struct agent *agent, const char id[SPOOL_ID_SIZE])
{
    struct alert_marks *marks = &agent->alert.marks;

    if (is_own(agent, id) || marks->told_count == ALERT_PENDING_MAX)
        return; /* without a mark another node tells it once more */
    markid_parse(id, marks->told[marks->told_count++]);
}

bool alert_mark_add(struct agent *agent, const uint8_t id[MARK_ID_BYTES])
{
    struct alert_marks *marks = &agent->alert.marks;

    if (marks->told_count == ALERT_PENDING_MAX)
        return false;
    memcpy(marks->told[marks->told_count++], id, MARK_ID_BYTES);
    return true;
}

void alert_mark_watch(struct agent *agent, const struct effect *effect,
                      const char id[SPOOL_ID_SIZE])
{
    struct alert_marks *marks = &agent->alert.marks;
    struct alert_pending *pending = &marks->list[marks->count];

    if (marks->count == ALERT_PENDING_MAX) {
        agent->node.state.counters.alerts_unwatched++;
        return;
    }
    *pending = (struct alert_pending){.addr = effect->addr,
                                      .origin = effect->origin,
                                      .at_ms = effect->at_ms,
                                      .since_ms = agent->now.mono_ms};
    markid_parse(id, pending->id);
    marks->count++;
}

void alert_mark_input(struct agent *agent)
{
    struct alert_marks *marks = &agent->alert.marks;

    for (size_t i = 0; i < marks->told_count; i++)
        node_mark(&agent->node, &agent->now, marks->told[i]);
    marks->told_count = 0;
}

static void forget(struct alert_marks *marks, size_t index)
{
    marks->list[index] = marks->list[--marks->count];
}

/* It was told by another node: who waits for that need not, and what lies here, as it was listed
 * last, is not sent. */
static void take(struct agent *agent, const struct mark *mark)
{
    struct alert_marks *marks = &agent->alert.marks;
    char id[SPOOL_ID_SIZE];

    for (size_t i = marks->count; i-- > 0;)
        if (memcmp(marks->list[i].id, mark->id, MARK_ID_BYTES) == 0)
            forget(marks, i);
    alert_digest_marked(agent, mark->id);
    markid_print(mark->id, id);
    if (mark->stamp.node != agent->node.state.node && !is_own(agent, id))
        alert_spool_cancel(agent, id);
}

static void take_marks(struct agent *agent)
{
    const struct effects *effects = &agent->node.effects;
    bool listed = false;
    struct mark mark;

    for (size_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->list[i];

        if (effect->type != EFFECT_PERSIST || effect->kind != ENTRY_MARK ||
            mark_read(effect_body(effects, effect), effect->body_size, &mark) != 0)
            continue;
        if (!listed)
            alert_spool_list(agent);
        listed = true;
        take(agent, &mark);
    }
}

/* Whoever told it. */
static bool is_marked(const struct agent *agent, const uint8_t id[MARK_ID_BYTES])
{
    const struct chronicle *chronicle = state_chronicle(&agent->node.state, ENTRY_MARK);
    struct mark mark;

    for (size_t i = 0; i < chronicle->count; i++)
        if (mark_read(chronicle->heap[i]->bytes, chronicle->heap[i]->size, &mark) == 0 &&
            memcmp(mark.id, id, MARK_ID_BYTES) == 0)
            return true;
    return false;
}

/* How many nodes that are up come before this one: ids are a ring that begins behind origin. */
static int64_t rank(const struct agent *agent, uint64_t origin)
{
    uint64_t own = agent->node.state.node - origin;
    int64_t before = 0;

    for (size_t i = 0; i < agent->node.peer_count; i++) {
        const struct node_peer *peer = &agent->node.peers[i];

        before +=
            peer->id != origin && peer->id - origin < own && node_peer_is_up(peer, &agent->now);
    }
    return before;
}

int64_t alert_mark_turn_ms(const struct agent *agent, uint64_t about)
{
    int64_t before = rank(agent, about);

    return ALERT_TAKEOVER_MS * (before < TURNS_MAX ? before : TURNS_MAX);
}

bool alert_mark_is_told(const struct agent *agent, uint64_t what, int64_t since_ms)
{
    const struct chronicle *chronicle = state_chronicle(&agent->node.state, ENTRY_MARK);
    struct mark mark;

    for (size_t i = 0; i < chronicle->count; i++) {
        uint64_t of = 0;

        if (mark_read(chronicle->heap[i]->bytes, chronicle->heap[i]->size, &mark) != 0)
            continue;
        for (size_t at = 0; at < sizeof(of); at++)
            of = of << 8 | mark.id[at];
        if (of == what && mark.stamp.node != agent->node.state.node &&
            stamp_ms(mark.stamp.hlc) >= since_ms)
            return true;
    }
    return false;
}

static void take_over(struct agent *agent, alert_mark_tell_fn *tell)
{
    struct alert_marks *marks = &agent->alert.marks;
    size_t looked = 0;

    for (size_t i = marks->count; i-- > 0 && looked < TAKEOVERS_MAX;) {
        struct alert_pending pending = marks->list[i];
        int64_t waited_ms = agent->now.mono_ms - pending.since_ms;

        if (waited_ms < ALERT_TAKEOVER_MS ||
            waited_ms < ALERT_TAKEOVER_MS * (rank(agent, pending.origin) + 1))
            continue;
        forget(marks, i);
        looked++;
        if (!is_marked(agent, pending.id))
            tell(agent, &pending);
    }
}

void alert_mark_turn(struct agent *agent, alert_mark_tell_fn *tell)
{
    take_marks(agent);
    take_over(agent, tell);
}

void alert_mark_clean(struct agent *agent)
{
    const struct chronicle *chronicle = state_chronicle(&agent->node.state, ENTRY_MARK);
    struct mark mark;

    if (alert_spool_list(agent) == 0)
        return;
    for (size_t i = 0; i < chronicle->count; i++)
        if (mark_read(chronicle->heap[i]->bytes, chronicle->heap[i]->size, &mark) == 0)
            take(agent, &mark);
}

bool alert_mark_is_settled(const struct agent *agent)
{
    for (size_t i = 0; i < agent->node.peer_count; i++) {
        const struct node_peer *peer = &agent->node.peers[i];

        if (node_peer_is_up(peer, &agent->now) && peer->compared && peer->same)
            return true;
    }
    return agent->node.peer_count == 0 || agent->now.mono_ms - agent->started_ms >= SETTLE_MS;
}
