/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer to a ban or unban: what it did, on how many nodes, and what is left to do.
 */
#include <stdio.h>
#include <string.h>

#include "change.h"
#include "clock.h"

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

static void print_banned(const char *already, int64_t until_ms, const char *as, const char *net,
                         const char *scope, char *out, size_t size)
{
    char until[CLOCK_TEXT_SIZE];

    if (until_ms == TIME_NEVER_MS) {
        snprintf(out, size, "%s%s: %sbanned permanently %s", as, net, already, scope);
        return;
    }
    clock_print(until_ms, until);
    snprintf(out, size, "%s%s: %sbanned until %s %s", as, net, already, until, scope);
}

/* End of the ban that is now in force, which may be a longer one. */
static int64_t until_of(const struct agent *agent, const struct change *change,
                        const struct change_target *target)
{
    const struct state *state = &agent->node.state;
    const struct subject *subject = state_find(state, &target->addr);
    int64_t until_ms = subject != NULL ? record_until_ms(&subject->record, state_now_ms(state)) : 0;

    return until_ms > change->until_ms ? until_ms : change->until_ms;
}

/* Bans that lie inside the prefix are subjects of their own: an unban of the prefix leaves them. */
static size_t count_inside(const struct agent *agent, const struct addr *addr)
{
    const struct state *state = &agent->node.state;
    size_t count = 0;

    for (const struct subject *subject = table_next(&state->table, NULL); subject != NULL;
         subject = table_next(&state->table, subject))
        count += addr_compare(&subject->addr, addr) != 0 && addr_covers(addr, &subject->addr) &&
                 record_is_banned(&subject->record, state_now_ms(state));
    return count;
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
        print_banned(already, until_of(agent, change, target), as, net, scope, out, size);
    else if (target->done.outcome == OUTCOME_ALREADY)
        snprintf(out, size, "%s%s is not banned; hits it had are void %s", as, net, scope);
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

static void print_hint(const struct agent *agent, const struct change *change,
                       const struct change_target *target, const struct subject *cover, char *out,
                       size_t size)
{
    size_t inside = 0;
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
    } else if (!change->ban && change->count == 1 && !addr_is_host(&target->addr)) {
        inside = count_inside(agent, &target->addr);
        if (inside > 0)
            snprintf(out, size, "%zu bans inside it remain: banctl list", inside);
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
    const struct state *state = &agent->node.state;
    const struct subject *cover =
        change->ban || allows_cover(&state->allows, &target->addr, state_now_ms(state)) != NULL
            ? NULL
            : state_find_cover(state, &target->addr);
    struct json *root, *item = reply_item(&root), *missing;
    char message[1024], hint[256];

    print_message(agent, change, target, message, sizeof(message));
    print_hint(agent, change, target, cover, hint, sizeof(hint));
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

void change_reply(struct agent *agent, const struct change *change)
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
