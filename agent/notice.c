/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTICE lines of bans, unbans and allow entries, see notice.h.
 */
#include "notice.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "notice_many.h"
#include "roll.h"
#include "view.h"

const char *notice_node_name(const struct agent *agent, uint64_t id, char text[17])
{
    const struct node_peer *peer = node_peer_of(&agent->node, id);
    const struct roll_node *known;

    if (id == agent->node.state.node)
        return agent->node.name;
    if (peer != NULL)
        return peer->name;
    known = roll_find(agent, id);
    if (known != NULL && known->name[0] != '\0' && roll_old_name(agent, id) == NULL)
        return known->name;
    snprintf(text, 17, "%016llx", (unsigned long long)id);
    return text;
}

const char *notice_node_label(const struct agent *agent, uint64_t id, char text[NODE_LABEL_SIZE])
{
    const char *old = roll_old_name(agent, id);
    char digits[17];

    if (old != NULL)
        snprintf(text, NODE_LABEL_SIZE, "%s%s", old, CONTROL_OLD_KEY);
    else
        snprintf(text, NODE_LABEL_SIZE, "%s", notice_node_name(agent, id, digits));
    return text;
}

/* Appends to a text of fixed size; what does not fit is left out. */
static void append(char *out, size_t size, const char *piece)
{
    size_t length = strlen(out);

    snprintf(out + length, size - length, "%s", piece);
}

static void print_nodes(const struct agent *agent, const struct view *view, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < view->node_count; i++) {
        char id[17], piece[NAME_BYTES_MAX + 32];

        snprintf(piece, sizeof(piece), "%s%s:%u", i > 0 ? "," : "",
                 notice_node_name(agent, view->nodes[i].node, id), view->nodes[i].strikes);
        append(out, size, piece);
    }
}

/* "accounts=..."; of an account "addresses=...". */
static void print_beside(const struct addr *addr, const struct view *view, char *out, size_t size)
{
    snprintf(out, size, "%s=", addr->kind == ADDR_ACCOUNT ? "addresses" : "accounts");
    for (size_t i = 0; i < view->evidence.account_count; i++) {
        char piece[4 * ACCOUNT_BYTES_MAX + 2];

        if (i > 0)
            append(out, size, ",");
        append(out, size,
               log_escape((const char *)view->evidence.accounts[i].bytes,
                          view->evidence.accounts[i].size, piece, sizeof(piece)));
    }
}

/* "net=192.0.2.1/32" or "account=bob". */
#define SUBJECT_SIZE (4 * ACCOUNT_BYTES_MAX + 16)
static void print_subject(const struct addr *addr, char out[SUBJECT_SIZE])
{
    char net[ADDR_TEXT_SIZE], name[4 * ACCOUNT_BYTES_MAX + 1];

    if (addr->kind == ADDR_ACCOUNT) {
        snprintf(out, SUBJECT_SIZE, "account=%s",
                 log_escape((const char *)addr->bytes, addr->length, name, sizeof(name)));
    } else {
        addr_print_net(addr, net);
        snprintf(out, SUBJECT_SIZE, "net=%.64s", net);
    }
}

static void print_until(int64_t until_ms, char text[CLOCK_TEXT_SIZE])
{
    if (until_ms == TIME_NEVER_MS)
        snprintf(text, CLOCK_TEXT_SIZE, "permanent");
    else
        clock_print(until_ms, text);
}

/* At the level that it has. */
typedef void write_fn(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void log_ban(const struct agent *agent, const struct subject *subject, write_fn *write)
{
    char whom[SUBJECT_SIZE], nodes[1024], beside[2064], until[CLOCK_TEXT_SIZE];
    char reason[4 * REASON_BYTES_MAX + 1], actor[4 * ACTOR_BYTES_MAX + 1];
    const struct manual *manual = &subject->record.manual;
    const struct state *state = &agent->node.state;
    bool allowed = allows_cover(&state->allows, &subject->addr, state_now_ms(state)) != NULL;
    struct view view;

    view_make(state, subject, &view);
    print_subject(&subject->addr, whom);
    print_nodes(agent, &view, nodes, sizeof(nodes));
    print_beside(&subject->addr, &view, beside, sizeof(beside));
    print_until(view.until_ms, until);
    if (view.manual)
        write("ban %s source=manual until=%s level=%u allowed=%s count=%zu hits=%zu messages=%zu "
              "nodes=%s %s "
              "actor=%s reason=%s",
              whom, until, view.level, allowed ? "yes" : "no", view.count, view.hits, view.messages,
              nodes, beside, log_escape(manual->actor, strlen(manual->actor), actor, sizeof(actor)),
              log_escape(manual->reason, strlen(manual->reason), reason, sizeof(reason)));
    else
        write("ban %s source=auto until=%s level=%u allowed=%s count=%zu hits=%zu messages=%zu "
              "nodes=%s %s",
              whom, until, view.level, allowed ? "yes" : "no", view.count, view.hits, view.messages,
              nodes, beside);
}

static void log_unban(const struct agent *agent, const struct addr *addr,
                      const struct subject *subject, write_fn *write)
{
    char whom[SUBJECT_SIZE], nodes[1024], beside[2064];
    char reason[4 * REASON_BYTES_MAX + 1] = "", actor[4 * ACTOR_BYTES_MAX + 1] = "";
    const struct manual *manual = subject != NULL ? &subject->record.manual : NULL;
    bool lifted = subject != NULL && record_is_lifted(&subject->record);
    struct view view = {0};

    if (subject != NULL)
        view_make_past(&agent->node.state, subject, &view);
    if (lifted) {
        log_escape(manual->actor, strlen(manual->actor), actor, sizeof(actor));
        log_escape(manual->reason, strlen(manual->reason), reason, sizeof(reason));
    }
    print_subject(addr, whom);
    print_nodes(agent, &view, nodes, sizeof(nodes));
    print_beside(addr, &view, beside, sizeof(beside));
    write("unban %s source=%s count=%zu hits=%zu messages=%zu nodes=%s %s "
          "actor=%s reason=%s",
          whom, lifted ? "manual" : "expired", view.count, view.hits, view.messages, nodes, beside,
          actor, reason);
}

/* The entry tells whether it began or ended. */
static void log_allow(const struct agent *agent, const struct addr *addr)
{
    const struct state *state = &agent->node.state;
    const struct allow *allow = allows_find(&state->allows, addr, ALLOW_OPERATOR);
    char reason[4 * REASON_BYTES_MAX + 1], actor[4 * ACTOR_BYTES_MAX + 1];
    char whom[SUBJECT_SIZE], until[CLOCK_TEXT_SIZE], node[17];

    if (allow == NULL)
        return;
    print_subject(addr, whom);
    print_until(allow->until_ms, until);
    log_escape(allow->actor, strlen(allow->actor), actor, sizeof(actor));
    log_escape(allow->reason, strlen(allow->reason), reason, sizeof(reason));
    if (allow_is_live(allow, state_now_ms(state)))
        log_notice("allow_add %s until=%s node=%s actor=%s reason=%s", whom, until,
                   notice_node_name(agent, allow->stamp.node, node), actor, reason);
    else
        log_notice("allow_remove %s source=%s node=%s actor=%s reason=%s", whom,
                   allow->on ? "expired" : "manual",
                   notice_node_name(agent, allow->stamp.node, node), actor, reason);
}

static void log_brake(struct agent *agent)
{
    uint64_t brakes = agent->node.state.counters.brakes;

    if (brakes == agent->brakes_logged)
        return;
    agent->brakes_logged = brakes;
    log_warning("brake engaged max_new_per_minute=%lld: further hits of senders that are not "
                "banned are held; see banctl held, then banctl release or banctl drop",
                (long long)agent->config->max_new_per_minute);
}

static void log_change(const struct agent *agent, const struct effect *effect,
                       const struct notice_many *many)
{
    bool is_of_many = notice_many_has(agent, many, effect);
    write_fn *write = is_of_many ? log_debug : log_notice;
    const struct subject *subject;
    struct unpacked room;

    if (is_of_many && !log_shows(LOG_LEVEL_DEBUG))
        return;
    subject = state_find(&agent->node.state, &effect->addr, &room);
    if (effect->type == EFFECT_UNBANNED)
        log_unban(agent, &effect->addr, subject, write);
    else if (subject != NULL)
        log_ban(agent, subject, write);
}

void notice_turn(struct agent *agent)
{
    const struct effects *effects = &agent->node.effects;
    struct notice_many many;

    log_brake(agent);
    notice_many_count(agent, &many);
    for (size_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->list[i];

        if (effect->type == EFFECT_ALLOW)
            log_allow(agent, &effect->addr);
        else if (effect->type == EFFECT_BANNED || effect->type == EFFECT_UNBANNED)
            log_change(agent, effect, &many);
    }
    notice_many_log(agent, &many);
}
