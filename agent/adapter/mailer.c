/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that sends mails, seen from the agent; see mailer.h.
 */
#include "mailer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "mailer_child.h"
#include "mailer_message.h"

/* All signals wait until the child has said which it ignores. */
static pid_t fork_quietly(int fd)
{
    sigset_t all, former;
    pid_t pid;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &former);
    pid = fork();
    if (pid == 0)
        mailer_child_run(fd);
    sigprocmask(SIG_SETMASK, &former, NULL);
    return pid;
}

int mailer_start(struct mailer *mailer)
{
    int fds[2];

    *mailer = (struct mailer){.fd = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
        return -1;
    mailer->pid = fork_quietly(fds[1]);
    close(fds[1]);
    if (mailer->pid < 0) {
        int saved_errno = errno;

        close(fds[0]);
        mailer->pid = 0;
        errno = saved_errno;
        return -1;
    }
    mailer->fd = fds[0];
    return 0;
}

static void collect(struct mailer *mailer)
{
    if (mailer->pid > 0 && waitpid(mailer->pid, NULL, WNOHANG) != 0)
        mailer->pid = 0;
}

static void lose(struct mailer *mailer)
{
    close(mailer->fd);
    mailer->fd = -1;
}

static bool write_message(const struct mailer *mailer, const struct mailer_message *message)
{
    return send(mailer->fd, message, MAILER_HEAD_BYTES + message->text_size,
                MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
}

static void hand_over_waiting(struct mailer *mailer)
{
    while (mailer->waiting.count > 0 &&
           write_message(mailer, mailer_queue_due(&mailer->waiting, 0)))
        mailer_queue_remove(&mailer->waiting);
}

/* Many bans in one turn, told to many people, are more than the socket holds. */
static bool hand_over(struct mailer *mailer, const struct mailer_message *message)
{
    hand_over_waiting(mailer);
    return (mailer->waiting.count == 0 && write_message(mailer, message)) ||
           mailer_queue_add(&mailer->waiting, message, 0) == 0;
}

bool mailer_send(struct mailer *mailer, const struct mailer_mail *mail)
{
    struct mailer_message message = {.type = MAILER_MAIL, .text_size = (uint32_t)mail->size};

    if (mailer->fd < 0 || mail->size > sizeof(message.text))
        return false;
    snprintf(message.server, sizeof(message.server), "%s", mail->server);
    snprintf(message.from, sizeof(message.from), "%s", mail->from);
    snprintf(message.to, sizeof(message.to), "%s", mail->to);
    memcpy(message.text, mail->text, mail->size);
    return hand_over(mailer, &message);
}

void mailer_redirect(struct mailer *mailer, const char *server, const char *from)
{
    struct mailer_message message = {.type = MAILER_SERVER};

    if (mailer->fd < 0)
        return;
    snprintf(message.server, sizeof(message.server), "%s", server);
    snprintf(message.from, sizeof(message.from), "%s", from);
    hand_over(mailer, &message);
}

/* Mails that nobody takes any more. */
static bool give_up(struct mailer *mailer, struct mailer_report *report)
{
    if (mailer->waiting.count == 0)
        return false;
    mailer_queue_remove(&mailer->waiting);
    *report = (struct mailer_report){.outcome = MAILER_DROPPED,
                                     .reason = "the process that sends mails has ended"};
    return true;
}

bool mailer_take(struct mailer *mailer, struct mailer_report *report)
{
    ssize_t got;

    if (mailer->fd < 0) {
        collect(mailer);
        return give_up(mailer, report);
    }
    hand_over_waiting(mailer);
    got = recv(mailer->fd, report, sizeof(*report), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        lose(mailer);
    report->reason[sizeof(report->reason) - 1] = '\0';
    return got == (ssize_t)sizeof(*report);
}

bool mailer_is_gone(const struct mailer *mailer)
{
    return mailer->fd < 0;
}

void mailer_close(struct mailer *mailer)
{
    if (mailer->fd >= 0) {
        hand_over_waiting(mailer);
        lose(mailer);
    }
    if (mailer->waiting.count > 0)
        log_error("mails that were not handed over: %zu", mailer->waiting.count);
    mailer_queue_clear(&mailer->waiting);
    collect(mailer);
}
