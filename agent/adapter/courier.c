/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that delivers alerts, seen from the agent; see courier.h.
 */
#include "courier.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "courier_child.h"

/* All signals wait until the child has said which it ignores. */
static pid_t fork_quietly(int fd)
{
    sigset_t all, former;
    pid_t pid;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &former);
    pid = fork();
    if (pid == 0)
        courier_child_run(fd);
    sigprocmask(SIG_SETMASK, &former, NULL);
    return pid;
}

int courier_start(struct courier *courier)
{
    int fds[2];

    *courier = (struct courier){.fd = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
        return -1;
    courier->pid = fork_quietly(fds[1]);
    close(fds[1]);
    if (courier->pid < 0) {
        int saved_errno = errno;

        close(fds[0]);
        courier->pid = 0;
        errno = saved_errno;
        return -1;
    }
    courier->fd = fds[0];
    return 0;
}

static void collect(struct courier *courier)
{
    if (courier->pid > 0 && waitpid(courier->pid, NULL, WNOHANG) != 0)
        courier->pid = 0;
}

static void lose(struct courier *courier)
{
    close(courier->fd);
    courier->fd = -1;
}

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
    courier->settings_due = true;
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

    if (courier->fd < 0) {
        collect(courier);
        return false;
    }
    hand_over(courier);
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
