/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ban and unban: nothing is changed if one target is refused; what is accepted is answered when it
 * is durable here and in force on the other nodes, or after COMMAND_WAIT_MS.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "command.h"
#include "guard.h"
#include "notice.h"
#include "reply.h"

struct change_target {
    char text[ADDR_TEXT_SIZE * 2];
    struct addr addr;
    uint64_t request;
    bool ended;
    struct node_done done;
};

struct change {
    struct change *next;
    uint64_t client;
    bool ban;
    bool wait;
    int64_t until_ms;
    size_t count;
    size_t ended;
    struct change_target targets[];
};

/* Login of the uid if it has one, else the number: who is told to every node and kept. */
static void actor_name(uid_t uid, char actor[ACTOR_BYTES_MAX + 1])
{
    struct passwd entry, *found = NULL;
    char buffer[4096];

    if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found != NULL)
        snprintf(actor, ACTOR_BYTES_MAX + 1, "%s", found->pw_name);
    else
        snprintf(actor, ACTOR_BYTES_MAX + 1, "uid %lu", (unsigned long)uid);
}

/* A reason is one line of printable text. */
static bool read_reason(struct agent *agent, const struct request *request, const char **reason)
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

/* End of the ban that the request asks for: --permanent, --for, or the configured duration. */
static bool read_until(struct agent *agent, const struct request *request, int64_t *until_ms)
{
    int64_t for_ms = agent->config->ban_duration_ms;
    bool permanent = false;

    json_bool(request->json, "permanent", &permanent);
    if (permanent)
        for_ms = TIME_NEVER_MS;
    else if (json_has(request->json, "for_ms") &&
             (!json_number(request->json, "for_ms", &for_ms) || for_ms < 1000)) {
        reply_error(agent, request->client, "usage", EXIT_USAGE,
                    "the duration must be a number of at least 1 s", NULL);
        return false;
    }
    *until_ms = policy_roundup(policy_add(agent->now.wall_ms, for_ms));
    return true;
}

static struct change *read_targets(struct agent *agent, const struct request *request)
{
    size_t count = json_count(request->json, "targets");
    struct change *change;

    if (count == 0 || count > CONTROL_TARGETS_MAX) {
        reply_error(agent, request->client, "usage", EXIT_USAGE,
                    "1 to 1024 addresses or networks are needed in \"targets\"", NULL);
        return NULL;
    }
    change = calloc(1, sizeof(*change) + count * sizeof(change->targets[0]));
    if (change == NULL) {
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return NULL;
    }
    change->client = request->client;
    for (change->count = 0; change->count < count; change->count++) {
        struct change_target *target = &change->targets[change->count];
        const char *text = json_array_text(request->json, "targets", change->count);

        if (!reply_target(agent, request->client, text, &target->addr)) {
            free(change);
            return NULL;
        }
        snprintf(target->text, sizeof(target->text), "%s", text);
    }
    json_bool(request->json, "wait", &change->wait);
    return change;
}

static void start(struct agent *agent, struct change *change, const char *reason, uid_t uid)
{
    char actor[ACTOR_BYTES_MAX + 1];

    actor_name(uid, actor);
    for (size_t i = 0; i < change->count; i++) {
        struct change_target *target = &change->targets[i];
        enum step_result result;

        target->request = agent->next_request++;
        if (change->ban)
            result = node_ban(&agent->node, &agent->now, target->request, &target->addr,
                              change->until_ms, reason, actor);
        else
            result = node_unban(&agent->node, &agent->now, target->request, &target->addr, reason,
                                actor);
        if (result == STEP_CHANGED)
            continue;
        target->ended = true;
        target->done.outcome = OUTCOME_FAILED;
        change->ended++;
    }
    change->next = agent->changes;
    agent->changes = change;
}

static void begin(struct agent *agent, const struct request *request, bool ban)
{
    struct change *change = read_targets(agent, request);
    const char *reason;

    if (change == NULL)
        return;
    change->ban = ban;
    if (!read_reason(agent, request, &reason) ||
        (ban && !read_until(agent, request, &change->until_ms)) ||
        !guard_clock(agent, request->client)) {
        free(change);
        return;
    }
    for (size_t i = 0; i < change->count; i++) {
        if (ban && !guard_ban(agent, request, &change->targets[i].addr)) {
            free(change);
            return;
        }
    }
    start(agent, change, reason, request->uid);
}

void command_ban(struct agent *agent, const struct request *request)
{
    begin(agent, request, true);
}

void command_unban(struct agent *agent, const struct request *request)
{
    begin(agent, request, false);
}

static void print_scope(const struct agent *agent, const struct node_done *done, char *out,
                        size_t size)
{
    size_t total = agent->node.peer_count + 1, used;

    used = (size_t)snprintf(out, size, "on %zu of %zu node%s (%lld ms)", done->confirmed, total,
                            total == 1 ? "" : "s", (long long)done->took_ms);
    for (size_t i = 0; i < agent->node.peer_count && used < size; i++) {
        const struct node_peer *peer = &agent->node.peers[i];

        if (!done->missing[i])
            continue;
        if (peer->seen_ms != 0)
            used += (size_t)snprintf(out + used, size - used,
                                     "; %s did not confirm (last seen %lld s ago)", peer->name,
                                     (long long)((agent->now.mono_ms - peer->seen_ms) / 1000));
        else
            used += (size_t)snprintf(out + used, size - used, "; %s did not confirm (not seen yet)",
                                     peer->name);
    }
}

static void print_message(const struct agent *agent, const struct change *change,
                          const struct change_target *target, char *out, size_t size)
{
    char net[ADDR_TEXT_SIZE], scope[512], as[ADDR_TEXT_SIZE + 32] = "";
    const char *already = target->done.outcome == OUTCOME_ALREADY ? "already " : "";

    addr_print(&target->addr, net);
    if (strcmp(net, target->text) != 0)
        snprintf(as, sizeof(as), "%.48s counts as ", target->text);
    if (target->done.outcome == OUTCOME_FAILED) {
        snprintf(out, size, "%s%s: not durable, nothing was changed: %s", as, net,
                 agent->persist.failing ? agent->persist.error : "no memory");
        return;
    }
    print_scope(agent, &target->done, scope, sizeof(scope));
    if (change->ban)
        snprintf(out, size, "%s%s: %sbanned %s %s", as, net, already,
                 change->until_ms == TIME_NEVER_MS ? "permanently" : "for a time", scope);
    else if (target->done.outcome == OUTCOME_ALREADY)
        snprintf(out, size, "%s%s is not banned; hits up to now are void %s", as, net, scope);
    else
        snprintf(out, size, "%s%s: unbanned %s", as, net, scope);
}

static const char *outcome_name(const struct change *change, const struct change_target *target,
                                const struct subject *cover)
{
    if (target->done.outcome == OUTCOME_FAILED)
        return "failed";
    if (change->ban)
        return target->done.outcome == OUTCOME_ALREADY ? "already_banned" : "banned";
    if (cover != NULL)
        return "covered";
    return target->done.outcome == OUTCOME_ALREADY ? "not_banned" : "unbanned";
}

static void print_hint(const struct change *change, const struct change_target *target,
                       const struct subject *cover, char *out, size_t size)
{
    char net[ADDR_TEXT_SIZE];

    out[0] = '\0';
    if (target->done.outcome == OUTCOME_FAILED)
        return;
    if (change->ban && change->count == 1) {
        addr_print(&target->addr, net);
        snprintf(out, size, "undo: banctl unban %s", net);
    } else if (cover != NULL) {
        addr_print(&cover->addr, net);
        snprintf(out, size, "it is still covered by the ban of %s: banctl unban %s", net, net);
    }
}

static enum exit_code exit_of(const struct agent *agent, const struct change *change,
                              const struct change_target *target, const struct subject *cover)
{
    if (target->done.outcome == OUTCOME_FAILED)
        return EXIT_INTERNAL;
    if (change->wait && target->done.confirmed < agent->node.peer_count + 1)
        return EXIT_DEGRADED;
    if (cover != NULL)
        return EXIT_REFUSED;
    if (!change->ban && target->done.outcome == OUTCOME_ALREADY)
        return EXIT_NO;
    return EXIT_DONE;
}

static enum exit_code answer_target(struct agent *agent, const struct change *change,
                                    const struct change_target *target)
{
    const struct subject *cover =
        change->ban ? NULL : state_find_cover(&agent->node.state, &target->addr);
    struct json *root, *item = reply_item(&root), *missing;
    char message[1024], hint[256];

    print_message(agent, change, target, message, sizeof(message));
    print_hint(change, target, cover, hint, sizeof(hint));
    json_add_text(item, "target", target->text);
    reply_net(item, "net", &target->addr);
    json_add_text(item, "outcome", outcome_name(change, target, cover));
    json_add_text(item, "message", message);
    json_add_text(item, "hint", hint[0] != '\0' ? hint : NULL);
    json_add_number(item, "confirmed", (int64_t)target->done.confirmed);
    json_add_number(item, "total", (int64_t)agent->node.peer_count + 1);
    missing = json_add_array(item, "unconfirmed");
    for (size_t i = 0; i < agent->node.peer_count; i++)
        if (target->done.missing[i])
            json_append_text(missing, agent->node.peers[i].name);
    reply_send(agent, change->client, &root);
    return exit_of(agent, change, target, cover);
}

static void finish(struct agent *agent, const struct change *change)
{
    enum exit_code exit_code = EXIT_DONE;
    struct json *root;

    for (size_t i = 0; i < change->count; i++) {
        enum exit_code one = answer_target(agent, change, &change->targets[i]);

        if (one > exit_code)
            exit_code = one;
    }
    reply_result(&root, change->ban ? "banctl.ban/1" : "banctl.unban/1", exit_code);
    reply_end(agent, change->client, &root);
}

static void note_done(struct agent *agent, const struct node_done *done)
{
    for (struct change *change = agent->changes; change != NULL; change = change->next) {
        for (size_t i = 0; i < change->count; i++) {
            struct change_target *target = &change->targets[i];

            if (target->ended || target->request != done->request)
                continue;
            target->ended = true;
            target->done = *done;
            change->ended++;
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
        finish(agent, change);
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
