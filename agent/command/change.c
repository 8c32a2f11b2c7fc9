/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ban, unban, allow add and allow remove: nothing is changed if one target is refused; what is
 * accepted is answered when it is durable here and in force on the other nodes, or after
 * COMMAND_WAIT_MS.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditing.h"
#include "change.h"
#include "command.h"
#include "guard.h"
#include "heldmap.h"
#include "heldusers.h"
#include "reply.h"
#include "target.h"

void change_actor(uid_t uid, char actor[ACTOR_BYTES_MAX + 1])
{
    struct passwd entry, *found = NULL;
    char buffer[4096];

    if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found != NULL)
        snprintf(actor, ACTOR_BYTES_MAX + 1, "%s", found->pw_name);
    else
        snprintf(actor, ACTOR_BYTES_MAX + 1, "uid %lu", (unsigned long)uid);
}

bool change_reason(struct agent *agent, const struct request *request, const char **reason)
{
    *reason = json_text(request->json, "reason");
    if (*reason == NULL)
        *reason = "";
    if (strlen(*reason) > REASON_BYTES_MAX) {
        reply_error(agent, request->client, "usage", EXIT_USAGE, "reason is over 255 bytes", NULL);
        return false;
    }
    for (const char *byte = *reason; *byte != '\0'; byte++) {
        if ((unsigned char)*byte >= 0x20 && *byte != 0x7f)
            continue;
        reply_error(agent, request->client, "usage", EXIT_USAGE,
                    "reason holds a control character; give one line of text", NULL);
        return false;
    }
    return true;
}

/* The end that two members ask for, one a flag, one a number of ms from now; default_ms from now if
 * there is neither. */
static bool read_end(struct agent *agent, const struct request *request, const char *flag,
                     const char *number, int64_t default_ms, int64_t *until_ms)
{
    int64_t for_ms = default_ms;
    bool permanent = false;

    json_bool(request->json, flag, &permanent);
    if (permanent)
        for_ms = TIME_NEVER_MS;
    else if (json_has(request->json, number) &&
             (!json_number(request->json, number, &for_ms) || for_ms < 1000)) {
        reply_error(agent, request->client, "usage", EXIT_USAGE,
                    "the duration must be a number of at least 1 s", NULL);
        return false;
    }
    *until_ms = policy_roundup(policy_add(agent->now.wall_ms, for_ms));
    return true;
}

/* Until when what the request asks for shall hold. */
static bool read_until(struct agent *agent, const struct request *request, struct change *change)
{
    bool with_allow =
        json_has(request->json, "allow_ms") || json_has(request->json, "allow_permanent");

    /* An operator's ban has no level: it is as long as a first one. */
    if (change->kind == CHANGE_BAN)
        return read_end(agent, request, "permanent", "for_ms", agent->config->ban_durations.ms[0],
                        &change->until_ms);
    if (change->kind == CHANGE_ALLOW_ADD)
        return read_end(agent, request, "permanent", "for_ms", TIME_NEVER_MS, &change->until_ms);
    return change->kind != CHANGE_UNBAN || !with_allow ||
           read_end(agent, request, "allow_permanent", "allow_ms", TIME_NEVER_MS,
                    &change->allow_until_ms);
}

/* True if an earlier target is the same. */
static bool is_repeated(const struct change *change, const struct addr *addr)
{
    for (size_t i = 0; i < change->count; i++)
        if (addr_compare(&change->targets[i].addr, addr) == 0)
            return true;
    return false;
}

static struct change *read_targets(struct agent *agent, const struct request *request)
{
    size_t count = target_count(request->json);
    struct change *change;

    if (!target_has_some(agent, request))
        return NULL;
    change = calloc(1, sizeof(*change) + count * sizeof(change->targets[0]));
    if (change == NULL) {
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return NULL;
    }
    change->client = request->client;
    for (size_t i = 0; i < count; i++, change->count++) {
        struct change_target *target = &change->targets[change->count];
        struct target read;

        if (!target_read(agent, request, i, &read)) {
            free(change);
            return NULL;
        }
        target->addr = read.addr;
        memcpy(target->text, read.text, sizeof(read.text));
        if (is_repeated(change, &target->addr))
            change->count--;
    }
    json_bool(request->json, "wait", &change->wait);
    json_bool(request->json, "forget", &change->forget);
    return change;
}

static bool is_on_list(const struct agent *agent, const struct addr *addr)
{
    const struct state *state = &agent->node.state;
    const struct allow *allow = allows_find(&state->allows, addr, ALLOW_OPERATOR);

    return allow != NULL && allow_is_live(allow, state_now_ms(state));
}

static unsigned level_now(const struct agent *agent, const struct addr *addr)
{
    const struct state *state = &agent->node.state;
    const struct subject *subject = state_find(state, addr, &(struct unpacked){.node_count = 0});
    int64_t forget_ms;

    return subject != NULL ? record_level(&subject->record, state_now_ms(state), &forget_ms) : 0;
}

static enum step_result tell_node(struct agent *agent, const struct change *change,
                                  const struct change_target *target, const char *reason,
                                  const char *actor)
{
    struct node *node = &agent->node;
    const struct now *now = &agent->now;

    switch (change->kind) {
    case CHANGE_BAN:
        return node_ban(node, now, target->request, &target->addr, change->until_ms, reason, actor);
    case CHANGE_UNBAN:
        return (change->forget ? node_forget : node_unban)(node, now, target->request,
                                                           &target->addr, reason, actor);
    case CHANGE_ALLOW_ADD:
        return node_allow_add(node, now, target->request, &target->addr, change->until_ms, reason,
                              actor);
    case CHANGE_ALLOW_REMOVE:
        break;
    }
    return node_allow_remove(node, now, target->request, &target->addr, reason, actor);
}

static enum audit_action action_of(const struct change *change)
{
    static const enum audit_action actions[] = {
        [CHANGE_BAN] = AUDIT_BAN,
        [CHANGE_UNBAN] = AUDIT_UNBAN,
        [CHANGE_ALLOW_ADD] = AUDIT_ALLOW_ADD,
        [CHANGE_ALLOW_REMOVE] = AUDIT_ALLOW_REMOVE,
    };

    return change->forget ? AUDIT_FORGET : actions[change->kind];
}

/* The allow entry that an unban asks for, too. */
static void start_allow(struct agent *agent, const struct change *change,
                        struct change_target *target, const struct audit *who)
{
    struct audit audit = *who;

    target->allow_request = agent->next_request++;
    if (node_allow_add(&agent->node, &agent->now, target->allow_request, &target->addr,
                       change->allow_until_ms, who->reason, who->actor) != STEP_CHANGED)
        return;
    target->waiting++;
    audit.action = AUDIT_ALLOW_ADD;
    auditing_subject(agent, &audit, target->allow_request, &target->addr, change->allow_until_ms);
}

static void start_target(struct agent *agent, struct change *change, struct change_target *target,
                         const struct audit *who)
{
    /* An entry that nobody knows is not removed: that would leave a trace on all nodes for ever. */
    if (change->kind == CHANGE_ALLOW_REMOVE && !is_on_list(agent, &target->addr)) {
        target->done.outcome = OUTCOME_ALREADY;
        return;
    }
    target->level = change->forget ? level_now(agent, &target->addr) : 0;
    target->done.outcome = target->allow_done.outcome = OUTCOME_FAILED;
    target->request = agent->next_request++;
    target->waiting = tell_node(agent, change, target, who->reason, who->actor) == STEP_CHANGED;
    if (target->waiting > 0)
        auditing_subject(agent, who, target->request, &target->addr, change->until_ms);
    if (change->allow_until_ms != 0)
        start_allow(agent, change, target, who);
}

/* What the unban takes out of the map beside bans; nothing is noted without memory. */
static void count_kept(const struct agent *agent, struct change *change)
{
    struct prefixes prefixes = {0};
    size_t *counts = calloc(change->count, sizeof(*counts));
    bool failed = counts == NULL;

    for (size_t i = 0; i < change->count && !failed; i++)
        if (change->targets[i].addr.kind != ADDR_ACCOUNT)
            failed = prefixes_append(&prefixes, &change->targets[i].addr) != 0;
    if (!failed) {
        prefixes_sort(&prefixes);
        heldmap_count_inside(agent, &prefixes, counts);
        for (size_t i = 0; i < change->count; i++)
            change->targets[i].kept =
                change->targets[i].addr.kind == ADDR_ACCOUNT
                    ? heldusers_has(agent, &change->targets[i].addr)
                    : counts[prefixes_place(&prefixes, &change->targets[i].addr)];
    }
    prefixes_clear(&prefixes);
    free(counts);
}

static void start(struct agent *agent, struct change *change, const char *reason, uid_t uid)
{
    char actor[ACTOR_BYTES_MAX + 1];
    struct audit who;

    change_actor(uid, actor);
    who = auditing_begin(uid, actor, action_of(change), reason);

    if (change->kind == CHANGE_UNBAN && agent->heldmap.kind != HELDMAP_NONE)
        count_kept(agent, change);
    for (size_t i = 0; i < change->count; i++) {
        start_target(agent, change, &change->targets[i], &who);
        change->ended += change->targets[i].waiting == 0;
    }
    change->next = agent->changes;
    agent->changes = change;
}

bool change_has_room(const struct agent *agent, size_t count)
{
    for (const struct change *change = agent->changes; change != NULL; change = change->next)
        count += change->count;
    return count <= CHANGES_WAITING_MAX;
}

static bool guard_room(struct agent *agent, const struct request *request,
                       const struct change *change)
{
    if (change_has_room(agent, change->count))
        return true;
    reply_error(agent, request->client, "busy", EXIT_DEGRADED,
                "too many changes wait for other nodes to confirm them",
                "try again in two seconds, or fewer at once");
    return false;
}

/* Whether the map has room for them. */
static bool guard_map(struct agent *agent, const struct request *request,
                      const struct change *change)
{
    struct addr addrs[CONTROL_TARGETS_MAX];

    for (size_t i = 0; i < change->count; i++)
        addrs[i] = change->targets[i].addr;
    return change->kind != CHANGE_BAN ||
           guard_entries(agent, request->client, addrs, change->count);
}

static bool guard_target(struct agent *agent, const struct request *request,
                         const struct change *change, const struct addr *addr)
{
    if (change->kind == CHANGE_BAN)
        return guard_ban(agent, request, addr);
    if (change->kind == CHANGE_ALLOW_ADD || change->allow_until_ms != 0)
        return guard_allow(agent, request, addr);
    return true;
}

static void begin(struct agent *agent, const struct request *request, enum change_kind kind)
{
    struct change *change = read_targets(agent, request);
    const char *reason;

    if (change == NULL)
        return;
    change->kind = kind;
    if (!change_reason(agent, request, &reason) || !read_until(agent, request, change) ||
        !guard_clock(agent, request->client) || !guard_room(agent, request, change)) {
        free(change);
        return;
    }
    for (size_t i = 0; i < change->count; i++) {
        if (!guard_target(agent, request, change, &change->targets[i].addr)) {
            free(change);
            return;
        }
    }
    if (!guard_map(agent, request, change)) {
        free(change);
        return;
    }
    start(agent, change, reason, request->uid);
}

void command_ban(struct agent *agent, const struct request *request)
{
    begin(agent, request, CHANGE_BAN);
}

void command_unban(struct agent *agent, const struct request *request)
{
    if (json_has(request->json, "by_node") || json_has(request->json, "all"))
        undo_bans(agent, request);
    else
        begin(agent, request, CHANGE_UNBAN);
}

void command_allow_add(struct agent *agent, const struct request *request)
{
    begin(agent, request, CHANGE_ALLOW_ADD);
}

void command_allow_remove(struct agent *agent, const struct request *request)
{
    begin(agent, request, CHANGE_ALLOW_REMOVE);
}

/* True if it was what the target waits for. */
static bool note_target(struct change_target *target, const struct node_done *done)
{
    if (target->waiting == 0)
        return false;
    if (target->request == done->request)
        target->done = *done;
    else if (target->allow_request != 0 && target->allow_request == done->request)
        target->allow_done = *done;
    else
        return false;
    target->waiting--;
    return true;
}

static void note_done(struct agent *agent, const struct node_done *done)
{
    if (takeover_done(agent, done) || undo_done(agent, done) || import_done(agent, done))
        return;
    for (struct change *change = agent->changes; change != NULL; change = change->next) {
        for (size_t i = 0; i < change->count; i++) {
            if (!note_target(&change->targets[i], done))
                continue;
            change->ended += change->targets[i].waiting == 0;
            return;
        }
    }
}

void change_turn(struct agent *agent)
{
    struct change **link = &agent->changes;
    struct node_done done;

    while (node_take_done(&agent->node, &agent->now, &done))
        note_done(agent, &done);
    while (*link != NULL) {
        struct change *change = *link;

        if (change->ended < change->count) {
            link = &change->next;
            continue;
        }
        change_reply(agent, change);
        *link = change->next;
        free(change);
    }
}

void change_close(struct agent *agent)
{
    while (agent->changes != NULL) {
        struct change *change = agent->changes;

        agent->changes = change->next;
        free(change);
    }
}
