/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ban and unban: nothing is changed if one target is refused; what is accepted is answered when it
 * is durable here and in force on the other nodes, or after COMMAND_WAIT_MS.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "change.h"
#include "command.h"
#include "guard.h"
#include "reply.h"

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
    for (size_t i = 0; i < count; i++, change->count++) {
        struct change_target *target = &change->targets[change->count];
        const char *text = json_array_text(request->json, "targets", i);

        if (!reply_target(agent, request->client, text, &target->addr)) {
            free(change);
            return NULL;
        }
        snprintf(target->text, sizeof(target->text), "%s", text);
        if (is_repeated(change, &target->addr))
            change->count--;
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
