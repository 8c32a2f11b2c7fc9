/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list, show and check: what is known about senders.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allow_text.h"
#include "command.h"
#include "derive.h"
#include "list.h"
#include "mapwriter.h"
#include "notice.h"
#include "reply.h"
#include "tally.h"
#include "target.h"
#include "userfile.h"

#define SHOW_STRIKES_MAX 100
#define SHOW_ALLOWS_MAX 64

/* Whether an allow entry keeps it out of the map. */
static void add_allowed(struct agent *agent, struct json *item, const struct addr *addr)
{
    const struct state *state = &agent->node.state;

    json_add_bool(item, "allowed", allows_cover(&state->allows, addr, state_now_ms(state)) != NULL);
}

static void list_one(struct agent *agent, uint64_t client, const struct addr *addr)
{
    struct unpacked room;
    const struct subject *subject = state_find(&agent->node.state, addr, &room);
    struct json *root, *item;
    struct view view;

    if (subject == NULL)
        return; /* it was there just now */
    item = reply_item(&root);
    view_make(&agent->node.state, subject, &view);
    reply_net(item, "net", &subject->addr);
    reply_view(agent, item, subject, &view);
    add_allowed(agent, item, &subject->addr);
    reply_send(agent, client, &root);
}

/* All that are banned, in the order of the map. 0, or -1 without memory; list is the caller's to
 * clear. */
static int find_banned(const struct state *state, bool accounts_only, struct addrs *list)
{
    const struct subject *subject;

    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;)
        if ((!accounts_only || subject->addr.kind == ADDR_ACCOUNT) &&
            record_is_banned(&subject->record, state_now_ms(state)) &&
            addrs_append(list, &subject->addr) != 0)
            return -1;
    addrs_sort(list);
    return 0;
}

/* Leaves those in the list that are not in force because of mode observe; a file that cannot be
 * read has none in force. */
static void keep_would(struct agent *agent, struct addrs *list)
{
    const struct state *state = &agent->node.state;
    struct prefixes prefixes = {0};
    struct prefixes_walk walk;
    struct addrs users = {0};
    size_t kept = 0;

    if (agent->config->observe && mapwriter_prefixes(agent, &prefixes) != 0)
        prefixes_clear(&prefixes);
    if (agent->config->observe && userfile_accounts(agent, &users) != 0)
        addrs_clear(&users);
    prefixes_walk_begin(&walk, &prefixes);
    for (size_t i = 0; i < list->count && agent->config->observe; i++) {
        const struct addr *addr = &list->list[i];

        if (!(addr->kind == ADDR_ACCOUNT ? addrs_has(&users, addr)
                                         : prefixes_walk_covers(&walk, addr)) &&
            allows_cover(&state->allows, addr, state_now_ms(state)) == NULL)
            list->list[kept++] = *addr;
    }
    list->count = kept;
    addrs_clear(&users);
    prefixes_clear(&prefixes);
}

void command_list(struct agent *agent, const struct request *request)
{
    struct json *root, *result;
    char digest[33];
    bool would = false, accounts_only = false;
    int64_t limit = INT64_MAX;
    struct addrs list = {0};

    json_bool(request->json, "would", &would);
    json_bool(request->json, "accounts_only", &accounts_only);
    json_number(request->json, "limit", &limit);
    if (limit < 1) {
        reply_error(agent, request->client, "usage", EXIT_USAGE, "\"limit\" must be 1 or more",
                    NULL);
        return;
    }
    if (find_banned(&agent->node.state, accounts_only, &list) != 0) {
        addrs_clear(&list);
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return;
    }
    if (would)
        keep_would(agent, &list);
    for (size_t i = 0; i < list.count && (int64_t)i < limit; i++)
        list_one(agent, request->client, &list.list[i]);
    result = reply_result(&root, "banctl.list/1", EXIT_DONE);
    reply_digest(agent, digest);
    json_add_number(result, "total", (int64_t)list.count);
    json_add_text(result, "digest", digest);
    json_add_bool(result, "would", would);
    json_add_text(result, "mode", agent->config->observe ? "observe" : "enforce");
    reply_end(agent, request->client, &root);
    addrs_clear(&list);
}

/* Of a fact that was made without counting them it is null. */
static void show_messages(struct json *out, const struct fact *fact)
{
    struct evidence evidence;

    if (evidence_read(fact->evidence, fact->evidence_size, &evidence) && evidence.messages > 0)
        json_add_number(out, "messages", evidence.messages);
    else
        json_add_null(out, "messages");
}

static void show_facts(struct agent *agent, struct json *item, const struct subject *subject)
{
    struct json *list = json_add_array(item, "facts");

    for (size_t i = 0; i < subject->record.facts.count; i++) {
        const struct fact *fact = &subject->record.facts.list[i];
        struct json *out = json_append_object(list);

        reply_time(out, "first", fact->first_ms);
        reply_time(out, "last", fact->last_ms);
        reply_time(out, "until", fact->until_ms);
        json_add_number(out, "level", fact->level);
        reply_time(out, "forgotten", fact->forget_ms);
        show_messages(out, fact);
        reply_nodes(agent, out, fact->nodes, fact->node_count);
    }
}

void show_manual(struct json *item, const struct manual *manual)
{
    struct json *out;

    if (manual->stamp.hlc == 0) {
        json_add_null(item, "manual");
        return;
    }
    out = json_add_object(item, "manual");
    json_add_text(out, "kind", manual->kind == MANUAL_BAN ? "ban" : "unban");
    reply_time(out, "time", stamp_ms(manual->stamp.hlc));
    reply_time(out, "until", manual->until_ms);
    json_add_bytes(out, "actor", manual->actor, strlen(manual->actor));
    json_add_bytes(out, "reason", manual->reason, strlen(manual->reason));
}

/* The same for strikes of one message. */
static void show_message(struct json *out, uint32_t message)
{
    char text[9];

    snprintf(text, sizeof(text), "%08x", message);
    json_add_text(out, "message", message != 0 ? text : NULL);
}

void show_strikes(struct agent *agent, struct json *item, const struct addr *addr,
                  const struct strike *strikes, size_t count)
{
    struct json *list = json_add_array(item, "strikes");

    for (size_t i = 0; i < count && i < SHOW_STRIKES_MAX; i++) {
        const struct strike *strike = &strikes[count - 1 - i];
        struct json *out = json_append_object(list);
        const uint8_t *bytes;
        size_t size;
        char text[17];

        json_add_text(out, "node", notice_node_name(agent, strike->origin, text));
        reply_time(out, "time", strike->t_ms);
        bytes = strike_bucket(strike, &size);
        json_add_bytes(out, "bucket", bytes, size);
        bytes = strike_account(strike, &size);
        json_add_bytes(out, addr->kind == ADDR_ACCOUNT ? "address" : "account", bytes, size);
        show_message(out, strike_message(strike));
    }
}

void show_covers(struct agent *agent, struct json *item, const struct addr *addr)
{
    const struct state *state = &agent->node.state;
    struct json *covered = json_add_array(item, "covered_by");
    struct json *allowed = json_add_array(item, "allowed_by");
    const struct allow *allows[SHOW_ALLOWS_MAX];
    size_t count =
        allows_covers(&state->allows, addr, state_now_ms(state), allows, SHOW_ALLOWS_MAX);
    struct addr wide = *addr;
    char text[ADDR_TEXT_SIZE];

    for (unsigned length = addr->kind == ADDR_ACCOUNT ? 0 : addr->length; length-- > 0;) {
        const struct subject *subject;
        struct unpacked room;

        addr_widen(&wide, length);
        subject = state_find(state, &wide, &room);
        if (subject == NULL || !record_is_banned(&subject->record, state_now_ms(state)))
            continue;
        addr_print_net(&wide, text);
        json_append_text(covered, text);
    }
    for (size_t i = 0; i < count; i++)
        allow_text_members(agent, json_append_object(allowed), allows[i]);
}

void command_show(struct agent *agent, const struct request *request)
{
    static const struct subject unknown;
    struct json *root, *item;
    const struct subject *subject;
    struct unpacked room;
    struct view view;
    struct target target;

    if (!target_has_some(agent, request) || !target_read(agent, request, 0, &target))
        return;
    subject = state_find(&agent->node.state, &target.addr, &room);
    item = reply_item(&root);
    reply_net(item, "net", &target.addr);
    if (subject == NULL)
        subject = &unknown;
    view_make(&agent->node.state, subject, &view);
    json_add_bool(item, "banned", view.banned);
    json_add_bool(item, "observe", agent->config->observe);
    reply_view(agent, item, subject, &view);
    if (target.addr.kind == ADDR_ACCOUNT)
        json_add_number(item, "address_count", (int64_t)tally_beside(&subject->strikes));
    reply_texts(item, "buckets", view.evidence.buckets, view.evidence.bucket_count);
    json_add_number(item, "threshold", agent->node.state.policy.threshold);
    json_add_text(item, "counts", agent->node.state.policy.count_messages ? "messages" : "hits");
    json_add_number(item, "window_ms", agent->node.state.policy.window_ms);
    reply_time(item, "cut", subject->record.cut.ms);
    reply_time(item, "cut_levels", subject->record.cut.forget_ms);
    add_allowed(agent, item, &target.addr);
    show_manual(item, &subject->record.manual);
    show_covers(agent, item, &target.addr);
    show_facts(agent, item, subject);
    show_strikes(agent, item, &target.addr, subject->strikes.list, subject->strikes.count);
    reply_send(agent, request->client, &root);
    reply_result(&root, "banctl.show/1", subject != &unknown ? EXIT_DONE : EXIT_NO);
    reply_end(agent, request->client, &root);
}

static enum exit_code check_one(struct agent *agent, uint64_t client, const struct target *target)
{
    const struct state *state = &agent->node.state;
    struct unpacked room;
    const struct subject *subject = state_find_cover(state, &target->host, &room);
    bool allowed = allows_cover(&state->allows, &target->host, state_now_ms(state)) != NULL;
    bool banned = subject != NULL && !allowed;
    struct json *root, *item = reply_item(&root);

    target_add(item, target);
    json_add_bool(item, "banned", banned);
    json_add_bool(item, "observe", agent->config->observe);
    if (banned && target->addr.kind != ADDR_ACCOUNT)
        reply_net(item, "net", &subject->addr);
    else
        json_add_null(item, "net");
    reply_send(agent, client, &root);
    return banned ? EXIT_DONE : EXIT_NO;
}

void command_check(struct agent *agent, const struct request *request)
{
    enum exit_code exit_code = EXIT_DONE;
    struct target targets[CONTROL_TARGETS_MAX];
    struct json *root;
    size_t count;

    if (!target_read_all(agent, request, targets, &count))
        return;
    for (size_t i = 0; i < count; i++)
        if (check_one(agent, request->client, &targets[i]) == EXIT_NO)
            exit_code = EXIT_NO;
    reply_result(&root, "banctl.check/1", exit_code);
    reply_end(agent, request->client, &root);
}
