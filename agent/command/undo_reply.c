/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of unban --by-node, unban --all and node forget.
 */
#include <stdio.h>

#include "change.h"
#include "clock.h"
#include "grouped.h"
#include "persist.h"
#include "roll.h"
#include "undo.h"

static void add_blame(struct json *item, const struct blame *blame)
{
    json_add_text(item, "ban_by", blame->is_manual ? "operator" : "hits");
    json_add_number(item, "hits", blame->strikes);
    json_add_number(item, "hits_total", blame->total);
    reply_time(item, "newest", blame->newest_ms);
}

/* What the ban of an entry stands on. */
static void print_why(const struct undo *undo, const struct blame *blame, char *out, size_t size)
{
    char newest[CLOCK_TEXT_SIZE];

    clock_print(blame->newest_ms, newest);
    if (blame->is_manual)
        snprintf(out, size, "banned by an operator at %s, %s", undo->name, newest);
    else
        snprintf(out, size, "%u of %u hits are %s's, the newest %s", (unsigned)blame->strikes,
                 (unsigned)blame->total, undo->name, newest);
}

void undo_answer_entry(struct agent *agent, const struct undo *undo, const struct undo_entry *entry,
                       const struct node_done *done)
{
    struct json *root, *item = reply_item(&root);
    bool failed = done != NULL && done->outcome == OUTCOME_FAILED;
    const char *forgotten = undo->forget ? ", with its former bans forgotten" : "";
    char net[ADDR_TEXT_SIZE], why[256] = "", scope[CHANGE_SCOPE_SIZE];
    char message[CHANGE_MESSAGE_SIZE];

    addr_print_subject(&entry->addr, net);
    if (!undo->leases)
        print_why(undo, &entry->blame, why, sizeof(why));
    if (done != NULL)
        change_print_scope(agent, done, scope, sizeof(scope));
    if (failed)
        snprintf(message, sizeof(message), "%s: not durable, nothing was changed: %s", net,
                 agent->persist.failing ? agent->persist.error : "no memory");
    else if (undo->leases)
        snprintf(message, sizeof(message), "%s: no longer allowed by %s %s", net, undo->name,
                 scope);
    else if (done == NULL)
        snprintf(message, sizeof(message), "%s: would be unbanned%s: %s", net, forgotten, why);
    else
        snprintf(message, sizeof(message), "%s: unbanned%s%s %s: %s", net, forgotten,
                 undo->forget ? "," : "", scope, why);
    json_add_text(item, "target", net);
    reply_net(item, "net", &entry->addr);
    json_add_text(item, "outcome",
                  failed         ? "failed"
                  : undo->leases ? "removed"
                  : done == NULL ? "would_unban"
                                 : "unbanned");
    json_add_text(item, "message", message);
    json_add_text(item, "hint", failed ? persist_hint(agent) : NULL);
    json_add_text(item, "code", failed ? change_failed_code(agent) : NULL);
    if (!undo->leases)
        add_blame(item, &entry->blame);
    if (done != NULL)
        change_add_scope(agent, done, item);
    reply_send(agent, undo->question.client, &root);
}

static void print_result(const struct agent *agent, const struct undo *undo, bool dry, char *out,
                         size_t size)
{
    size_t total = agent->node.peer_count + 1;
    const char *plural = undo->count == 1 ? "" : "s";
    const char *entries = undo->count == 1 ? "allow entry" : "allow entries";

    if (undo->failed > 0)
        snprintf(out, size, "%s %s, the others are as they were: not durable: %.256s",
                 GROUPED(undo->undone), undo->leases ? "allow entries ended" : "bans lifted",
                 agent->persist.failing ? agent->persist.error : "no memory");
    else if (undo->leases && undo->count == 0)
        snprintf(out, size, "%s is forgotten; it had no allow entries", undo->name);
    else if (undo->leases)
        snprintf(out, size, "%s is forgotten; %s %s ended on %zu of %zu nodes", undo->name,
                 GROUPED(undo->undone), entries, undo->confirmed, total);
    else if (undo->all && undo->count == 0)
        snprintf(out, size, "nothing is banned");
    else if (undo->count == 0)
        snprintf(out, size, "no ban needs hits of %s, and none was made there", undo->name);
    else if (dry)
        snprintf(out, size, "dry run: %s ban%s would be lifted, nothing was changed",
                 GROUPED(undo->count), plural);
    else
        snprintf(out, size, "%s ban%s lifted on %zu of %zu nodes", GROUPED(undo->undone),
                 undo->undone == 1 ? "" : "s", undo->confirmed, total);
}

/* False: there is nothing to say. */
static bool print_hint(const struct agent *agent, const struct undo *undo, char *out, size_t size)
{
    if (undo->failed > 0)
        snprintf(out, size, "%s", agent->persist.failing ? persist_hint(agent) : "");
    else if (undo->all)
        snprintf(out, size, "entries of a former map are still in force: banctl map discard");
    else if (roll_is_member(agent, undo->node))
        snprintf(out, size,
                 "%s is still a member: unless its fault is mended take its key out of every other "
                 "node's configuration first, or it can do it again; what it lifted or allowed "
                 "stays: banctl history",
                 undo->name);
    else
        snprintf(out, size, "what %s lifted or allowed stays: banctl history", undo->name);
    if (undo->failed > 0)
        return agent->persist.failing;
    return undo->all ? agent->heldmap.kind != HELDMAP_NONE : !undo->leases && undo->count > 0;
}

void undo_answer(struct agent *agent, const struct undo *undo, bool dry)
{
    enum exit_code code = undo->failed > 0                    ? EXIT_INTERNAL
                          : undo->count == 0 && !undo->leases ? EXIT_NO
                                                              : EXIT_DONE;
    struct json *root;
    struct json *result =
        reply_result(&root, undo->leases ? "banctl.node_forget/1" : "banctl.unban/1", code);
    char message[512], hint[384];

    print_result(agent, undo, dry, message, sizeof(message));
    json_add_text(result, "message", message);
    json_add_text(result, "hint", print_hint(agent, undo, hint, sizeof(hint)) ? hint : NULL);
    if (undo->all)
        json_add_null(result, "node");
    else
        reply_node(agent, result, "node", undo->node);
    if (!undo->all)
        json_add_bool(result, "own", undo->node == agent->node.state.node);
    json_add_text(result, "cluster", agent->config->cluster_name);
    json_add_bool(result, "dry_run", dry);
    json_add_number(result, "count", (int64_t)undo->count);
    json_add_number(result, "failed", (int64_t)undo->failed);
    reply_end(agent, undo->question.client, &root);
}
