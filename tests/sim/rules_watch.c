/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules 5, 6, 8 and 11 while it runs: what leaves a host, what its operators are told.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "host.h"
#include "rules.h"

#define SPEECH_ONE_OF 64 /* frames is read and made again */

static bool is_strike_durable(const struct host *host, const uint8_t *bytes, size_t size)
{
    const struct disk_table *table = &host->disk.tables[ENTRY_STRIKE - 1];
    struct strike strike;
    struct addr addr;

    for (size_t i = table->count; i-- > 0;)
        if (table->rows[i].size == size && memcmp(table->rows[i].body, bytes, size) == 0)
            return true;
    return entry_read_strike(bytes, size, &addr, &strike) == 0 &&
           strike.t_ms <= state_now_ms(&host->node.state) - STRIKE_HORIZON_MS;
}

/* True if the row holds all that the entry says. */
static bool is_record_durable(const struct host *host, const uint8_t *bytes, size_t size)
{
    struct record record, held;
    struct addr addr, held_addr;
    const struct disk_row *row;
    bool durable = false;

    if (entry_read_record(bytes, size, &addr, &record) != 0)
        return false;
    facts_forget(&record.facts, state_now_ms(&host->node.state));
    row = disk_find_record(&host->disk, &addr);
    if (row != NULL && entry_read_record(row->body, row->size, &held_addr, &held) == 0) {
        durable = record_merge(&held, &record) == 0;
        record_clear(&held);
    } else {
        durable = record_is_empty(&record);
    }
    record_clear(&record);
    return durable;
}

static bool is_allow_durable(const struct host *host, const uint8_t *bytes, size_t size)
{
    struct allow allow, held;
    const struct disk_row *row;
    uint8_t key[ENTRY_KEY_BYTES_MAX];
    bool durable = false;

    if (entry_read_allow(bytes, size, &allow) != 0)
        return false;
    row = disk_find(&host->disk, ENTRY_ALLOW, key, entry_write_allow_key(&allow, key));
    if (row != NULL && entry_read_allow(row->body, row->size, &held) == 0) {
        durable = stamp_compare(&held.stamp, &allow.stamp) >= 0;
        allow_clear(&held);
    }
    durable |= allow_is_garbage(&allow, state_now_ms(&host->node.state));
    allow_clear(&allow);
    return durable;
}

static bool is_audit_durable(const struct host *host, const uint8_t *bytes)
{
    return disk_find(&host->disk, ENTRY_AUDIT, bytes, CHRONICLE_KEY_BYTES) != NULL ||
           chronicle_forget_ms(bytes) <= state_now_ms(&host->node.state);
}

static bool is_durable(const struct host *host, const struct message_entry *entry)
{
    if (entry->kind == ENTRY_STRIKE)
        return is_strike_durable(host, entry->bytes, entry->size);
    if (entry->kind == ENTRY_RECORD)
        return is_record_durable(host, entry->bytes, entry->size);
    if (entry->kind == ENTRY_AUDIT)
        return is_audit_durable(host, entry->bytes);
    return entry->kind != ENTRY_ALLOW || is_allow_durable(host, entry->bytes, entry->size);
}

/* While the store fails, strikes are sent all the same: docs/DESIGN.md section 6. */
static void watch_push(struct sim *sim, const struct host *host, const struct message_push *push)
{
    if (host->rebuild || (push->answer != 0 && prng_below(&sim->prng, 8) != 0))
        return;
    for (size_t i = 0; i < push->entry_count; i++)
        if (!is_durable(host, &push->entries[i])) {
            sim_break(sim, RULE_COMMIT, "mx%zu sends an entry of kind %u that is not durable",
                      host->index + 1, push->entries[i].kind);
            return;
        }
}

/* Its type is the third byte, behind the heads of the array and the version. */
static bool is_ping(const uint8_t *bytes, size_t size)
{
    return size > 2 && bytes[2] == MESSAGE_PING;
}

void rules_watch_frame(struct sim *sim, struct host *host, const uint8_t *bytes, size_t size)
{
    if (size > FRAME_BYTES_MAX)
        sim_break(sim, RULE_LIMITS, "mx%zu sends a frame of %zu bytes", host->index + 1, size);
    if (!sim->measuring && is_ping(bytes, size) && sim->stats.frames % SPEECH_ONE_OF != 0)
        return; /* half of all frames, and much alike */
    if (message_decode(bytes, size, sim->message) != MESSAGE_OK) {
        sim_break(sim, RULE_LIMITS, "mx%zu sends what does not decode", host->index + 1);
        return;
    }
    if (sim->stats.frames % SPEECH_ONE_OF == 0)
        rules_watch_speech(sim, host, bytes, size);
    sim->stats.pushes += sim->message->type == MESSAGE_PUSH;
    if (sim->measuring)
        return;
    if (sim->message->type == MESSAGE_PUSH)
        watch_push(sim, host, &sim->message->push);
    else if (sim->message->type == MESSAGE_ACK && host->rebuild)
        sim_break(sim, RULE_COMMIT, "mx%zu confirms what its commit lost", host->index + 1);
}

/* An unban must reach behind everything that the host knows of the subject. */
static void check_cut(struct sim *sim, const struct host *host,
                      const struct operator_command *command, bool forgets)
{
    struct unpacked room_of_subject;
    const struct subject *subject = state_find(&host->node.state, &command->addr, &room_of_subject);
    int64_t newest_ms = host_wall_ms(sim, host);

    for (size_t i = 0; subject != NULL && i < subject->strikes.count; i++)
        if (subject->strikes.list[i].t_ms > newest_ms)
            newest_ms = subject->strikes.list[i].t_ms;
    for (size_t i = 0; subject != NULL && i < subject->record.facts.count; i++)
        if (subject->record.facts.list[i].last_ms > newest_ms)
            newest_ms = subject->record.facts.list[i].last_ms;
    if (command->cut.ms != newest_ms)
        sim_break(sim, RULE_UNBAN, "mx%zu: a cut %lld ms from where it belongs", host->index + 1,
                  (long long)(command->cut.ms - newest_ms));
    if (command->cut.forget_ms != (forgets ? newest_ms : 0))
        sim_break(sim, RULE_UNBAN, "mx%zu: an unban forgets what it should not", host->index + 1);
}

static const struct host_command *asked(const struct host *host, uint64_t request)
{
    for (size_t i = 0; i < host->command_count; i++)
        if (host->commands[i].request == request)
            return &host->commands[i];
    return NULL;
}

static void note_waiting(struct sim *sim, struct host *host, const struct operator_command *command)
{
    const struct host_command *order = asked(host, command->request);
    struct unpacked room_of_subject;
    const struct subject *subject = state_find(&host->node.state, &command->addr, &room_of_subject);
    struct ledger_command entry = {
        .request = command->request, .given_ms = sim->now_ms, .addr = command->addr, .owed = true};

    if (order == NULL)
        return;
    entry.type = order->type;
    entry.owner = order->owner;
    entry.stamp = command->is_allow ? command->allow.stamp : command->manual.stamp;
    entry.until_ms = command->is_allow ? command->allow.until_ms : command->manual.until_ms;
    entry.cut_ms = command->cut.ms;
    if (command->audit == NULL) {
        sim_break(sim, RULE_AUDIT, "mx%zu: a command without an audit entry", host->index + 1);
        return;
    }
    entry.audit = malloc(command->audit_size);
    assert(entry.audit != NULL);
    memcpy(entry.audit, command->audit, command->audit_size);
    entry.audit_size = command->audit_size;
    entry.audit_owed = true;
    if (!command->is_allow && subject != NULL &&
        stamp_compare(&entry.stamp, &subject->record.manual.stamp) <= 0)
        sim_break(sim, RULE_OPERATOR, "mx%zu: a command with a stamp below what it replaces",
                  host->index + 1);
    if ((order->type == EVENT_BAN || order->type == EVENT_ALLOW_ADD) &&
        entry.until_ms < order->until_ms)
        sim_break(sim, RULE_OPERATOR, "mx%zu: a command cut short", host->index + 1);
    if (order->type == EVENT_UNBAN || order->type == EVENT_FORGET)
        check_cut(sim, host, command, order->type == EVENT_FORGET);
    ledger_add_command(&sim->ledger, &entry);
}

void rules_watch_waiting(struct sim *sim, struct host *host)
{
    const struct state *state = &host->node.state;

    for (size_t i = 0; i < state->command_count; i++)
        note_waiting(sim, host, &state->commands[i]);
}

void rules_watch_commit(struct sim *sim, struct host *host, size_t first, bool durable)
{
    const struct effects *effects = &host->node.effects;

    for (size_t i = first; i < effects->count; i++)
        if (effects->list[i].type == EFFECT_DONE &&
            (effects->list[i].outcome == OUTCOME_FAILED) == durable)
            sim_break(sim, RULE_COMMIT, "mx%zu: %s", host->index + 1,
                      durable ? "a durable command is said to have failed"
                              : "a command that is not durable is said to be done");
}

void rules_watch_answer(struct sim *sim, struct host *host, const struct host_command *command,
                        const struct node_done *done)
{
    for (size_t i = 0; i < sim->ledger.command_count && done->outcome != OUTCOME_FAILED; i++)
        if (sim->ledger.commands[i].type == command->type &&
            addr_compare(&sim->ledger.commands[i].addr, &command->addr) == 0 &&
            sim->ledger.commands[i].owner == command->owner)
            return;
    if (done->outcome != OUTCOME_FAILED)
        sim_break(sim, RULE_COMMIT, "mx%zu: an answer to a command that was never durable",
                  host->index + 1);
}
