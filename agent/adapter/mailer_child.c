/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that sends mails, from inside; see mailer_child.h.
 *
 * One mail at a time; while it is on its way, and while the server is down, messages are taken and
 * queued, so that the agent never finds the socket full.
 */
#include "mailer_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "mailer.h"
#include "mailer_message.h"
#include "mailer_queue.h"
#include "smtp.h"

#define CHILD_FD 3
#define REST_S (MAIL_FINISH_MS / 1000 + 1)

struct child {
    int fd; /* -1: the agent has ended */
    int64_t end_ms;
    struct smtp smtp;
    struct mailer_queue queue;
    bool busy;                       /* with the first mail of the queue */
    char reason[MAILER_REASON_SIZE]; /* why the last attempt failed */
};

/* From here on the time is limited, wherever this process hangs: libcurl waits for a server's
 * answer to QUIT inside of a call, up to MAIL_REPLY_S, and the socket's end is seen only
 * afterwards. */
static void limit_rest(int unused)
{
    unsigned left_s = alarm(REST_S);

    (void)unused;
    if (left_s > 0)
        alarm(left_s);
}

/* Signals to the whole group are for the agent; this process ends when the agent has. */
static void set_signals(void)
{
    sigset_t none;

    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGUSR1, limit_rest);
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_inherited(int fd)
{
    int null, kept = fcntl(fd, F_DUPFD, CHILD_FD);

    if (kept != CHILD_FD)
        dup2(kept, CHILD_FD);
    fcntl(CHILD_FD, F_SETFD, FD_CLOEXEC);
    close_range(CHILD_FD + 1, ~0U, 0);
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    if (null > CHILD_FD)
        close(null);
}

/* Waits for room: the agent reads in every turn. */
static void report(struct child *child, enum mailer_outcome outcome, const char *reason)
{
    struct mailer_report out = {.outcome = outcome};

    if (child->fd < 0)
        return;
    snprintf(out.reason, sizeof(out.reason), "%s", reason);
    send(child->fd, &out, sizeof(out), MSG_NOSIGNAL);
}

static void agent_has_ended(struct child *child)
{
    close(child->fd);
    child->fd = -1;
    child->end_ms = clock_monotonic_ms() + MAIL_FINISH_MS;
    limit_rest(0);
    mailer_queue_hurry(&child->queue);
}

static void take(struct child *child, const struct mailer_message *message)
{
    if (message->type == MAILER_SERVER)
        mailer_queue_redirect(&child->queue, message->server, message->from);
    else if (message->type == MAILER_MAIL &&
             mailer_queue_add(&child->queue, message, clock_monotonic_ms()) != 0)
        report(child, MAILER_DROPPED, "too many mails wait");
}

static void receive(struct child *child)
{
    static struct mailer_message message; /* large */

    while (child->fd >= 0) {
        ssize_t got = recv(child->fd, &message, sizeof(message), MSG_DONTWAIT);

        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got <= 0)
            agent_has_ended(child);
        else
            take(child, &message);
    }
}

static void begin(struct child *child)
{
    int64_t now_ms = clock_monotonic_ms();
    const struct mailer_message *mail;

    if (child->busy)
        return;
    while (mailer_queue_expire(&child->queue, now_ms))
        report(child, MAILER_FAILED, child->reason);
    mail = mailer_queue_due(&child->queue, now_ms);
    if (mail == NULL)
        return;
    smtp_begin(&child->smtp, mail->server, mail->from, mail->to, mail->text, mail->text_size);
    child->busy = true;
}

static void finish(struct child *child)
{
    enum smtp_result result;

    if (!child->busy)
        return;
    result = smtp_result(&child->smtp, child->reason, sizeof(child->reason));
    if (result == SMTP_BUSY)
        return;
    child->busy = false;
    if (result == SMTP_LATER) {
        mailer_queue_delay(&child->queue, clock_monotonic_ms());
        report(child, MAILER_DELAYED, child->reason);
        return;
    }
    mailer_queue_remove(&child->queue);
    report(child, result == SMTP_SENT ? MAILER_SENT : MAILER_FAILED, child->reason);
}

static int wait_ms(const struct child *child)
{
    int64_t now_ms = clock_monotonic_ms();
    int ms = child->busy ? 1000 : mailer_queue_wait_ms(&child->queue, now_ms);
    int64_t left_ms = child->end_ms - now_ms;

    if (child->fd >= 0 || (ms >= 0 && ms < left_ms))
        return ms;
    return left_ms > 0 ? (int)left_ms : 0;
}

static bool goes_on(const struct child *child)
{
    return child->fd >= 0 || (child->queue.count > 0 && clock_monotonic_ms() < child->end_ms);
}

noreturn void mailer_child_run(int fd)
{
    static struct child child = {.fd = CHILD_FD};

    prctl(PR_SET_NAME, "bansyncd-mail");
    set_signals();
    close_inherited(fd);
    while (goes_on(&child)) {
        begin(&child);
        smtp_wait(&child.smtp, child.fd, wait_ms(&child));
        receive(&child);
        finish(&child);
    }
    if (child.queue.count > 0)
        log_error("mails that were not sent: %zu: %s", child.queue.count,
                  child.reason[0] != '\0' ? child.reason : "the server has not answered");
    smtp_close(&child.smtp);
    mailer_queue_clear(&child.queue);
    _exit(0);
}
