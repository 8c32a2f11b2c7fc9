/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator must not do by accident, see guard.h.
 */
#include "guard.h"

#include <stdio.h>
#include <string.h>

#include "allow_text.h"
#include "reply.h"

static bool refuse(struct agent *agent, const struct request *request, const char *code,
                   const char *message, const char *hint)
{
    reply_error(agent, request->client, code, EXIT_REFUSED, message, hint);
    return false;
}

static bool width_is_ok(struct agent *agent, const struct request *request, const struct addr *addr,
                        bool force)
{
    unsigned limit = addr->kind == ADDR_IPV4 ? PREFIX4_UNFORCED_MIN : PREFIX6_UNFORCED_MIN;
    char net[ADDR_TEXT_SIZE], message[256], hint[256];

    addr_print(addr, net);
    if (!addr_is_bannable(addr)) {
        snprintf(message, sizeof(message), "refusing to ban %s: wider than /%u is never possible",
                 net, addr->kind == ADDR_IPV4 ? PREFIX4_MIN : PREFIX6_MIN);
        return refuse(agent, request, "refused_wide", message, NULL);
    }
    if (addr->length >= limit || force)
        return true;
    snprintf(message, sizeof(message), "refusing to ban %s: wider than /%u", net, limit);
    snprintf(hint, sizeof(hint), "if you mean it: banctl ban %s --force", net);
    return refuse(agent, request, "refused_wide", message, hint);
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

static bool is_allowed(struct agent *agent, const struct request *request, const struct addr *addr,
                       bool force)
{
    const struct state *state = &agent->node.state;
    const struct allow *allow = allows_cover(&state->allows, addr, state_now_ms(state));
    const struct addr *own = find_protected(agent, addr);
    char net[ADDR_TEXT_SIZE], other[ADDR_TEXT_SIZE], whose[ALLOW_TEXT_SIZE];
    char message[ALLOW_TEXT_SIZE + 256], hint[256];

    addr_print(addr, net);
    if (own != NULL && (addr_covers(own, addr) || (allow == NULL && !force))) {
        addr_print(own, other);
        snprintf(message, sizeof(message),
                 "refusing to ban %s: %s is this node's or a peer's address, or under [never-ban]",
                 net, other);
        return refuse(agent, request, "refused_protected", message,
                      addr_covers(own, addr) ? NULL : "with --force all of it but that is banned");
    }
    if (allow == NULL)
        return true;
    addr_print(&allow->addr, other);
    allow_text_print(agent, allow, whose);
    snprintf(message, sizeof(message), "refusing to ban %s: %s is on the allowlist (%s)", net,
             other, whose);
    snprintf(hint, sizeof(hint), "if you mean it, first: banctl allow remove %s", other);
    return refuse(agent, request, "refused_allowlist", message,
                  allow->owner == ALLOW_OPERATOR ? hint : NULL);
}

static bool spares_caller(struct agent *agent, const struct request *request,
                          const struct addr *addr, bool force)
{
    const char *client = json_text(request->json, "ssh_client");
    char net[ADDR_TEXT_SIZE], message[256];
    struct addr caller;

    if (force || client == NULL || addr_parse_host(client, strlen(client), &caller) != 0 ||
        !addr_covers(addr, &caller))
        return true;
    addr_print(addr, net);
    snprintf(message, sizeof(message), "refusing to ban %s: you are logged in from there", net);
    return refuse(agent, request, "refused_caller", message, "if you mean it: --force");
}

bool guard_ban(struct agent *agent, const struct request *request, const struct addr *addr)
{
    bool force = false;
    char net[ADDR_TEXT_SIZE], message[256];

    json_bool(request->json, "force", &force);
    if (!width_is_ok(agent, request, addr, force))
        return false;
    if (!addr_is_countable(addr)) {
        addr_print(addr, net);
        snprintf(message, sizeof(message),
                 "refusing to ban %s: loopback, unspecified and multicast addresses are never "
                 "banned",
                 net);
        return refuse(agent, request, "refused_special", message, NULL);
    }
    return is_allowed(agent, request, addr, force) && spares_caller(agent, request, addr, force);
}

bool guard_allow(struct agent *agent, const struct request *request, const struct addr *addr)
{
    char net[ADDR_TEXT_SIZE], message[256];

    if (addr_is_bannable(addr))
        return true;
    addr_print(addr, net);
    snprintf(message, sizeof(message),
             "refusing to allow %s: an entry wider than /%u has no effect", net,
             addr->kind == ADDR_IPV4 ? PREFIX4_MIN : PREFIX6_MIN);
    return refuse(agent, request, "refused_wide", message,
                  "give the networks that you mean one by one");
}

bool guard_clock(struct agent *agent, uint64_t client)
{
    char message[256];
    int64_t off_ms;

    if (!node_clock_is_off(&agent->node, &agent->now, &off_ms))
        return true;
    if (off_ms != 0)
        snprintf(message, sizeof(message),
                 "refused: this node's clock is %lld s off the other nodes' clocks",
                 (long long)(off_ms < 0 ? -off_ms : off_ms) / 1000);
    else
        snprintf(message, sizeof(message),
                 "refused: this node's clock is behind the time of its own database");
    reply_error(agent, client, "clock", EXIT_REFUSED, message,
                "set the clock (NTP), or give the command on another node");
    return false;
}
