/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 15: what an operator is told of the other nodes is so.
 */
#include "host.h"
#include "rules.h"

static const struct ledger_command *find_command(const struct sim *sim, uint64_t request)
{
    for (size_t i = sim->ledger.command_count; i-- > 0;)
        if (sim->ledger.commands[i].request == request)
            return &sim->ledger.commands[i];
    return NULL;
}

/* True if one of the hosts with that key has it on its disk, or lost its disk since. */
static bool may_have(const struct sim *sim, size_t identity, const struct ledger_command *command)
{
    for (size_t i = identity; i < sim->host_count; i++) {
        const struct host *host = sim->hosts[i];

        if (host->identity == identity &&
            (host->hostile || host->lost_ms >= command->given_ms ||
             (ledger_holds(host, command) && ledger_holds_audit(host, command))))
            return true;
    }
    return false;
}

void rules_watch_told(struct sim *sim, const struct host *host, const struct node_done *done)
{
    const struct ledger_command *command = find_command(sim, done->request);
    size_t confirmed = 1;

    if (command == NULL || done->outcome == OUTCOME_FAILED)
        return;
    for (size_t i = 0; i < host->peer_count; i++) {
        confirmed += !done->missing[i];
        if (!done->missing[i] && !may_have(sim, host->peers[i], command))
            sim_break(sim, RULE_TOLD, "mx%zu says that mx%zu has a change, which it has not",
                      host->index + 1, host->peers[i] + 1);
    }
    if (confirmed != done->confirmed)
        sim_break(sim, RULE_TOLD, "mx%zu says %zu nodes and names %zu", host->index + 1,
                  done->confirmed, confirmed);
}

void rules_check_told(struct sim *sim, const struct host *host, uint64_t request)
{
    const struct node_done *done = &host->answer;

    if (host->next)
        return; /* what the others do not understand, they do not confirm */
    if (done->request != request) {
        sim_break(sim, RULE_TOLD, "mx%zu does not answer, and all nodes are up", host->index + 1);
        return;
    }
    for (size_t i = 0; i < host->peer_count; i++)
        if (done->missing[i] == sim->hosts[host->peers[i]]->up)
            sim_break(sim, RULE_TOLD, "mx%zu says that mx%zu %s a change", host->index + 1,
                      host->peers[i] + 1, done->missing[i] ? "has not confirmed" : "confirmed");
}
