/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt to deliver an alert, in a process of its own; see sender.h.
 */
#include "sender.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bansync/limits.h>

static bool fail(struct sender_outcome *outcome, enum transfer_result result, const char *reason)
{
    *outcome = (struct sender_outcome){.result = result};
    snprintf(outcome->reason, sizeof(outcome->reason), "%s", reason);
    return false;
}

/* In the new process: nothing of the caller's stays open but standard error and fd. */
static void settle(int fd, pid_t caller)
{
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != caller)
        _exit(1);
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    close_range(STDERR_FILENO + 1, (unsigned)fd - 1, 0);
    close_range((unsigned)fd + 1, ~0U, 0);
}

static void tell(int fd, const struct sender_outcome *outcome)
{
    ssize_t written = write(fd, outcome, sizeof(*outcome)); /* less than a pipe takes at once */

    _exit(written == (ssize_t)sizeof(*outcome) ? 0 : 1);
}

static void transfer(int fd, pid_t caller, const struct transfer_mail *mail,
                     const struct transfer_post *post)
{
    struct sender_outcome outcome = {.result = TRANSFER_LATER};

    settle(fd, caller);
    outcome.result =
        mail != NULL ? transfer_mail(mail, outcome.reason) : transfer_post(post, outcome.reason);
    tell(fd, &outcome);
}

/* One of mail and post is NULL. */
static bool begin(struct sender *sender, const struct transfer_mail *mail,
                  const struct transfer_post *post, struct sender_outcome *outcome)
{
    pid_t caller = getpid();
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) != 0)
        return fail(outcome, TRANSFER_LATER, strerror(errno));
    sender->pid = fork();
    if (sender->pid == 0)
        transfer(fds[1], caller, mail, post);
    close(fds[1]);
    sender->fd = fds[0];
    if (sender->pid > 0)
        return true;
    fail(outcome, TRANSFER_LATER, strerror(errno));
    close(fds[0]);
    sender->pid = 0;
    return false;
}

bool sender_mail(struct sender *sender, const struct transfer_mail *mail, int64_t now_ms,
                 struct sender_outcome *outcome)
{
    sender->deadline_ms = now_ms + 2 * MAIL_SEND_MS; /* libcurl keeps its own */
    return begin(sender, mail, NULL, outcome);
}

bool sender_post(struct sender *sender, const struct transfer_post *post, int64_t now_ms,
                 struct sender_outcome *outcome)
{
    sender->deadline_ms = now_ms + 2 * WEBHOOK_SEND_MS;
    return begin(sender, NULL, post, outcome);
}

bool sender_exec(struct sender *sender, const char *path, const char *env, size_t env_size,
                 int64_t now_ms, struct sender_outcome *outcome)
{
    char reason[HOOK_REASON_SIZE];
    pid_t pid = hook_start(path, env, env_size, reason);

    if (pid < 0)
        return fail(outcome, TRANSFER_LATER, reason);
    *sender = (struct sender){.pid = pid, .fd = -1, .deadline_ms = now_ms + ALERT_EXEC_MS};
    return true;
}

bool sender_is_busy(const struct sender *sender)
{
    return sender->pid > 0;
}

static void judge_program(int status, struct sender_outcome *outcome)
{
    char reason[64];

    *outcome = (struct sender_outcome){.result = TRANSFER_DONE};
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    if (WIFEXITED(status))
        snprintf(reason, sizeof(reason), "it ended with %d", WEXITSTATUS(status));
    else
        snprintf(reason, sizeof(reason), "it was ended by signal %d", WTERMSIG(status));
    fail(outcome, TRANSFER_LATER, reason);
}

static void judge(const struct sender *sender, int status, struct sender_outcome *outcome)
{
    if (sender->fd < 0)
        judge_program(status, outcome);
    else if (read(sender->fd, outcome, sizeof(*outcome)) != (ssize_t)sizeof(*outcome))
        fail(outcome, TRANSFER_LATER, "the process that sends it was ended");
    outcome->reason[sizeof(outcome->reason) - 1] = '\0';
}

static void forget(struct sender *sender)
{
    if (sender->fd >= 0)
        close(sender->fd);
    *sender = (struct sender){.pid = 0};
}

void sender_end(struct sender *sender)
{
    if (sender->pid <= 0)
        return;
    /* A program may have started others; what left the group is out of reach. */
    kill(sender->fd < 0 ? -sender->pid : sender->pid, SIGKILL);
    while (waitpid(sender->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    forget(sender);
}

bool sender_take(struct sender *sender, int64_t now_ms, struct sender_outcome *outcome)
{
    int status;

    if (sender->pid <= 0)
        return false;
    if (waitpid(sender->pid, &status, WNOHANG) == sender->pid) {
        judge(sender, status, outcome);
        forget(sender);
        return true;
    }
    if (now_ms < sender->deadline_ms)
        return false;
    fail(outcome, TRANSFER_LATER, sender->fd < 0 ? "it took too long and was ended" : "timed out");
    sender_end(sender);
    return true;
}
