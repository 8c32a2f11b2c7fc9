/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the agent puts alerts, see alert_spool.h.
 */
#include "alert_spool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log.h"

void alert_spool_run_dir(const struct config *config, char out[PATH_BYTES_MAX])
{
    const char *path = config->control_socket, *slash = strrchr(path, '/');

    snprintf(out, PATH_BYTES_MAX, "%.*s", slash != NULL ? (int)(slash - path) : 0, path);
    if (strcmp(out, config->state_dir) == 0)
        out[0] = '\0'; /* that one is there already */
}

/* What is put into one directory by two names would be counted twice, and what is kept in the first
 * removed as what the second one no longer needs. */
static bool drop_same(struct agent *agent)
{
    if (!spool_is_same(&agent->alert.spool, &agent->alert.second))
        return false;
    spool_close(&agent->alert.second);
    return true;
}

static int open_first(struct agent *agent)
{
    int result = spool_open(&agent->alert.spool, &spool_first, agent->config->state_dir);

    drop_same(agent);
    return result;
}

/* -1 with errno: EEXIST if it is the first one. */
static int open_second(struct agent *agent)
{
    char run_dir[PATH_BYTES_MAX];

    alert_spool_run_dir(agent->config, run_dir);
    if (run_dir[0] != '\0' && spool_open(&agent->alert.second, &spool_second, run_dir) != 0)
        return -1;
    if (run_dir[0] != '\0' && !drop_same(agent))
        return 0;
    errno = EEXIST;
    return -1;
}

void alert_spool_open(struct agent *agent)
{
    char run_dir[PATH_BYTES_MAX];

    alert_spool_run_dir(agent->config, run_dir);
    if (open_first(agent) != 0)
        log_error("%s/alerts: %s", agent->config->state_dir, strerror(errno));
    if (open_second(agent) != 0 && errno != EEXIST)
        log_warning("%s/alerts: %s", run_dir, strerror(errno));
}

void alert_spool_close(struct agent *agent)
{
    spool_close(&agent->alert.spool);
    spool_close(&agent->alert.second);
}

/* A database that cannot be written is told also if that is because the disk is full. */
static int put_first(struct agent *agent, const struct spool_file *file, enum alertkind kind)
{
    int (*put_file)(struct spool *, const struct spool_file *, int64_t) =
        kind == ALERTKIND_STORE ? spool_put_last : spool_put;

    if (open_first(agent) != 0 || put_file(&agent->alert.spool, file, agent->now.wall_ms) != 0)
        return -1;
    agent->alert.seconded = false;
    return 0;
}

/* Only what the disk does not take: a bound is one. errno stays what the first one said. */
static int put_second(struct agent *agent, const struct spool_file *file)
{
    struct alert *alert = &agent->alert;
    int saved_errno = errno;

    if (errno == EMSGSIZE || (errno == EDQUOT && spool_is_full(&alert->spool)))
        return -1;
    if (open_second(agent) != 0 || spool_put(&alert->second, file, agent->now.wall_ms) != 0) {
        errno = spool_is_full(&alert->second) ? EDQUOT : saved_errno;
        return -1;
    }
    if (!alert->seconded)
        log_warning("%s/alerts takes no alert: %s; they wait beside the control socket",
                    agent->config->state_dir, strerror(saved_errno));
    alert->seconded = true;
    return 0;
}

/* Once for each time: they are passed over, and somebody may take them for alerts that wait. */
static void tell_of_foreign(struct agent *agent)
{
    struct alert *alert = &agent->alert;
    char parent[PATH_BYTES_MAX];

    alert_spool_run_dir(agent->config, parent);
    if (alert->spool.foreign > 0)
        snprintf(parent, sizeof(parent), "%s", agent->config->state_dir);
    if (alert->spool.foreign + alert->second.foreign > 0 && !alert->foreign)
        log_warning("%s/alerts: files named .alert that are no alerts: %d; they are passed over: "
                    "look, then delete them",
                    parent, alert->spool.foreign + alert->second.foreign);
    alert->foreign = alert->spool.foreign + alert->second.foreign > 0;
}

int alert_spool_put(struct agent *agent, const struct spool_file *file, enum alertkind kind)
{
    struct alert *alert = &agent->alert;
    const char *why;

    if (put_first(agent, file, kind) == 0 || put_second(agent, file) == 0) {
        alert->spool_error[0] = '\0';
        tell_of_foreign(agent);
        courier_look(&alert->courier);
        return 0;
    }
    why = errno == EDQUOT ? "as many alerts wait as may" : strerror(errno);
    courier_look(&alert->courier); /* what lies there may be none, and is set aside then */
    if (alert->spool_error[0] == '\0')
        log_error("an alert is lost: %s/alerts: %s", agent->config->state_dir, why);
    snprintf(alert->spool_error, sizeof(alert->spool_error), "%s", why);
    agent->node.state.counters.alerts_dropped++;
    return -1;
}

int64_t alert_spool_list(struct agent *agent)
{
    struct spool *spools[] = {&agent->alert.spool, &agent->alert.second};
    int64_t count = 0;

    for (size_t i = 0; i < 2; i++)
        if (spools[i]->fd > 0 && spool_list(spools[i]) == 0)
            count += spools[i]->count;
    tell_of_foreign(agent);
    return count;
}

bool alert_spool_has(const struct agent *agent, const char id[SPOOL_ID_SIZE])
{
    return spool_has(&agent->alert.spool, id) || spool_has(&agent->alert.second, id);
}

void alert_spool_cancel(struct agent *agent, const char id[SPOOL_ID_SIZE])
{
    spool_cancel(&agent->alert.spool, id);
    spool_cancel(&agent->alert.second, id);
}

bool alert_spool_save(struct agent *agent, const char *name, const char *bytes, size_t size)
{
    int saved_errno;

    if (open_first(agent) == 0 && spool_save(&agent->alert.spool, name, bytes, size) == 0) {
        if (agent->alert.second.fd > 0)
            spool_save(&agent->alert.second, name, "", 0);
        return true;
    }
    saved_errno = errno;
    if (open_second(agent) != 0 || spool_save(&agent->alert.second, name, bytes, size) != 0)
        log_warning("%s/alerts/%s: %s", agent->config->state_dir, name, strerror(saved_errno));
    return false;
}

bool alert_spool_append(struct agent *agent, const char *name, const char *bytes, size_t size)
{
    return open_first(agent) == 0 && spool_append(&agent->alert.spool, name, bytes, size) == 0;
}

ssize_t alert_spool_load(struct agent *agent, const char *name, char *bytes, size_t size)
{
    ssize_t got = -1;

    if (open_second(agent) == 0)
        got = spool_load(&agent->alert.second, name, bytes, size);
    if (got < 0 && open_first(agent) == 0)
        got = spool_load(&agent->alert.spool, name, bytes, size);
    return got;
}
