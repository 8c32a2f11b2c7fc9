/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of the operator's program, and the end of all that it started; see keeper.h.
 *
 * This process adopts what loses its parent below it, so that sooner or later all of it is among
 * its children.
 */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

/* A signal to end that comes before it is waited for must be found then: it is blocked, and not
 * ignored as the parent does. */
void keeper_begin(pid_t parent)
{
    sigset_t taken;

    sigemptyset(&taken);
    sigaddset(&taken, SIGTERM);
    sigaddset(&taken, SIGCHLD);
    sigprocmask(SIG_SETMASK, &taken, NULL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent || setpgid(0, 0) != 0)
        _exit(1);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* False: the kernel does not tell. More children than fit are found once these have ended. */
static bool kill_children(void)
{
    char path[64], list[4096], *end;
    int fd;
    ssize_t size;

    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size = read(fd, list, sizeof(list) - 1);
    close(fd);
    list[size > 0 ? size : 0] = '\0';
    for (char *at = list;; at = end) {
        long pid = strtol(at, &end, 10);

        if (end == at || *end != ' ') /* the last number may be cut */
            break;
        kill((pid_t)pid, SIGKILL);
    }
    return size >= 0;
}

/* The children of what is killed become children of this process, and are killed next. */
static void sweep(void)
{
    static const struct timespec while_ms = {.tv_nsec = 10000000};
    int64_t end_ms = clock_monotonic_ms() + KEEPER_SWEEP_MS;
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    while (kill_children() && clock_monotonic_ms() < end_ms) {
        pid_t pid;

        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
            continue;
        if (pid < 0 && errno == ECHILD)
            return;
        sigtimedwait(&child, NULL, &while_ms);
    }
}

enum keeper_end keeper_run(const char *path, const char *env, size_t env_size, int *status,
                           char reason[HOOK_REASON_SIZE])
{
    pid_t program = hook_start(path, env, env_size, reason);
    sigset_t taken;

    if (program < 0)
        return KEEPER_UNSTARTED;
    sigemptyset(&taken);
    sigaddset(&taken, SIGTERM);
    sigaddset(&taken, SIGCHLD);
    while (sigwaitinfo(&taken, NULL) != SIGTERM) {
        pid_t pid;
        int one;

        while ((pid = waitpid(-1, &one, WNOHANG)) > 0) {
            if (pid != program)
                continue;
            *status = one;
            sweep();
            return KEEPER_ENDED;
        }
    }
    sweep();
    return KEEPER_TOLD;
}
