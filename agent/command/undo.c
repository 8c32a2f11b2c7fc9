/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unban --by-node, unban --all and node forget: plain unbans and removals, in slices, one a turn,
 * so that no turn is long; each is answered when the other nodes confirmed it or did not in time.
 */
#include "undo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditing.h"
#include "blame.h"
#include "change.h"
#include "guard.h"
#include "notice.h"
#include "roll.h"

#define UNDO_SLICE 100    /* entries a turn: each dirties a page of the database */
#define UNDO_WAITING 2048 /* entries whose confirmation is waited for */

/* The node that the text names; false: answered with an error. */
static bool resolve(struct agent *agent, const struct request *request, const char *text,
                    struct undo *undo)
{
    char message[256], id[17];

    if (text == NULL || !roll_resolve(agent, text, &undo->node)) {
        snprintf(message, sizeof(message), "no node is called \"%.64s\"", text != NULL ? text : "");
        reply_error(agent, request->client, "unknown_node", EXIT_USAGE, message,
                    "names, keys and ids:  banctl node list");
        return false;
    }
    snprintf(undo->name, sizeof(undo->name), "%s", notice_node_name(agent, undo->node, id));
    return true;
}

static bool is_due(const struct agent *agent, const struct undo *undo, const struct addr *addr,
                   const struct record *record, struct blame *blame)
{
    const struct state *state = &agent->node.state;

    if (undo->all)
        return record_is_banned(record, state_now_ms(state));
    return addr_is_bannable(addr) && blame_node(record, undo->node, state->policy.threshold,
                                                undo->since_ms, state_now_ms(state), blame);
}

static int compare(const void *a, const void *b)
{
    const struct undo_entry *x = a, *y = b;

    return addr_compare(&x->addr, &y->addr);
}

/* Bans that would not be without the node, or all, in the order of the map. False without memory.
 */
static bool find_bans(const struct agent *agent, struct undo *undo)
{
    const struct table *table = &agent->node.state.table;
    const struct subject *subject;
    struct blame blame;

    undo->list = malloc((table->count + 1) * sizeof(*undo->list));
    for (struct table_walk walk = {0};
         undo->list != NULL && (subject = table_next(table, &walk)) != NULL;)
        if (is_due(agent, undo, &subject->addr, &subject->record, &blame))
            undo->list[undo->count++] = (struct undo_entry){subject->addr, blame};
    if (undo->list != NULL)
        qsort(undo->list, undo->count, sizeof(*undo->list), compare);
    return undo->list != NULL;
}

/* Its allow entries, which the list holds in order. False without memory. */
static bool find_leases(const struct agent *agent, struct undo *undo)
{
    const struct allows *allows = &agent->node.state.allows;

    undo->list = malloc((allows->count + 1) * sizeof(*undo->list));
    for (size_t i = 0; undo->list != NULL && i < allows->count; i++)
        if (allows->list[i].owner == undo->node && allows->list[i].on)
            undo->list[undo->count++] = (struct undo_entry){.addr = allows->list[i].addr};
    return undo->list != NULL;
}

static void undo_free(struct undo **undo)
{
    if (*undo != NULL)
        free((*undo)->list);
    free(*undo);
    *undo = NULL;
}

/* name: NULL: of every node. NULL: answered with an error. */
static struct undo *open_undo(struct agent *agent, const struct request *request, const char *name)
{
    struct undo *undo;

    if (agent->undo != NULL) {
        reply_error(agent, request->client, "busy", EXIT_DEGRADED,
                    "another unban --by-node, unban --all or node forget is under way",
                    "try again later");
        return NULL;
    }
    undo = calloc(1, sizeof(*undo));
    if (undo == NULL) {
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return NULL;
    }
    undo->client = request->client;
    undo->confirmed = agent->node.peer_count + 1;
    undo->all = name == NULL;
    if (!undo->all && !resolve(agent, request, name, undo))
        undo_free(&undo);
    return undo;
}

static enum audit_action action_of(const struct undo *undo)
{
    if (undo->leases)
        return AUDIT_NODE_FORGET;
    return undo->all ? AUDIT_UNBAN_ALL : AUDIT_BY_NODE;
}

/* Begins with what was found; undo becomes the agent's. */
static void start(struct agent *agent, const struct request *request, struct undo *undo,
                  const char *reason)
{
    struct audit audit;

    change_actor(request->uid, undo->actor);
    audit = auditing_begin(request->uid, undo->actor, action_of(undo), reason);
    if (undo->leases || undo->count > 0)
        auditing_many(agent, &audit, undo->count, undo->name);
    audit_reason_each(action_of(undo), undo->name, reason, undo->reason, sizeof(undo->reason));
    undo->first_request = agent->next_request;
    agent->next_request += undo->count;
    agent->undo = undo;
}

/* since_ms ago, or ever. */
static bool read_since(struct agent *agent, const struct request *request, struct undo *undo)
{
    int64_t for_ms;

    if (!json_has(request->json, "since_ms"))
        return true;
    if (!json_number(request->json, "since_ms", &for_ms) || for_ms < 1000) {
        reply_error(agent, request->client, "usage", EXIT_USAGE,
                    "\"since_ms\" must be a number of at least 1 s", NULL);
        return false;
    }
    undo->since_ms = for_ms < agent->now.wall_ms ? agent->now.wall_ms - for_ms : 0;
    return true;
}

static void dry_run(struct agent *agent, struct undo *undo)
{
    for (size_t i = 0; i < undo->count && !undo->all; i++)
        undo_answer_entry(agent, undo, &undo->list[i], NULL);
    undo_answer(agent, undo, true);
}

void undo_bans(struct agent *agent, const struct request *request)
{
    struct undo *undo;
    const char *reason;
    bool dry = false, all = false;

    json_bool(request->json, "dry_run", &dry);
    json_bool(request->json, "all", &all);
    if (all == json_has(request->json, "by_node") || json_has(request->json, "targets") ||
        json_has(request->json, "accounts") || json_has(request->json, "allow_ms") ||
        json_has(request->json, "allow_permanent")) {
        reply_error(agent, request->client, "usage", EXIT_USAGE,
                    "\"by_node\" and \"all\" go with neither addresses nor an allow entry nor each "
                    "other",
                    NULL);
        return;
    }
    if (!change_reason(agent, request, &reason) || (!dry && !guard_clock(agent, request->client)))
        return;
    undo = open_undo(agent, request, all ? NULL : json_text(request->json, "by_node"));
    if (undo == NULL)
        return;
    if (!read_since(agent, request, undo)) {
        undo_free(&undo);
    } else if (!find_bans(agent, undo)) {
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        undo_free(&undo);
    } else if (dry) {
        dry_run(agent, undo);
        undo_free(&undo);
    } else {
        start(agent, request, undo, reason);
    }
}

void command_node_forget(struct agent *agent, const struct request *request)
{
    struct undo *undo;
    const char *reason;
    char message[256];

    if (!change_reason(agent, request, &reason) || !guard_clock(agent, request->client))
        return;
    undo = open_undo(agent, request,
                     json_has(request->json, "node") ? json_text(request->json, "node") : "");
    if (undo == NULL)
        return;
    undo->leases = true;
    if (roll_is_member(agent, undo->node)) {
        snprintf(message, sizeof(message), "%s is %s", undo->name,
                 undo->node == agent->node.state.node ? "this node" : "a peer of this node");
        reply_error(agent, request->client, "member", EXIT_REFUSED, message,
                    "it would renew its allow entries: take its line out of the configuration of "
                    "every node, restart bansyncd there, then forget it");
        undo_free(&undo);
    } else if (!find_leases(agent, undo)) {
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        undo_free(&undo);
    } else {
        start(agent, request, undo, reason);
    }
}

static bool ask_node(struct agent *agent, const struct undo *undo, uint64_t request,
                     const struct addr *addr)
{
    struct node *node = &agent->node;
    enum step_result result =
        undo->leases ? node_lease_end(node, &agent->now, request, addr, undo->node, undo->reason,
                                      undo->actor)
                     : node_unban(node, &agent->now, request, addr, undo->reason, undo->actor);

    return result == STEP_CHANGED;
}

static void undo_slice(struct agent *agent, struct undo *undo)
{
    for (size_t i = 0; i < UNDO_SLICE && undo->next < undo->count && undo->waiting < UNDO_WAITING;
         i++, undo->next++) {
        if (ask_node(agent, undo, undo->first_request + undo->next, &undo->list[undo->next].addr))
            undo->waiting++;
        else
            undo->failed++;
    }
}

void undo_turn(struct agent *agent)
{
    struct undo *undo = agent->undo;

    if (undo == NULL)
        return;
    if (undo->next < undo->count && undo->failed == 0) {
        undo_slice(agent, undo);
    } else if (undo->waiting == 0) {
        if (undo->leases && undo->failed == 0)
            roll_forget(agent, undo->node);
        undo_answer(agent, undo, false);
        undo_close(agent);
    }
}

bool undo_is_busy(const struct agent *agent)
{
    return agent->undo != NULL && agent->undo->next < agent->undo->count &&
           agent->undo->waiting < UNDO_WAITING;
}

bool undo_done(struct agent *agent, const struct node_done *done)
{
    struct undo *undo = agent->undo;

    if (undo == NULL || done->request < undo->first_request ||
        done->request >= undo->first_request + undo->next)
        return false;
    undo->waiting--;
    undo->undone += done->outcome != OUTCOME_FAILED;
    undo->failed += done->outcome == OUTCOME_FAILED;
    if (done->confirmed < undo->confirmed)
        undo->confirmed = done->confirmed;
    if (!undo->all)
        undo_answer_entry(agent, undo, &undo->list[done->request - undo->first_request], done);
    return true;
}

void undo_close(struct agent *agent)
{
    undo_free(&agent->undo);
}
