/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From log lines to hits, see ingest.h.
 */
#include "ingest.h"

#include <errno.h>
#include <string.h>

#include "clock.h"
#include "line.h"
#include "log.h"

#define INGEST_BUDGET_BYTES 1048576
#define INGEST_POSITION_MS 1000

/* Debian's rspamd keeps its log to its own group. */
static const char *describe(int error)
{
    return error != EACCES ? strerror(error)
                           : "Permission denied: the log is closed to the agent's user; adduser "
                             "bansync _rspamd, then systemctl restart bansyncd";
}

static bool bucket_counts(const struct config *config, const struct line_text *bucket)
{
    for (size_t i = 0; i < config->bucket_count; i++)
        if (strlen(config->buckets[i]) == bucket->length &&
            memcmp(config->buckets[i], bucket->bytes, bucket->length) == 0)
            return true;
    return config->bucket_count == 0;
}

/* Log time is local and in whole seconds. A line read live whose time is far off its arrival counts
 * at its arrival, as does one from the future: no line is dropped for being early or late
 * (docs/DESIGN.md section 8). */
static int64_t time_of(struct agent *agent, const struct line_time *time, bool live)
{
    struct ingest *ingest = &agent->ingest;
    int64_t wall_ms = agent->now.wall_ms;
    int64_t near_ms = ingest->previous_ms != 0 ? ingest->previous_ms : wall_ms;
    int64_t ms = clock_local_ms(time->year, time->month, time->day, time->hour, time->minute,
                                time->second, time->millisecond, near_ms);

    if (ms < 0 || ms > wall_ms + CLOCK_SKEW_MS_MAX || (live && ms < wall_ms - CLOCK_SKEW_MS_MAX)) {
        agent->node.state.counters.lines_clock++;
        return wall_ms;
    }
    ingest->previous_ms = ms;
    return ms;
}

static void take_hit(struct agent *agent, const struct tail_line *line, const struct line_hit *hit)
{
    struct counters *counters = &agent->node.state.counters;
    struct node_hit out = {
        .source = agent->config->log_file,
        .offset = line->offset,
        .line = hit->message.bytes,
        .line_size = hit->message.length,
        .addr = hit->addr,
        .bucket = hit->bucket.bytes,
        .bucket_size = hit->bucket.length,
        .account = hit->account.bytes,
        .account_size = hit->account.length,
    };

    if (!addr_is_countable(&hit->addr)) {
        counters->lines_uncounted++;
    } else if (!bucket_counts(agent->config, &hit->bucket)) {
        counters->lines_other_bucket++;
    } else {
        counters->lines_hit++;
        agent->ingest.last_hit_ms = agent->now.wall_ms;
        out.t_ms = time_of(agent, &hit->time, line->live);
        node_hit(&agent->node, &agent->now, &out);
    }
}

static void take_line(void *context, const struct tail_line *line)
{
    struct agent *agent = context;
    struct counters *counters = &agent->node.state.counters;
    struct line_hit hit;
    const char *reason;

    counters->lines_read++;
    agent->ingest.last_line_ms = agent->now.wall_ms;
    switch (line_scan(line->bytes, line->length, &hit, &reason)) {
    case LINE_OTHER:
        break;
    case LINE_HIT:
        take_hit(agent, line, &hit);
        break;
    case LINE_UNATTRIBUTABLE:
        counters->lines_unattributable++;
        break;
    case LINE_REFUSED:
        counters->lines_refused++;
        log_debug("log line refused file=%s offset=%llu rule=\"%s\"", agent->config->log_file,
                  (unsigned long long)line->offset, reason);
        break;
    }
}

void ingest_read(struct agent *agent)
{
    struct counters *counters = &agent->node.state.counters;
    struct tail_stats stats;

    agent->ingest.more = tail_read(agent->ingest.tail, INGEST_BUDGET_BYTES, take_line, agent);
    tail_statistics(agent->ingest.tail, &stats);
    counters->lines_too_long = stats.too_long;
    counters->log_truncated = stats.truncated;
    counters->log_errors = stats.errors;
    if (stats.last_errno == agent->ingest.last_errno)
        return;
    agent->ingest.last_errno = stats.last_errno;
    if (stats.last_errno != 0)
        log_warning("cannot read %s: %s; looking for it again and again", agent->config->log_file,
                    describe(stats.last_errno));
    else
        log_notice("reading %s", agent->config->log_file);
}

static bool cursors_equal(const struct tail_cursor *a, const struct tail_cursor *b)
{
    return a->device == b->device && a->inode == b->inode && a->offset == b->offset &&
           a->head_hash == b->head_hash && a->head_bytes == b->head_bytes;
}

bool ingest_position_is_due(const struct agent *agent, struct tail_cursor *cursor)
{
    const struct ingest *ingest = &agent->ingest;

    tail_position(ingest->tail, cursor);
    if (!ingest->stored) /* also of a log that is not there yet: what it will hold is new */
        return true;
    if (cursors_equal(cursor, &ingest->saved))
        return false;
    return store_is_dirty(agent->persist.store) ||
           agent->now.mono_ms - ingest->saved_ms >= INGEST_POSITION_MS;
}

const char *ingest_problem(const struct agent *agent)
{
    struct tail_stats stats;

    if (agent->ingest.tail == NULL)
        return NULL;
    tail_statistics(agent->ingest.tail, &stats);
    return stats.last_errno != 0 ? describe(stats.last_errno) : NULL;
}
