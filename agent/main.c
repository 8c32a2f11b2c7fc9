/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bansyncd: arguments, configuration, start and stop.
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bansync/control.h>

#include "advice.h"
#include "agent.h"
#include "alert.h"
#include "identity.h"
#include "log.h"
#include "loop.h"
#include "start.h"
#include "unitpath.h"

#define CONFIG_DEFAULT UNITPATH_CONFIG

static const char usage_text[] =
    "usage: bansyncd [--config FILE] [--foreground] [--check-config]\n"
    "       bansyncd --version | --help\n"
    "\n"
    "  --config FILE    read FILE (and conf.d beside it); default " CONFIG_DEFAULT "\n"
    "  --check-config   say what is wrong with the configuration, and end\n"
    "  --foreground     do not leave the terminal (always so; for service files)\n"
    "  --version        print the version, and end\n"
    "  --help           print this text, and end\n";

struct arguments {
    const char *config_path;
    bool check;
};

/* Returns -1 to go on, or an exit code. */
static int parse(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"check-config", no_argument, NULL, 't'},
        {"foreground", no_argument, NULL, 'f'},   {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "c:tfVh", options, NULL)) != -1) {
        if (option == 'c') {
            arguments->config_path = optarg;
        } else if (option == 't') {
            arguments->check = true;
        } else if (option == 'V') {
            puts("bansyncd " BANSYNC_VERSION);
            return DAEMON_OK;
        } else if (option == 'h') {
            fputs(usage_text, stdout);
            return DAEMON_OK;
        } else if (option != 'f') {
            fputs(usage_text, stderr);
            return DAEMON_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "bansyncd: unexpected argument \"%s\"\n%s", argv[optind], usage_text);
        return DAEMON_USAGE;
    }
    return -1;
}

static int check(const struct config *config, const char *path)
{
    char error[2 * PATH_BYTES_MAX + 512];

    if (identity_check(config, error, sizeof(error)) != 0) {
        fprintf(stderr, "%s\n", error);
        return DAEMON_CONFIG;
    }
    printf("%s: no mistakes\n", path);
    advice_print(config, stdout);
    unitpath_print(config, strcmp(path, UNITPATH_CONFIG) == 0, stdout);
    return DAEMON_OK;
}

/* The number of a closed one would go to a file or a connection, which then took our log. */
static void open_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            _exit(DAEMON_FAILED);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {.config_path = CONFIG_DEFAULT};
    static struct agent agent; /* large */
    char *errors = NULL;
    int result;

    open_standard();
    result = parse(argc, argv, &arguments);
    if (result >= 0)
        return result;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is a failing write, not an end */
    /* libzmq looks names up in its own thread and cannot be stopped while it does. */
    setenv("RES_OPTIONS", "timeout:1 attempts:1", 0);
    agent.config_path = arguments.config_path;
    agent.config = config_load(arguments.config_path, &errors);
    if (agent.config == NULL) {
        fputs(errors, stderr);
        free(errors);
        return DAEMON_CONFIG;
    }
    log_open((enum log_level)agent.config->log_level);
    if (arguments.check) {
        result = check(agent.config, arguments.config_path);
    } else {
        loop_hold_signals();
        alert_start(&agent);
        result = start_agent(&agent);
        if (result == DAEMON_OK)
            result = loop_run(&agent);
        alert_close(&agent);
    }
    start_undo(&agent);
    return result;
}
