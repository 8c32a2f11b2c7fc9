/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules 4, 5 and 10 on the map: an address is in it if and only if something bans it and nothing
 * allows it.
 */
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "host.h"
#include "map_read.h"
#include "maps.h"
#include "rules.h"
#include "usermap.h"

#define LOOK_MS (3600000 + 2 * CLOCK_SKEW_MS_MAX)

/* The owed command with the highest stamp on the operators' entry of that prefix or account. */
static const struct ledger_command *highest(const struct sim *sim, const struct addr *addr)
{
    const struct ledger_command *found = NULL;

    for (size_t i = 0; i < sim->ledger.command_count; i++) {
        const struct ledger_command *command = &sim->ledger.commands[i];

        if ((command->type == EVENT_ALLOW_ADD || command->type == EVENT_ALLOW_REMOVE) &&
            command->owed && command->owner == ALLOW_OPERATOR &&
            addr_compare(&command->addr, addr) == 0 &&
            (found == NULL || stamp_compare(&command->stamp, &found->stamp) > 0))
            found = command;
    }
    return found;
}

/* True if some operator said just that: clones may give equal stamps to different commands. */
static bool is_said(const struct sim *sim, const struct allow *allow)
{
    for (size_t i = 0; i < sim->ledger.command_count; i++) {
        const struct ledger_command *command = &sim->ledger.commands[i];

        if (stamp_compare(&command->stamp, &allow->stamp) == 0 &&
            addr_compare(&command->addr, &allow->addr) == 0 && command->owner == allow->owner &&
            allow->on == (command->type == EVENT_ALLOW_ADD) && allow->until_ms == command->until_ms)
            return true;
    }
    return false;
}

static bool is_leased(const struct host *host, const struct addr *addr)
{
    for (size_t i = 0; i < host->lease_count; i++)
        if (addr_compare(&host->leases[i], addr) == 0)
            return true;
    return false;
}

/* The entry of that key, found by looking at all. */
static const struct allow *find_allow(const struct state *state, const struct addr *addr,
                                      uint64_t owner)
{
    for (size_t i = 0; i < state->allows.count; i++)
        if (state->allows.list[i].owner == owner &&
            addr_compare(&state->allows.list[i].addr, addr) == 0)
            return &state->allows.list[i];
    return NULL;
}

/* It is looked at every hour, and renewed when a day of its time has gone. */
static bool is_lease_fresh(const struct state *state, const struct allow *allow)
{
    return allow->until_ms - state_now_ms(state) > ALLOW_LEASE_MS - ALLOW_RENEW_MS - LOOK_MS;
}

static void check_leases(struct sim *sim, const struct state *state, const struct host *host)
{
    uint64_t owner = host->node.state.node;

    for (size_t i = 0; i < host->lease_count; i++) {
        const struct allow *allow = find_allow(state, &host->leases[i], owner);

        if (allow == NULL || !allow->on || !is_lease_fresh(state, allow))
            sim_break(sim, RULE_ALLOW, "what mx%zu never bans is not allowed, or not for long",
                      host->index + 1);
    }
    for (size_t i = 0; i < state->allows.count; i++)
        if (state->allows.list[i].owner == owner && state->allows.list[i].on &&
            !is_leased(host, &state->allows.list[i].addr))
            sim_break(sim, RULE_ALLOW, "mx%zu does not lease this any more", host->index + 1);
}

/* It is forgotten by now. */
static bool is_old(const struct state *state, uint64_t hlc)
{
    return stamp_ms(hlc) + ALLOW_FORGET_MS <= state_now_ms(state);
}

/* What was ended with its node is not back, unless that node itself said so again. */
static void check_ended(struct sim *sim, const struct state *state,
                        const struct ledger_command *command)
{
    const struct allow *allow = find_allow(state, &command->addr, command->owner);

    if (command->owed && !is_old(state, command->stamp.hlc) &&
        (allow == NULL || stamp_compare(&allow->stamp, &command->stamp) < 0))
        sim_break(sim, RULE_ALLOW, "a lease of a node that was forgotten has not ended");
}

/* A lease is its owner's word, and ended by it, or with it by an operator who forgot that node. */
static void check_owners(struct sim *sim, const struct state *state)
{
    for (size_t i = 0; i < state->allows.count; i++) {
        const struct allow *allow = &state->allows.list[i];

        if (allow->owner != ALLOW_OPERATOR && allow->stamp.node != allow->owner &&
            (allow->on || !is_said(sim, allow)) && !lies_have_allow(&sim->lies, allow))
            sim_break(sim, RULE_ALLOW, "a lease is %s, and not by its node",
                      allow->on ? "given" : "ended");
    }
}

static void check_operators(struct sim *sim, const struct state *state, const struct addr *addr)
{
    const struct ledger_command *command = highest(sim, addr);
    const struct allow *allow = find_allow(state, addr, ALLOW_OPERATOR);

    if (command != NULL && (allow == NULL || stamp_compare(&allow->stamp, &command->stamp) < 0))
        sim_break(sim, RULE_OPERATOR, "an operator's word on the allowlist is lost");
    if (allow != NULL && !is_said(sim, allow) && !lies_have_allow(&sim->lies, allow))
        sim_break(sim, RULE_OPERATOR, "an allow entry that no operator made");
}

void rules_check_allows(struct sim *sim, struct host *host)
{
    const struct state *state = &host->node.state;

    for (size_t i = 0; i < sim->host_count; i++)
        if (sim->hosts[i]->up && sim->hosts[i]->identity == i)
            check_leases(sim, state, sim->hosts[i]);
    check_owners(sim, state);
    for (size_t i = 0; i < sim->ledger.command_count; i++) {
        const struct ledger_command *command = &sim->ledger.commands[i];

        sim_about(sim, &command->addr);
        if (command->owner != ALLOW_OPERATOR)
            check_ended(sim, state, command);
        else
            check_operators(sim, state, &command->addr);
    }
    sim_about(sim, NULL);
}

/* Anything wider has no effect. */
static bool has_effect(const struct addr *addr)
{
    return addr->kind == ADDR_ACCOUNT ||
           addr->length >= (addr->kind == ADDR_IPV4 ? PREFIX4_MIN : PREFIX6_MIN);
}

bool rules_is_allowed(const struct state *state, const struct addr *addr)
{
    int64_t now_ms = state_now_ms(state);

    for (size_t i = 0; i < state->allows.count; i++) {
        const struct allow *allow = &state->allows.list[i];
        bool old = allow->owner != ALLOW_OPERATOR && is_old(state, allow->stamp.hlc);

        if (allow->on && allow->until_ms > now_ms && !old && addr_covers(&allow->addr, addr) &&
            has_effect(&allow->addr))
            return true;
    }
    return false;
}

bool rules_is_banned(const struct state *state, const struct addr *addr)
{
    int64_t now_ms = state_now_ms(state);
    const struct subject *subject;

    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;) {
        const struct record *record = &subject->record;
        bool banned = record->manual.kind == MANUAL_BAN && record->manual.until_ms > now_ms;

        for (size_t i = 0; i < record->facts.count; i++)
            banned |= record->facts.list[i].first_ms > record->cut.ms &&
                      record->facts.list[i].until_ms > now_ms;
        if (banned && addr_covers(&subject->addr, addr) && has_effect(&subject->addr))
            return true;
    }
    return false;
}

static bool is_in_map(const struct map_text *map, const struct addr *addr)
{
    struct map_lines lines = {map->bytes, map->size};
    struct addr prefix;

    while (map_lines_next(&lines, &prefix))
        if (addr_covers(&prefix, addr))
            return true;
    return false;
}

static void check_address(struct sim *sim, struct host *host, const struct addr *addr)
{
    const struct state *state = &host->node.state;
    bool there = is_in_map(host_map(host), addr);
    char text[ADDR_TEXT_SIZE];

    text[addr_print(addr, text)] = '\0';
    if (there && rules_is_allowed(state, addr))
        sim_break(sim, RULE_ALLOW, "%s is allowed and in the map", text);
    else if (there && !rules_is_banned(state, addr))
        sim_break(sim, RULE_UNBAN, "%s is not banned and in the map", text);
    else if (!there && rules_is_banned(state, addr) && !rules_is_allowed(state, addr))
        sim_break(sim, RULE_BAN, "%s is banned and not in the map", text);
}

static void check_order(struct sim *sim, const struct map_text *map)
{
    struct map_lines lines = {map->bytes, map->size};
    struct addr addr, before;
    bool first = true;

    for (; map_lines_next(&lines, &addr); before = addr, first = false)
        if (!first && addr_compare(&before, &addr) >= 0)
            sim_break(sim, RULE_AGREEMENT, "the map is not in order");
}

static bool is_same(const struct map_text *a, const struct map_text *b)
{
    return a->size == b->size && a->entries == b->entries &&
           memcmp(a->bytes, b->bytes, a->size) == 0;
}

/* What was patched, ban by ban, is what all of the state gives. */
static void check_kept(struct sim *sim, struct host *host)
{
    const struct map_text *map = host_map(host), *usermap = node_usermap(&host->node);
    struct map_text drawn = {0}, drawn_users = {0};
    struct addrs accounts = {0};
    size_t untold = 0;

    if (map_render(&host->node.state, &drawn, &accounts) != 0 ||
        usermap_print(&accounts, &drawn_users, &untold) != 0)
        abort();
    if (!is_same(map, &drawn))
        sim_break(sim, RULE_AGREEMENT, "the map that is kept is not the one that is drawn");
    if (!is_same(usermap, &drawn_users) || node_accounts(&host->node) != accounts.count)
        sim_break(sim, RULE_AGREEMENT, "the user map that is kept is not the one that is drawn");
    addrs_clear(&accounts);
    map_free(&drawn);
    map_free(&drawn_users);
}

void rules_check_map(struct sim *sim, struct host *host)
{
    struct addr addr;

    check_order(sim, host_map(host));
    check_kept(sim, host);
    for (size_t i = 0; i < sim->plan.address_count; i++)
        check_address(sim, host, &sim->plan.addresses[i]);
    for (size_t i = 0; i < 8; i++) { /* and neighbors that nobody named */
        addr = sim->plan.addresses[i % sim->plan.address_count];
        addr.bytes[addr.kind == ADDR_IPV4 ? 3 : 15] = (uint8_t)prng_below(&sim->prng, 256);
        check_address(sim, host, &addr);
    }
}
