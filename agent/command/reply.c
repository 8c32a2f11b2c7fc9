/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending the lines of an answer, see reply.h.
 */
#include "reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hello.h"
#include "notice.h"
#include "roll.h"

struct json *reply_item(struct json **root)
{
    *root = json_open();
    return json_add_object(*root, "item");
}

struct json *reply_result(struct json **root, const char *schema, enum exit_code exit_code)
{
    struct json *result;

    *root = json_open();
    result = json_add_object(*root, "result");
    json_add_text(result, "schema", schema);
    json_add_number(result, "exit", exit_code);
    return result;
}

void reply_send(struct agent *agent, uint64_t client, struct json **root)
{
    size_t size;
    char *line = json_line(*root, &size);

    control_reply(agent->control, client, line, size);
    free(line);
    json_free(root);
}

void reply_end(struct agent *agent, uint64_t client, struct json **root)
{
    reply_send(agent, client, root);
    control_end(agent->control, client);
}

void reply_error(struct agent *agent, uint64_t client, const char *code, enum exit_code exit_code,
                 const char *message, const char *hint)
{
    struct json *root = json_open();
    struct json *error = json_add_object(root, "error");

    json_add_text(error, "code", code);
    json_add_number(error, "exit", exit_code);
    json_add_lines(error, "message", message);
    json_add_text(error, "hint", hint);
    reply_end(agent, client, &root);
}

void reply_net(struct json *object, const char *name, const struct addr *addr)
{
    char text[ADDR_TEXT_SIZE];

    if (addr->kind == ADDR_ACCOUNT) {
        json_add_null(object, name);
        json_add_bytes(object, "account", addr->bytes,
                       addr_is_bannable(addr) ? addr->length : 0); /* but for damage it is */
        return;
    }
    addr_print_net(addr, text);
    json_add_text(object, name, text);
}

void reply_time(struct json *object, const char *name, int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];

    if (ms == 0 || ms == TIME_NEVER_MS) {
        json_add_null(object, name);
        return;
    }
    clock_print(ms, text);
    json_add_text(object, name, text);
}

void reply_hex(struct json *object, const char *name, uint64_t number)
{
    char text[17];

    snprintf(text, sizeof(text), "%016llx", (unsigned long long)number);
    json_add_text(object, name, text);
}

/* Adds a member to old_keys, which *list is once it has one. */
static void add_old_key(const struct agent *agent, struct json *object, uint64_t id,
                        struct json **list)
{
    const char *old = roll_old_name(agent, id);
    char digits[17];

    if (old == NULL)
        return;
    if (*list == NULL)
        *list = json_add_object(object, "old_keys");
    snprintf(digits, sizeof(digits), "%016llx", (unsigned long long)id);
    if (!json_has(*list, digits))
        json_add_text(*list, digits, old);
}

void reply_old_keys(const struct agent *agent, struct json *object, uint64_t id,
                    const struct fact_node *nodes, size_t count)
{
    struct json *list = NULL;

    add_old_key(agent, object, id, &list);
    for (size_t i = 0; i < count; i++)
        add_old_key(agent, object, nodes[i].node, &list);
}

void reply_node(const struct agent *agent, struct json *object, const char *name, uint64_t id)
{
    char text[17];

    json_add_text(object, name, notice_node_name(agent, id, text));
    reply_old_keys(agent, object, id, NULL, 0);
}

void reply_counts(const struct agent *agent, struct json *object, const struct fact_node *nodes,
                  size_t count)
{
    struct json *list = json_add_object(object, "nodes");

    for (size_t i = 0; i < count; i++) {
        char text[17];
        const char *name = notice_node_name(agent, nodes[i].node, text);

        if (json_has(list, name)) { /* two nodes with one name: tell them apart by id */
            snprintf(text, sizeof(text), "%016llx", (unsigned long long)nodes[i].node);
            name = text;
        }
        if (!json_has(list, name)) /* a name may look like an id */
            json_add_number(list, name, nodes[i].strikes);
    }
}

void reply_nodes(const struct agent *agent, struct json *object, const struct fact_node *nodes,
                 size_t count)
{
    reply_counts(agent, object, nodes, count);
    reply_old_keys(agent, object, 0, nodes, count);
}

void reply_texts(struct json *object, const char *name, const struct evidence_text *list,
                 size_t count)
{
    struct json *array = json_add_array(object, name);

    for (size_t i = 0; i < count; i++)
        json_append_bytes(array, list[i].bytes, list[i].size);
}

void reply_allowed(struct agent *agent, struct json *object, const struct addr *addr)
{
    const struct state *state = &agent->node.state;

    json_add_bool(object, "allowed",
                  allows_cover(&state->allows, addr, state_now_ms(state)) != NULL);
}

void reply_beside(struct json *object, const struct addr *subject, const struct evidence *evidence)
{
    bool is_account = subject->kind == ADDR_ACCOUNT;

    reply_texts(object, "accounts", evidence->accounts, is_account ? 0 : evidence->account_count);
    if (is_account)
        reply_texts(object, "addresses", evidence->accounts, evidence->account_count);
}

/* ban_ms: of the ban that hits made; null if it is permanent, or there is none. */
static void reply_level(struct json *object, const struct view *view)
{
    json_add_number(object, "level", view->level);
    if (view->ban_ms != 0 && view->ban_ms != TIME_NEVER_MS)
        json_add_number(object, "ban_ms", view->ban_ms);
    else
        json_add_null(object, "ban_ms");
    reply_time(object, "forgotten", view->forget_ms);
}

void reply_view(struct agent *agent, struct json *object, const struct subject *subject,
                const struct view *view)
{
    const struct manual *manual = &subject->record.manual;

    if (view->banned)
        json_add_text(object, "kind", view->until_ms == TIME_NEVER_MS ? "permanent" : "temporary");
    else
        json_add_null(object, "kind");
    json_add_number(object, "count", (int64_t)view->count);
    json_add_number(object, "hits", (int64_t)view->hits);
    json_add_number(object, "messages", (int64_t)view->messages);
    reply_nodes(agent, object, view->nodes, view->node_count);
    reply_time(object, "since", view_since_ms(&agent->node.state, subject));
    reply_time(object, "last_hit", view->hit_ms);
    reply_time(object, "expires", view->until_ms);
    reply_level(object, view);
    json_add_text(object, "source", !view->banned ? NULL : view->manual ? "manual" : "auto");
    if (view->manual && manual->actor != NULL && manual->actor[0] != '\0')
        json_add_bytes(object, "actor", manual->actor, strlen(manual->actor));
    else
        json_add_null(object, "actor");
    if (view->manual && manual->reason != NULL && manual->reason[0] != '\0')
        json_add_bytes(object, "reason", manual->reason, strlen(manual->reason));
    else
        json_add_null(object, "reason");
}

static void print_digest(uint64_t high, uint64_t low, char text[33])
{
    snprintf(text, 33, "%016llx%016llx", (unsigned long long)high, (unsigned long long)low);
}

void reply_digest(const struct agent *agent, char text[33])
{
    struct hash128 sum = {{0, 0}};

    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        struct hash128 root = state_root(&agent->node.state, kind);

        hash128_add(&sum, &root);
    }
    print_digest(sum.lane[0], sum.lane[1], text);
}

void reply_settled_digest(const struct agent *agent, char text[33])
{
    const struct state *state = &agent->node.state;
    struct hash128 sum;

    if (!state_strike_root(state, hello_second(&agent->node, &agent->now), &sum))
        sum = state_root(state, ENTRY_STRIKE);
    for (enum entry_kind kind = ENTRY_RECORD; kind <= ENTRY_KINDS; kind++) {
        struct hash128 root = state_root(state, kind);

        hash128_add(&sum, &root);
    }
    print_digest(sum.lane[0], sum.lane[1], text);
}

void reply_ping_digest(const struct message_ping *ping, char text[33])
{
    uint64_t high = 0, low = 0;

    for (size_t kind = 0; kind < MESSAGE_KINDS; kind++) {
        high += ping->roots[kind].lane[0];
        low += ping->roots[kind].lane[1];
    }
    print_digest(high, low, text);
}

bool reply_target(struct agent *agent, uint64_t client, const char *text, struct addr *addr)
{
    char message[512];

    if (text != NULL && addr_parse(text, strlen(text), false, addr) == 0) {
        if (addr_is_host(addr) && strchr(text, '/') == NULL)
            *addr = addr_subject(addr, agent->node.ipv6_prefix);
        return true;
    }
    snprintf(message, sizeof(message), "\"%.200s\" is not an IP address or network",
             text != NULL ? text : "");
    reply_error(agent, client, "bad_address", EXIT_USAGE, message,
                text != NULL && strchr(text, '/') != NULL
                    ? "behind the prefix length all bits must be zero, as in 203.0.113.0/24"
                    : NULL);
    return false;
}
