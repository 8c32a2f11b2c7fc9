/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses in a file in place of operands, see operands.h.
 */
#include "operands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "logfile.h"
#include "memory.h"
#include "request.h"
#include "secret.h"

enum { TEXT_BYTES_MAX = 1048576 };

static int read_text(const char *path, struct operands *operands, struct failure *failure);
static int take_lines(const char *path, bool networks, struct operands *operands,
                      struct failure *failure);
static int refuse_line(const char *path, size_t number, bool networks, const char *message,
                       struct failure *failure);
static char *trim(char *line);
static void add(struct operands *operands, char *operand);

int operands_read(struct args *args, struct operands *operands, struct failure *failure)
{
    const char *path = args_value(args, "file");
    bool networks;
    *operands = (struct operands){.text = NULL};
    if (!command_wants_addresses(args->command, &networks))
        return 0;
    for (size_t i = 0; i < args->operand_count; i++) {
        bool is_stdin = strcmp(args->operands[i], "-") == 0;
        if (is_stdin && path)
            return failure_set(failure, "usage", EXIT_USAGE,
                               "\"-\" and --file, or another \"-\", contradict each other");
        if (is_stdin)
            path = "-";
        else
            add(operands, args->operands[i]);
    }
    if (!path)
        return 0;
    if (read_text(path, operands, failure) < 0 || take_lines(path, networks, operands, failure) < 0)
        return -1;
    args->operands = operands->list;
    args->operand_count = operands->count;
    return 0;
}

void operands_free(struct operands *operands)
{
    free(operands->text);
    free(operands->list);
    *operands = (struct operands){.text = NULL};
}

static int read_text(const char *path, struct operands *operands, struct failure *failure)
{
    struct logfile *file = logfile_open(path);
    size_t size = 0;
    ssize_t got = file ? 1 : -1;
    operands->text = malloc(TEXT_BYTES_MAX + LOGFILE_READ_BYTES_MAX + 1);
    if (!operands->text)
        memory_exhausted();
    while (got > 0 && size <= TEXT_BYTES_MAX) {
        got = logfile_read(file, operands->text + size, LOGFILE_READ_BYTES_MAX);
        size += got > 0 ? (size_t)got : 0;
    }
    int error = errno;
    logfile_close(&file);
    operands->text[size] = '\0';
    if (got < 0)
        return failure_set(failure, "unreadable", EXIT_USAGE, "cannot read %s: %s", path,
                           strerror(error));
    if (size <= TEXT_BYTES_MAX && strlen(operands->text) == size)
        return 0;
    return failure_set(failure, "usage", EXIT_USAGE, "%s is no list of addresses", path);
}

static int take_lines(const char *path, bool networks, struct operands *operands,
                      struct failure *failure)
{
    char *line = operands->text;
    struct failure mistake;
    for (size_t number = 1; line; number++) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        char *operand = trim(line);
        line = end ? end + 1 : NULL;
        if (operand[0] == '\0')
            continue;
        if (request_target(operand, networks, &mistake) < 0)
            return refuse_line(path, number, networks,
                               secret_like(operand, false) ? "it is not an IP address or network"
                                                           : mistake.message,
                               failure);
        add(operands, operand);
    }
    if (operands->count == 0)
        return failure_set(failure, "usage", EXIT_USAGE, "there is no address in %s",
                           strcmp(path, "-") == 0 ? "standard input" : path);
    if (operands->count <= CONTROL_TARGETS_MAX)
        return 0;
    failure_set(failure, "usage", EXIT_USAGE, "%zu addresses are too many for one command",
                operands->count);
    return failure_hint(failure,
                        "at most %d; divide them, as with xargs -n %d; what is to be banned may be "
                        "any number with banctl import",
                        CONTROL_TARGETS_MAX, CONTROL_TARGETS_MAX);
}

/* One request takes all of them or none. Import tells each bad line, but takes networks. */
static int refuse_line(const char *path, size_t number, bool networks, const char *message,
                       struct failure *failure)
{
    bool is_stdin = strcmp(path, "-") == 0;
    failure_set(failure, "usage", EXIT_USAGE, "%s line %zu: %s", is_stdin ? "standard input" : path,
                number, message);
    if (is_stdin || !networks)
        return failure_hint(failure, "nothing was done; mend that line or put # before it");
    return failure_hint(failure,
                        "nothing was done; mend that line or put # before it; all such lines:  "
                        "banctl import %s --dry-run",
                        path);
}

/* The line without its comment and blanks. */
static char *trim(char *line)
{
    line[strcspn(line, "#;")] = '\0';
    line += strspn(line, " \t\r");
    size_t length = strlen(line);
    while (length > 0 && strchr(" \t\r", line[length - 1]))
        line[--length] = '\0';
    return line;
}

static void add(struct operands *operands, char *operand)
{
    if (operands->count == operands->room) {
        operands->room = 2 * operands->room + 64;
        operands->list = realloc(operands->list, operands->room * sizeof(*operands->list));
        if (!operands->list)
            memory_exhausted();
    }
    operands->list[operands->count++] = operand;
}
