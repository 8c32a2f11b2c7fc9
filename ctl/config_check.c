/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl config check, see config_check.h.
 */
#include "config_check.h"

#include <bansync/limits.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "print.h"
#include "program.h"

#define CONFIG_DEFAULT "/etc/bansync/bansync.conf"
#define AGENT_INSTALLED "/usr/sbin/bansyncd"

enum { TIMEOUT_MS = 30000 };

static void find_agent(char path[PATH_BYTES_MAX]);
static int cannot_run(const struct args *args, const char *agent, int error);
static int tell_mistakes(const struct args *args, struct program_end *end);
static void tell_hints(const struct args *args, const char *file, struct program_end *end);
static void print_each(FILE *stream, char *text);
static void append_lines(struct ctl_json *list, char *text);
static char *next_line(char **text);

int config_check_run(const struct args *args)
{
    const char *file = args->operand_count > 0 ? args->operands[0] : CONFIG_DEFAULT;
    char agent[PATH_BYTES_MAX];
    find_agent(agent);
    const char *const words[] = {agent, "--check-config", "--config", file, NULL};
    const struct program program = {words, true, TIMEOUT_MS};
    struct program_end end;
    if (program_run(&program, &end) < 0)
        return cannot_run(args, agent, errno);
    int code = EXIT_DONE;
    if (end.exit == DAEMON_OK)
        tell_hints(args, file, &end);
    else
        code = tell_mistakes(args, &end);
    free(end.text);
    return code;
}

/* Beside banctl, as in a build; in sbin beside bin; as the package has it. */
static void find_agent(char path[PATH_BYTES_MAX])
{
    static const char *const places[] = {"bansyncd", "../sbin/bansyncd"};
    char self[PATH_BYTES_MAX / 2];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[length > 0 ? length : 0] = '\0';
    char *name = strrchr(self, '/');
    for (size_t i = 0; name && i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, PATH_BYTES_MAX, "%.*s/%s", (int)(name - self), self, places[i]);
        if (access(path, X_OK) == 0)
            return;
    }
    snprintf(path, PATH_BYTES_MAX, "%s", AGENT_INSTALLED);
}

static int cannot_run(const struct args *args, const char *agent, int error)
{
    struct failure failure;
    failure_set(&failure, "program", EXIT_INTERNAL, "cannot run %s: %s", agent, strerror(error));
    failure_hint(&failure, "the agent reads the file for banctl: is bansyncd installed here?");
    return failure_tell(&failure, args->json);
}

/* One a line, each with its place; with --json as one error. */
static int tell_mistakes(const struct args *args, struct program_end *end)
{
    int code = end->exit == DAEMON_CONFIG ? EXIT_REFUSED : EXIT_INTERNAL;
    if (end->size > 0 && end->text[end->size - 1] == '\n')
        end->text[end->size - 1] = '\0';
    if (args->json)
        return failure_tell_parts(true, code == EXIT_REFUSED ? "config" : "internal", code,
                                  end->text, NULL);
    print_each(stderr, end->text);
    return code;
}

static void tell_hints(const struct args *args, const char *file, struct program_end *end)
{
    if (!args->json) {
        print_each(stdout, end->text);
        return;
    }
    struct ctl_json *document = ctl_json_object();
    ctl_json_set_text(document, "schema", "banctl.config_check/1");
    ctl_json_set_text(document, "file", file);
    char *first = strchr(end->text, '\n'); /* the line before tells that there are no mistakes */
    append_lines(ctl_json_set_array(document, "hints"), first ? first + 1 : end->text + end->size);
    char *text = ctl_json_dump(document);
    puts(text);
    free(text);
    ctl_json_free(&document);
}

static void print_each(FILE *stream, char *text)
{
    for (char *line = next_line(&text); line; line = next_line(&text)) {
        print_text(stream, line);
        putc('\n', stream);
    }
}

static void append_lines(struct ctl_json *list, char *text)
{
    for (char *line = next_line(&text); line; line = next_line(&text))
        ctl_json_append_text(list, line);
}

/* Takes a line off text and ends it; NULL if none is left. */
static char *next_line(char **text)
{
    char *line = *text;
    if (*line == '\0')
        return NULL;
    char *end = line + strcspn(line, "\n");
    *text = *end != '\0' ? end + 1 : end;
    *end = '\0';
    return line;
}
