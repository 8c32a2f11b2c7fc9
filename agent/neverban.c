/* SPDX-License-Identifier: Apache-2.0 */
/*
 * [never-ban] file, see neverban.h.
 */
#include "neverban.h"

#include <bansync/limits.h>
#include <string.h>

#include "log.h"
#include "protect.h"

static bool is_configured(const struct agent *agent)
{
    return agent->config->never_ban_file[0] != '\0';
}

/* When the next entry ends; TIME_NEVER_MS: none does. */
static int64_t next_end(const struct netlist *list, int64_t now_ms)
{
    int64_t next_ms = TIME_NEVER_MS;

    for (size_t i = 0; i < list->count; i++)
        if (list->list[i].until_ms > now_ms && list->list[i].until_ms < next_ms)
            next_ms = list->list[i].until_ms;
    return next_ms;
}

/* True: what the file holds is in force now. */
static bool read_again(struct agent *agent)
{
    struct neverban *neverban = &agent->neverban;
    char error[sizeof(neverban->error)];

    if (netlist_read(agent->config->never_ban_file, &neverban->list, &neverban->mark, error,
                     sizeof(error)) != 0) {
        if (strcmp(error, neverban->error) != 0)
            log_error("[never-ban] file: %s; %s", error,
                      neverban->known ? "what it held before stays in force"
                                      : "what this node published before stays in force");
        memcpy(neverban->error, error, sizeof(error));
        return false;
    }
    if (neverban->error[0] != '\0')
        log_notice("[never-ban] file: %s can be read again", agent->config->never_ban_file);
    neverban->error[0] = '\0';
    neverban->known = true;
    return true;
}

void neverban_open(struct agent *agent)
{
    if (is_configured(agent))
        read_again(agent);
    agent->neverban.next_end_ms = next_end(&agent->neverban.list, agent->now.wall_ms);
}

void neverban_close(struct agent *agent)
{
    netlist_free(&agent->neverban.list);
}

void neverban_turn(struct agent *agent)
{
    struct neverban *neverban = &agent->neverban;
    bool changed = false;

    if (!is_configured(agent) || agent->now.mono_ms - neverban->looked_ms < NEVERBAN_LOOK_MS)
        return;
    neverban->looked_ms = agent->now.mono_ms;
    if (!neverban->known || neverban->error[0] != '\0' ||
        !netlist_is(agent->config->never_ban_file, &neverban->mark)) {
        changed = read_again(agent);
        if (changed)
            log_notice("[never-ban] file: %zu entries read from %s", neverban->list.count,
                       agent->config->never_ban_file);
    }
    if (!changed && agent->now.wall_ms < neverban->next_end_ms)
        return;
    neverban->next_end_ms = next_end(&neverban->list, agent->now.wall_ms);
    protect_publish(agent);
}

void neverban_replace(struct agent *agent, struct netlist *list, const struct netlist_mark *mark)
{
    struct neverban *neverban = &agent->neverban;

    netlist_free(&neverban->list);
    *neverban = (struct neverban){.list = *list, .mark = *mark, .known = true};
    neverban->next_end_ms = next_end(&neverban->list, agent->now.wall_ms);
    *list = (struct netlist){.list = NULL};
}

const char *neverban_problem(const struct agent *agent)
{
    return is_configured(agent) && agent->neverban.error[0] != '\0' ? agent->neverban.error : NULL;
}
