/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operator commands and their confirmation, see batch.h.
 */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#include "push.h"

#define BATCH_AGAIN_MS 250

static struct node_batch *add_batch(struct node *node, const struct now *now)
{
    struct node_batch *batch;

    if (node->batch_count == node->batch_room) {
        size_t room = node->batch_room == 0 ? 16 : node->batch_room * 2;
        struct node_batch *batches = realloc(node->batches, room * sizeof(*batches));

        if (batches == NULL)
            return NULL;
        node->batches = batches;
        node->batch_room = room;
    }
    batch = &node->batches[node->batch_count++];
    *batch = (struct node_batch){
        .ack = ++node->number, .started_ms = now->mono_ms, .pushed_ms = now->mono_ms};
    return batch;
}

static void add_command(struct node_batch *batch, const struct effect *done)
{
    if (batch->count == batch->room) {
        size_t room = batch->room == 0 ? 16 : batch->room * 2;
        struct node_command *commands = realloc(batch->commands, room * sizeof(*commands));

        if (commands == NULL)
            return; /* durable all the same; only its answer is lost */
        batch->commands = commands;
        batch->room = room;
    }
    batch->commands[batch->count++] =
        (struct node_command){done->request, done->outcome, done->addr};
}

/* The oldest batch is over if there are too many: what nobody acknowledges must not pile up. */
static void make_room(struct node *node)
{
    struct node_batch *oldest = NULL;
    size_t waiting = 0;

    for (size_t i = 0; i < node->batch_count; i++) {
        struct node_batch *batch = &node->batches[i];

        if (batch->frame == NULL)
            continue;
        waiting++;
        if (oldest == NULL || batch->started_ms < oldest->started_ms)
            oldest = batch;
    }
    if (waiting < BATCHES_MAX)
        return;
    free(oldest->frame);
    oldest->frame = NULL;
}

/* Sends the frame of the batch and keeps it until it is acknowledged. */
static void close_batch(struct node *node, const struct now *now, struct node_batch *batch)
{
    struct message_push *push = &node->out->push;

    if (push->entry_count == 0)
        return;
    make_room(node);
    push->ack = batch->ack;
    push_broadcast(node, now, NULL);
    if (message_encode(node->out, &batch->frame, &batch->frame_size) != 0)
        batch->frame = NULL;
}

void batch_collect(struct node *node, const struct now *now, size_t first)
{
    struct message_push *push = push_begin(node);
    struct node_batch *batch = NULL;
    size_t bytes = 0;

    for (size_t i = first; i < node->effects.count; i++) {
        const struct effect *effect = &node->effects.list[i];
        bool full = push->entry_count == FRAME_ENTRIES_MAX ||
                    bytes + effect->body_size > PUSH_ENTRY_BYTES_MAX;

        if (effect->type != EFFECT_PUSH && effect->type != EFFECT_DONE)
            continue;
        if (batch != NULL && effect->type == EFFECT_PUSH && full) {
            close_batch(node, now, batch);
            push_begin(node);
            batch = NULL;
            bytes = 0;
        }
        if (batch == NULL)
            batch = add_batch(node, now);
        if (batch == NULL)
            return;
        if (effect->type == EFFECT_DONE) {
            add_command(batch, effect);
            continue;
        }
        push->entries[push->entry_count++] = (struct message_entry){
            effect->kind, effect_body(&node->effects, effect), effect->body_size};
        bytes += effect->body_size + 8;
    }
    if (batch != NULL)
        close_batch(node, now, batch);
}

void batch_ack(struct node *node, size_t peer)
{
    for (size_t i = 0; i < node->batch_count; i++)
        if (node->batches[i].ack == node->in->ack)
            node->batches[i].confirmed[peer] = true;
}

void batch_tick(struct node *node, const struct now *now)
{
    for (size_t i = 0; i < node->batch_count; i++) {
        struct node_batch *batch = &node->batches[i];

        if (batch->frame == NULL || now->mono_ms - batch->pushed_ms < BATCH_AGAIN_MS)
            continue;
        batch->pushed_ms = now->mono_ms;
        for (size_t k = 0; k < node->peer_count; k++)
            if (!batch->confirmed[k] && node_peer_is_up(&node->peers[k], now))
                node_send_bytes(node, k, batch->frame, batch->frame_size);
    }
}

static void batch_free(struct node_batch *batch)
{
    free(batch->commands);
    free(batch->frame);
}

void batch_close(struct node *node)
{
    for (size_t i = 0; i < node->batch_count; i++)
        batch_free(&node->batches[i]);
    free(node->batches);
    node->batches = NULL;
    node->batch_count = node->batch_room = 0;
}

static bool is_over(const struct node *node, const struct node_batch *batch, const struct now *now)
{
    if (batch->frame == NULL || now->mono_ms - batch->started_ms >= COMMAND_WAIT_MS)
        return true;
    for (size_t i = 0; i < node->peer_count; i++)
        if (!batch->confirmed[i] && node_peer_is_up(&node->peers[i], now))
            return false;
    return true;
}

static void tell(const struct node *node, const struct node_batch *batch, const struct now *now,
                 const struct node_command *command, struct node_done *done)
{
    const bool durable = command->outcome != OUTCOME_FAILED; /* else nobody was told of it */

    *done = (struct node_done){.request = command->request,
                               .outcome = command->outcome,
                               .addr = command->addr,
                               .took_ms = now->mono_ms - batch->started_ms,
                               .confirmed = durable ? 1 : 0};
    for (size_t k = 0; k < node->peer_count; k++) {
        done->missing[k] = !durable || !batch->confirmed[k];
        done->confirmed += !done->missing[k];
    }
}

bool batch_take(struct node *node, const struct now *now, struct node_done *done)
{
    for (size_t i = 0; i < node->batch_count;) {
        struct node_batch *batch = &node->batches[i];

        if (!is_over(node, batch, now)) {
            i++;
            continue;
        }
        if (batch->count > 0) {
            tell(node, batch, now, &batch->commands[--batch->count], done);
            return true;
        }
        batch_free(batch);
        *batch = node->batches[--node->batch_count];
    }
    return false;
}
