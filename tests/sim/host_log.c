/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of a simulated host, see host.h: written, and read line by line.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <bansync/limits.h>

#include "host.h"
#include "skew.h"

#define LINES_MAX 200 /* read in one turn */

static void append(struct host_log *log, uint32_t number)
{
    if (log->count == log->room) {
        log->room = log->room * 2 + 64;
        log->lines = realloc(log->lines, log->room * sizeof(*log->lines));
        assert(log->lines != NULL);
    }
    log->lines[log->count++] = number;
}

/* The line as it counts against the account that it names, if it does; 0 if not. */
static uint32_t add_beside(struct sim *sim, const struct ledger_line *line)
{
    struct ledger_line beside = *line;

    if (line->account == 0)
        return 0;
    beside.subject = sim->plan.accounts.list[line->account - 1u].counted;
    return beside.subject.kind != 0 ? ledger_add_line(&sim->ledger, &beside) : 0;
}

void host_hit(struct sim *sim, struct host *host, const struct addr *addr, int64_t ms,
              uint32_t message, size_t account)
{
    int64_t log_ms = ms != 0 ? ms : host_wall_ms(sim, host);
    struct ledger_line line = {.host = host->identity,
                               .subject = addr_subject(addr, host->ipv6_prefix),
                               .true_ms = sim->now_ms,
                               .account = (uint8_t)account,
                               .message = message,
                               .owed_ms = INT64_MIN,
                               .low_ms = INT64_MAX,
                               .high_ms = INT64_MIN};
    char text[ADDR_TEXT_SIZE];
    uint32_t number, beside;

    line.log_ms = log_ms - log_ms % sim->plan.granularity_ms;
    number = ledger_add_line(&sim->ledger, &line);
    beside = add_beside(sim, &line);
    sim->ledger.lines[number].beside = beside;
    append(&host->log, number);
    addr_print(addr, text);
    sim_trace(sim, "mx%zu: line %u of the logs, a hit of %s, message %u%s%.40s", host->index + 1,
              number, text, message, account != 0 ? ", as " : "",
              account != 0 ? sim->plan.accounts.list[account - 1].logged : "");
    host->due = true;
    sim->stats.lines++;
}

static void note_held(const struct host *host, enum held_place place, uint32_t number,
                      struct ledger_line *line)
{
    const struct subject *subject =
        table_find(&host->node.hold.held.sets[place].subjects, &line->subject,
                   state_hash(&host->node.state, &line->subject), NULL);

    for (size_t i = subject != NULL ? subject->strikes.count : 0; i-- > 0;)
        if (ledger_line_of(&line->subject, &subject->strikes.list[i]) == number)
            line->id = subject->strikes.list[i].id;
}

/* The id that the strike of a line got, if it is there. */
static void note_id(struct sim *sim, const struct host *host, uint32_t number)
{
    struct ledger_line *line = &sim->ledger.lines[number];
    struct unpacked room_of_subject;
    const struct subject *subject = state_find(&host->node.state, &line->subject, &room_of_subject);

    for (size_t i = subject != NULL ? subject->strikes.count : 0; i-- > 0;)
        if (ledger_line_of(&line->subject, &subject->strikes.list[i]) == number) {
            line->id = subject->strikes.list[i].id;
            return;
        }
    for (enum held_place place = 0; place < HELD_PLACES; place++)
        note_held(host, place, number, line);
}

/* A reading of the line gave it that time, whoever it counts against. */
static void note_reading(struct sim *sim, const struct host *host, uint32_t number, int64_t at_ms,
                         bool taken)
{
    struct ledger_line *line = &sim->ledger.lines[number];

    line->taken = taken;
    if (!taken)
        return;
    line->low_ms = at_ms < line->low_ms ? at_ms : line->low_ms;
    line->high_ms = at_ms > line->high_ms ? at_ms : line->high_ms;
    line->read_ms = at_ms;
    line->read = true;
    line->late = at_ms <= state_now_ms(&host->node.state) - STRIKE_HORIZON_MS;
}

static void read_line(struct sim *sim, struct host *host, const struct now *now, size_t index)
{
    uint32_t number = host->log.lines[index];
    const struct ledger_line *line = &sim->ledger.lines[number];
    char text[32], bucket[32], id[32];
    int64_t off_ms = 0, at_ms;
    struct node_hit hit = {.source = 7,
                           .offset = (index - host->log.begin) * 100,
                           .line = text,
                           .addr = line->subject,
                           .t_ms = line->log_ms,
                           .bucket = bucket,
                           .bucket_size = ledger_bucket(number, bucket),
                           .message_id = id};

    /* A line from the future counts at its arrival: agent/ingest.c. */
    if (hit.t_ms > now->wall_ms + CLOCK_SKEW_MS_MAX)
        hit.t_ms = now->wall_ms;
    hit.line_size = (size_t)snprintf(text, sizeof(text), "line %u", number);
    if (line->account != 0) {
        hit.account = sim->plan.accounts.list[line->account - 1u].logged;
        hit.account_size = sim->plan.accounts.list[line->account - 1u].size;
    }
    if (line->message != 0)
        hit.message_id_size = ledger_message_id(line->message, id);
    at_ms = node_clock_is_off(&host->node, now, &off_ms) ? hit.t_ms + off_ms : hit.t_ms;
    note_reading(sim, host, number, at_ms, true);
    if (line->beside != 0)
        note_reading(sim, host, line->beside, at_ms, host->policy.accounts != ACCOUNTS_OFF);
    meter_begin(&host->meter);
    node_hit(&host->node, now, &hit);
    meter_end(&host->meter);
    note_id(sim, host, number);
    if (line->beside != 0)
        note_id(sim, host, line->beside);
}

void host_read_log(struct sim *sim, struct host *host, const struct now *now)
{
    for (size_t i = 0; i < LINES_MAX && host->cursor < host->log.count; i++)
        read_line(sim, host, now, host->cursor++);
    host->due |= host->cursor < host->log.count;
}
