/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that delivers alerts, seen from the agent; see courier.h.
 */
#include "courier.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* --- Starting it -------------------------------------------------------------------------------
 */

/* All signals wait until the new process has said which it ignores. An error, or 0. */
static int spawn(pid_t *pid, const char *program, int fd)
{
    char name[] = "deliver-alerts", word[] = COURIER_CHILD_WORD;
    char *arguments[] = {name, word, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all;
    int error = posix_spawn_file_actions_init(&actions);

    if (error != 0)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (error != 0)
        goto out;
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    error = posix_spawn_file_actions_adddup2(&actions, fd, COURIER_CHILD_FD);
    if (error == 0)
        error = posix_spawn(pid, program, &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
out:
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static int start(struct courier *courier)
{
    int fds[2], error;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
        return -1;
    error = spawn(&courier->pid, courier->program, fds[1]);
    close(fds[1]);
    if (error != 0) {
        close(fds[0]);
        courier->pid = 0;
        errno = error;
        return -1;
    }
    courier->fd = fds[0];
    return 0;
}

static void note_failure(struct courier *courier)
{
    int saved_errno = errno;

    snprintf(courier->end, sizeof(courier->end), "could not be started: %s", strerror(errno));
    errno = saved_errno;
}

int courier_start(struct courier *courier, const char *program)
{
    int result;

    *courier = (struct courier){.program = program, .fd = -1};
    result = start(courier);
    if (result != 0)
        note_failure(courier);
    return result;
}

static void note_end(struct courier *courier, int status)
{
    if (WIFSIGNALED(status))
        snprintf(courier->end, sizeof(courier->end), "was ended by signal %d", WTERMSIG(status));
    else
        snprintf(courier->end, sizeof(courier->end), "ended with %d", WEXITSTATUS(status));
}

static void collect(struct courier *courier)
{
    int status;

    if (courier->pid <= 0)
        return;
    if (waitpid(courier->pid, &status, WNOHANG) == 0)
        return;
    courier->pid = 0;
    note_end(courier, status);
}

static void lose(struct courier *courier)
{
    close(courier->fd);
    courier->fd = -1;
    snprintf(courier->end, sizeof(courier->end), "has ended");
}

/* --- Talking with it ---------------------------------------------------------------------------
 */

static bool write_message(const struct courier *courier, enum courier_type type)
{
    struct courier_message message = {.type = type};
    size_t size = sizeof(message);

    if (type == COURIER_SETTINGS)
        message.settings = courier->settings;
    else
        size = offsetof(struct courier_message, settings);
    return send(courier->fd, &message, size, MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
}

/* A process that does not read now finds it later. */
static void hand_over(struct courier *courier)
{
    if (courier->fd < 0)
        return;
    if (courier->settings_due)
        courier->settings_due = !write_message(courier, COURIER_SETTINGS);
    if (courier->look_due && !courier->settings_due)
        courier->look_due = !write_message(courier, COURIER_LOOK);
}

void courier_set(struct courier *courier, const struct courier_settings *settings)
{
    courier->settings = *settings;
    courier->set = courier->settings_due = true;
    hand_over(courier);
}

void courier_look(struct courier *courier)
{
    courier->look_due = true;
    hand_over(courier);
}

bool courier_take(struct courier *courier, struct courier_report *report)
{
    ssize_t got;

    if (courier->fd < 0)
        return false;
    hand_over(courier);
    got = recv(courier->fd, report, sizeof(*report), MSG_DONTWAIT);
    if (got < 0 && errno == ECONNRESET) /* it died with unread words; what it had said is there */
        got = recv(courier->fd, report, sizeof(*report), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        lose(courier);
    if (got != (ssize_t)sizeof(*report))
        return false;
    report->id[sizeof(report->id) - 1] = '\0';
    report->target[sizeof(report->target) - 1] = '\0';
    report->reason[sizeof(report->reason) - 1] = '\0';
    return true;
}

/* --- Starting it again -------------------------------------------------------------------------
 */

/* What ran long enough has not ended because of what ended the one before. */
static void plan(struct courier *courier, int64_t now_ms)
{
    if (now_ms - courier->started_ms >= ALERT_RETRY_MS_MAX)
        courier->pause_ms = 0;
    courier->pause_ms = courier->pause_ms == 0 ? ALERT_RESTART_MS : 2 * courier->pause_ms;
    if (courier->pause_ms > ALERT_RETRY_MS_MAX)
        courier->pause_ms = ALERT_RETRY_MS_MAX;
    courier->next_ms = now_ms + courier->pause_ms;
}

enum courier_change courier_watch(struct courier *courier, int64_t now_ms)
{
    if (courier->fd >= 0)
        return COURIER_SAME;
    collect(courier);
    if (courier->pid > 0)
        return COURIER_SAME;
    if (courier->next_ms == 0) {
        plan(courier, now_ms);
        return COURIER_ENDED;
    }
    if (now_ms < courier->next_ms)
        return COURIER_SAME;
    courier->started_ms = now_ms;
    courier->next_ms = 0;
    courier->settings_due = courier->look_due = courier->set;
    if (start(courier) != 0) {
        note_failure(courier);
        plan(courier, now_ms);
        return COURIER_SAME;
    }
    hand_over(courier);
    return COURIER_STARTED;
}

bool courier_is_gone(const struct courier *courier)
{
    return courier->fd < 0;
}

void courier_close(struct courier *courier)
{
    if (courier->fd >= 0) {
        hand_over(courier);
        lose(courier);
    }
    collect(courier);
}
