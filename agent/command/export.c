/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export: every ban, of addresses and then of accounts, with what is to be known to make it again.
 * Found and told in slices; who reads slowly is waited for, so that an answer of any length takes
 * little memory.
 */
#include <string.h>

#include "banned.h"
#include "command.h"
#include "map_pieces.h"
#include "question.h"
#include "reply.h"

#define EXPORT_ITEM_WORK 24    /* what one ban costs to be told */
#define PIECES_FOUND_FOR_ONE 4 /* pieces of a ban, for one piece of work */
#define EXPORTS_MAX 4          /* at once: each holds whom every ban is for */

struct export
{
    struct question question;
    bool in_force; /* without what the allowlist keeps out of the maps */
    bool walked;
    struct banned banned;
    size_t told, accounts;
    size_t allowed;         /* bans that are on the allowlist, as a whole */
    struct addr whole;      /* the ban whose pieces are told */
    struct prefixes pieces; /* owned */
    size_t piece;           /* the next one */
};

static void add_account(struct json *item, const struct addr *account)
{
    char name[ADDR_NAME_SIZE];

    json_add_null(item, "net");
    json_add_bytes(item, "account", name, addr_print_name(account, name));
}

/* Of a ban by hits, in place of a reason: what banctl makes one of. */
static void add_hits(struct json *item, const struct subject *subject, const struct view *view)
{
    json_add_number(item, "hits", (int64_t)view->hits);
    json_add_number(item, "messages", (int64_t)view->messages);
    reply_beside(item, &subject->addr, &view->evidence);
}

/* addr: the subject's, or a piece of it. Of a ban by hits nobody is the actor, and there is no
 * reason. */
static void tell_one(struct agent *agent, uint64_t client, const struct addr *addr,
                     const struct subject *subject)
{
    struct json *root, *item = reply_item(&root);
    const struct manual *manual = &subject->record.manual;
    struct view view;

    view_make(&agent->node.state, subject, &view);
    if (addr->kind == ADDR_ACCOUNT)
        add_account(item, addr);
    else
        reply_net(item, "net", addr);
    reply_time(item, "until", view.until_ms);
    if (view.manual && manual->reason != NULL && manual->reason[0] != '\0')
        json_add_bytes(item, "reason", manual->reason, strlen(manual->reason));
    else
        json_add_null(item, "reason");
    if (view.manual && manual->actor != NULL && manual->actor[0] != '\0')
        json_add_bytes(item, "actor", manual->actor, strlen(manual->actor));
    else
        json_add_null(item, "actor");
    reply_time(item, "since", view_since_ms(&agent->node.state, subject));
    if (!view.manual)
        add_hits(item, subject, &view);
    reply_send(agent, client, &root);
}

/* Whose pieces are told next; some bans have many. Returns what it cost, 0 without memory. */
static size_t split(const struct state *state, struct export *export, const struct subject *subject)
{
    export->whole = subject->addr;
    export->piece = export->pieces.count = 0;
    return map_pieces_append(state, &subject->addr, &export->pieces) == 0
               ? 1 + export->pieces.count / PIECES_FOUND_FOR_ONE
               : 0;
}

/* The next piece, as long as its ban is in force. Returns what it cost. */
static size_t tell_piece(struct agent *agent, struct export *export)
{
    const struct state *state = &agent->node.state;
    struct unpacked room;
    const struct subject *subject = state_find(state, &export->whole, &room);
    struct addr piece = prefixes_at(&export->pieces, export->piece++);

    if (subject == NULL || !record_is_banned(&subject->record, state_now_ms(state))) {
        export->piece = export->pieces.count;
        return 1;
    }
    tell_one(agent, export->question.client, &piece, subject);
    export->told++;
    return EXPORT_ITEM_WORK;
}

/* Returns what it cost, 0 without memory. */
static size_t tell(struct agent *agent, struct export *export, const struct subject *subject)
{
    const struct state *state = &agent->node.state;
    bool is_account = subject->addr.kind == ADDR_ACCOUNT;

    if (allows_cover(&state->allows, &subject->addr, state_now_ms(state)) != NULL) {
        export->allowed++;
        if (export->in_force)
            return 1;
    }
    if (export->in_force && !is_account)
        return split(state, export, subject);
    tell_one(agent, export->question.client, &subject->addr, subject);
    export->told++;
    export->accounts += is_account;
    return EXPORT_ITEM_WORK;
}

static void end_answer(struct agent *agent, const struct export *export)
{
    struct json *root, *result = reply_result(&root, "banctl.export/1", EXIT_DONE);

    json_add_number(result, "total", (int64_t) export->told);
    json_add_number(result, "accounts", (int64_t) export->accounts);
    json_add_number(result, "allowed", (int64_t) export->allowed);
    reply_end(agent, export->question.client, &root);
}

/* False: there is no memory. */
static bool walk(struct agent *agent, struct export *export, size_t *work)
{
    int result = banned_walk(&export->banned, &agent->node.state, work);

    export->walked = result > 0;
    return result >= 0;
}

/* The next ban, or the next piece of one. Returns what it cost, 0 without memory; over: there is
 * none. */
static size_t tell_next(struct agent *agent, struct export *export, bool *over)
{
    struct unpacked room;
    const struct subject *subject;

    if (export->piece < export->pieces.count)
        return tell_piece(agent, export);
    subject = banned_next(&export->banned, &agent->node.state, &room);
    *over = subject == NULL;
    return *over ? 1 : tell(agent, export, subject);
}

static bool go_on(struct agent *agent, void *question, size_t *work)
{
    struct export *export = question;
    bool failed = !export->walked && !walk(agent, export, work), over = false;

    while (export->walked && !failed && !over && *work > 0) {
        size_t cost = tell_next(agent, export, &over);

        failed = cost == 0;
        question_spend(work, cost);
    }
    if (failed)
        reply_error(agent, export->question.client, "memory", EXIT_INTERNAL, "no memory", NULL);
    else if (over)
        end_answer(agent, export);
    return failed || over;
}

static void end(void *question)
{
    struct export *export = question;

    banned_clear(&export->banned);
    prefixes_clear(&export->pieces);
}

static const struct question_kind kind = {
    .size = sizeof(struct export), .at_once = EXPORTS_MAX, .go_on = go_on, .end = end};

void command_export(struct agent *agent, const struct request *request)
{
    struct export export = {.told = 0};

    json_bool(request->json, "in_force", &export.in_force);
    banned_begin(&export.banned, 0, NULL, NULL); /* takes no memory, so it does not fail */
    if (question_count(agent, &kind) == EXPORTS_MAX)
        reply_error(agent, request->client, "busy", EXIT_DEGRADED,
                    "as many exports as can be at once are under way", "try again later");
    else
        question_ask(agent, request->client, &kind, &export);
}
