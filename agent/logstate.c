/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the log is followed, told to people.
 */
#include "logstate.h"

#include <errno.h>
#include <string.h>

#include "log.h"

/* More than others write into a shared log between two lines of a busy rspamd. */
#define FOREIGN_LINES 1000

/* How inotify fails is not obvious from its errno. */
static const char *describe(int error)
{
    switch (error) {
    case 0:
        return NULL;
    case ENOSPC:
        return "no inotify watches are left (sysctl fs.inotify.max_user_watches)";
    case EMFILE:
        return "no inotify instances or descriptors are left (sysctl "
               "fs.inotify.max_user_instances)";
    case EREMOTE:
        return "its file system may not tell of what other hosts write";
    default:
        return strerror(error);
    }
}

static void notice_polling(struct agent *agent, int error)
{
    if (error == agent->ingest.watch_errno)
        return;
    agent->ingest.watch_errno = error;
    if (error != 0)
        log_notice("polling %s: %s", agent->config->log_file, describe(error));
    else
        log_notice("inotify works for %s", agent->config->log_file);
}

void logstate_notice(struct agent *agent, const struct tail_stats *stats)
{
    struct counters *counters = &agent->node.state.counters;

    if (counters->log_damaged != stats->damaged)
        log_warning("%s beside %s is torn or damaged: lines may be missing", stats->damaged_name,
                    agent->config->log_file);
    if (counters->log_gone != stats->gone)
        log_warning("the file of %s that was read last is gone: lines may be missing; what was "
                    "rotated since is read",
                    agent->config->log_file);
    counters->log_damaged = stats->damaged;
    counters->log_gone = stats->gone;
    counters->lines_too_long = stats->too_long;
    counters->log_truncated = stats->truncated;
    counters->log_errors = stats->errors;
    notice_polling(agent, stats->watch_errno);
}

int64_t logstate_quiet_ms(const struct agent *agent)
{
    int64_t since_ms = agent->ingest.last_line_mono_ms;

    return agent->now.mono_ms - (since_ms != 0 ? since_ms : agent->started_ms);
}

bool logstate_is_silent(const struct agent *agent)
{
    return agent->ingest.tail != NULL && agent->config->silent_after_ms > 0 &&
           logstate_quiet_ms(agent) >= agent->config->silent_after_ms;
}

bool logstate_is_foreign(const struct agent *agent)
{
    return !agent->ingest.rspamds && agent->ingest.foreign >= FOREIGN_LINES;
}

const char *logstate_polling(const struct agent *agent)
{
    return describe(agent->ingest.watch_errno);
}
