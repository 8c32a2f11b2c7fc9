/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened, see ledger.h.
 */
#include "ledger.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "sim.h"

static void *room_for(void *list, size_t count, size_t *room, size_t item)
{
    if (count < *room)
        return list;
    *room = *room * 2 + 64;
    list = realloc(list, *room * item);
    assert(list != NULL);
    return list;
}

uint32_t ledger_add_line(struct ledger *ledger, const struct ledger_line *line)
{
    ledger->lines =
        room_for(ledger->lines, ledger->line_count, &ledger->line_room, sizeof(*ledger->lines));
    ledger->lines[ledger->line_count] = *line;
    return (uint32_t)ledger->line_count++;
}

void ledger_lose_line(struct ledger *ledger, uint32_t number)
{
    ledger->lines[number].late = true;
    ledger->lines[ledger->lines[number].beside].late |= ledger->lines[number].beside != 0;
}

void ledger_add_command(struct ledger *ledger, const struct ledger_command *command)
{
    ledger->commands = room_for(ledger->commands, ledger->command_count, &ledger->command_room,
                                sizeof(*ledger->commands));
    ledger->commands[ledger->command_count++] = *command;
}

void ledger_add_policy(struct ledger *ledger, const struct policy *policy)
{
    for (size_t i = 0; i < ledger->policy_count; i++)
        if (memcmp(&ledger->policies[i], policy, sizeof(*policy)) == 0)
            return;
    ledger->policies = room_for(ledger->policies, ledger->policy_count, &ledger->policy_room,
                                sizeof(*ledger->policies));
    ledger->policies[ledger->policy_count++] = *policy;
}

size_t ledger_message_id(uint32_t message, char text[32])
{
    return (size_t)snprintf(text, 32, "m%u@example.org", message);
}

size_t ledger_bucket(uint32_t line, char text[32])
{
    return (size_t)snprintf(text, 32, "user.%u", line);
}

uint32_t ledger_line_of(const struct addr *addr, const struct strike *strike)
{
    size_t size;
    const uint8_t *bucket = strike_bucket(strike, &size);
    uint32_t line = 0;
    size_t i = 5;

    if (size < 6 || memcmp(bucket, "user.", 5) != 0)
        return UINT32_MAX;
    for (; i < size && bucket[i] >= '0' && bucket[i] <= '9'; i++)
        line = line * 10 + (uint32_t)(bucket[i] - '0');
    if (i < size)
        return UINT32_MAX;
    return line + (addr->kind == ADDR_ACCOUNT);
}

typedef bool holds_fn(const struct host *host, const struct ledger_command *command);

/* Marks the lines whose strikes are on that disk. */
static void mark_lines(const struct ledger *ledger, const struct host *host, uint8_t *held)
{
    const struct disk_table *table = &host->disk.tables[ENTRY_STRIKE - 1];

    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].line < ledger->line_count)
            held[table->rows[i].line] = 1;
}

static void forget_lines(struct sim *sim, const struct host *lost)
{
    struct ledger *ledger = &sim->ledger;
    uint8_t *held = calloc(ledger->line_count + 1, 1);

    assert(held != NULL);
    for (size_t i = 0; i < sim->host_count; i++)
        if (sim->hosts[i] != lost)
            mark_lines(ledger, sim->hosts[i], held);
    for (size_t i = 0; i < ledger->line_count; i++) {
        ledger->lines[i].owed &= held[i] != 0; /* newer ones may have crowded it out */
        ledger->lines[i].owed_ms = INT64_MIN;
        ledger->lines[i].held &= ledger->lines[i].host != lost->identity;
    }
    free(held);
}

static bool holds_ban(const struct host *host, const struct ledger_command *command)
{
    const struct disk_row *row = disk_find_record(&host->disk, &command->addr);
    struct record record;
    struct addr addr;
    bool holds;

    if (row == NULL || entry_read_record(row->body, row->size, &addr, &record) != 0)
        return false;
    holds = stamp_compare(&record.manual.stamp, &command->stamp) >= 0 &&
            (command->type == EVENT_BAN || record.cut.ms >= command->cut_ms) &&
            (command->type != EVENT_FORGET || record.cut.forget_ms >= command->cut_ms);
    record_clear(&record);
    return holds;
}

static bool holds_allow(const struct host *host, const struct ledger_command *command)
{
    struct allow wanted = {.addr = command->addr, .owner = command->owner}, allow;
    uint8_t key[ENTRY_KEY_BYTES_MAX];
    const struct disk_row *row =
        disk_find(&host->disk, ENTRY_ALLOW, key, entry_write_allow_key(&wanted, key));
    bool holds;

    if (row == NULL || entry_read_allow(row->body, row->size, &allow) != 0)
        return false;
    holds = stamp_compare(&allow.stamp, &command->stamp) >= 0;
    allow_clear(&allow);
    return holds;
}

bool ledger_holds(const struct host *host, const struct ledger_command *command)
{
    return command->type == EVENT_BAN || command->type == EVENT_UNBAN ||
                   command->type == EVENT_FORGET
               ? holds_ban(host, command)
               : holds_allow(host, command);
}

bool ledger_is_kept(const uint8_t *audit, size_t size, const uint8_t *held, size_t held_size)
{
    int order = memcmp(held, audit, held_size < size ? held_size : size);

    return order > 0 || (order == 0 && held_size >= size);
}

bool ledger_holds_audit(const struct host *host, const struct ledger_command *command)
{
    const struct disk_row *row =
        disk_find(&host->disk, ENTRY_AUDIT, command->audit, CHRONICLE_KEY_BYTES);

    return (row != NULL &&
            ledger_is_kept(command->audit, command->audit_size, row->body, row->size)) ||
           chronicle_forget_ms(command->audit) <= stamp_ms(host->disk.hlc);
}

/* Whether what the lost disk had is on another one, too. */
static bool is_elsewhere(const struct sim *sim, const struct host *lost,
                         const struct ledger_command *command, holds_fn *holds)
{
    bool held = !holds(lost, command);

    for (size_t k = 0; k < sim->host_count && !held; k++)
        held = sim->hosts[k] != lost && holds(sim->hosts[k], command);
    return held;
}

void ledger_forget(struct sim *sim, struct host *lost)
{
    struct ledger *ledger = &sim->ledger;

    lost->lost_ms = sim->now_ms;
    forget_lines(sim, lost);
    if (sim->holding.host == lost->index)
        sim->holding.size = 0;
    for (size_t i = 0; i < ledger->command_count; i++) {
        struct ledger_command *command = &ledger->commands[i];

        command->owed = command->owed && is_elsewhere(sim, lost, command, ledger_holds);
        command->audit_owed =
            command->audit_owed && is_elsewhere(sim, lost, command, ledger_holds_audit);
    }
}

void ledger_let_go(struct ledger *ledger, const struct host *host, const struct addr *net,
                   bool drop)
{
    for (size_t i = 0; i < ledger->line_count; i++) {
        struct ledger_line *line = &ledger->lines[i];

        if (!line->held || line->host != host->identity ||
            (net->kind != 0 && !addr_covers(net, &line->subject)))
            continue;
        line->held = false;
        line->owed |= !drop;
    }
}

void ledger_close(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->command_count; i++)
        free(ledger->commands[i].audit);
    free(ledger->lines);
    free(ledger->commands);
    free(ledger->policies);
    *ledger = (struct ledger){0};
}
