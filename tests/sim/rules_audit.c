/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule 19: what operators commanded is in the audit of every node until it is forgotten, and
 * nothing else is.
 */
#include <string.h>

#include "host.h"
#include "rules.h"

static bool is_known(const struct sim *sim, const struct chronicle_entry *entry)
{
    for (size_t i = sim->ledger.command_count; i-- > 0;)
        if (entry->size == sim->ledger.commands[i].audit_size &&
            memcmp(sim->ledger.commands[i].audit, entry->bytes, entry->size) == 0)
            return true;
    return false;
}

static bool is_held(const struct state *state, const struct ledger_command *command)
{
    uint16_t leaf = digest_leaf(hash64(&state->key, command->audit, CHRONICLE_KEY_BYTES));
    const struct chronicle_entry *entry =
        chronicle_find(state_chronicle(state, ENTRY_AUDIT), leaf, command->audit);

    return entry != NULL &&
           ledger_is_kept(command->audit, command->audit_size, entry->bytes, entry->size);
}

void rules_check_audit(struct sim *sim, const struct host *host)
{
    const struct state *state = &host->node.state;
    const struct chronicle *entries = state_chronicle(state, ENTRY_AUDIT);

    for (size_t i = 0; i < sim->ledger.command_count; i++) {
        const struct ledger_command *command = &sim->ledger.commands[i];

        sim_about(sim, &command->addr);
        if (command->audit_owed && chronicle_forget_ms(command->audit) > state_now_ms(state) &&
            !is_held(state, command))
            sim_break(sim, RULE_AUDIT, "mx%zu knows nothing of command %llu any more",
                      host->index + 1, (unsigned long long)command->request);
    }
    sim_about(sim, NULL);
    for (size_t i = 0; i < entries->count; i++) {
        if (!is_known(sim, entries->heap[i]))
            sim_break(sim, RULE_AUDIT, "mx%zu knows of a command that nobody gave",
                      host->index + 1);
        if (chronicle_forget_ms(entries->heap[i]->bytes) <= state_now_ms(state))
            sim_break(sim, RULE_GARBAGE, "mx%zu keeps an audit entry that is to be forgotten",
                      host->index + 1);
    }
}
