/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened in a turn, as events for who watches, see watch.h.
 *
 * Hits, bans, unbans and allow entries are the turn's effects, so each has come from the own log,
 * from an operator or from a peer exactly once. What is no effect (peers, the brake, the map) is
 * compared with what it was.
 */
#include <string.h>

#include "derive.h"
#include "entry.h"
#include "mapwriter.h"
#include "notice.h"
#include "reply.h"
#include "view.h"
#include "watch.h"

static size_t held_count(const struct agent *agent)
{
    return agent->node.hold.held.sets[HELD_WAITING].count;
}

void watch_event_note(struct agent *agent)
{
    struct watch *watch = agent->watch;

    for (size_t i = 0; i < agent->node.peer_count; i++)
        watch->peers_up[i] = node_peer_is_up(&agent->node.peers[i], &agent->now);
    watch->brakes = agent->node.state.counters.brakes;
    watch->engaged = held_count(agent) > 0;
    watch->map_writes = agent->node.state.counters.map_writes;
}

/* Of who decided; 0: nobody did. */
static void add_node(const struct agent *agent, struct json *item, uint64_t id)
{
    char text[17];

    json_add_text(item, "node", id != 0 ? notice_node_name(agent, id, text) : NULL);
}

/* Of who changed it, as far as an operator did. */
static void add_words(struct json *item, const char *actor, const char *reason)
{
    if (actor != NULL && actor[0] != '\0')
        json_add_bytes(item, "actor", actor, strlen(actor));
    else
        json_add_null(item, "actor");
    if (reason != NULL && reason[0] != '\0')
        json_add_bytes(item, "reason", reason, strlen(reason));
    else
        json_add_null(item, "reason");
}

static void add_bytes(struct json *item, const char *name, const uint8_t *bytes, size_t size)
{
    if (size > 0)
        json_add_bytes(item, name, bytes, size);
    else
        json_add_null(item, name);
}

/* Hits of the same sender and the same time that this turn brought after this one. */
static size_t count_later(const struct effects *effects, const struct effect *effect)
{
    const struct effect *end = effects->list + effects->count;
    size_t later = 0;

    for (const struct effect *next = effect + 1; next < end; next++)
        later += next->at_ms == effect->at_ms && next->type == EFFECT_PERSIST &&
                 next->kind == ENTRY_STRIKE && addr_compare(&next->addr, &effect->addr) == 0;
    return later;
}

/* The shared count as it was with this hit; 0 if that is void, or not kept any more. A log knows
 * whole seconds: the hits of a burst have one time, and count as they came. (Not where messages
 * count: which of them a later hit is of is not looked up.) */
static void add_count(const struct node *node, struct json *item, const struct effect *effect)
{
    const struct state *state = &node->state;
    struct unpacked room;
    const struct subject *subject = state_find(state, &effect->addr, &room);
    size_t count = 0, later = 0;

    if (subject != NULL)
        count = derive_count_at(&state->policy, &subject->strikes, subject->record.cut.ms,
                                effect->at_ms);
    if (!state->policy.count_messages)
        later = count_later(&node->effects, effect);
    if (count > later)
        count -= later;
    json_add_number(item, "count", (int64_t)count);
    json_add_number(item, "threshold", state->policy.threshold);
    json_add_bool(item, "banned", subject != NULL && subject->banned);
}

static void tell_hit(struct agent *agent, const struct effect *effect)
{
    const struct node *node = &agent->node;
    struct json *root, *item;
    struct strike strike;
    struct addr addr;
    const uint8_t *bytes;
    size_t size;

    if (entry_read_strike(effect_body(&node->effects, effect), effect->body_size, &addr, &strike) !=
        0)
        return;
    item = watch_begin(agent, WATCH_HIT, &root);
    reply_net(item, "net", &addr);
    reply_node(agent, item, "node", strike.origin);
    reply_time(item, "at", strike.t_ms);
    bytes = strike_bucket(&strike, &size);
    add_bytes(item, "bucket", bytes, size);
    bytes = strike_account(&strike, &size);
    add_bytes(item, addr.kind == ADDR_ACCOUNT ? "address" : "account", bytes, size);
    add_count(node, item, effect);
    watch_publish(agent, WATCH_HIT, &addr, &root);
}

/* node: whom the item names besides. */
static void add_hits(struct agent *agent, struct json *item, const struct addr *addr, uint64_t node,
                     const struct view *view)
{
    json_add_number(item, "count", (int64_t)view->count);
    json_add_number(item, "threshold", agent->node.state.policy.threshold);
    json_add_number(item, "hits", (int64_t)view->hits);
    json_add_number(item, "messages", (int64_t)view->messages);
    reply_counts(agent, item, view->nodes, view->node_count);
    reply_old_keys(agent, item, node, view->nodes, view->node_count);
    reply_beside(item, addr, &view->evidence);
}

static void tell_ban(struct agent *agent, const struct effect *effect)
{
    const struct state *state = &agent->node.state;
    struct unpacked room;
    const struct subject *subject = state_find(state, &effect->addr, &room);
    const struct manual *manual;
    struct json *root, *item;
    struct view view;
    uint64_t node;

    if (subject == NULL)
        return;
    manual = &subject->record.manual;
    view_make(state, subject, &view);
    item = watch_begin(agent, WATCH_BAN, &root);
    reply_net(item, "net", &effect->addr);
    node = view.manual ? manual->stamp.node : effect->origin;
    add_node(agent, item, node);
    json_add_text(item, "source", view.manual ? "manual" : "auto");
    reply_time(item, "at", view_since_ms(state, subject));
    reply_time(item, "until", view.until_ms);
    json_add_number(item, "level", view.level);
    add_hits(agent, item, &effect->addr, node, &view);
    add_words(item, view.manual ? manual->actor : NULL, view.manual ? manual->reason : NULL);
    json_add_bool(item, "allowed",
                  allows_cover(&state->allows, &effect->addr, state_now_ms(state)) != NULL);
    watch_publish(agent, WATCH_BAN, &effect->addr, &root);
}

static void tell_unban(struct agent *agent, const struct effect *effect)
{
    struct unpacked room;
    const struct subject *subject = state_find(&agent->node.state, &effect->addr, &room);
    const struct manual *manual =
        subject != NULL && record_is_lifted(&subject->record) ? &subject->record.manual : NULL;
    uint64_t node = manual != NULL ? manual->stamp.node : 0;
    struct json *root, *item = watch_begin(agent, WATCH_UNBAN, &root);
    struct view view = {0};

    if (subject != NULL)
        view_make_past(&agent->node.state, subject, &view);
    reply_net(item, "net", &effect->addr);
    add_node(agent, item, node);
    json_add_text(item, "source", manual != NULL ? "manual" : "expired");
    add_hits(agent, item, &effect->addr, node, &view);
    add_words(item, manual != NULL ? manual->actor : NULL, manual != NULL ? manual->reason : NULL);
    watch_publish(agent, WATCH_UNBAN, &effect->addr, &root);
}

/* The entry tells whether it began or ended. */
static void tell_allow(struct agent *agent, const struct effect *effect)
{
    const struct state *state = &agent->node.state;
    const struct allow *allow = allows_find(&state->allows, &effect->addr, ALLOW_OPERATOR);
    struct json *root, *item;
    bool live;

    if (allow == NULL)
        return;
    live = allow_is_live(allow, state_now_ms(state));
    item = watch_begin(agent, WATCH_ALLOW, &root);
    reply_net(item, "net", &effect->addr);
    reply_node(agent, item, "node", allow->stamp.node);
    json_add_bool(item, "on", live);
    json_add_text(item, "source", live || !allow->on ? "manual" : "expired");
    reply_time(item, "until", live ? allow->until_ms : 0);
    add_words(item, allow->actor, allow->reason);
    watch_publish(agent, WATCH_ALLOW, &effect->addr, &root);
}

static bool read_kind(const struct effect *effect, enum watch_kind *kind)
{
    *kind = effect->type == EFFECT_BANNED     ? WATCH_BAN
            : effect->type == EFFECT_UNBANNED ? WATCH_UNBAN
            : effect->type == EFFECT_ALLOW    ? WATCH_ALLOW
                                              : WATCH_HIT;
    return *kind != WATCH_HIT || (effect->type == EFFECT_PERSIST && effect->kind == ENTRY_STRIKE);
}

static void tell_effects(struct agent *agent)
{
    static void (*const tell[])(struct agent *, const struct effect *) = {
        [WATCH_HIT] = tell_hit,
        [WATCH_BAN] = tell_ban,
        [WATCH_UNBAN] = tell_unban,
        [WATCH_ALLOW] = tell_allow,
    };
    const struct effects *effects = &agent->node.effects;
    size_t hits = 0, others = 0;

    for (size_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->list[i];
        enum watch_kind kind;

        if (!read_kind(effect, &kind) || !watch_wants(agent->watch, kind, &effect->addr))
            continue;
        if (kind == WATCH_HIT ? ++hits > WATCH_HITS_MAX : ++others > WATCH_EVENTS_MAX)
            watch_skip(agent, kind, &effect->addr);
        else
            tell[kind](agent, effect);
    }
}

static void tell_peers(struct agent *agent)
{
    for (size_t i = 0; i < agent->node.peer_count; i++) {
        const struct node_peer *peer = &agent->node.peers[i];
        bool up = node_peer_is_up(peer, &agent->now);
        struct json *root, *item;

        if (up == agent->watch->peers_up[i])
            continue;
        agent->watch->peers_up[i] = up;
        item = watch_begin(agent, WATCH_PEER, &root);
        json_add_text(item, "node", peer->name);
        json_add_bool(item, "up", up);
        watch_publish(agent, WATCH_PEER, NULL, &root);
    }
}

/* It is engaged as long as something waits for an operator. */
static void tell_brake(struct agent *agent)
{
    struct watch *watch = agent->watch;
    bool engaged = held_count(agent) > 0;
    bool again = agent->node.state.counters.brakes != watch->brakes;
    struct json *root, *item;

    if (engaged == watch->engaged && !again)
        return;
    watch->engaged = engaged;
    watch->brakes = agent->node.state.counters.brakes;
    item = watch_begin(agent, WATCH_BRAKE, &root);
    json_add_text(item, "node", agent->node.name);
    json_add_bool(item, "engaged", engaged);
    json_add_number(item, "held", (int64_t)held_count(agent));
    watch_publish(agent, WATCH_BRAKE, NULL, &root);
}

static void tell_map(struct agent *agent)
{
    const struct mapwriter *writer = &agent->mapwriter;
    struct json *root, *item;

    if (agent->node.state.counters.map_writes == agent->watch->map_writes)
        return;
    agent->watch->map_writes = agent->node.state.counters.map_writes;
    item = watch_begin(agent, WATCH_MAP, &root);
    json_add_text(item, "node", agent->node.name);
    json_add_number(item, "entries", (int64_t)writer->entries);
    json_add_number(item, "bytes", (int64_t)writer->bytes);
    json_add_text(item, "sha256", mapwriter_sha256(agent));
    watch_publish(agent, WATCH_MAP, NULL, &root);
}

void watch_event_turn(struct agent *agent)
{
    tell_effects(agent);
    tell_peers(agent);
    tell_brake(agent);
    tell_map(agent);
}
