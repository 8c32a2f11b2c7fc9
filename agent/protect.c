/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prefixes that this node keeps out of every map, see protect.h.
 */
#include "protect.h"

#include <stdlib.h>
#include <string.h>

#include "ifaddr.h"

#define PROTECT_OWN_MAX 256

/* tcp://ADDRESS:PORT of a peer; host names are not looked up. */
static bool endpoint_addr(const char *endpoint, struct addr *addr)
{
    const char *host = strstr(endpoint, "://");
    const char *end;

    if (host == NULL)
        return false;
    host += 3;
    end = strrchr(host, ':');
    if (end == NULL)
        return false;
    if (*host == '[' && end > host + 1 && end[-1] == ']') {
        host++;
        end--;
    }
    return addr_parse_host(host, (size_t)(end - host), addr) == 0;
}

static void add(struct addr *list, size_t *count, const struct addr *addr)
{
    for (size_t i = 0; i < *count; i++)
        if (addr_compare(&list[i], addr) == 0)
            return;
    list[(*count)++] = *addr;
}

static bool read_entry(const struct netlist_entry *entry, struct addr *addr)
{
    return entry->net[0] != '\0'
               ? addr_parse(entry->net, strlen(entry->net), false, addr) == 0
               : addr_parse_account(entry->account, strlen(entry->account), addr) == 0;
}

struct addr *protect_list(const struct config *config, const struct netlist *file, int64_t now_ms,
                          size_t *count)
{
    char own[PROTECT_OWN_MAX][64];
    size_t own_count = ifaddr_list(own, PROTECT_OWN_MAX);
    struct addr *list = calloc(own_count + config->peer_count + config->never_ban_count +
                                   config->never_ban_account_count + file->count + 1,
                               sizeof(*list));
    struct addr addr;

    *count = 0;
    if (list == NULL)
        return NULL;
    for (size_t i = 0; i < own_count; i++)
        if (addr_parse_host(own[i], strlen(own[i]), &addr) == 0 && addr_is_countable(&addr))
            add(list, count, &addr);
    for (size_t i = 0; i < config->peer_count; i++)
        if (endpoint_addr(config->peers[i].endpoint, &addr) && addr_is_countable(&addr))
            add(list, count, &addr);
    for (size_t i = 0; i < config->never_ban_count; i++)
        if (addr_parse(config->never_ban[i], strlen(config->never_ban[i]), false, &addr) == 0)
            add(list, count, &addr);
    for (size_t i = 0; i < config->never_ban_account_count; i++)
        if (addr_parse_account(config->never_ban_accounts[i], strlen(config->never_ban_accounts[i]),
                               &addr) == 0)
            add(list, count, &addr);
    for (size_t i = 0; i < file->count; i++)
        if (file->list[i].until_ms > now_ms && read_entry(&file->list[i], &addr))
            add(list, count, &addr);
    return list;
}

/* Nothing is known yet of what it holds. */
static bool is_file_unknown(const struct agent *agent)
{
    return agent->config->never_ban_file[0] != '\0' && !agent->neverban.known;
}

/* What this node published before. False without memory. */
static bool add_published(const struct agent *agent, struct addr **list, size_t *count)
{
    const struct allows *allows = &agent->node.state.allows;
    struct addr *grown = realloc(*list, (*count + allows->count + 1) * sizeof(*grown));

    if (grown == NULL)
        return false;
    *list = grown;
    for (size_t i = 0; i < allows->count; i++)
        if (allows->list[i].owner == agent->node.state.node && allows->list[i].on)
            add(grown, count, &allows->list[i].addr);
    return true;
}

void protect_publish(struct agent *agent)
{
    size_t count;
    struct addr *list =
        protect_list(agent->config, &agent->neverban.list, agent->now.wall_ms, &count);

    if (list == NULL)
        return;
    if (is_file_unknown(agent) && !add_published(agent, &list, &count)) {
        free(list);
        return;
    }
    free(agent->protected);
    agent->protected = list;
    agent->protected_count = count;
    agent->protected_ms = agent->now.mono_ms;
    node_allow(&agent->node, &agent->now, agent->protected, agent->protected_count,
               "configuration");
}
