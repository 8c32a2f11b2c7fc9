/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a request line to its command: one table, made from command.def.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "question.h"
#include "reply.h"

typedef void command_fn(struct agent *agent, const struct request *request);

struct command {
    const char *name;
    enum control_role role;
    command_fn *run;
};

#define COMMAND(id, name, role, operands, options, summary) COMMAND_##role(id, name)
#define COMMAND_read(id, name) {name, CONTROL_READ, command_##id},
#define COMMAND_admin(id, name) {name, CONTROL_ADMIN, command_##id},
#define COMMAND_local(id, name)
static const struct command commands[] = {
#include <bansync/command.def>
};
#undef COMMAND
#undef COMMAND_read
#undef COMMAND_admin
#undef COMMAND_local

enum member_type { MEMBER_TEXT, MEMBER_NUMBER, MEMBER_BOOL, MEMBER_ARRAY };

static const struct {
    const char *name;
    enum member_type type;
} members[] = {
    {"command", MEMBER_TEXT},
    {"targets", MEMBER_ARRAY},
    {"for_ms", MEMBER_NUMBER},
    {"permanent", MEMBER_BOOL},
    {"reason", MEMBER_TEXT},
    {"force", MEMBER_BOOL},
    {"wait", MEMBER_BOOL},
    {"ssh_client", MEMBER_TEXT},
    {"allow_ms", MEMBER_NUMBER},
    {"allow_permanent", MEMBER_BOOL},
    {"forget", MEMBER_BOOL},
    {"yes", MEMBER_BOOL},
    {"would", MEMBER_BOOL},
    {"limit", MEMBER_NUMBER},
    {"by_node", MEMBER_TEXT},
    {"since_ms", MEMBER_NUMBER},
    {"dry_run", MEMBER_BOOL},
    {"node", MEMBER_TEXT},
    {"accounts", MEMBER_ARRAY},
    {"accounts_only", MEMBER_BOOL},
    {"in_force", MEMBER_BOOL},
    {"diff", MEMBER_BOOL},
    {"defaults", MEMBER_BOOL},
    {"ends", MEMBER_ARRAY},
    {"reasons", MEMBER_ARRAY},
    {"before", MEMBER_NUMBER},
    {"all", MEMBER_BOOL},
    {"kinds", MEMBER_ARRAY},
    {"events", MEMBER_NUMBER},
    {"repair", MEMBER_BOOL},
    {"wait_ms", MEMBER_NUMBER},
    {"channel", MEMBER_TEXT},
    {"accounts_before", MEMBER_NUMBER},
    {"temporary", MEMBER_BOOL},
    {"source", MEMBER_TEXT},
    {"in", MEMBER_TEXT},
    {"sort", MEMBER_TEXT},
    {"file", MEMBER_TEXT},
    {"at_most", MEMBER_NUMBER},
};

static const struct command *find(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* The first member that no command knows, NULL if none. */
static const char *unknown_member(const struct json *json)
{
    const char *name;

    for (size_t i = 0; (name = json_member(json, i)) != NULL; i++) {
        size_t known = 0;

        while (known < sizeof(members) / sizeof(members[0]) &&
               strcmp(members[known].name, name) != 0)
            known++;
        if (known == sizeof(members) / sizeof(members[0]))
            return name;
    }
    return NULL;
}

/* The first member that is there and of another type than it must be, NULL if none. An array is
 * judged by its command. */
static const char *mistyped_member(const struct json *json)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const char *name = members[i].name;
        int64_t number;
        bool value;

        if (json_has(json, name) &&
            ((members[i].type == MEMBER_TEXT && json_text(json, name) == NULL) ||
             (members[i].type == MEMBER_NUMBER && !json_number(json, name, &number)) ||
             (members[i].type == MEMBER_BOOL && !json_bool(json, name, &value))))
            return name;
    }
    return NULL;
}

void command_deny(struct agent *agent, uint64_t client, const char *what, enum control_role role)
{
    char message[256], hint[256];
    const char *group =
        role == CONTROL_ADMIN ? agent->config->admin_group : agent->config->read_group;

    agent->control_refused++;
    snprintf(message, sizeof(message), "permission denied: \"%s\" needs the role %s", what,
             role == CONTROL_ADMIN ? "admin" : "read");
    snprintf(hint, sizeof(hint),
             "become root or a member of the group \"%s\" (adduser USER %s, then log in again)",
             group, group);
    reply_error(agent, client, "permission", EXIT_PERMISSION, message, hint);
}

static void run(struct agent *agent, const struct control_request *line, const struct json *json)
{
    const char *name = json_text(json, "command");
    const struct command *command = find(name);
    const char *unknown = unknown_member(json), *mistyped = mistyped_member(json);
    struct request request = {line->client, line->uid, line->role, json};
    char message[256];

    if (command == NULL) {
        snprintf(message, sizeof(message), "unknown command \"%.64s\"", name != NULL ? name : "");
        reply_error(agent, line->client, "unknown_command", EXIT_USAGE, message, NULL);
    } else if (line->role < command->role) {
        command_deny(agent, line->client, command->name, command->role);
    } else if (unknown != NULL) {
        snprintf(message, sizeof(message), "unknown member \"%.64s\"", unknown);
        reply_error(agent, line->client, "unknown_member", EXIT_USAGE, message, NULL);
    } else if (mistyped != NULL) {
        snprintf(message, sizeof(message), "member \"%s\" is of the wrong type", mistyped);
        reply_error(agent, line->client, "usage", EXIT_USAGE, message, NULL);
    } else {
        command->run(agent, &request);
    }
}

void command_request(struct agent *agent, const struct control_request *line)
{
    char error[256];
    struct json *json = json_parse(line->line, line->length, error, sizeof(error));

    agent->control_requests++;
    if (json == NULL)
        reply_error(agent, line->client, "malformed", EXIT_INTERNAL, error,
                    "a request is one JSON object on one line: see bansync-protocol(7)");
    else
        run(agent, line, json);
    json_free(&json);
}

void command_turn(struct agent *agent)
{
    watch_turn(agent);
    change_turn(agent);
    import_turn(agent);
    question_turn(agent);
    proof_turn(agent);
    notify_turn(agent);
}

void command_close(struct agent *agent)
{
    watch_close(agent);
    change_close(agent);
    import_close(agent);
    question_close(agent);
    proof_close(agent);
}
