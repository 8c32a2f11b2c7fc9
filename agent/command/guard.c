/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator must not do by accident, see guard.h.
 */
#include "guard.h"

#include <stdio.h>
#include <string.h>

#include "allow_text.h"
#include "grouped.h"
#include "maps.h"
#include "reply.h"

static bool refuse(struct guard *guard, const char *code, const char *hint)
{
    guard->code = code;
    snprintf(guard->hint, sizeof(guard->hint), "%s", hint);
    return false;
}

static bool width_is_ok(const struct agent *agent, struct guard *guard, const struct addr *addr)
{
    bool is_ipv4 = addr->kind == ADDR_IPV4;
    int64_t limit = is_ipv4 ? agent->config->max_prefix4 : agent->config->max_prefix6;
    char net[ADDR_TEXT_SIZE], hint[GUARD_HINT_SIZE];

    if (addr->kind == ADDR_ACCOUNT)
        return true;
    addr_print_operand(addr, net);
    if (!addr_is_bannable(addr)) {
        snprintf(guard->message, sizeof(guard->message),
                 "refusing to ban %s: wider than /%u is never possible", net,
                 is_ipv4 ? PREFIX4_MIN : PREFIX6_MIN);
        return refuse(guard, "refused_wide", "");
    }
    if (addr->length >= limit || guard->force)
        return true;
    snprintf(guard->message, sizeof(guard->message),
             "refusing to ban %s: wider than /%lld ([ban] max_prefix%c)", net, (long long)limit,
             is_ipv4 ? '4' : '6');
    snprintf(hint, sizeof(hint), "if you mean it: banctl ban %s --force", net);
    return refuse(guard, "refused_wide", hint);
}

/* The prefix of the configuration, of an own or a peer's address that overlaps addr; NULL if none.
 */
static const struct addr *find_protected(const struct agent *agent, const struct addr *addr)
{
    for (size_t i = 0; i < agent->protected_count; i++)
        if (addr_covers(&agent->protected[i], addr) || addr_covers(addr, &agent->protected[i]))
            return &agent->protected[i];
    return NULL;
}

static bool is_allowed(struct agent *agent, struct guard *guard, const struct addr *addr)
{
    const struct state *state = &agent->node.state;
    const struct allow *allow = allows_cover(&state->allows, addr, state_now_ms(state));
    const struct addr *own = find_protected(agent, addr);
    char net[ADDR_TEXT_SIZE], other[ADDR_TEXT_SIZE], whose[ALLOW_TEXT_SIZE], hint[GUARD_HINT_SIZE];

    addr_print_subject(addr, net);
    if (own != NULL && (addr_covers(own, addr) || (allow == NULL && !guard->force))) {
        addr_print(own, other);
        snprintf(guard->message, sizeof(guard->message),
                 "refusing to ban %s: %s is %sunder [never-ban]", net, other,
                 addr->kind == ADDR_ACCOUNT ? "" : "this node's or a peer's address, or ");
        return refuse(guard, "refused_protected",
                      addr_covers(own, addr) ? "" : "with --force all of it but that is banned");
    }
    if (allow == NULL)
        return true;
    addr_print_subject(&allow->addr, other);
    allow_text_print(agent, allow, whose);
    snprintf(guard->message, sizeof(guard->message),
             "refusing to ban %s: %s is on the allowlist (%s)", net, other, whose);
    addr_print_operand(&allow->addr, other);
    snprintf(hint, sizeof(hint), "if you mean it, first: banctl allow remove %s", other);
    return refuse(guard, "refused_allowlist", allow->owner == ALLOW_OPERATOR ? hint : "");
}

static bool spares_caller(struct guard *guard, const struct addr *addr)
{
    const char *client = guard->ssh_client;
    char net[ADDR_TEXT_SIZE];
    struct addr caller;

    if (guard->force || client == NULL || addr_parse_host(client, strlen(client), &caller) != 0 ||
        !addr_covers(addr, &caller))
        return true;
    addr_print_operand(addr, net);
    snprintf(guard->message, sizeof(guard->message),
             "refusing to ban %s: you are logged in from there", net);
    return refuse(guard, "refused_caller", "if you mean it: --force");
}

bool guard_check(struct agent *agent, struct guard *guard, const struct addr *addr)
{
    char net[ADDR_TEXT_SIZE];

    if (addr->length >= addr_widest(addr) && !addr_is_countable(addr)) {
        addr_print_operand(addr, net);
        snprintf(guard->message, sizeof(guard->message),
                 "refusing to ban %s: loopback, unspecified and multicast addresses%s are never "
                 "banned",
                 net, addr->kind == ADDR_IPV6 ? ", and what is in ::/32," : "");
        return refuse(guard, "refused_special", "");
    }
    if (!width_is_ok(agent, guard, addr))
        return false;
    return is_allowed(agent, guard, addr) && spares_caller(guard, addr);
}

bool guard_ban(struct agent *agent, const struct request *request, const struct addr *addr)
{
    struct guard guard = {.ssh_client = json_text(request->json, "ssh_client")};

    json_bool(request->json, "force", &guard.force);
    if (guard_check(agent, &guard, addr))
        return true;
    reply_error(agent, request->client, guard.code, EXIT_REFUSED, guard.message,
                guard.hint[0] != '\0' ? guard.hint : NULL);
    return false;
}

static bool refuse_full(struct agent *agent, uint64_t client, const char *message)
{
    reply_error(agent, client, "refused_full", EXIT_REFUSED, message,
                "unban what need not be banned any more, ban networks instead of addresses, or "
                "raise max_entries");
    return false;
}

/* How many accounts would be banned with these. */
static size_t count_accounts(const struct agent *agent, const struct addr *addrs, size_t count)
{
    const struct state *state = &agent->node.state;
    size_t accounts = node_accounts(&agent->node);
    struct unpacked room;

    for (size_t i = 0; i < count; i++)
        accounts +=
            addrs[i].kind == ADDR_ACCOUNT && state_find_cover(state, &addrs[i], &room) == NULL;
    return accounts;
}

bool guard_entries(struct agent *agent, uint64_t client, const struct addr *addrs, size_t count)
{
    const struct map_text *map = node_map(&agent->node);
    size_t max = (size_t)agent->config->max_entries, entries = SIZE_MAX, accounts = 0;
    char message[256];

    if (map != NULL) {
        entries = map_count_with(&agent->node.state, map, addrs, count, max);
        accounts = count_accounts(agent, addrs, count);
    }
    if (entries <= max && accounts <= max)
        return true;
    if (entries == SIZE_MAX) {
        reply_error(agent, client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return false;
    }
    snprintf(message, sizeof(message),
             "refusing to ban: the %s would have %s entries; [map] max_entries is %s",
             entries > max ? "map" : "user map", GROUPED(entries > max ? entries : accounts),
             GROUPED(max));
    return refuse_full(agent, client, message);
}

/* "Well before" is at four fifths. */
bool guard_print_entries(struct agent *agent, char *out, size_t size)
{
    const struct map_text *map = node_map(&agent->node);
    size_t max = (size_t)agent->config->max_entries;

    if (map == NULL || map->entries <= max / 5 * 4)
        return false;
    snprintf(out, size,
             "map: %s entries, and [map] max_entries is %s: beyond it banctl ban is refused, but "
             "not what the threshold bans; unban what need not be banned, or raise it",
             GROUPED(map->entries), GROUPED(max));
    return true;
}

bool guard_print_accounts(const struct agent *agent, char *out, size_t size)
{
    size_t max = (size_t)agent->config->max_entries, accounts = node_accounts(&agent->node);

    if (accounts <= max / 5 * 4)
        return false;
    snprintf(out, size,
             "user map: %s banned accounts, and [map] max_entries is %s: beyond it banctl ban is "
             "refused, but not what the threshold bans; unban what need not be banned, or raise it",
             GROUPED(accounts), GROUPED(max));
    return true;
}

bool guard_allow(struct agent *agent, const struct request *request, const struct addr *addr)
{
    char net[ADDR_TEXT_SIZE], message[ADDR_TEXT_SIZE + 128];

    if (addr_is_bannable(addr))
        return true;
    addr_print_operand(addr, net);
    snprintf(message, sizeof(message),
             "refusing to allow %s: an entry wider than /%u has no effect", net,
             addr->kind == ADDR_IPV4 ? PREFIX4_MIN : PREFIX6_MIN);
    reply_error(agent, request->client, "refused_wide", EXIT_REFUSED, message,
                "give the networks that you mean one by one");
    return false;
}

bool guard_print_clock(const struct agent *agent, char *out, size_t size)
{
    int64_t off_ms;

    if (!node_clock_is_off(&agent->node, &agent->now, &off_ms))
        return false;
    if (skew_is_waiting(&agent->node, &agent->now))
        snprintf(out, size,
                 "this node was down for long and waits for the other nodes' clocks, 10 s at most");
    else if (off_ms > CLOCK_SKEW_MS_MAX || off_ms < -CLOCK_SKEW_MS_MAX)
        snprintf(out, size, "this node's clock is %lld s off the other nodes' clocks",
                 (long long)(off_ms < 0 ? -off_ms : off_ms) / 1000);
    else
        snprintf(out, size, "this node's clock is behind the time of its own database");
    return true;
}

bool guard_clock(struct agent *agent, uint64_t client)
{
    char problem[128], message[160];

    if (!guard_print_clock(agent, problem, sizeof(problem)))
        return true;
    snprintf(message, sizeof(message), "refused: %s", problem);
    reply_error(agent, client, "clock", EXIT_REFUSED, message,
                "set the clock (NTP), or give the command on another node");
    return false;
}
