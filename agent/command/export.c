/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export: every ban with what is to be known to make it again. Found and told in slices; who reads
 * slowly is waited for, so that an answer of any length takes little memory.
 */
#include <stdlib.h>
#include <string.h>

#include "banned.h"
#include "command.h"
#include "reply.h"

#define EXPORT_WORK 16384          /* of one turn, for all: 2 ms */
#define EXPORT_ITEM_WORK 16        /* what one ban costs to be told */
#define EXPORT_UNSENT_BYTES 262144 /* so much of an answer may wait for its reader */
#define EXPORTS_MAX 4              /* at once: each holds the address of every ban */

struct export
{
    struct export *next;
    uint64_t client;
    bool walked;
    struct banned banned;
    size_t told;
};

void command_export(struct agent *agent, const struct request *request)
{
    struct export *export;
    size_t count = 0;

    for (const struct export *other = agent->exports; other != NULL; other = other->next)
        count++;
    if (count == EXPORTS_MAX) {
        reply_error(agent, request->client, "busy", EXIT_DEGRADED,
                    "as many exports as can be at once are under way", "try again later");
        return;
    }
    export = calloc(1, sizeof(*export));
    if (export == NULL) {
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return;
    }
    export->client = request->client;
    export->next = agent->exports;
    agent->exports = export;
}

/* Of a ban by hits nobody is the actor, and there is no reason. */
static void tell_one(struct agent *agent, uint64_t client, const struct subject *subject)
{
    struct json *root, *item = reply_item(&root);
    const struct manual *manual = &subject->record.manual;
    struct view view;

    view_make(&agent->node.state, subject, &view);
    reply_net(item, "net", &subject->addr);
    reply_time(item, "until", view.until_ms);
    if (view.manual && manual->reason != NULL && manual->reason[0] != '\0')
        json_add_bytes(item, "reason", manual->reason, strlen(manual->reason));
    else
        json_add_null(item, "reason");
    if (view.manual && manual->actor != NULL && manual->actor[0] != '\0')
        json_add_bytes(item, "actor", manual->actor, strlen(manual->actor));
    else
        json_add_null(item, "actor");
    reply_time(item, "since", view.since_ms);
    reply_send(agent, client, &root);
}

static void end_answer(struct agent *agent, const struct export *export)
{
    struct json *root, *result = reply_result(&root, "banctl.export/1", EXIT_DONE);

    json_add_number(result, "total", (int64_t) export->told);
    json_add_number(result, "accounts", (int64_t) export->banned.accounts);
    reply_end(agent, export->client, &root);
}

static bool can_go_on(const struct agent *agent, const struct export *export)
{
    return control_unsent(agent->control, export->client) < EXPORT_UNSENT_BYTES;
}

/* True: it is answered. */
static bool go_on(struct agent *agent, struct export *export, size_t work)
{
    const struct subject *subject;
    struct unpacked room;
    int walked;

    if (!export->walked) {
        walked = banned_walk(&export->banned, &agent->node.state, work);
        export->walked = walked > 0;
        if (walked < 0)
            reply_error(agent, export->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return walked < 0;
    }
    for (; work >= EXPORT_ITEM_WORK && can_go_on(agent, export); work -= EXPORT_ITEM_WORK) {
        subject = banned_next(&export->banned, &agent->node.state, &room);
        if (subject == NULL) {
            end_answer(agent, export);
            return true;
        }
        tell_one(agent, export->client, subject);
        export->told++;
    }
    return false;
}

static void drop(struct export **place)
{
    struct export *export = *place;

    *place = export->next;
    banned_clear(&export->banned);
    free(export);
}

void export_turn(struct agent *agent)
{
    struct export **place = &agent->exports;

    while (*place != NULL)
        if (!control_is_connected(agent->control, (*place)->client) ||
            go_on(agent, *place, EXPORT_WORK / EXPORTS_MAX))
            drop(place);
        else
            place = &(*place)->next;
}

bool export_is_busy(const struct agent *agent)
{
    const struct export *export = agent->exports;

    while (export != NULL && !can_go_on(agent, export))
        export = export->next;
    return export != NULL;
}

void export_close(struct agent *agent)
{
    while (agent->exports != NULL)
        drop(&agent->exports);
}
