/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map adopt and map discard: what becomes of the entries of a former map that are kept in force.
 *
 * Adopting goes in slices, one a turn, so that no turn is long; the entries are kept until all of
 * their bans are durable.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditing.h"
#include "change.h"
#include "command.h"
#include "grouped.h"
#include "guard.h"
#include "heldmap.h"
#include "heldusers.h"
#include "map_read.h"
#include "persist.h"
#include "question.h"
#include "reply.h"

#define TAKEOVER_ENTRY_WORK 164 /* 100 entries a turn: each dirties a page of the database */
#define TAKEOVER_WAITING 2048   /* entries whose confirmation is waited for */
#define TAKEOVER_PATH_BYTES 240 /* what a reason has room for */
#define TAKEOVER_REFUSED 1000   /* entries that are listed */

struct takeover {
    struct question question;
    bool adopt;
    bool force;
    bool ending; /* the end of the hold is on its way to the disk */
    char ssh_client[ADDR_TEXT_SIZE];
    char actor[ACTOR_BYTES_MAX + 1];
    char reason[REASON_BYTES_MAX + 1];
    struct map_lines rest;
    size_t users; /* accounts that were looked at */
    uint64_t first_request, next_request;
    size_t entries, adopted, already, refused, skipped, failed, waiting;
    size_t confirmed; /* the least number of nodes that confirmed one of them */
    char kind[16];
    char *copy, *users_copy; /* of what is discarded; owned, NULL: there is none */
};

static bool go_on(struct agent *agent, void *question, size_t *work);
static bool is_ready(const struct agent *agent, const void *question);
static void end(void *question);

static const struct question_kind kind = {.size = sizeof(struct takeover),
                                          .at_once = 1,
                                          .lasts = true,
                                          .go_on = go_on,
                                          .is_ready = is_ready,
                                          .end = end};

bool takeover_is_under_way(const struct agent *agent)
{
    return question_first(agent, &kind) != NULL;
}

/* False, and answered, if there is nothing to be taken over now. */
static bool guard(struct agent *agent, const struct request *request, bool adopt)
{
    const struct heldmap *held = &agent->heldmap;

    if (takeover_is_under_way(agent)) {
        reply_error(agent, request->client, "busy", EXIT_DEGRADED,
                    "another map adopt or map discard is under way", "try again later");
        return false;
    }
    if (held->kind == HELDMAP_NONE || held->ending) {
        reply_error(agent, request->client, "nothing", EXIT_NO,
                    adopt ? "nothing to adopt" : "nothing to discard",
                    "no entries of a former map are kept: banctl status");
        return false;
    }
    return true;
}

static struct takeover *begin(struct agent *agent, const struct request *request, bool adopt)
{
    const struct heldmap *held = &agent->heldmap;
    struct takeover takeover = {.adopt = adopt,
                                .entries = held->text.entries + held->users.count,
                                .confirmed = agent->node.peer_count + 1};

    snprintf(takeover.kind, sizeof(takeover.kind), "%s", heldmap_kind_name(held->kind));
    change_actor(request->uid, takeover.actor);
    return question_ask(agent, request->client, &kind, &takeover);
}

void command_map_adopt(struct agent *agent, const struct request *request)
{
    const char *ssh_client = json_text(request->json, "ssh_client");
    struct takeover *takeover;
    struct audit audit;

    if (!guard_clock(agent, request->client) || !guard(agent, request, true))
        return;
    takeover = begin(agent, request, true);
    if (takeover == NULL)
        return;
    json_bool(request->json, "force", &takeover->force);
    if (ssh_client != NULL)
        snprintf(takeover->ssh_client, sizeof(takeover->ssh_client), "%s", ssh_client);
    snprintf(takeover->reason, sizeof(takeover->reason), "adopted from %.*s", TAKEOVER_PATH_BYTES,
             agent->config->map_file);
    audit = auditing_begin(request->uid, takeover->actor, AUDIT_MAP_ADOPT, NULL);
    auditing_many(agent, &audit, takeover->entries, agent->config->map_file);
    takeover->rest = (struct map_lines){agent->heldmap.text.bytes, agent->heldmap.text.size};
    takeover->first_request = takeover->next_request = agent->next_request;
    agent->next_request += takeover->entries;
}

void command_map_discard(struct agent *agent, const struct request *request)
{
    struct takeover *takeover;
    char *users_copy = NULL;
    struct audit audit;
    char error[512];

    if (!guard(agent, request, false))
        return;
    if (heldmap_copy(agent, error, sizeof(error)) != 0 ||
        heldusers_copy(agent, &users_copy, error, sizeof(error)) != 0) {
        reply_error(agent, request->client, "file", EXIT_INTERNAL, error,
                    "the entries are still kept");
        return;
    }
    takeover = begin(agent, request, false);
    if (takeover == NULL) {
        free(users_copy);
        return;
    }
    takeover->users_copy = users_copy;
    if (agent->heldmap.text.entries > 0)
        takeover->copy = strdup(agent->heldmap.copy);
    audit = auditing_begin(request->uid, takeover->actor, AUDIT_MAP_DISCARD, NULL);
    auditing_many(agent, &audit, takeover->entries, agent->config->map_file);
    takeover->ending = true;
    heldmap_end(agent);
}

bool takeover_done(struct agent *agent, const struct node_done *done)
{
    struct takeover *takeover = question_first(agent, &kind);

    if (takeover == NULL || done->request < takeover->first_request ||
        done->request >= takeover->next_request)
        return false;
    takeover->waiting--;
    takeover->adopted += done->outcome == OUTCOME_CHANGED;
    takeover->already += done->outcome == OUTCOME_ALREADY;
    takeover->failed += done->outcome == OUTCOME_FAILED;
    if (done->confirmed < takeover->confirmed)
        takeover->confirmed = done->confirmed;
    return true;
}

static void reply_refused(struct agent *agent, struct takeover *takeover, const struct addr *addr,
                          const struct guard *guard)
{
    struct json *root, *item;

    if (++takeover->refused > TAKEOVER_REFUSED)
        return;
    item = reply_item(&root);
    reply_net(item, "net", addr);
    json_add_text(item, "code", guard->code);
    json_add_text(item, "message", guard->message);
    json_add_text(item, "hint", guard->hint[0] != '\0' ? guard->hint : NULL);
    reply_send(agent, takeover->question.client, &root);
}

/* What was unbanned or allowed after it was kept is not in force and stays so. */
static void adopt_one(struct agent *agent, struct takeover *takeover, const struct addr *addr)
{
    struct guard guard = {.force = takeover->force,
                          .ssh_client =
                              takeover->ssh_client[0] != '\0' ? takeover->ssh_client : NULL};

    if (!guard_check(agent, &guard, addr)) {
        reply_refused(agent, takeover, addr, &guard);
    } else if (addr->kind == ADDR_ACCOUNT ? !heldusers_has(agent, addr)
                                          : !map_is_kept(&agent->node.state, addr)) {
        takeover->skipped++;
    } else if (node_ban(&agent->node, &agent->now, takeover->next_request, addr, TIME_NEVER_MS,
                        takeover->reason, takeover->actor) == STEP_CHANGED) {
        takeover->next_request++;
        takeover->waiting++;
    } else {
        takeover->failed++;
    }
}

/* The entries of the map, then the accounts of the user map. */
static bool take_next(struct agent *agent, struct takeover *takeover, struct addr *addr)
{
    const struct addrs *users = &agent->heldmap.users;

    if (map_lines_next(&takeover->rest, addr))
        return true;
    if (takeover->users == users->count)
        return false;
    *addr = users->list[takeover->users++];
    return true;
}

static bool has_more(const struct agent *agent, const struct takeover *takeover)
{
    return takeover->rest.left > 0 || takeover->users < agent->heldmap.users.count;
}

static void adopt_slice(struct agent *agent, struct takeover *takeover, size_t *work)
{
    struct addr addr;

    for (; *work > 0 && takeover->waiting < TAKEOVER_WAITING;
         question_spend(work, TAKEOVER_ENTRY_WORK)) {
        if (!take_next(agent, takeover, &addr))
            return;
        adopt_one(agent, takeover, &addr);
    }
}

static void print_adopted(const struct agent *agent, const struct takeover *takeover, char *out,
                          size_t size)
{
    size_t total = agent->node.peer_count + 1;
    size_t used = (size_t)snprintf(out, size, "%s %s adopted", GROUPED(takeover->adopted),
                                   takeover->adopted == 1 ? "entry" : "entries");

    if (takeover->already > 0)
        used += (size_t)snprintf(out + used, size - used, ", %s were banned already",
                                 GROUPED(takeover->already));
    if (takeover->skipped > 0)
        used += (size_t)snprintf(out + used, size - used, ", %s were unbanned meanwhile",
                                 GROUPED(takeover->skipped));
    if (takeover->refused > 0)
        used += (size_t)snprintf(out + used, size - used, ", %s refused and no longer in force",
                                 GROUPED(takeover->refused));
    snprintf(out + used, size - used, "; on %zu of %zu node%s", takeover->confirmed, total,
             total == 1 ? "" : "s");
}

static void reply_adopted(struct agent *agent, const struct takeover *takeover)
{
    struct json *root;
    struct json *result = reply_result(&root, "banctl.map_adopt/1", EXIT_DONE);
    char message[512];

    print_adopted(agent, takeover, message, sizeof(message));
    json_add_text(result, "message", message);
    json_add_text(result, "kind", takeover->kind);
    json_add_number(result, "entries", (int64_t)takeover->entries);
    json_add_number(result, "adopted", (int64_t)takeover->adopted);
    json_add_number(result, "already_banned", (int64_t)takeover->already);
    json_add_number(result, "unbanned", (int64_t)takeover->skipped);
    json_add_number(result, "refused", (int64_t)takeover->refused);
    json_add_number(result, "confirmed", (int64_t)takeover->confirmed);
    json_add_number(result, "total", (int64_t)agent->node.peer_count + 1);
    reply_end(agent, takeover->question.client, &root);
}

/* Where to find what is no longer in force. */
static void print_discarded(const struct takeover *takeover, char *out, size_t size)
{
    size_t used =
        (size_t)snprintf(out, size, "%s entries are no longer kept in force; they are in ",
                         GROUPED(takeover->entries));

    snprintf(out + used, size - used, "%s%s%s", takeover->copy != NULL ? takeover->copy : "",
             takeover->copy != NULL && takeover->users_copy != NULL ? " and " : "",
             takeover->users_copy != NULL ? takeover->users_copy : "");
}

static void reply_discarded(struct agent *agent, const struct takeover *takeover)
{
    struct json *root;
    struct json *result = reply_result(&root, "banctl.map_discard/1", EXIT_DONE);
    char message[2 * PATH_BYTES_MAX + 256];

    print_discarded(takeover, message, sizeof(message));
    json_add_text(result, "message", message);
    json_add_text(result, "kind", takeover->kind);
    json_add_number(result, "entries", (int64_t)takeover->entries);
    json_add_text(result, "copy", takeover->copy);
    json_add_text(result, "users_copy", takeover->users_copy);
    reply_end(agent, takeover->question.client, &root);
}

/* Some bans, or the end of the hold, are not durable: the entries are still kept. */
static void reply_failed(struct agent *agent, const struct takeover *takeover)
{
    const char *mend = persist_hint(agent);
    const char *why = mend != NULL ? agent->persist.error : "no memory";
    char message[512], hint[256];

    if (takeover->ending)
        snprintf(message, sizeof(message), "the end of what is kept is not durable: %s", why);
    else
        snprintf(message, sizeof(message), "%s of %s entries could not be made bans: %s",
                 GROUPED(takeover->failed), GROUPED(takeover->entries), why);
    snprintf(hint, sizeof(hint), "all of them are still kept; %s%s%s again",
             mend != NULL ? mend : "when that is mended", mend != NULL ? "; then " : ", ",
             takeover->adopt ? "adopt" : "discard");
    reply_error(agent, takeover->question.client, "not_durable", EXIT_INTERNAL, message, hint);
}

/* The end of the hold is committed, or was tried to be. */
static void answer(struct agent *agent, const struct takeover *takeover)
{
    if (agent->heldmap.kind != HELDMAP_NONE) {
        heldmap_go_on(agent);
        reply_failed(agent, takeover);
    } else if (takeover->adopt) {
        reply_adopted(agent, takeover);
    } else {
        reply_discarded(agent, takeover);
    }
}

static bool may_adopt(const struct agent *agent, const struct takeover *takeover)
{
    return takeover->adopt && has_more(agent, takeover) && takeover->failed == 0;
}

static bool go_on(struct agent *agent, void *question, size_t *work)
{
    struct takeover *takeover = question;

    if (takeover->ending) {
        answer(agent, takeover);
        return true;
    }
    if (may_adopt(agent, takeover)) {
        adopt_slice(agent, takeover, work);
        return false;
    }
    if (takeover->failed > 0) {
        reply_failed(agent, takeover);
        return true;
    }
    takeover->ending = true;
    heldmap_end(agent);
    return false;
}

static bool is_ready(const struct agent *agent, const void *question)
{
    const struct takeover *takeover = question;

    if (takeover->ending)
        return agent->heldmap.kind == HELDMAP_NONE || agent->persist.failing;
    return may_adopt(agent, takeover) ? takeover->waiting < TAKEOVER_WAITING
                                      : takeover->waiting == 0;
}

static void end(void *question)
{
    struct takeover *takeover = question;

    free(takeover->copy);
    free(takeover->users_copy);
}
