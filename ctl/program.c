/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs another program and takes what it prints, see program.h.
 */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"
#include "when.h"

enum { READ_BYTES = 65536 };

static int start(const struct program *program, int out, pid_t *pid);
static int take_all(const struct program *program, int in, struct program_end *end);
static int take_some(int in, struct program_end *end, size_t *room);
static int wait_for(int in, int64_t deadline_ms);
static int exit_of(int status);

int program_run(const struct program *program, struct program_end *end)
{
    int ends[2], status, error = 0;
    pid_t pid;
    *end = (struct program_end){.text = NULL};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    if (start(program, ends[1], &pid) < 0) {
        error = errno;
        close(ends[0]);
        close(ends[1]);
        errno = error;
        return -1;
    }
    close(ends[1]);
    if (take_all(program, ends[0], end) < 0) {
        error = errno;
        kill(pid, SIGKILL); /* it is not waited for yet: the id is its own */
    }
    close(ends[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    end->exit = exit_of(status);
    if (error == 0)
        return 0;
    free(end->text);
    end->text = NULL;
    errno = error;
    return -1;
}

static int start(const struct program *program, int out, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
        memory_exhausted();
    int error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (error == 0)
        error = program->with_errors
                    ? posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO)
                    : posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
                                                       O_WRONLY, 0);
    if (error == 0)
        error = posix_spawnp(pid, program->words[0], &actions, NULL,
                             (char *const *)(uintptr_t)program->words, environ);
    posix_spawn_file_actions_destroy(&actions);
    errno = error;
    return error == 0 ? 0 : -1;
}

static int take_all(const struct program *program, int in, struct program_end *end)
{
    int64_t deadline_ms = when_monotonic_ms() + program->timeout_ms;
    size_t room = 0;
    int more;
    do {
        more = wait_for(in, deadline_ms) < 0 ? -1 : take_some(in, end, &room);
    } while (more > 0);
    return more;
}

/* 1: there may be more; 0: that was all. */
static int take_some(int in, struct program_end *end, size_t *room)
{
    if (end->size > PROGRAM_BYTES_MAX) {
        errno = EFBIG;
        return -1;
    }
    if (*room - end->size < READ_BYTES + 1) {
        *room = 2 * *room + READ_BYTES + 1;
        char *grown = realloc(end->text, *room);
        if (!grown)
            memory_exhausted();
        end->text = grown;
    }
    ssize_t taken = read(in, end->text + end->size, READ_BYTES);
    if (taken < 0)
        return errno == EINTR ? 1 : -1;
    end->size += (size_t)taken;
    end->text[end->size] = '\0';
    return taken > 0;
}

static int wait_for(int in, int64_t deadline_ms)
{
    struct pollfd fd = {.fd = in, .events = POLLIN};
    for (;;) {
        int64_t left_ms = deadline_ms - when_monotonic_ms();
        int ready = left_ms > 0 ? poll(&fd, 1, (int)left_ms) : 0;
        if (ready > 0)
            return 0;
        if (ready == 0)
            errno = ETIMEDOUT;
        if (ready == 0 || errno != EINTR)
            return -1;
    }
}

static int exit_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
