/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show: everything that is known about one sender.
 */
#include "show.h"

#include <stdio.h>
#include <string.h>

#include "allow_text.h"
#include "beside.h"
#include "command.h"
#include "notice.h"
#include "reply.h"
#include "target.h"

#define SHOW_STRIKES_MAX 100
#define SHOW_ALLOWS_MAX 64
#define SHOW_BESIDE_MAX 64

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

        reply_node(agent, out, "node", strike->origin);
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

/* All that are remembered: those of its strikes, and those of the ban it has. */
static void show_beside(struct json *item, const struct addr *addr, const struct subject *subject,
                        const struct view *view)
{
    bool is_account = addr->kind == ADDR_ACCOUNT;
    struct evidence_text list[SHOW_BESIDE_MAX];
    size_t count = evidence_beside(&subject->strikes, &view->evidence, list, SHOW_BESIDE_MAX);
    size_t told = count < SHOW_BESIDE_MAX ? count : SHOW_BESIDE_MAX;

    reply_texts(item, "accounts", list, is_account ? 0 : told);
    if (is_account)
        reply_texts(item, "addresses", list, told);
    json_add_number(item, is_account ? "address_count" : "account_count", (int64_t)count);
}

/* Hits are, of an account only if the policy says so; or were. */
static bool is_counted(const struct agent *agent, const struct addr *addr, const struct view *view)
{
    return addr->kind != ADDR_ACCOUNT || view->hits > 0 ||
           agent->node.state.policy.accounts != ACCOUNTS_OFF;
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
    show_beside(item, &target.addr, subject, &view);
    reply_texts(item, "buckets", view.evidence.buckets, view.evidence.bucket_count);
    json_add_bool(item, "counted", is_counted(agent, &target.addr, &view));
    json_add_number(item, "threshold", agent->node.state.policy.threshold);
    json_add_text(item, "counts", agent->node.state.policy.count_messages ? "messages" : "hits");
    json_add_number(item, "window_ms", agent->node.state.policy.window_ms);
    reply_time(item, "cut", subject->record.cut.ms);
    reply_time(item, "cut_levels", subject->record.cut.forget_ms);
    reply_allowed(agent, item, &target.addr);
    show_manual(item, &subject->record.manual);
    show_covers(agent, item, &target.addr);
    show_facts(agent, item, subject);
    beside_add(agent, item, &target.addr, subject, &view);
    show_strikes(agent, item, &target.addr, subject->strikes.list, subject->strikes.count);
    reply_send(agent, request->client, &root);
    reply_result(&root, "banctl.show/1", subject != &unknown ? EXIT_DONE : EXIT_NO);
    reply_end(agent, request->client, &root);
}
