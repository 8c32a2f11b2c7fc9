/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The alerts of both spools and who still waits for them, by channel, in the order in which they
 * are tried.
 *
 * After a failure the next attempt by that channel, of whatever alert, waits: a second, then twice
 * as long each time, up to ALERT_RETRY_MS_MAX. The delivery that failed goes to the end of its
 * channel, so that it holds up no other. Does not: read a clock or the spool.
 */
#ifndef BANSYNC_COURIER_COURIER_QUEUE_H
#define BANSYNC_COURIER_COURIER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spool.h"

#define COURIER_QUEUE_MAX (ALERT_SPOOL_MAX + ALERT_SECOND_MAX)

struct courier_delivery {
    enum channel channel;
    bool done, busy;
    uint64_t turn; /* the lowest of a channel comes first */
};

/* Whose alert it is. */
enum courier_box { COURIER_FIRST, COURIER_SECOND, COURIER_BOXES };

struct courier_item {
    enum courier_box box;
    char name[SPOOL_NAME_SIZE];
    size_t count; /* 0: none of ours, and it could not be set aside */
    struct courier_delivery deliveries[ALERT_TARGETS_MAX];
};

struct courier_queue {
    struct courier_item list[COURIER_QUEUE_MAX];
    size_t count;
    uint64_t turns;
    struct courier_pause {
        int64_t next_ms;  /* not before */
        int64_t pause_ms; /* after the last failure; 0: it was none */
    } pauses[CHANNEL_COUNT];
};

bool courier_queue_has(const struct courier_queue *queue, enum courier_box box, const char *name);

/* Adds an alert; file NULL: only its name, to be left alone. False: the queue is full. */
bool courier_queue_add(struct courier_queue *queue, enum courier_box box, const char *name,
                       const struct spool_file *file);

/* The first delivery of that channel that may be tried now, which is busy then; false if there is
 * none. Its alert is queue->list[*item]: an index holds until the next removal. */
bool courier_queue_take(struct courier_queue *queue, enum channel channel, int64_t now_ms,
                        size_t *item, size_t *target);

/* Where that alert is now; queue->count: gone. */
size_t courier_queue_find(const struct courier_queue *queue, enum courier_box box,
                          const char *name);

/* How a busy delivery ended: it is done with, and the channel works or not; or it waits again. */
void courier_queue_done(struct courier_queue *queue, size_t item, size_t target, bool works);
void courier_queue_delay(struct courier_queue *queue, size_t item, size_t target, int64_t now_ms);

/* True if nobody waits for it. */
bool courier_queue_is_over(const struct courier_queue *queue, size_t item);

/* Nobody waits for it any more, though its file is still there: it is not tried again. */
void courier_queue_give_up(struct courier_queue *queue, size_t item);
void courier_queue_remove(struct courier_queue *queue, size_t item);

/* Deliveries that are not done. */
size_t courier_queue_waiting(const struct courier_queue *queue);

/* Time until one of that channel may be tried; -1: none waits. */
int64_t courier_queue_wait_ms(const struct courier_queue *queue, enum channel channel,
                              int64_t now_ms);

/* Ends the pauses of all channels. */
void courier_queue_hurry(struct courier_queue *queue);

#endif
