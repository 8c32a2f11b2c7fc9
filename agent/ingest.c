/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From log lines to hits, see ingest.h.
 */
#include "ingest.h"

#include <errno.h>
#include <string.h>

#include "counted.h"
#include "line.h"
#include "log.h"
#include "logstate.h"
#include "logzone.h"
#include "skim.h"

/* Of a turn. It ends with a commit, which costs as much as some MB of a log with few hits; but many
 * hits must not hold up the rest of the loop. */
#define INGEST_BYTES_MAX 16777216
#define INGEST_HITS_MAX 1024
#define INGEST_POSITION_MS 1000

/* Debian's rspamd keeps its log to its own group. */
static const char *describe(int error)
{
    return error != EACCES ? strerror(error)
                           : "Permission denied: the log is closed to the agent's user; adduser "
                             "bansync _rspamd, then systemctl restart bansyncd";
}

/* The lines of one turn. */
struct turn {
    struct agent *agent;
    unsigned hits;
};

static int64_t time_of(struct agent *agent, const struct line_time *time, bool live)
{
    enum linetime_basis basis;
    int64_t ms = linetime_next(&agent->ingest.time, time, agent->now.wall_ms, live, &basis);

    agent->node.state.counters.lines_clock += basis == LINETIME_ARRIVAL;
    return ms;
}

/* Was it logged before the log was this node's to read? Whoever lost the place in it reads files
 * again that were there before. Most lines tell whole seconds. */
static bool is_early(const struct agent *agent, const struct tail_line *line, int64_t t_ms)
{
    return !line->live && t_ms + 1000 <= agent->ingest.from_ms;
}

/* An alert shows it. */
static void keep_line(struct agent *agent, const struct tail_line *line,
                      const struct detect_hit *hit)
{
    struct addr account = {.kind = 0};

    addr_parse_account(hit->account.bytes, hit->account.length, &account);
    hitlines_add(&agent->alert.lines, &hit->addr, &account, line->bytes, line->length);
}

static void take_hit(struct agent *agent, const struct tail_line *line,
                     const struct detect_hit *hit)
{
    struct counters *counters = &agent->node.state.counters;
    struct node_hit out = {
        .source = line->file_id,
        .offset = line->offset,
        .line = line->bytes, /* with its time, which tells generations of a log apart */
        .line_size = line->length,
        .addr = hit->addr,
        .account = hit->account.bytes,
        .account_size = hit->account.length,
        .message_id = hit->message_id.bytes,
        .message_id_size = hit->message_id.length,
    };

    if (!counted_check(agent, &out, hit->buckets, hit->bucket_count))
        return;
    counters->lines_hit++;
    counters->lines_joined += hit->by_evidence;
    out.t_ms = time_of(agent, &hit->time, line->live);
    if (is_early(agent, line, out.t_ms)) {
        counters->lines_early++;
        return;
    }
    agent->ingest.last_hit_ms = agent->now.wall_ms;
    keep_line(agent, line, hit);
    node_hit(&agent->node, &agent->now, &out);
}

/* Remembers where reading could begin again, for evidence that waits for its message line. */
static void mark(struct agent *agent, const struct tail_line *line)
{
    struct ingest *ingest = &agent->ingest;
    struct ingest_mark *last = &ingest->marks[(ingest->mark_count - 1) % INGEST_MARKS_MAX];

    if (ingest->mark_count > 0 && ingest->place - last->place < INGEST_MARK_BYTES)
        return;
    last = &ingest->marks[ingest->mark_count++ % INGEST_MARKS_MAX];
    last->place = ingest->place;
    tail_line_position(ingest->tail, line, &last->position.cursor);
    last->position.time = linetime_keep(&ingest->time);
}

static void take_note(struct agent *agent, size_t bytes, uint64_t lines)
{
    struct ingest *ingest = &agent->ingest;

    agent->node.state.counters.lines_read += lines;
    ingest->place += bytes;
    ingest->last_line_ms = agent->now.wall_ms;
    ingest->last_line_mono_ms = agent->now.mono_ms;
}

/* Until the log has shown to be rspamd's, each line is looked at. */
static void look_for_rspamd(struct ingest *ingest, const struct tail_line *line)
{
    static char scratch[LINE_BYTES_MAX];
    struct line read;

    if (ingest->rspamds || line->length > sizeof(scratch))
        return;
    line_read(line->bytes, line->length, scratch, &read);
    ingest->rspamds = read.has_header;
    ingest->foreign += !read.has_header;
}

static size_t skip_lines(void *context, const char *bytes, size_t size)
{
    struct agent *agent = ((struct turn *)context)->agent;

    if (!agent->ingest.rspamds)
        return 0;
    struct skimmed skimmed = skim(agent->ingest.detect, &agent->ingest.time, bytes, size);

    if (skimmed.lines > 0)
        take_note(agent, skimmed.bytes, skimmed.lines);
    return skimmed.bytes;
}

static bool take_line(void *context, const struct tail_line *line)
{
    struct turn *turn = context;
    struct agent *agent = turn->agent;
    struct ingest *ingest = &agent->ingest;
    struct counters *counters = &agent->node.state.counters;
    struct detect_hit hit;
    enum detect_result result;

    mark(agent, line);
    look_for_rspamd(ingest, line);
    linetime_pass(&ingest->time, line->bytes, line->length, agent->now.wall_ms, line->live);
    result = detect_line(ingest->detect, line->bytes, line->length, ingest->place,
                         agent->now.mono_ms, &hit);
    take_note(agent, line->length + 1, 1);
    if (result == DETECT_HIT)
        take_hit(agent, line, &hit);
    else if (result == DETECT_UNATTRIBUTABLE)
        counters->lines_unattributable++;
    else if (result == DETECT_REFUSED)
        counters->lines_refused++;
    if (result == DETECT_UNATTRIBUTABLE || result == DETECT_REFUSED)
        log_debug("hit not counted file=%s offset=%llu reason=\"%s\"", agent->config->log_file,
                  (unsigned long long)line->offset, hit.reason);
    turn->hits += result == DETECT_HIT;
    return turn->hits < INGEST_HITS_MAX;
}

/* Hits whose message line did not come are lost: that must be seen. */
static void take_detect_statistics(struct agent *agent)
{
    struct detect_stats stats;

    detect_expire(agent->ingest.detect, agent->now.mono_ms);
    detect_statistics(agent->ingest.detect, &stats);
    agent->node.state.counters.lines_unjoined = stats.expired + stats.pushed;
}

void ingest_read(struct agent *agent)
{
    struct turn turn = {.agent = agent};
    const struct tail_reader reader = {.line = take_line, .skip = skip_lines, .context = &turn};
    struct tail_stats stats;

    agent->ingest.more = tail_read(agent->ingest.tail, INGEST_BYTES_MAX, &reader);
    take_detect_statistics(agent);
    logzone_notice(agent);
    tail_statistics(agent->ingest.tail, &stats);
    logstate_notice(agent, &stats);
    if (stats.last_errno == agent->ingest.last_errno)
        return;
    agent->ingest.last_errno = stats.last_errno;
    if (stats.last_errno != 0)
        log_warning("cannot read %s: %s; looking for it again and again", agent->config->log_file,
                    describe(stats.last_errno));
    else
        log_notice("reading %s", agent->config->log_file);
}

/* The cursor never passes evidence that still waits for its message line. What was learned of the
 * log's zone since then holds for it, too. */
void ingest_position(const struct agent *agent, struct logposition *position)
{
    const struct ingest *ingest = &agent->ingest;
    uint64_t waiting = detect_place(ingest->detect);
    size_t kept = ingest->mark_count < INGEST_MARKS_MAX ? ingest->mark_count : INGEST_MARKS_MAX;

    tail_position(ingest->tail, &position->cursor);
    position->time = linetime_keep(&ingest->time);
    position->from_ms = ingest->from_ms;
    for (size_t i = 1; waiting != UINT64_MAX && i <= kept; i++) {
        const struct ingest_mark *mark =
            &ingest->marks[(ingest->mark_count - i) % INGEST_MARKS_MAX];

        position->cursor = mark->position.cursor;
        position->time.previous_ms = mark->position.time.previous_ms;
        if (mark->place <= waiting)
            return;
    }
}

bool ingest_position_is_due(const struct agent *agent, struct logposition *position)
{
    const struct ingest *ingest = &agent->ingest;

    ingest_position(agent, position);
    if (!ingest->stored) /* also of a log that is not there yet: what it will hold is new */
        return true;
    if (logposition_equal(position, &ingest->saved))
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
