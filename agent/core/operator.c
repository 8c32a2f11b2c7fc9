/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operator commands between request and commit, see operator.h.
 *
 * An unban's cut is at the own wall clock or, if later, at the newest strike or fact known: hits
 * that are still on their way with older times stay void wherever they arrive (docs/DESIGN.md
 * section 4).
 */
#include "operator.h"

#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

static struct operator_command *append(struct state *state)
{
    if (state->command_count == state->command_room) {
        size_t room = state->command_room == 0 ? 8 : state->command_room * 2;
        struct operator_command *list = realloc(state->commands, room * sizeof(*list));

        if (list == NULL)
            return NULL;
        state->commands = list;
        state->command_room = room;
    }
    return &state->commands[state->command_count];
}

enum step_result operator_accept(struct state *state, const struct event *event)
{
    struct operator_command *command = append(state);
    const char *reason = event->reason != NULL ? event->reason : "";
    const char *actor = event->actor != NULL ? event->actor : "";
    const struct subject *subject = state_find(state, &event->addr);

    if (command == NULL)
        return STEP_MEMORY;
    state->hlc = stamp_next(state->hlc, event->wall_ms);
    *command = (struct operator_command){.request = event->request, .addr = event->addr};
    command->manual.stamp = (struct stamp){state->hlc, state->node};
    /* What is undone may bear a stamp of a faster clock; the own clock does not follow it. */
    if (subject != NULL && subject->record.manual.stamp.hlc >= state->hlc)
        command->manual.stamp.hlc = subject->record.manual.stamp.hlc + 1;
    command->manual.reason = strndup(reason, REASON_BYTES_MAX);
    command->manual.actor = strndup(actor, ACTOR_BYTES_MAX);
    if (command->manual.reason == NULL || command->manual.actor == NULL) {
        free(command->manual.reason);
        free(command->manual.actor);
        return STEP_MEMORY;
    }
    if (event->type == EVENT_BAN) {
        command->manual.kind = MANUAL_BAN;
        command->manual.until_ms = policy_roundup(event->until_ms);
    } else {
        command->cut.stamp = command->manual.stamp;
    }
    state->command_count++;
    return STEP_CHANGED;
}

static int64_t newest_known_ms(const struct subject *subject, int64_t ms)
{
    const struct strikes *strikes = &subject->strikes;

    if (strikes->count > 0 && strikes->list[strikes->count - 1].t_ms > ms)
        ms = strikes->list[strikes->count - 1].t_ms;
    for (size_t i = 0; i < subject->record.facts.count; i++)
        if (subject->record.facts.list[i].last_ms > ms)
            ms = subject->record.facts.list[i].last_ms;
    return ms;
}

static bool is_already(const struct state *state, const struct operator_command *command,
                       const struct subject *subject)
{
    int64_t until_ms = subject != NULL ? record_until_ms(&subject->record, state_now_ms(state)) : 0;

    return command->manual.kind == MANUAL_BAN ? until_ms >= command->manual.until_ms
                                              : until_ms == 0;
}

/* A ban never shortens one that is in force: who wants that unbans first. */
static int64_t longest_until(const struct state *state, const struct operator_command *command,
                             const struct subject *subject)
{
    const struct manual *manual = &subject->record.manual;

    return record_manual_is_live(&subject->record, state_now_ms(state)) &&
                   manual->until_ms > command->manual.until_ms
               ? manual->until_ms
               : command->manual.until_ms;
}

static int merge_command(struct record *record, const struct operator_command *command)
{
    return record_merge_cut(record, &command->cut) < 0 ||
                   record_merge_manual(record, &command->manual) < 0
               ? -1
               : 0;
}

static void add_record(struct state *state, struct effects *effects, enum effect_type type,
                       const struct addr *addr, const struct record *record)
{
    uint8_t key[ENTRY_KEY_BYTES_MAX];
    size_t size = entry_write_record(addr, record, state->scratch, ENTRY_BYTES_MAX);
    struct effect *effect;

    if (size == 0 || effects_reserve(effects, 1, size + sizeof(key)) != 0) {
        state->counters.entries_memory++;
        return;
    }
    effect = effects_add(effects, type);
    effect->kind = ENTRY_RECORD;
    effect->addr = *addr;
    effect->hash = hash128(&state->key, state->scratch, size).lane[0];
    effects_set_key(effects, effect, key, entry_write_addr(addr, key));
    effects_set_body(effects, effect, state->scratch, size);
}

/* Later commands of the same turn on the same subject build on earlier ones: their rows come later,
 * and are joins too. */
static void persist_one(struct state *state, size_t index, struct effects *effects)
{
    const struct operator_command *command = &state->commands[index];
    const struct subject *subject = state_find(state, &command->addr);
    struct record record = {0};
    bool failed = subject != NULL && record_copy(&subject->record, &record) != 0;

    for (size_t i = 0; i <= index && !failed; i++)
        if (addr_compare(&state->commands[i].addr, &command->addr) == 0)
            failed = merge_command(&record, &state->commands[i]) != 0;
    if (failed)
        state->counters.entries_memory++;
    else
        add_record(state, effects, EFFECT_PERSIST, &command->addr, &record);
    record_clear(&record);
}

void operator_persist(struct state *state, int64_t wall_ms, struct effects *effects)
{
    for (size_t i = 0; i < state->command_count; i++) {
        struct operator_command *command = &state->commands[i];
        const struct subject *subject = state_find(state, &command->addr);

        command->already = is_already(state, command, subject);
        if (command->already && command->manual.kind == MANUAL_BAN)
            command->manual.until_ms = longest_until(state, command, subject);
        if (command->cut.stamp.hlc != 0)
            command->cut.ms = subject != NULL ? newest_known_ms(subject, wall_ms) : wall_ms;
        persist_one(state, i, effects);
    }
}

static enum effect_outcome apply(struct state *state, const struct operator_command *command,
                                 struct effects *effects)
{
    struct subject *subject = state_make(state, &command->addr);

    if (subject == NULL || merge_command(&subject->record, command) != 0) {
        state->counters.entries_memory++;
        return OUTCOME_FAILED;
    }
    state_record_changed(state, subject);
    subject->changed = false; /* its row is already durable */
    add_record(state, effects, EFFECT_PUSH, &subject->addr, &subject->record);
    return command->already ? OUTCOME_ALREADY : OUTCOME_CHANGED;
}

void operator_finish(struct state *state, bool committed, struct effects *effects)
{
    for (size_t i = 0; i < state->command_count; i++) {
        const struct operator_command *command = &state->commands[i];
        enum effect_outcome outcome = committed ? apply(state, command, effects) : OUTCOME_FAILED;
        struct effect *effect;

        if (effects_reserve(effects, 1, 0) != 0)
            continue;
        effect = effects_add(effects, EFFECT_DONE);
        effect->request = command->request;
        effect->addr = command->addr;
        effect->outcome = outcome;
    }
    state_drop_commands(state);
}
