/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt to deliver an alert, in a process of its own; see sender.h.
 */
#include "sender.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdnoreturn.h>
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

/* What is to be done: one of mail, post and path is not NULL. */
struct task {
    const struct transfer_mail *mail;
    const struct transfer_post *post;
    const char *path, *env; /* of a program */
    size_t env_size;
};

/* --- In the new process --------------------------------------------------------------------------
 */

/* Nothing of the caller's stays open but standard error and fd. */
static void close_others(int fd)
{
    close_range(STDERR_FILENO + 1, (unsigned)fd - 1, 0);
    close_range((unsigned)fd + 1, ~0U, 0);
}

static void end_with(pid_t caller)
{
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != caller)
        _exit(1);
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool tell(int fd, const struct sender_outcome *outcome)
{
    /* less than a pipe takes at once */
    return write(fd, outcome, sizeof(*outcome)) == (ssize_t)sizeof(*outcome);
}

static noreturn void transfer(int fd, pid_t caller, const struct task *task)
{
    struct sender_outcome outcome = {.result = TRANSFER_LATER};

    end_with(caller);
    close_others(fd);
    outcome.result = task->mail != NULL ? transfer_mail(task->mail, outcome.reason)
                                        : transfer_post(task->post, outcome.reason);
    _exit(tell(fd, &outcome) ? 0 : 1);
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

static noreturn void keep(int fd, pid_t caller, const struct task *task)
{
    struct sender_outcome outcome;
    char reason[HOOK_REASON_SIZE];
    int status = 0;

    keeper_begin(caller);
    close_others(fd);
    switch (keeper_run(task->path, task->env, task->env_size, &status, reason)) {
    case KEEPER_ENDED:
        judge_program(status, &outcome);
        tell(fd, &outcome);
        break;
    case KEEPER_UNSTARTED:
        fail(&outcome, TRANSFER_LATER, reason);
        tell(fd, &outcome);
        break;
    case KEEPER_TOLD:
        break;
    }
    kill(0, SIGKILL); /* where the kernel does not tell of children, their group is what is left */
    _exit(1);
}

/* --- In the caller -------------------------------------------------------------------------------
 */

static bool begin(struct sender *sender, const struct task *task, struct sender_outcome *outcome)
{
    pid_t caller = getpid();
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) != 0)
        return fail(outcome, TRANSFER_LATER, strerror(errno));
    sender->program = task->path != NULL;
    sender->pid = fork();
    if (sender->pid == 0 && sender->program)
        keep(fds[1], caller, task);
    if (sender->pid == 0)
        transfer(fds[1], caller, task);
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
    return begin(sender, &(struct task){.mail = mail}, outcome);
}

bool sender_post(struct sender *sender, const struct transfer_post *post, int64_t now_ms,
                 struct sender_outcome *outcome)
{
    sender->deadline_ms = now_ms + 2 * WEBHOOK_SEND_MS;
    return begin(sender, &(struct task){.post = post}, outcome);
}

bool sender_exec(struct sender *sender, const char *path, const char *env, size_t env_size,
                 int64_t now_ms, struct sender_outcome *outcome)
{
    char reason[HOOK_REASON_SIZE];

    if (hook_check(path, reason) != 0)
        return fail(outcome, TRANSFER_LATER, reason);
    sender->deadline_ms = now_ms + ALERT_EXEC_MS;
    return begin(sender, &(struct task){.path = path, .env = env, .env_size = env_size}, outcome);
}

bool sender_is_busy(const struct sender *sender)
{
    return sender->pid > 0;
}

static void judge(const struct sender *sender, struct sender_outcome *outcome)
{
    if (read(sender->fd, outcome, sizeof(*outcome)) != (ssize_t)sizeof(*outcome))
        fail(outcome, TRANSFER_LATER,
             sender->program ? "the process that runs it was ended"
                             : "the process that sends it was ended");
    outcome->reason[sizeof(outcome->reason) - 1] = '\0';
}

/* A keeper that was killed has left its group behind. As long as it is not collected, the group's
 * number is nobody else's. */
static void collect(struct sender *sender)
{
    kill(sender->program ? -sender->pid : sender->pid, SIGKILL);
    while (waitpid(sender->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    close(sender->fd);
    *sender = (struct sender){.pid = 0};
}

void sender_end(struct sender *sender)
{
    struct pollfd told = {.fd = sender->fd};

    if (sender->pid <= 0)
        return;
    if (sender->program) {
        kill(sender->pid, SIGTERM);
        poll(&told, 1, 2 * KEEPER_SWEEP_MS); /* until it closes its end */
    }
    collect(sender);
}

bool sender_take(struct sender *sender, int64_t now_ms, struct sender_outcome *outcome)
{
    siginfo_t info = {.si_pid = 0};

    if (sender->pid <= 0)
        return false;
    if (waitid(P_PID, (id_t)sender->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid == sender->pid) {
        judge(sender, outcome);
        collect(sender);
        return true;
    }
    if (now_ms < sender->deadline_ms)
        return false;
    fail(outcome, TRANSFER_LATER, sender->program ? "it took too long and was ended" : "timed out");
    sender_end(sender);
    return true;
}
