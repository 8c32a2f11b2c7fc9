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

#include "again.h"
#include "answer.h"
#include "args.h"
#include "client.h"
#include "completion.h"
#include "completion_values.h"
#include "config_check.h"
#include "config_init.h"
#include "confirm.h"
#include "doctor.h"
#include "export.h"
#include "failure.h"
#include "help.h"
#include "import.h"
#include "keygen.h"
#include "operands.h"
#include "replay.h"
#include "request.h"
#include "terminal.h"
#include "top.h"
#include "unban_plan.h"
#include "watch.h"
#include "when.h"

static void open_standard(void);
static int run(const struct args *args);
static int complete(const struct args *args);
static const char *ssh_of_caller(void);
static int import_for_caller(const struct args *args);
static int change_or_ask(const struct args *args);
static int confirm_many(const struct args *args, struct failure *failure);
static int ask_agent(const struct args *args, const struct args *typed);
static int finish_output(int code);

typedef int run_fn(const struct args *args);

/* Commands that are more than one question to the agent, or none. */
static run_fn *const own_runs[COMMAND_ID_COUNT] = {
    [COMMAND_ID_keygen] = keygen_run,
    [COMMAND_ID_replay] = replay_run,
    [COMMAND_ID_completion_bash] = complete,
    [COMMAND_ID_completion_zsh] = complete,
    [COMMAND_ID_config_check] = config_check_run,
    [COMMAND_ID_config_init] = config_init_run,
    [COMMAND_ID_doctor] = doctor_run,
    [COMMAND_ID_export] = export_run,
    [COMMAND_ID_import] = import_for_caller,
    [COMMAND_ID_completion_values] = completion_values_run,
    [COMMAND_ID_watch] = watch_run,
    [COMMAND_ID_top] = top_run,
};

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
    run_fn *own = own_runs[args->command->id];
    return own ? own(args) : change_or_ask(args);
}

static const char *ssh_of_caller(void)
{
    const char *ssh = getenv("SSH_CLIENT");
    return ssh ? ssh : getenv("SSH_CONNECTION");
}

static int import_for_caller(const struct args *args)
{
    return import_run(args, ssh_of_caller());
}

/* With the operands that stand in a file, and after a question where one is due. */
static int change_or_ask(const struct args *args)
{
    struct args all = *args;
    struct operands operands;
    struct failure failure;
    int code;
    if (operands_read(&all, &operands, &failure) < 0 || confirm_many(&all, &failure) < 0 ||
        unban_plan_confirm(&all, ssh_of_caller(), &failure) < 0)
        code = failure_tell(&failure, args->json);
    else
        code = ask_agent(&all, args);
    operands_free(&operands);
    return code;
}

/* Changes of many entries at once. */
static int confirm_many(const struct args *args, struct failure *failure)
{
    char what[256];
    enum command_id id = args->command->id;
    if (args->operand_count <= CONFIRM_ENTRIES_MAX ||
        (id != COMMAND_ID_ban && id != COMMAND_ID_unban && id != COMMAND_ID_allow_add))
        return 0;
    snprintf(what, sizeof(what), "%s %zu entries on every node",
             id == COMMAND_ID_allow_add ? "allow" : args->command->name, args->operand_count);
    return confirm_moderate(args, what, failure);
}

/* A script is text, whoever asks. */
static int complete(const struct args *args)
{
    bool bash = args->command->id == COMMAND_ID_completion_bash;
    completion_write(stdout, bash ? COMPLETION_BASH : COMPLETION_ZSH);
    return EXIT_DONE;
}

/* typed: without the operands that stand in a file. */
static int ask_agent(const struct args *args, const struct args *typed)
{
    char forced[AGAIN_SIZE];
    const struct client_options options = {.socket_path = args->socket_path,
                                           .timeout_s = args->timeout_s};
    struct failure failure;
    struct answer answer;
    char *request;
    size_t request_size;
    if (args_given(args, "textfile") && args->json) {
        failure_set(&failure, "usage", EXIT_USAGE, "--textfile and --json contradict each other");
        return failure_tell(&failure, true);
    }
    if (request_build(args, ssh_of_caller(), &request, &request_size, &failure) < 0)
        return failure_tell(&failure, args->json);
    answer_begin(&answer, page_of(args->command), args->json, when_wall_ms());
    answer.forced = again_print(typed, "force", forced) ? forced : NULL;
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
