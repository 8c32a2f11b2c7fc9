/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where hits come from, see source.h.
 */
#include "source.h"

#include <errno.h>
#include <string.h>

#include "clock.h"
#include "ingest.h"
#include "log.h"
#include "receive.h"

static int open_log(struct agent *agent)
{
    struct ingest *ingest = &agent->ingest;
    struct store *store = agent->persist.store;
    const char *path = agent->config->log_file;
    bool known = logposition_load(store, &ingest->saved);
    bool is_another = known && logposition_is_of_another(store, &ingest->saved.cursor, path);
    bool from_beginning =
        agent->config->start_at_beginning && !is_another && !logposition_is_off(store);

    if (is_another) /* of the same mail perhaps, whose hits would count twice */
        log_notice("%s is another log than the one read before: what it holds already is not read",
                   path);
    known = known && !is_another;
    ingest->stored = known;
    ingest->from_ms = known ? ingest->saved.from_ms : from_beginning ? 0 : agent->now.wall_ms;
    linetime_open(&ingest->time, clock_zone, &ingest->saved.time);
    if (known && ingest->saved.time.previous_ms < agent->now.wall_ms)
        ingest->last_line_ms = ingest->saved.time.previous_ms;
    ingest->detect = detect_open();
    if (ingest->detect != NULL)
        ingest->tail = tail_open(path, known ? &ingest->saved.cursor : NULL, from_beginning);
    if (ingest->tail == NULL)
        log_error("cannot follow %s: %s", path, strerror(errno));
    return ingest->tail != NULL ? 0 : -1;
}

int source_open(struct agent *agent)
{
    agent->ingest.told_zone_min = LINETIME_HOME;
    if (!agent->config->from_rspamd)
        return open_log(agent);
    linetime_open(&agent->ingest.time, clock_zone, NULL); /* status asks for the zone */
    return receive_open(agent);
}

void source_close(struct agent *agent)
{
    tail_close(&agent->ingest.tail);
    detect_close(&agent->ingest.detect);
    receive_close(agent);
}

int source_fd(const struct agent *agent)
{
    return agent->receive.socket != NULL ? rspamd_socket_fd(agent->receive.socket)
                                         : tail_fd(agent->ingest.tail);
}

void source_read(struct agent *agent)
{
    if (agent->receive.socket != NULL)
        receive_read(agent);
    else
        ingest_read(agent);
}

bool source_has_more(const struct agent *agent)
{
    return agent->ingest.more || agent->receive.more;
}

bool source_put(struct agent *agent, bool forced, struct logposition *position)
{
    struct store *store = agent->persist.store;

    *position = (struct logposition){0};
    if (agent->receive.socket != NULL) {
        if (!forced && agent->ingest.stored)
            return false;
        logposition_put_off(store);
        return true;
    }
    if (forced)
        ingest_position(agent, position);
    else if (!ingest_position_is_due(agent, position))
        return false;
    logposition_put(store, position, agent->config->log_file);
    return true;
}

void source_put_done(struct agent *agent, const struct logposition *position)
{
    agent->ingest.saved = *position;
    agent->ingest.stored = true;
    agent->ingest.saved_ms = agent->now.mono_ms;
}
