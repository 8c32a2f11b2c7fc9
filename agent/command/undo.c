/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unban --by-node, unban --all and node forget: plain unbans and removals, found and done in
 * slices; each is answered when the other nodes confirmed it or did not in time.
 */
#include "undo.h"

#include <stdio.h>
#include <stdlib.h>

#include "auditing.h"
#include "change.h"
#include "grouped.h"
#include "guard.h"
#include "notice.h"
#include "roll.h"

#define UNDO_ENTRY_WORK 164 /* 100 entries a turn: each dirties a page of the database */
#define UNDO_TELL_WORK 32   /* what one of a dry run costs */
#define UNDO_WAITING 2048   /* entries whose confirmation is waited for */
#define UNDO_DRY_MAX 4      /* dry runs at once: each holds the address of every such ban */

static bool go_on(struct agent *agent, void *question, size_t *work);
static bool go_on_dry(struct agent *agent, void *question, size_t *work);
static bool is_ready(const struct agent *agent, const void *question);
static void end(void *question);

static const struct question_kind kind = {.size = sizeof(struct undo),
                                          .at_once = 1,
                                          .lasts = true,
                                          .go_on = go_on,
                                          .is_ready = is_ready,
                                          .end = end},
                                  dry_kind = {.size = sizeof(struct undo),
                                              .at_once = UNDO_DRY_MAX,
                                              .go_on = go_on_dry,
                                              .end = end};

/* The node that the text names; false: answered with an error. */
static bool resolve(struct agent *agent, const struct request *request, const char *text,
                    struct undo *undo)
{
    char message[256];

    if (text == NULL || !roll_resolve(agent, text, &undo->node)) {
        roll_unknown(agent, text != NULL ? text : "", message, sizeof(message));
        reply_error(agent, request->client, "unknown_node", EXIT_USAGE, message,
                    "names, keys and ids:  banctl node list");
        return false;
    }
    notice_node_label(agent, undo->node, undo->name);
    return true;
}

static bool is_due(const void *context, const struct state *state, const struct subject *subject,
                   int64_t *key)
{
    const struct undo *undo = context;
    struct blame blame;

    (void)key;
    return undo->all || (addr_is_bannable(&subject->addr) &&
                         blame_node(&subject->record, undo->node, state->policy.threshold,
                                    undo->since_ms, state_now_ms(state), &blame));
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

static void end(void *question)
{
    struct undo *undo = question;

    banned_clear(&undo->banned);
    free(undo->list);
}

/* name: NULL: of every node. False: answered with an error. */
static bool open_undo(struct agent *agent, const struct request *request, const char *name,
                      struct undo *undo)
{
    *undo = (struct undo){.all = name == NULL, .confirmed = agent->node.peer_count + 1};
    if (question_first(agent, &kind) == NULL)
        return undo->all || resolve(agent, request, name, undo);
    reply_error(agent, request->client, "busy", EXIT_DEGRADED,
                "another unban --by-node, unban --all or node forget is under way",
                "try again later");
    return false;
}

static enum audit_action action_of(const struct undo *undo)
{
    if (undo->leases)
        return AUDIT_NODE_FORGET;
    return undo->all ? AUDIT_UNBAN_ALL : AUDIT_BY_NODE;
}

/* Who asks, and why. */
static void sign(const struct request *request, struct undo *undo, const char *reason)
{
    change_actor(request->uid, undo->actor);
    undo->audit = auditing_begin(request->uid, undo->actor, action_of(undo), reason);
    audit_reason_each(action_of(undo), undo->name, reason, undo->reason, sizeof(undo->reason));
}

/* So many were found, and will be undone. */
static void start(struct agent *agent, struct undo *undo, size_t count)
{
    char object[OBJECT_BYTES_MAX + 1];

    if (undo->leases)
        roll_object(undo->name, undo->node, object, sizeof(object));
    else
        snprintf(object, sizeof(object), "%s", undo->name);
    if (undo->leases || count > 0)
        auditing_many(agent, &undo->audit, count, object);
    undo->first_request = agent->next_request;
    agent->next_request += count;
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

/* False, and answered, if the request asks for what does not go together. */
static bool check_members(struct agent *agent, const struct request *request, bool all)
{
    if (all != json_has(request->json, "by_node") && !json_has(request->json, "targets") &&
        !json_has(request->json, "accounts") && !json_has(request->json, "allow_ms") &&
        !json_has(request->json, "allow_permanent"))
        return true;
    reply_error(agent, request->client, "usage", EXIT_USAGE,
                "\"by_node\" and \"all\" go with neither addresses nor an allow entry nor each "
                "other",
                NULL);
    return false;
}

void undo_bans(struct agent *agent, const struct request *request)
{
    struct undo undo;
    const char *reason;
    bool dry = false, all = false, forget = false;

    json_bool(request->json, "dry_run", &dry);
    json_bool(request->json, "all", &all);
    json_bool(request->json, "forget", &forget);
    if (!check_members(agent, request, all) || !change_reason(agent, request, &reason) ||
        (!dry && !guard_clock(agent, request->client)) ||
        !open_undo(agent, request, all ? NULL : json_text(request->json, "by_node"), &undo) ||
        !read_since(agent, request, &undo))
        return;
    undo.forget = forget;
    json_number(request->json, "at_most", &undo.at_most);
    sign(request, &undo, reason);
    question_ask(agent, request->client, dry ? &dry_kind : &kind, &undo);
}

void command_node_forget(struct agent *agent, const struct request *request)
{
    struct undo undo, *asked;
    const char *reason;
    char message[256];

    if (!change_reason(agent, request, &reason) || !guard_clock(agent, request->client) ||
        !open_undo(agent, request,
                   json_has(request->json, "node") ? json_text(request->json, "node") : "", &undo))
        return;
    undo.leases = undo.found = undo.listed = true;
    if (roll_is_member(agent, undo.node)) {
        snprintf(message, sizeof(message), "%s is %s", undo.name,
                 undo.node == agent->node.state.node ? "this node" : "a peer of this node");
        reply_error(agent, request->client, "member", EXIT_REFUSED, message,
                    "it would renew its allow entries: take its line out of the configuration of "
                    "every node, restart bansyncd there, then forget it");
        return;
    }
    if (!find_leases(agent, &undo)) {
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return;
    }
    sign(request, &undo, reason);
    asked = question_ask(agent, request->client, &kind, &undo);
    if (asked != NULL)
        start(agent, asked, asked->count);
    else
        end(&undo);
}

/* The next slice of what is to be lifted. False: there is no memory, and it is answered. */
static bool find(struct agent *agent, struct undo *undo, size_t *work)
{
    int result = undo->begun ? 0 : banned_begin(&undo->banned, 0, is_due, undo);

    undo->begun = true;
    if (result == 0)
        result = banned_walk(&undo->banned, &agent->node.state, work);
    undo->found = result > 0;
    if (result < 0)
        reply_error(agent, undo->question.client, "memory", EXIT_INTERNAL, "no memory", NULL);
    return result >= 0;
}

/* The next ban, as it is now; false if there is none left. */
static bool take_ban(const struct agent *agent, struct undo *undo, struct undo_entry *entry)
{
    const struct state *state = &agent->node.state;
    struct unpacked room;
    const struct subject *subject = banned_next(&undo->banned, state, &room);

    if (subject == NULL)
        return false;
    *entry = (struct undo_entry){.addr = subject->addr};
    if (!undo->all)
        blame_node(&subject->record, undo->node, state->policy.threshold, undo->since_ms,
                   state_now_ms(state), &entry->blame);
    return true;
}

static bool go_on_dry(struct agent *agent, void *question, size_t *work)
{
    struct undo *undo = question;
    struct undo_entry entry;

    if (!undo->found && !find(agent, undo, work))
        return true;
    while (undo->found && !undo->all && !undo->listed) {
        if (*work == 0)
            return false;
        undo->listed = !take_ban(agent, undo, &entry);
        if (undo->listed)
            break;
        undo_answer_entry(agent, undo, &entry, NULL);
        undo->count++;
        question_spend(work, UNDO_TELL_WORK);
    }
    if (!undo->found)
        return false;
    if (undo->all)
        undo->count = undo->banned.total;
    undo_answer(agent, undo, true);
    return true;
}

static bool ask_node(struct agent *agent, const struct undo *undo, uint64_t request,
                     const struct addr *addr)
{
    struct node *node = &agent->node;
    const struct now *now = &agent->now;
    enum step_result result;

    if (undo->leases)
        result = node_lease_end(node, now, request, addr, undo->node, undo->reason, undo->actor);
    else
        result = (undo->forget ? node_forget : node_unban)(node, now, request, addr, undo->reason,
                                                           undo->actor);
    return result == STEP_CHANGED;
}

/* There are more by now than whoever asks was told. False: answered with an error. */
static bool is_few_enough(struct agent *agent, const struct undo *undo)
{
    char message[160];

    if (undo->at_most <= 0 || undo->banned.total <= (size_t)undo->at_most)
        return true;
    snprintf(message, sizeof(message),
             "there are %s bans by now, where %s at most were meant: nothing was changed",
             GROUPED(undo->banned.total), GROUPED(undo->at_most));
    reply_error(agent, undo->question.client, "refused_more", EXIT_REFUSED, message,
                "look again with --dry-run; --yes lifts however many there are");
    return false;
}

/* Room for all that was found, and the beginning. False: answered with an error. */
static bool begin(struct agent *agent, struct undo *undo)
{
    if (!is_few_enough(agent, undo))
        return false;
    undo->list = malloc((undo->banned.total + 1) * sizeof(*undo->list));
    if (undo->list == NULL) {
        reply_error(agent, undo->question.client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return false;
    }
    start(agent, undo, undo->banned.total);
    return true;
}

/* True if there is one left to be undone, which is in the list then. */
static bool has_next(const struct agent *agent, struct undo *undo)
{
    if (undo->next == undo->count && !undo->listed) {
        undo->listed = !take_ban(agent, undo, &undo->list[undo->count]);
        undo->count += !undo->listed;
    }
    return undo->next < undo->count;
}

/* Nothing more is asked of the node. */
static bool is_over(const struct undo *undo)
{
    return undo->found && (undo->failed > 0 || (undo->listed && undo->next == undo->count));
}

static void undo_slice(struct agent *agent, struct undo *undo, size_t *work)
{
    for (; *work > 0 && undo->waiting < UNDO_WAITING && has_next(agent, undo); undo->next++) {
        if (ask_node(agent, undo, undo->first_request + undo->next, &undo->list[undo->next].addr))
            undo->waiting++;
        else
            undo->failed++;
        question_spend(work, UNDO_ENTRY_WORK);
    }
}

static bool go_on(struct agent *agent, void *question, size_t *work)
{
    struct undo *undo = question;

    if (!undo->found)
        return !find(agent, undo, work) || (undo->found && !begin(agent, undo));
    if (!is_over(undo)) {
        undo_slice(agent, undo, work);
        return false;
    }
    undo_answer(agent, undo, false);
    return true;
}

static bool is_ready(const struct agent *agent, const void *question)
{
    const struct undo *undo = question;

    (void)agent;
    if (!undo->found)
        return true;
    return is_over(undo) ? undo->waiting == 0 : undo->waiting < UNDO_WAITING;
}

bool undo_done(struct agent *agent, const struct node_done *done)
{
    struct undo *undo = question_first(agent, &kind);

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
