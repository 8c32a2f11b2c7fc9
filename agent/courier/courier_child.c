/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that delivers alerts, from inside; see courier_child.h.
 */
#include "courier_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "courier_work.h"
#include "log.h"

struct child {
    int fd; /* -1: the agent has ended */
    int64_t end_ms;
    struct courier_work work;
};

/* It only has to interrupt ppoll. */
static void note_end(int unused)
{
    (void)unused;
}

/* Signals to the whole group are for the agent; this process ends when the agent has. SIGCHLD comes
 * while it waits, and at no other time. */
static void set_signals(void)
{
    struct sigaction action = {.sa_handler = note_end};
    sigset_t blocked;

    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    sigaction(SIGCHLD, &action, NULL);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
}

static void close_inherited(void)
{
    int null;

    fcntl(COURIER_CHILD_FD, F_SETFD, FD_CLOEXEC);
    close_range(COURIER_CHILD_FD + 1, ~0U, 0);
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    if (null > COURIER_CHILD_FD)
        close(null);
}

bool courier_child_is_started(void)
{
    int type = 0;
    socklen_t size = sizeof(type);

    return getsockopt(COURIER_CHILD_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_SEQPACKET;
}

/* Waits for room: the agent reads in every turn. */
static void tell(void *context, const struct courier_report *report)
{
    const struct child *child = context;

    if (child->fd >= 0)
        send(child->fd, report, sizeof(*report), MSG_NOSIGNAL);
}

static void agent_has_ended(struct child *child)
{
    close(child->fd);
    child->fd = -1;
    child->end_ms = clock_monotonic_ms() + MAIL_FINISH_MS;
    courier_work_hurry(&child->work);
}

static void set(struct child *child, const struct courier_settings *settings)
{
    log_open((enum log_level)settings->log_level);
    courier_work_set(&child->work, settings);
}

static void receive(struct child *child)
{
    static struct courier_message message; /* large */

    while (child->fd >= 0) {
        ssize_t got = recv(child->fd, &message, sizeof(message), MSG_DONTWAIT);

        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got <= 0)
            agent_has_ended(child);
        else if (message.type == COURIER_SETTINGS && got == (ssize_t)sizeof(message))
            set(child, &message.settings);
        else if (message.type == COURIER_LOOK)
            courier_work_look(&child->work);
    }
}

static void wait_for_work(const struct child *child)
{
    struct pollfd own = {.fd = child->fd, .events = POLLIN};
    int64_t now_ms = clock_monotonic_ms();
    int64_t ms = courier_work_wait_ms(&child->work, now_ms);
    struct timespec timeout;
    sigset_t none;

    if (child->fd < 0 && (ms < 0 || ms > child->end_ms - now_ms))
        ms = child->end_ms > now_ms ? child->end_ms - now_ms : 0;
    timeout = (struct timespec){ms / 1000, ms % 1000 * 1000000};
    sigemptyset(&none);
    ppoll(&own, child->fd >= 0 ? 1 : 0, ms >= 0 ? &timeout : NULL, &none);
}

static bool goes_on(const struct child *child)
{
    if (child->fd >= 0)
        return true;
    return child->work.set &&
           (courier_work_looks(&child->work) || courier_work_waiting(&child->work) > 0) &&
           clock_monotonic_ms() < child->end_ms;
}

noreturn void courier_child_run(void)
{
    static struct child child = {.fd = COURIER_CHILD_FD}; /* large */

    prctl(PR_SET_NAME, "bansyncd-alert");
    set_signals();
    close_inherited();
    child.work.tell = tell;
    child.work.context = &child;
    while (goes_on(&child)) {
        wait_for_work(&child);
        receive(&child);
        courier_work_turn(&child.work, clock_monotonic_ms(), clock_wall_ms());
    }
    if (courier_work_waiting(&child.work) > 0)
        log_notice("alerts that wait in the spool for the next start: %zu",
                   courier_work_waiting(&child.work));
    courier_work_close(&child.work);
    _exit(0);
}
