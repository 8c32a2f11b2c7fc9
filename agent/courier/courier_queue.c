/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The alerts of the spool and who still waits for them, see courier_queue.h.
 */
#include "courier_queue.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define FIRST_PAUSE_MS 1000

size_t courier_queue_find(const struct courier_queue *queue, enum courier_box box, const char *name)
{
    size_t item = 0;

    while (item < queue->count &&
           (queue->list[item].box != box || strcmp(queue->list[item].name, name) != 0))
        item++;
    return item;
}

bool courier_queue_has(const struct courier_queue *queue, enum courier_box box, const char *name)
{
    return courier_queue_find(queue, box, name) < queue->count;
}

bool courier_queue_add(struct courier_queue *queue, enum courier_box box, const char *name,
                       const struct spool_file *file)
{
    struct courier_item *item = &queue->list[queue->count];

    if (queue->count == COURIER_QUEUE_MAX)
        return false;
    memset(item, 0, sizeof(*item));
    item->box = box;
    snprintf(item->name, sizeof(item->name), "%s", name);
    item->count = file != NULL ? file->target_count : 0;
    for (size_t i = 0; i < item->count; i++) {
        item->deliveries[i].channel = file->targets[i].channel;
        item->deliveries[i].done = file->targets[i].done;
        item->deliveries[i].turn = queue->turns++;
    }
    queue->count++;
    return true;
}

static bool waits(const struct courier_delivery *delivery, enum channel channel)
{
    return delivery->channel == channel && !delivery->done && !delivery->busy;
}

/* The delivery of the channel whose turn it is, NULL if none waits. */
static struct courier_delivery *first(struct courier_queue *queue, enum channel channel,
                                      size_t *item, size_t *target)
{
    struct courier_delivery *best = NULL;

    for (size_t i = 0; i < queue->count; i++) {
        for (size_t k = 0; k < queue->list[i].count; k++) {
            struct courier_delivery *one = &queue->list[i].deliveries[k];

            if (!waits(one, channel) || (best != NULL && best->turn < one->turn))
                continue;
            best = one;
            *item = i;
            *target = k;
        }
    }
    return best;
}

bool courier_queue_take(struct courier_queue *queue, enum channel channel, int64_t now_ms,
                        size_t *item, size_t *target)
{
    struct courier_delivery *delivery =
        queue->pauses[channel].next_ms <= now_ms ? first(queue, channel, item, target) : NULL;

    if (delivery == NULL)
        return false;
    delivery->busy = true;
    return true;
}

static struct courier_delivery *at(struct courier_queue *queue, size_t item, size_t target)
{
    assert(item < queue->count && target < queue->list[item].count);
    return &queue->list[item].deliveries[target];
}

void courier_queue_done(struct courier_queue *queue, size_t item, size_t target, bool works)
{
    struct courier_delivery *delivery = at(queue, item, target);

    delivery->busy = false;
    delivery->done = true;
    if (works)
        queue->pauses[delivery->channel] = (struct courier_pause){0};
}

void courier_queue_delay(struct courier_queue *queue, size_t item, size_t target, int64_t now_ms)
{
    struct courier_delivery *delivery = at(queue, item, target);
    struct courier_pause *pause = &queue->pauses[delivery->channel];

    delivery->busy = false;
    delivery->turn = queue->turns++;
    pause->pause_ms = pause->pause_ms == 0 ? FIRST_PAUSE_MS : 2 * pause->pause_ms;
    if (pause->pause_ms > ALERT_RETRY_MS_MAX)
        pause->pause_ms = ALERT_RETRY_MS_MAX;
    pause->next_ms = now_ms + pause->pause_ms;
}

bool courier_queue_is_over(const struct courier_queue *queue, size_t item)
{
    assert(item < queue->count);
    for (size_t i = 0; i < queue->list[item].count; i++)
        if (!queue->list[item].deliveries[i].done)
            return false;
    return true;
}

void courier_queue_give_up(struct courier_queue *queue, size_t item)
{
    assert(item < queue->count);
    for (size_t i = 0; i < queue->list[item].count; i++)
        queue->list[item].deliveries[i].done = true;
}

void courier_queue_remove(struct courier_queue *queue, size_t item)
{
    assert(item < queue->count);
    queue->count--;
    memmove(&queue->list[item], &queue->list[item + 1],
            (queue->count - item) * sizeof(queue->list[0]));
}

size_t courier_queue_waiting(const struct courier_queue *queue)
{
    size_t waiting = 0;

    for (size_t i = 0; i < queue->count; i++)
        for (size_t k = 0; k < queue->list[i].count; k++)
            waiting += !queue->list[i].deliveries[k].done;
    return waiting;
}

int64_t courier_queue_wait_ms(const struct courier_queue *queue, enum channel channel,
                              int64_t now_ms)
{
    int64_t next_ms = queue->pauses[channel].next_ms;

    for (size_t i = 0; i < queue->count; i++)
        for (size_t k = 0; k < queue->list[i].count; k++)
            if (waits(&queue->list[i].deliveries[k], channel))
                return next_ms > now_ms ? next_ms - now_ms : 0;
    return -1;
}

void courier_queue_hurry(struct courier_queue *queue)
{
    memset(queue->pauses, 0, sizeof(queue->pauses));
}
