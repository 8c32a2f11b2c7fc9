/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer to a change: what it did, on how many nodes, and what is left to do.
 */
#include <stdio.h>
#include <string.h>

#include "allow_text.h"
#include "beside.h"
#include "change.h"
#include "heldmap.h"
#include "persist.h"

/* End of the ban that is now in force, which may be a longer one. */
static int64_t until_of(const struct agent *agent, const struct change *change,
                        const struct change_target *target)
{
    const struct state *state = &agent->node.state;
    struct unpacked room;
    const struct subject *subject = state_find(state, &target->addr, &room);
    int64_t until_ms = subject != NULL ? record_until_ms(&subject->record, state_now_ms(state)) : 0;

    return until_ms > change->until_ms ? until_ms : change->until_ms;
}

/* Bans that lie inside the prefix are subjects of their own: an unban of the prefix leaves them. */
static size_t count_inside(const struct agent *agent, const struct addr *addr)
{
    const struct state *state = &agent->node.state;
    size_t count = 0;
    const struct subject *subject;

    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;)
        count += addr_compare(&subject->addr, addr) != 0 && addr_covers(addr, &subject->addr) &&
                 record_is_banned(&subject->record, state_now_ms(state));
    return count;
}

/* True if there was nothing to unban. */
static bool was_not_banned(const struct change_target *target)
{
    return target->done.outcome == OUTCOME_ALREADY && target->kept == 0;
}

/* What an unban lifted beside a ban: entries of a former map that were in the map, and levels that
 * are forgotten; "" if it was nothing. */
static void print_beside(const struct change_target *target, char *out, size_t size)
{
    char kept[64] = "";

    out[0] = '\0';
    if (target->kept > 0)
        snprintf(kept, sizeof(kept), "%zu entr%s kept of a former map", target->kept,
                 target->kept == 1 ? "y" : "ies");
    if (target->kept > 0 || target->level > 0)
        snprintf(out, size, ", with %s%s%s,", kept,
                 target->kept > 0 && target->level > 0 ? " and " : "",
                 target->level > 0 ? "its former bans forgotten" : "");
}

static void print_unbanned(const struct agent *agent, const struct change *change,
                           const struct change_target *target, const char *net, const char *scope,
                           char *out, size_t size)
{
    const struct allow *allow =
        allows_find(&agent->node.state.allows, &target->addr, ALLOW_OPERATOR);
    const char *is = strcmp(net, target->text) == 0 ? " is" : ", which is"; /* "counts as" ... */
    const char *forgotten = target->level > 0 ? " and its former bans forgotten" : "";
    char end[CHANGE_END_SIZE], beside[128];

    print_beside(target, beside, sizeof(beside));
    change_print_end(allow != NULL ? allow->until_ms : change->allow_until_ms, end);
    if (was_not_banned(target) && change->allow_until_ms == 0)
        snprintf(out, size, "%s%s not banned; hits it had are void%s %s", net, is, forgotten,
                 scope);
    else if (was_not_banned(target))
        snprintf(out, size, "%s%s not banned; allowed %s%s %s", net, is, end, forgotten, scope);
    else if (change->allow_until_ms == 0)
        snprintf(out, size, "%s: unbanned%s %s", net, beside, scope);
    else
        snprintf(out, size, "%s: unbanned%s and allowed %s %s", net,
                 beside[0] != '\0' ? beside : ",", end, scope);
}

/* True if something that was asked for is not durable. */
static bool has_failed(const struct change *change, const struct change_target *target)
{
    return target->done.outcome == OUTCOME_FAILED ||
           (change->allow_until_ms != 0 && target->allow_done.outcome == OUTCOME_FAILED);
}

const char *change_failed_code(const struct agent *agent)
{
    return agent->persist.failing ? "not_durable" : "memory";
}

/* Operators' entries are never forgotten: one that ended or was removed must not come back from a
 * node that slept. */
static bool is_list_full(const struct agent *agent, const struct change *change)
{
    bool allows = change->kind == CHANGE_ALLOW_ADD || change->allow_until_ms != 0;

    return allows && !agent->persist.failing && agent->node.state.allows.count >= ALLOWS_MAX;
}

static const char *why_failed(const struct agent *agent, const struct change *change)
{
    if (agent->persist.failing)
        return agent->persist.error;
    return is_list_full(agent, change)
               ? "the allowlist is full; entries that ended or were removed count, too"
               : "no memory";
}

static void print_message(const struct agent *agent, const struct change *change,
                          const struct change_target *target, char *out, size_t size)
{
    char net[ADDR_TEXT_SIZE], scope[CHANGE_SCOPE_SIZE], end[CHANGE_END_SIZE];
    const char *why = why_failed(agent, change);
    size_t used = 0;

    addr_print_subject(&target->addr, net);
    if (strcmp(net, target->text) != 0)
        used = (size_t)snprintf(out, size, "%.48s counts as ", target->text);
    out += used;
    size -= used;
    change_print_scope(agent, &target->done, scope, sizeof(scope));
    if (target->done.outcome == OUTCOME_FAILED) {
        snprintf(out, size, "%s: not durable, nothing was changed: %s", net, why);
    } else if (has_failed(change, target)) {
        snprintf(out, size, "%s: unbanned, but not allowed: %s; %s", net, why, scope);
    } else if (change->kind == CHANGE_BAN) {
        change_print_end(until_of(agent, change, target), end);
        snprintf(out, size, "%s: %sbanned %s %s%s", net,
                 target->done.outcome == OUTCOME_ALREADY ? "already " : "", end, scope,
                 agent->config->observe ? "; this node only observes" : "");
    } else if (change->kind == CHANGE_UNBAN) {
        print_unbanned(agent, change, target, net, scope, out, size);
    } else {
        change_allow_message(agent, change, target, net, scope, out, size);
    }
}

static const char *outcome_name(const struct change *change, const struct change_target *target,
                                const struct change_rest *rest)
{
    bool already = target->done.outcome == OUTCOME_ALREADY;

    if (has_failed(change, target))
        return "failed";
    if (rest->ban != NULL || rest->allow != NULL)
        return "covered";
    if (change->kind == CHANGE_BAN)
        return already ? "already_banned" : "banned";
    if (change->kind == CHANGE_ALLOW_ADD)
        return already ? "already_allowed" : "allowed";
    if (change->kind == CHANGE_ALLOW_REMOVE)
        return already ? "not_allowed" : "removed";
    if (was_not_banned(target))
        return change->allow_until_ms != 0 ? "allowed"
               : target->level > 0         ? "forgotten"
                                           : "not_banned";
    return "unbanned";
}

/* Hits of the last window from now: an unban voids them, and the next ones ban again. */
static bool print_sending(const struct agent *agent, const struct addr *addr, char *out,
                          size_t size)
{
    const struct state *state = &agent->node.state;
    struct unpacked room;
    const struct subject *subject = state_find(state, addr, &room);
    char net[ADDR_TEXT_SIZE], window[ALLOW_TEXT_SPAN_SIZE], ago[ALLOW_TEXT_SPAN_SIZE];
    int64_t now_ms = agent->now.wall_ms, last_ms;
    size_t hits = 0;

    if (subject == NULL || subject->strikes.count == 0)
        return false;
    for (size_t i = 0; i < subject->strikes.count; i++)
        hits += subject->strikes.list[i].t_ms > now_ms - state->policy.window_ms;
    if (hits == 0)
        return false;
    last_ms = subject->strikes.list[subject->strikes.count - 1].t_ms;
    addr_print_operand(addr, net);
    allow_text_span(state->policy.window_ms, window);
    allow_text_span(now_ms - last_ms, ago);
    snprintf(
        out, size,
        "still sending: %zu hit%s in the last %s, the last %s ago; new hits ban it again "
        "after %u%s\nlet it send: banctl unban %s --allow 1h; permanently: banctl allow add %s",
        hits, hits == 1 ? "" : "s", window, ago, (unsigned)state->policy.threshold,
        !state->policy.count_messages  ? ""
        : state->policy.threshold == 1 ? " message"
                                       : " messages",
        net, net);
    return true;
}

/* Who was let go may still be rejected by his account. */
static bool print_account(const struct agent *agent, const struct addr *addr, char *out,
                          size_t size)
{
    char operand[ADDR_TEXT_SIZE];
    struct addr account;

    if (!beside_account(agent, addr, &account))
        return false;
    addr_print_operand(&account, operand);
    snprintf(out, size, "an account that was used from there is still banned: banctl unban %s",
             operand);
    return true;
}

/* The ban may be one of many around addr, or of the one host of it that was meant. */
static void print_covered(const struct addr *ban, const struct addr *addr, char *out, size_t size)
{
    char net[ADDR_TEXT_SIZE], own[ADDR_TEXT_SIZE], alone[2 * ADDR_TEXT_SIZE + 64] = "";

    addr_print_operand(ban, net);
    addr_print_operand(addr, own);
    if (addr_covers(ban, addr))
        snprintf(alone, sizeof(alone),
                 "\nlet out %s alone, whatever covers it: banctl allow add %s", own, own);
    snprintf(out, size, "it is still covered by the ban of %s: banctl unban %s%s", net, net, alone);
}

static void print_unban_hint(const struct agent *agent, const struct change *change,
                             const struct change_target *target, const struct change_rest *rest,
                             char *out, size_t size)
{
    const struct state *state = &agent->node.state;
    char net[ADDR_TEXT_SIZE];
    struct addr kept;
    size_t inside;

    if (rest->ban != NULL) {
        print_covered(&rest->ban->addr, &target->addr, out, size);
    } else if (change->allow_until_ms == 0 && change->count == 1 &&
               heldmap_covers(agent, &target->addr, &kept)) {
        addr_print_operand(&kept, net);
        snprintf(out, size,
                 "it is still in the map, with %s, which is kept of a former map: banctl unban %s",
                 net, net);
    } else if (print_account(agent, &target->addr, out, size)) {
        return;
    } else if (change->allow_until_ms != 0) {
        addr_print_operand(&target->addr, net);
        snprintf(out, size, "end it sooner: banctl allow remove %s", net);
    } else if (allows_cover(&state->allows, &target->addr, state_now_ms(state)) == NULL &&
               print_sending(agent, &target->addr, out, size)) {
        return;
    } else if (change->count == 1 && !addr_is_host(&target->addr)) {
        inside = count_inside(agent, &target->addr);
        addr_print_operand(&target->addr, net);
        if (inside > 0)
            snprintf(out, size, "%zu ban%s inside it: banctl list --in %s", inside,
                     inside == 1 ? " remains" : "s remain", net);
    }
}

static void print_hint(const struct agent *agent, const struct change *change,
                       const struct change_target *target, const struct change_rest *rest,
                       char *out, size_t size)
{
    char net[ADDR_TEXT_SIZE];

    out[0] = '\0';
    if (has_failed(change, target)) {
        snprintf(out, size, "%s", agent->persist.failing ? persist_hint(agent) : "");
    } else if (change->kind == CHANGE_UNBAN) {
        print_unban_hint(agent, change, target, rest, out, size);
    } else if (change->kind != CHANGE_BAN) {
        change_allow_hint(agent, change, target, rest, out, size);
    } else if (change->count == 1 && target->done.outcome != OUTCOME_ALREADY) {
        addr_print_operand(&target->addr, net);
        snprintf(out, size, "undo: banctl unban %s", net);
    }
}

static enum exit_code exit_of(const struct agent *agent, const struct change *change,
                              const struct change_target *target, const struct change_rest *rest)
{
    bool undone = change->kind == CHANGE_UNBAN || change->kind == CHANGE_ALLOW_REMOVE;

    if (has_failed(change, target))
        return EXIT_INTERNAL;
    if (change->wait && target->request != 0 && target->done.confirmed < agent->node.peer_count + 1)
        return EXIT_DEGRADED;
    if (rest->ban != NULL || rest->allow != NULL)
        return EXIT_REFUSED;
    if (undone && was_not_banned(target) && change->allow_until_ms == 0 && target->level == 0)
        return EXIT_NO;
    return EXIT_DONE;
}

static struct change_rest rest_of(const struct agent *agent, const struct change *change,
                                  const struct change_target *target, struct unpacked *room)
{
    const struct state *state = &agent->node.state;
    const struct allow *allow = allows_cover(&state->allows, &target->addr, state_now_ms(state));
    struct change_rest rest = {NULL, NULL};
    struct addr addr = target->addr;

    addr_parse_host(target->text, strlen(target->text), &addr); /* what was typed must be free */
    if (change->kind == CHANGE_UNBAN && allow == NULL)
        rest.ban = state_find_cover(state, &addr, room);
    if (change->kind == CHANGE_ALLOW_REMOVE)
        rest.allow = allow;
    return rest;
}

static enum exit_code answer_target(struct agent *agent, const struct change *change,
                                    const struct change_target *target)
{
    struct unpacked room;
    const struct change_rest rest = rest_of(agent, change, target, &room);
    struct json *root, *item = reply_item(&root);
    char message[CHANGE_MESSAGE_SIZE], hint[CHANGE_HINT_SIZE];

    print_message(agent, change, target, message, sizeof(message));
    print_hint(agent, change, target, &rest, hint, sizeof(hint));
    json_add_text(item, "target", target->text);
    reply_net(item, "net", &target->addr);
    json_add_text(item, "outcome", outcome_name(change, target, &rest));
    json_add_text(item, "message", message);
    if (hint[0] != '\0')
        json_add_lines(item, "hint", hint);
    else
        json_add_null(item, "hint");
    json_add_text(item, "code",
                  !has_failed(change, target)   ? NULL
                  : is_list_full(agent, change) ? "allowlist_full"
                                                : change_failed_code(agent));
    change_add_scope(agent, &target->done, item);
    reply_send(agent, change->client, &root);
    return exit_of(agent, change, target, &rest);
}

void change_reply(struct agent *agent, const struct change *change)
{
    static const char *const schemas[] = {
        [CHANGE_BAN] = "banctl.ban/1",
        [CHANGE_UNBAN] = "banctl.unban/1",
        [CHANGE_ALLOW_ADD] = "banctl.allow_add/1",
        [CHANGE_ALLOW_REMOVE] = "banctl.allow_remove/1",
    };
    enum exit_code exit_code = EXIT_DONE;
    struct json *root;

    for (size_t i = 0; i < change->count; i++) {
        enum exit_code one = answer_target(agent, change, &change->targets[i]);

        if (one > exit_code)
            exit_code = one;
    }
    reply_result(&root, schemas[change->kind], exit_code);
    reply_end(agent, change->client, &root);
}
