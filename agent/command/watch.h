/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who watches, and the queue of each: an event is made once and goes to all who want it.
 *
 * A watcher that does not read keeps WATCH_QUEUE_BYTES_MAX waiting; what comes then is dropped,
 * counted, and its number told in the stream as soon as half of the queue is free again. Nobody
 * waits for a watcher.
 */
#ifndef BANSYNC_WATCH_H
#define BANSYNC_WATCH_H

#include "agent.h"
#include "json.h"

enum watch_kind {
    WATCH_HIT,
    WATCH_BAN,
    WATCH_UNBAN,
    WATCH_ALLOW,
    WATCH_PEER,
    WATCH_BRAKE,
    WATCH_MAP,
    WATCH_KINDS,
};

struct watcher {
    struct watcher *next;
    uint64_t client;
    unsigned kinds; /* a bit each */
    bool has_net;
    struct addr net;        /* only events of senders that it covers, or that cover it */
    int64_t left;           /* events until it has enough; 0: it never has */
    uint64_t told;          /* events */
    uint64_t dropped;       /* since that was last told */
    uint64_t dropped_total; /* ever */
};

/* What the events of no sender were when they were last told. */
struct watch {
    struct watcher *list; /* owned; in no order */
    size_t count;
    bool peers_up[PEERS_MAX];
    uint64_t brakes; /* of the counters */
    bool engaged;
    uint64_t map_writes;
};

/* True if somebody wants such an event; addr: its sender, NULL: it has none. */
bool watch_wants(const struct watch *watch, enum watch_kind kind, const struct addr *addr);

/* Begins an event: schema, time, kind. watch_publish tells it to all who want it and frees it. */
struct json *watch_begin(const struct agent *agent, enum watch_kind kind, struct json **root);
void watch_publish(struct agent *agent, enum watch_kind kind, const struct addr *addr,
                   struct json **root);

/* One that was not made, as there were too many in this turn. */
void watch_skip(struct agent *agent, enum watch_kind kind, const struct addr *addr);

/* Makes the events of the turn (watch_event.c); and notes what is as it is, when the first watcher
 * comes. */
void watch_event_turn(struct agent *agent);
void watch_event_note(struct agent *agent);

#endif
