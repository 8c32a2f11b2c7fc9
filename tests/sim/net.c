/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated network, see net.h.
 */
#include "net.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

static bool is_before(const struct net_frame *a, const struct net_frame *b)
{
    return a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->number < b->number);
}

static void swap(struct net_frame *a, struct net_frame *b)
{
    struct net_frame kept = *a;

    *a = *b;
    *b = kept;
}

static void push(struct net *net, const struct net_frame *frame)
{
    size_t i = net->count;

    if (net->count == net->room) {
        net->room = net->room * 2 + 256;
        net->heap = realloc(net->heap, net->room * sizeof(*net->heap));
        assert(net->heap != NULL);
    }
    net->heap[net->count++] = *frame;
    for (; i > 0 && is_before(&net->heap[i], &net->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&net->heap[i], &net->heap[(i - 1) / 2]);
}

static struct net_frame pop(struct net *net)
{
    struct net_frame first = net->heap[0];
    size_t i = 0;

    net->heap[0] = net->heap[--net->count];
    for (;;) {
        size_t child = 2 * i + 1;

        if (child + 1 < net->count && is_before(&net->heap[child + 1], &net->heap[child]))
            child++;
        if (child >= net->count || !is_before(&net->heap[child], &net->heap[i]))
            return first;
        swap(&net->heap[i], &net->heap[child]);
        i = child;
    }
}

static int64_t arrival_ms(struct sim *sim)
{
    struct net *net = &sim->net;
    int64_t at_ms = sim->now_ms + net->delay_ms;

    if (net->jitter_ms > 0)
        at_ms += prng_range(&sim->prng, 0, net->jitter_ms);
    if (prng_chance(&sim->prng, net->late))
        at_ms += prng_range(&sim->prng, 0, net->late_ms);
    return at_ms;
}

bool net_send(struct sim *sim, size_t from, size_t to, uint8_t *bytes, size_t size)
{
    struct net *net = &sim->net;
    struct net_frame frame = {.from = from, .to = to, .bytes = bytes, .size = size};

    if (net->links[from][to] != NET_UP || prng_chance(&sim->prng, net->loss)) {
        sim->stats.lost++;
        free(bytes);
        return net->links[from][to] != NET_REFUSED;
    }
    if (prng_chance(&sim->prng, net->twice)) {
        struct net_frame copy = frame;

        copy.bytes = malloc(size);
        assert(copy.bytes != NULL);
        memcpy(copy.bytes, bytes, size);
        copy.at_ms = arrival_ms(sim);
        copy.number = net->number++;
        push(net, &copy);
        sim->stats.doubled++;
    }
    frame.at_ms = arrival_ms(sim);
    frame.number = net->number++;
    push(net, &frame);
    return true;
}

int64_t net_next_ms(const struct net *net)
{
    return net->count > 0 ? net->heap[0].at_ms : INT64_MAX;
}

bool net_take(struct net *net, int64_t now_ms, struct net_frame *frame)
{
    if (net->count == 0 || net->heap[0].at_ms > now_ms)
        return false;
    *frame = pop(net);
    return true;
}

bool net_has_later(const struct net *net, int64_t at_ms)
{
    for (size_t i = 0; i < net->count; i++)
        if (net->heap[i].at_ms > at_ms)
            return true;
    return false;
}

void net_flush(struct net *net)
{
    for (size_t i = 0; i < net->count; i++)
        free(net->heap[i].bytes);
    net->count = 0;
}

void net_close(struct net *net)
{
    net_flush(net);
    free(net->heap);
    net->heap = NULL;
    net->room = 0;
}
