/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch: who watches, and what each of them is told, see watch.h.
 */
#include "watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "reply.h"
#include "target.h"

#define WATCH_SCHEMA "banctl.event/1"
#define WATCH_EVERYTHING ((1u << WATCH_KINDS) - 1)

static const char *const kind_names[WATCH_KINDS] = {
    [WATCH_HIT] = "hit",     [WATCH_BAN] = "ban",   [WATCH_UNBAN] = "unban",
    [WATCH_ALLOW] = "allow", [WATCH_PEER] = "peer", [WATCH_BRAKE] = "brake",
    [WATCH_MAP] = "map",
};

/* 0, and answered, if there is one that is none. */
static unsigned read_kinds(struct agent *agent, const struct request *request)
{
    size_t count = json_count(request->json, "kinds");
    unsigned kinds = 0;

    for (size_t i = 0; i < count; i++) {
        const char *name = json_array_text(request->json, "kinds", i);
        char message[128];
        size_t kind = 0;

        while (kind < WATCH_KINDS && (name == NULL || strcmp(name, kind_names[kind]) != 0))
            kind++;
        kinds |= 1u << kind;
        if (kind < WATCH_KINDS)
            continue;
        snprintf(message, sizeof(message), "\"%.64s\" is no kind of event", name ? name : "");
        reply_error(agent, request->client, "usage", EXIT_USAGE, message,
                    "kinds:  hit ban unban allow peer brake map");
        return 0;
    }
    return count > 0 ? kinds : WATCH_EVERYTHING;
}

/* False, and answered, if something of it is not right. */
static bool read_request(struct agent *agent, const struct request *request,
                         struct watcher *watcher)
{
    struct target target = {0};

    *watcher = (struct watcher){.client = request->client, .kinds = read_kinds(agent, request)};
    if (watcher->kinds == 0)
        return false;
    if (target_count(request->json) > 1) {
        reply_error(agent, request->client, "usage", EXIT_USAGE,
                    "one address, network or account can be watched", NULL);
        return false;
    }
    watcher->has_net = target_count(request->json) > 0;
    if (watcher->has_net && !target_read(agent, request, 0, &target))
        return false;
    watcher->net = target.addr;
    if (json_has(request->json, "events") &&
        (!json_number(request->json, "events", &watcher->left) || watcher->left < 1)) {
        reply_error(agent, request->client, "usage", EXIT_USAGE, "\"events\" must be 1 or more",
                    NULL);
        return false;
    }
    return true;
}

/* The first line: what is watched, and that it has begun. */
static void tell_start(struct agent *agent, uint64_t client)
{
    const struct policy *policy = &agent->node.state.policy;
    struct json *root, *item = reply_item(&root);

    json_add_text(item, "schema", WATCH_SCHEMA);
    reply_time(item, "time", agent->now.wall_ms);
    json_add_text(item, "kind", "start");
    json_add_text(item, "node", agent->node.name);
    json_add_number(item, "threshold", policy->threshold);
    json_add_text(item, "counts", policy->count_messages ? "messages" : "hits");
    json_add_number(item, "window_ms", policy->window_ms);
    reply_send(agent, client, &root);
}

static bool make_room(struct agent *agent)
{
    if (agent->watch != NULL)
        return true;
    agent->watch = calloc(1, sizeof(*agent->watch));
    if (agent->watch == NULL)
        return false;
    watch_event_note(agent);
    return true;
}

void command_watch(struct agent *agent, const struct request *request)
{
    struct watcher read, *watcher;

    if (!read_request(agent, request, &read))
        return;
    if (agent->watch != NULL && agent->watch->count == WATCHERS_MAX) {
        reply_error(agent, request->client, "busy", EXIT_DEGRADED, "as many watch as can at a time",
                    "end one of them");
        return;
    }
    watcher = malloc(sizeof(*watcher));
    if (watcher == NULL || !make_room(agent)) {
        free(watcher);
        reply_error(agent, request->client, "memory", EXIT_INTERNAL, "no memory", NULL);
        return;
    }
    *watcher = read;
    watcher->next = agent->watch->list;
    agent->watch->list = watcher;
    agent->watch->count++;
    control_stream(agent->control, request->client);
    tell_start(agent, request->client);
}

struct json *watch_begin(const struct agent *agent, enum watch_kind kind, struct json **root)
{
    struct json *item = reply_item(root);

    json_add_text(item, "schema", WATCH_SCHEMA);
    reply_time(item, "time", agent->now.wall_ms);
    json_add_text(item, "kind", kind_names[kind]);
    return item;
}

static bool is_wanted(const struct watcher *watcher, enum watch_kind kind, const struct addr *addr)
{
    if ((watcher->kinds & 1u << kind) == 0)
        return false;
    if (!watcher->has_net)
        return kind != WATCH_HIT || addr->kind != ADDR_ACCOUNT; /* that of its address tells it */
    return addr != NULL && (addr_covers(&watcher->net, addr) || addr_covers(addr, &watcher->net));
}

bool watch_wants(const struct watch *watch, enum watch_kind kind, const struct addr *addr)
{
    for (const struct watcher *watcher = watch->list; watcher != NULL; watcher = watcher->next)
        if (is_wanted(watcher, kind, addr))
            return true;
    return false;
}

static bool has_enough(const struct watcher *watcher)
{
    return watcher->left > 0 && watcher->told >= (uint64_t)watcher->left;
}

/* Once half of the queue is free: a line for each event that was dropped would be no relief. */
static void tell_dropped(struct agent *agent, struct watcher *watcher)
{
    struct json *root, *item;

    if (watcher->dropped == 0 ||
        control_unsent(agent->control, watcher->client) > WATCH_QUEUE_BYTES_MAX / 2)
        return;
    item = reply_item(&root);
    json_add_text(item, "schema", WATCH_SCHEMA);
    reply_time(item, "time", agent->now.wall_ms);
    json_add_text(item, "kind", "dropped");
    json_add_number(item, "events", (int64_t)watcher->dropped);
    watcher->dropped = 0;
    reply_send(agent, watcher->client, &root);
}

static void drop_event(struct watcher *watcher)
{
    watcher->dropped++;
    watcher->dropped_total++;
}

static void tell(struct agent *agent, struct watcher *watcher, const char *line, size_t size)
{
    if (has_enough(watcher))
        return;
    tell_dropped(agent, watcher);
    if (watcher->dropped > 0 ||
        control_unsent(agent->control, watcher->client) + size > WATCH_QUEUE_BYTES_MAX) {
        drop_event(watcher);
        return;
    }
    control_reply(agent->control, watcher->client, line, size);
    watcher->told++;
}

void watch_publish(struct agent *agent, enum watch_kind kind, const struct addr *addr,
                   struct json **root)
{
    size_t size;
    char *line = json_line(*root, &size);

    for (struct watcher *watcher = agent->watch->list; watcher != NULL; watcher = watcher->next)
        if (is_wanted(watcher, kind, addr))
            tell(agent, watcher, line, size);
    free(line);
    json_free(root);
}

void watch_skip(struct agent *agent, enum watch_kind kind, const struct addr *addr)
{
    for (struct watcher *watcher = agent->watch->list; watcher != NULL; watcher = watcher->next)
        if (is_wanted(watcher, kind, addr) && !has_enough(watcher))
            drop_event(watcher);
}

static void end_answer(struct agent *agent, const struct watcher *watcher)
{
    struct json *root, *result = reply_result(&root, "banctl.watch/1", EXIT_DONE);

    json_add_number(result, "events", (int64_t)watcher->told);
    json_add_number(result, "dropped", (int64_t)watcher->dropped_total);
    reply_end(agent, watcher->client, &root);
}

/* Those who have gone, and those who have enough; the others are sent what they were told. */
static void let_go(struct agent *agent)
{
    struct watcher **place = &agent->watch->list;

    while (*place != NULL) {
        struct watcher *watcher = *place;

        if (control_is_connected(agent->control, watcher->client) && !has_enough(watcher)) {
            tell_dropped(agent, watcher);
            control_send(agent->control, watcher->client);
            place = &watcher->next;
            continue;
        }
        if (has_enough(watcher))
            end_answer(agent, watcher);
        *place = watcher->next;
        agent->watch->count--;
        free(watcher);
    }
}

void watch_turn(struct agent *agent)
{
    if (agent->watch == NULL)
        return;
    watch_event_turn(agent);
    let_go(agent);
    if (agent->watch->list == NULL)
        watch_close(agent);
}

void watch_close(struct agent *agent)
{
    if (agent->watch == NULL)
        return;
    while (agent->watch->list != NULL) {
        struct watcher *watcher = agent->watch->list;

        agent->watch->list = watcher->next;
        free(watcher);
    }
    free(agent->watch);
    agent->watch = NULL;
}
