/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl: the operator's program. Arguments -> request -> answer -> table or JSON -> exit code.
 *
 * What it takes is in include/bansync/command.def; what it sends and gets is in
 * bansync-protocol(7).
 * Does not: decide anything about bans; the agent does. keygen and replay work without an agent.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "args.h"
#include "client.h"
#include "completion.h"
#include "completion_values.h"
#include "failure.h"
#include "help.h"
#include "keygen.h"
#include "replay.h"
#include "request.h"
#include "terminal.h"
#include "top.h"
#include "watch.h"
#include "when.h"

static void open_standard(void);
static int run(const struct args *args);
static int complete(const struct args *args);
static int ask_agent(const struct args *args);
static int finish_output(int code);

int main(int argc, char **argv)
{
    struct args args;
    struct failure failure;
    open_standard();
    if (argc < 1)
        return EXIT_USAGE;
    int result = args_parse(argc, argv, getenv("BANCTL_SOCKET"), &args, &failure);
    terminal_begin(args.color);
    if (result < 0)
        return finish_output(failure_tell(&failure, args.json));
    return finish_output(run(&args));
}

/* The connection would get the number of a closed standard output, and what is printed would go to
 * the agent. What is put there instead cannot be written: that the output is lost must be told. */
static void open_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
            _exit(EXIT_INTERNAL);
}

static int run(const struct args *args)
{
    if (args->version) {
        puts("banctl " BANSYNC_VERSION);
        return EXIT_DONE;
    }
    if (args->help) {
        if (args->command)
            help_command(stdout, args->command);
        else
            help_overall(stdout, args->group);
        return EXIT_DONE;
    }
    if (args->command->id == COMMAND_ID_keygen)
        return keygen_run(args);
    if (args->command->id == COMMAND_ID_replay)
        return replay_run(args);
    if (args->command->id == COMMAND_ID_completion_bash ||
        args->command->id == COMMAND_ID_completion_zsh)
        return complete(args);
    if (args->command->id == COMMAND_ID_completion_values)
        return completion_values_run(args);
    if (args->command->id == COMMAND_ID_top)
        return top_run(args);
    if (args->command->id == COMMAND_ID_watch)
        return watch_run(args);
    return ask_agent(args);
}

/* A script is text, whoever asks. */
static int complete(const struct args *args)
{
    bool bash = args->command->id == COMMAND_ID_completion_bash;
    completion_write(stdout, bash ? COMPLETION_BASH : COMPLETION_ZSH);
    return EXIT_DONE;
}

static int ask_agent(const struct args *args)
{
    const struct client_options options = {.socket_path = args->socket_path,
                                           .timeout_s = args->timeout_s};
    const char *ssh = getenv("SSH_CLIENT");
    struct failure failure;
    struct answer answer;
    char *request;
    size_t request_size;
    if (args_given(args, "textfile") && args->json) {
        failure_set(&failure, "usage", EXIT_USAGE, "--textfile and --json contradict each other");
        return failure_tell(&failure, true);
    }
    if (request_build(args, ssh ? ssh : getenv("SSH_CONNECTION"), &request, &request_size,
                      &failure) < 0)
        return failure_tell(&failure, args->json);
    answer_begin(&answer, page_of(args->command), args->json, when_wall_ms());
    answer.state.textfile = args_value(args, "textfile");
    if (client_ask(&options, request, request_size, answer_line, &answer, &failure) < 0)
        answer.exit = failure_tell(&failure, args->json);
    int code = answer.exit;
    answer_end(&answer);
    free(request);
    return code;
}

/* Output that did not arrive is no success: a full disk under "banctl list > file". */
static int finish_output(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "banctl: cannot write the output: %s\n", strerror(errno));
    return EXIT_INTERNAL;
}
