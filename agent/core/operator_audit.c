/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit entry of an operator's command, see operator_audit.h.
 */
#include "operator_audit.h"

#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "merge.h"
#include "operator.h"

/* The waiting command of that request that has no entry yet. */
static struct operator_command *command_of(struct state *state, uint64_t request)
{
    for (size_t i = state->command_count; i-- > 0;)
        if (state->commands[i].request == request && state->commands[i].audit == NULL)
            return &state->commands[i];
    return NULL;
}

enum step_result operator_audit_accept(struct state *state, const struct event *event)
{
    struct operator_command *command = command_of(state, event->request);
    struct audit audit = *event->audit;
    uint8_t bytes[AUDIT_BYTES_MAX];
    uint8_t *copy;
    size_t size;

    state->hlc = stamp_next(state->hlc, event->wall_ms);
    audit.stamp = (struct stamp){state->hlc, state->node};
    audit.forget_ms = policy_roundup(policy_add(stamp_ms(state->hlc), state->policy.memory_ms));
    size = audit_write(&audit, bytes, sizeof(bytes));
    copy = malloc(size + 1);
    if (copy != NULL && command == NULL) {
        command = operator_append(state);
        if (command != NULL) {
            *command = (struct operator_command){.request = event->request, .is_audit = true};
            state->command_count++;
        }
    }
    if (copy == NULL || command == NULL || size == 0) {
        free(copy);
        return STEP_MEMORY;
    }
    memcpy(copy, bytes, size);
    command->audit = copy;
    command->audit_size = size;
    return STEP_CHANGED;
}

/* The oldest entries make room before the row is written: nothing that is found out behind the
 * commit has a row any more. */
static bool make_room(struct state *state, size_t taken, struct effects *effects)
{
    const struct chronicle *entries = state_chronicle(state, ENTRY_AUDIT);

    while (entries->count > 0 && entries->count + taken + 1 > AUDIT_MAX)
        if (!merge_displace(state, ENTRY_AUDIT, effects))
            return false;
    return true;
}

/* The tick may have gone on by all of memory since the request (the machine slept, or its clock was
 * set): an entry that is garbage when it is durable would be in no state, and its row would stay.
 * False: so far that no entry can say it. */
static bool renew(const struct state *state, struct operator_command *command)
{
    int64_t now_ms = state_now_ms(state);
    struct audit audit;

    if (chronicle_forget_ms(command->audit) > now_ms)
        return true;
    audit_read(command->audit, command->audit_size, &audit);
    audit.forget_ms = policy_roundup(policy_add(now_ms + 1, state->policy.memory_ms));
    audit_write(&audit, command->audit, command->audit_size);
    return audit_read(command->audit, command->audit_size, &audit) == 0;
}

bool operator_audit_persist(struct state *state, struct operator_command *command, size_t taken,
                            struct effects *effects)
{
    if (command->audit == NULL)
        return true;
    if (!renew(state, command))
        return false;
    if (!make_room(state, taken, effects) ||
        effects_reserve(effects, 1, command->audit_size + CHRONICLE_KEY_BYTES) != 0) {
        state->counters.entries_memory++;
        return false;
    }
    merge_chronicle_row(state, effects, ENTRY_AUDIT, command->audit, command->audit_size);
    return true;
}

void operator_audit_apply(struct state *state, const struct operator_command *command,
                          struct effects *effects)
{
    struct effect *effect;

    if (command->audit == NULL)
        return;
    if (merge_bytes(state, ENTRY_AUDIT, command->audit, command->audit_size, TIME_NEVER_MS, NULL) ==
            STEP_MEMORY ||
        effects_reserve(effects, 1, command->audit_size) != 0) {
        state->counters.entries_memory++; /* its row is durable, and repair carries it */
        return;
    }
    effect = effects_add(effects, EFFECT_PUSH);
    effect->kind = ENTRY_AUDIT;
    effects_set_body(effects, effect, command->audit, command->audit_size);
}
