/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operator commands between request and commit, see operator.h.
 *
 * An unban's cut is at the own wall clock or, if later, at the newest strike or fact known: hits
 * that are still on their way with older times stay void wherever they arrive (docs/DESIGN.md
 * section 4). A command's stamp is settled when its row is made: nothing is merged between that and
 * the commit, so it wins over what it replaces, also if that came in the same turn.
 */
#include "operator.h"

#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "merge.h"
#include "operator_audit.h"

struct operator_command *operator_append(struct state *state)
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

/* New strings, cut at their bounds; -1 without memory. */
static int take_texts(const struct event *event, char **reason, char **actor)
{
    *reason = strndup(event->reason != NULL ? event->reason : "", REASON_BYTES_MAX);
    *actor = strndup(event->actor != NULL ? event->actor : "", ACTOR_BYTES_MAX);
    if (*reason != NULL && *actor != NULL)
        return 0;
    free(*reason);
    free(*actor);
    return -1;
}

static int accept_ban(struct operator_command *command, const struct event *event,
                      struct stamp stamp)
{
    command->manual.stamp = stamp;
    if (event->type == EVENT_BAN) {
        command->manual.kind = MANUAL_BAN;
        command->manual.until_ms = policy_roundup(event->until_ms);
    } else {
        command->cut.stamp = stamp;
        command->forget = event->type == EVENT_FORGET;
    }
    return take_texts(event, &command->manual.reason, &command->manual.actor);
}

static int accept_allow(struct operator_command *command, const struct event *event,
                        struct stamp stamp)
{
    command->is_allow = true;
    command->allow = (struct allow){.addr = event->addr,
                                    .owner = event->owner,
                                    .stamp = stamp,
                                    .on = event->type == EVENT_ALLOW_ADD};
    if (command->allow.on)
        command->allow.until_ms = policy_roundup(event->until_ms);
    return take_texts(event, &command->allow.reason, &command->allow.actor);
}

/* A row must not be made durable that the list has no room for. */
static bool is_full(const struct state *state, const struct event *event)
{
    size_t count = state->allows.count;

    for (size_t i = 0; i < state->command_count; i++)
        count += state->commands[i].is_allow;
    return count >= ALLOWS_MAX && allows_find(&state->allows, &event->addr, event->owner) == NULL;
}

enum step_result operator_accept(struct state *state, const struct event *event)
{
    struct operator_command *command = operator_append(state);
    bool is_allow = event->type == EVENT_ALLOW_ADD || event->type == EVENT_ALLOW_REMOVE;
    struct stamp stamp;

    if (command == NULL || (is_allow && is_full(state, event)))
        return STEP_MEMORY;
    state->hlc = stamp_next(state->hlc, event->wall_ms);
    stamp = (struct stamp){state->hlc, state->node};
    *command = (struct operator_command){
        .request = event->request, .addr = event->addr, .hash = state_hash(state, &event->addr)};
    if ((is_allow ? accept_allow : accept_ban)(command, event, stamp) != 0)
        return STEP_MEMORY;
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

/* present: as it is without the command, those before it in the turn included. */
static bool is_already(const struct state *state, const struct operator_command *command,
                       const struct record *present)
{
    int64_t until_ms = record_until_ms(present, state_now_ms(state));

    return command->manual.kind == MANUAL_BAN ? until_ms >= command->manual.until_ms
                                              : until_ms == 0;
}

/* A ban never shortens one that is in force: who wants that unbans first. */
static int64_t longest_until(const struct state *state, const struct operator_command *command,
                             const struct record *present)
{
    const struct manual *manual = &present->manual;

    return record_manual_is_live(present, state_now_ms(state)) &&
                   manual->until_ms > command->manual.until_ms
               ? manual->until_ms
               : command->manual.until_ms;
}

/* 0, or -1 without memory, nothing changed. */
static int merge_command(struct record *record, const struct operator_command *command)
{
    if (record_merge_manual(record, &command->manual) < 0)
        return -1;
    record_merge_cut(record, &command->cut);
    return 0;
}

/* Reserves and adds a row or a push; its key and body are the caller's to set. NULL without memory.
 */
static struct effect *add_entry(struct state *state, struct effects *effects, enum effect_type type,
                                enum entry_kind kind, const struct addr *addr, const uint8_t *body,
                                size_t size)
{
    struct effect *effect;

    if (size == 0 || effects_reserve(effects, 1, size + ENTRY_KEY_BYTES_MAX) != 0) {
        state->counters.entries_memory++;
        return NULL;
    }
    effect = effects_add(effects, type);
    effect->kind = (uint8_t)kind;
    effect->addr = *addr;
    effect->hash = hash128(&state->key, body, size).lane[0];
    effects_set_body(effects, effect, body, size);
    return effect;
}

static bool add_record(struct state *state, struct effects *effects, enum effect_type type,
                       const struct addr *addr, const struct record *record)
{
    uint8_t key[ENTRY_KEY_BYTES_MAX];
    size_t size = entry_write_record(addr, record, state->scratch, ENTRY_BYTES_MAX);
    struct effect *effect =
        add_entry(state, effects, type, ENTRY_RECORD, addr, state->scratch, size);

    if (effect != NULL)
        effects_set_key(effects, effect, key, entry_write_record_key(&state->key, addr, key));
    return effect != NULL;
}

static bool add_allow(struct state *state, struct effects *effects, enum effect_type type,
                      const struct allow *allow)
{
    uint8_t bytes[512], key[ENTRY_KEY_BYTES_MAX];
    size_t size = entry_write_allow(allow, bytes, sizeof(bytes));
    struct effect *effect = add_entry(state, effects, type, ENTRY_ALLOW, &allow->addr, bytes, size);

    if (effect != NULL)
        effects_set_key(effects, effect, key, entry_write_allow_key(allow, key));
    return effect != NULL;
}

/* True if an earlier command, a, changes what b does. */
static bool is_same_entry(const struct operator_command *a, const struct operator_command *b)
{
    return a->hash == b->hash && !a->failed && !a->is_audit && a->is_allow == b->is_allow &&
           a->allow.owner == b->allow.owner && addr_compare(&a->addr, &b->addr) == 0;
}

/* The record of the subject with what earlier commands of the turn make of it; the caller clears it
 * in any case. 0, or -1 without memory or if it is damaged. */
static int record_before(struct state *state, size_t index, struct record *record)
{
    const struct addr *addr = &state->commands[index].addr;
    struct unpacked room;
    const struct subject *subject = state_find(state, addr, &room);
    int result = 0;

    if (subject == &room.subject)
        state_unseal(state, &room.subject);
    if (subject != NULL)
        result = state_record_is_sound(state, subject) ? record_copy(&subject->record, record) : -1;
    else if (!state_is_readable(state, state_leaf(state, addr)))
        result = -1;
    for (size_t i = 0; i < index && result == 0; i++)
        if (is_same_entry(&state->commands[i], &state->commands[index]))
            result = merge_command(record, &state->commands[i]);
    return result;
}

/* The last earlier command of this turn on the same entry, NULL if none. */
static const struct operator_command *command_before(const struct state *state, size_t index)
{
    for (size_t i = index; i-- > 0;)
        if (is_same_entry(&state->commands[i], &state->commands[index]))
            return &state->commands[i];
    return NULL;
}

/* What is undone may bear a stamp of a faster clock; the own clock does not follow it. */
static void settle_stamp(struct stamp *stamp, const struct stamp *replaced)
{
    if (replaced->hlc >= stamp->hlc)
        stamp->hlc = replaced->hlc + 1;
}

static void settle_ban(const struct state *state, struct operator_command *command, int64_t wall_ms,
                       const struct record *present)
{
    struct unpacked room;
    const struct subject *subject = state_find(state, &command->addr, &room);

    settle_stamp(&command->manual.stamp, &present->manual.stamp);
    command->already = is_already(state, command, present);
    if (command->already && command->manual.kind == MANUAL_BAN)
        command->manual.until_ms = longest_until(state, command, present);
    if (command->cut.stamp.hlc == 0)
        return;
    command->cut.stamp = command->manual.stamp;
    command->cut.ms = subject != NULL ? newest_known_ms(subject, wall_ms) : wall_ms;
    command->cut.forget_ms = command->forget ? command->cut.ms : 0;
}

/* Later commands of the same turn on the same subject build on earlier ones: their rows come later,
 * and are joins too. */
static void persist_ban(struct state *state, size_t index, int64_t wall_ms, struct effects *effects)
{
    struct operator_command *command = &state->commands[index];
    struct record record = {0};
    bool known = record_before(state, index, &record) == 0;

    settle_ban(state, command, wall_ms, &record);
    command->failed = true;
    if (known && merge_command(&record, command) == 0)
        command->failed = !add_record(state, effects, EFFECT_PERSIST, &command->addr, &record);
    else
        state->counters.entries_memory++;
    record_clear(&record);
}

/* An entry is never shortened either. Without a new reason the former one stays, with its actor. */
static void keep_longer(struct operator_command *command, const struct allow *present)
{
    struct allow copy;

    command->allow.until_ms = present->until_ms;
    if (command->allow.reason[0] != '\0' || allow_copy(present, &copy) != 0)
        return;
    allow_clear(&command->allow);
    command->allow = copy;
}

static void settle_allow(struct state *state, size_t index)
{
    struct operator_command *command = &state->commands[index];
    const struct operator_command *before = command_before(state, index);
    const struct allow *present =
        before != NULL ? &before->allow
                       : allows_find(&state->allows, &command->addr, command->allow.owner);
    bool live = present != NULL && allow_is_live(present, state_now_ms(state));

    if (present != NULL)
        settle_stamp(&command->allow.stamp, &present->stamp);
    command->already =
        command->allow.on ? live && present->until_ms >= command->allow.until_ms : !live;
    if (command->already && command->allow.on)
        keep_longer(command, present);
}

static void persist(struct state *state, size_t index, int64_t wall_ms, struct effects *effects)
{
    struct operator_command *command = &state->commands[index];

    if (command->is_audit)
        return;
    if (command->is_allow) {
        settle_allow(state, index);
        command->failed = !add_allow(state, effects, EFFECT_PERSIST, &command->allow);
    } else {
        persist_ban(state, index, wall_ms, effects);
    }
}

void operator_persist(struct state *state, int64_t wall_ms, struct effects *effects)
{
    size_t audits = 0;

    for (size_t i = 0; i < state->command_count; i++) {
        struct operator_command *command = &state->commands[i];
        bool audited = operator_audit_persist(state, command, audits, effects);
        size_t count = effects->count;

        if (audited)
            persist(state, i, wall_ms, effects);
        command->failed |= !audited;
        if (command->failed && audited && command->audit != NULL)
            effects->count = count - 1; /* its row, which says what was not done */
        else
            audits += command->audit != NULL;
    }
}

static bool apply_ban(struct state *state, const struct operator_command *command,
                      struct effects *effects)
{
    struct subject *subject = state_make(state, &command->addr);

    if (subject == NULL || !state_record_is_sound(state, subject) ||
        merge_command(&subject->record, command) != 0) {
        state->counters.entries_memory++;
        return false;
    }
    state_record_changed(state, subject);
    subject->changed = false; /* its row is already durable */
    add_record(state, effects, EFFECT_PUSH, &subject->addr, &subject->record);
    return true;
}

static bool apply_allow(struct state *state, const struct operator_command *command,
                        struct effects *effects)
{
    enum step_result result = merge_allow(state, &command->allow, TIME_NEVER_MS, NULL);

    if (result != STEP_CHANGED && result != STEP_SAME) {
        state->counters.entries_memory++;
        return false;
    }
    if (result == STEP_CHANGED && (command->allow.on || !command->already) &&
        command->allow.owner == ALLOW_OPERATOR && effects_reserve(effects, 1, 0) == 0)
        effects_add(effects, EFFECT_ALLOW)->addr = command->addr;
    add_allow(state, effects, EFFECT_PUSH, &command->allow);
    return true;
}

static enum effect_outcome apply(struct state *state, const struct operator_command *command,
                                 struct effects *effects)
{
    if (command->is_audit)
        return OUTCOME_CHANGED;
    if (!(command->is_allow ? apply_allow : apply_ban)(state, command, effects))
        return OUTCOME_FAILED;
    return command->already ? OUTCOME_ALREADY : OUTCOME_CHANGED;
}

void operator_finish(struct state *state, bool committed, struct effects *effects)
{
    for (size_t i = 0; i < state->command_count; i++) {
        const struct operator_command *command = &state->commands[i];
        bool durable = committed && !command->failed;
        enum effect_outcome outcome = durable ? apply(state, command, effects) : OUTCOME_FAILED;
        struct effect *effect;

        if (durable)
            operator_audit_apply(state, command, effects);
        if (effects_reserve(effects, 1, 0) != 0)
            continue;
        effect = effects_add(effects, EFFECT_DONE);
        effect->request = command->request;
        effect->addr = command->addr;
        effect->outcome = outcome;
    }
    state_drop_commands(state);
}
