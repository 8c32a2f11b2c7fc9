/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules 1, 4, 5 and 10 on the user map: the line of an account is in it if and only if something
 * bans it and nothing allows it.
 */
#include <string.h>

#include "host.h"
#include "map_read.h"
#include "maps.h"
#include "rules.h"

/* The next line of the map that is no comment, of *size bytes; NULL behind its last one. */
static const char *next_line(struct map_lines *lines, size_t *size)
{
    const char *line;

    while (map_lines_take(lines, &line, size))
        if (*size > 0 && line[0] != '#')
            return line;
    return NULL;
}

static bool has_line(const struct map_text *map, const char *text)
{
    struct map_lines lines = {map->bytes, map->size};
    const char *line;
    size_t size;

    while ((line = next_line(&lines, &size)) != NULL)
        if (size == strlen(text) && memcmp(line, text, size) == 0)
            return true;
    return false;
}

static void check_account(struct sim *sim, const struct host *host, const struct map_text *map,
                          const struct account *account)
{
    const struct state *state = &host->node.state;
    bool there = has_line(map, account->line);
    bool banned = rules_is_banned(state, &account->counted);
    bool allowed = rules_is_allowed(state, &account->counted);

    sim_about(sim, &account->counted);
    if (there && allowed)
        sim_break(sim, RULE_ALLOW, "it is allowed and in the user map");
    else if (there && !banned)
        sim_break(sim, RULE_UNBAN, "it is not banned and in the user map");
    else if (!there && banned && !allowed && account->line[0] != '\0')
        sim_break(sim, RULE_BAN, "it is banned and not in the user map");
    sim_about(sim, NULL);
}

/* True if an earlier name counts as the same account. */
static bool is_again(const struct accounts *accounts, size_t place)
{
    for (size_t i = 0; i < place; i++)
        if (addr_compare(&accounts->list[i].counted, &accounts->list[place].counted) == 0)
            return true;
    return false;
}

/* Takes the quotation marks off a line. */
static const char *unquote(const char *line, size_t *size)
{
    if (line[0] != '"')
        return line;
    *size -= 2;
    return line + 1;
}

/* By the bytes of the names. */
static bool is_before(const char *a, size_t a_size, const char *b, size_t b_size)
{
    const char *x = unquote(a, &a_size), *y = unquote(b, &b_size);
    int order = memcmp(x, y, a_size < b_size ? a_size : b_size);

    return order < 0 || (order == 0 && a_size < b_size);
}

/* Returns how many lines there are. */
static size_t check_order(struct sim *sim, const struct map_text *map)
{
    struct map_lines lines = {map->bytes, map->size};
    const char *line, *before = NULL;
    size_t size, before_size = 0, count = 0;

    for (; (line = next_line(&lines, &size)) != NULL; count++) {
        if (before != NULL && !is_before(before, before_size, line, size))
            sim_break(sim, RULE_AGREEMENT, "the user map is not in order");
        before = line;
        before_size = size;
    }
    return count;
}

/* Peers compare one checksum of both maps; a user map that is not in it might differ for ever. */
static void check_checksum(struct sim *sim, struct host *host, const struct map_text *users)
{
    const struct map_text *map = host_map(host);
    uint64_t with = node_map_hash(&host->node, map->bytes, map->size, users->bytes, users->size);
    uint64_t without =
        node_map_hash(&host->node, map->bytes, map->size, users->bytes, strlen(MAP_HEADER));

    if (host->node.map_hash != with || with == without)
        sim_break(sim, RULE_DIFFERENCE, "the checksum of the maps leaves out the user map");
}

void rules_check_usermap(struct sim *sim, struct host *host)
{
    const struct accounts *accounts = &sim->plan.accounts;
    const struct map_text *map = node_usermap(&host->node);
    size_t count = check_order(sim, map), known = 0;

    for (size_t i = 0; i < accounts->count; i++) {
        const struct account *account = &accounts->list[i];

        if (account->counted.kind == 0 || is_again(accounts, i))
            continue;
        check_account(sim, host, map, account);
        known += has_line(map, account->line);
    }
    if (count > 0)
        check_checksum(sim, host, map);
    if (count != known && !sim->plan.hostile) /* which names whom it likes */
        sim_break(sim, RULE_BAN,
                  "%zu lines of the user map name nobody that a log or an operator named",
                  count - known);
}
