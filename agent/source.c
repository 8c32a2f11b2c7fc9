/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where hits come from, see source.h.
 */
#include "source.h"

#include <errno.h>
#include <string.h>

#include "ingest.h"
#include "log.h"
#include "receive.h"

/* In place of a position: the log was not the source. */
#define SOURCE_OFF "off"

static int open_log(struct agent *agent)
{
    struct ingest *ingest = &agent->ingest;
    int size =
        store_meta_get(agent->persist.store, "cursor", &ingest->saved, sizeof(ingest->saved));
    bool known = size == (int)sizeof(ingest->saved);
    bool was_off = size == (int)sizeof(SOURCE_OFF);

    ingest->stored = known;
    store_meta_get(agent->persist.store, "line_ms", &ingest->previous_ms,
                   sizeof(ingest->previous_ms));
    ingest->tail = tail_open(agent->config->log_file, known ? &ingest->saved : NULL,
                             agent->config->start_at_beginning && !was_off);
    if (ingest->tail == NULL)
        log_error("cannot follow %s: %s", agent->config->log_file, strerror(errno));
    return ingest->tail != NULL ? 0 : -1;
}

int source_open(struct agent *agent)
{
    return agent->config->from_rspamd ? receive_open(agent) : open_log(agent);
}

void source_close(struct agent *agent)
{
    tail_close(&agent->ingest.tail);
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

bool source_put(struct agent *agent, bool forced, struct tail_cursor *cursor)
{
    struct store *store = agent->persist.store;

    *cursor = (struct tail_cursor){0};
    if (agent->receive.socket != NULL) {
        if (!forced && agent->ingest.stored)
            return false;
        store_meta_put(store, "cursor", SOURCE_OFF, sizeof(SOURCE_OFF));
        return true;
    }
    if (forced)
        tail_position(agent->ingest.tail, cursor);
    else if (!ingest_position_is_due(agent, cursor))
        return false;
    store_meta_put(store, "cursor", cursor, sizeof(*cursor));
    store_meta_put(store, "line_ms", &agent->ingest.previous_ms, sizeof(agent->ingest.previous_ms));
    return true;
}

void source_put_done(struct agent *agent, const struct tail_cursor *cursor)
{
    agent->ingest.saved = *cursor;
    agent->ingest.stored = true;
    agent->ingest.saved_ms = agent->now.mono_ms;
}
