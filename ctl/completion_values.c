/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Live words for the shells, see completion_values.h.
 *
 * A shell puts them into its command line as they are, and names of nodes are what nodes say they
 * are: what is not made of letters, digits and "._:/-" alone is left out.
 */
#include "completion_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "json.h"

enum { TIMEOUT_S = 1 };

struct values {
    const char *command; /* that tells them */
    const char *member;
    size_t count;
};

static char *request_line(const struct values *values);
static bool take_line(void *context, const char *line, size_t length);
static void print_value(struct values *values, const char *text);

int completion_values_run(const struct args *args)
{
    static const struct {
        const char *kind;
        struct values values;
    } kinds[] = {
        {"banned", {"list", "net", 0}},
        {"held", {"held", "net", 0}},
        {"nodes", {"node list", "name", 0}},
    };
    const struct client_options options = {.socket_path = args->socket_path,
                                           .timeout_s = TIMEOUT_S};
    struct failure failure;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct values values = kinds[i].values;
        if (strcmp(args->operands[0], kinds[i].kind) != 0)
            continue;
        char *line = request_line(&values);
        (void)client_ask(&options, line, strlen(line), take_line, &values, &failure);
        free(line);
        return EXIT_DONE;
    }
    failure_set(&failure, "usage", EXIT_USAGE, "\"%s\" is not banned, held or nodes",
                args->operands[0]);
    return failure_tell(&failure, args->json);
}

/* With LF; free() it. */
static char *request_line(const struct values *values)
{
    struct ctl_json *object = ctl_json_object();
    ctl_json_set_text(object, "command", values->command);
    if (strcmp(values->command, "list") == 0)
        ctl_json_set_number(object, "limit", COMPLETION_VALUES_MAX);
    char *text = ctl_json_dump(object);
    char *line = realloc(text, strlen(text) + 2);
    if (!line)
        failure_memory();
    memcpy(line + strlen(line), "\n", 2);
    ctl_json_free(&object);
    return line;
}

/* True, and the connection ends, with the result, an error, or enough of them. */
static bool take_line(void *context, const char *line, size_t length)
{
    struct values *values = context;
    struct ctl_json *root = ctl_json_parse(line, length);
    const struct ctl_json *item = ctl_json_member(root, "item");
    const char *text = ctl_json_text(item, values->member);
    bool last = !ctl_json_is_object(item);
    if (text &&
        text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                          "0123456789._:/-")] == '\0' &&
        text[0] != '-' && text[0] != '\0')
        print_value(values, text);
    ctl_json_free(&root);
    return last || values->count == COMPLETION_VALUES_MAX;
}

/* An IPv4 address goes without its length; an IPv6 address without would stand for its prefix. */
static void print_value(struct values *values, const char *text)
{
    static const char host[] = "/32";
    size_t length = strlen(text), tail = strlen(host);
    if (!strchr(text, ':') && length > tail && strcmp(text + length - tail, host) == 0)
        length -= tail;
    printf("%.*s\n", (int)length, text);
    values->count++;
}
