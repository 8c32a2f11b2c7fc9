/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a host costs, see meter.h.
 */
#include "meter.h"

#include <string.h>
#include <time.h>

#include "message.h"

#define EMPTY_SPANS 20000

static int64_t cpu_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void meter_begin(struct meter *meter)
{
    if (meter->on)
        meter->began_ns = cpu_ns();
}

void meter_end(struct meter *meter)
{
    if (!meter->on)
        return;
    meter->cpu_ns += cpu_ns() - meter->began_ns;
    meter->spans++;
}

static enum meter_use use_of(const struct message *message)
{
    switch ((enum message_type)message->type) {
    case MESSAGE_HELLO:
    case MESSAGE_PING:
        return METER_PRESENCE;
    case MESSAGE_PUSH:
        return message->push.answer != 0 ? METER_REPAIR : METER_NEWS;
    case MESSAGE_ACK:
        return METER_NEWS;
    case MESSAGE_TREE_GET:
    case MESSAGE_TREE:
    case MESSAGE_LEAF_GET:
    case MESSAGE_LEAF:
    case MESSAGE_PULL:
    case MESSAGE_BULK_GET:
        return METER_REPAIR;
    default:
        return METER_OTHER;
    }
}

void meter_count(struct meter_flow flows[METER_USES], const struct message *message, size_t size)
{
    struct meter_flow *flow = &flows[use_of(message)];

    flow->frames++;
    flow->bytes += size;
}

struct meter_flow meter_sum(const struct meter_flow flows[METER_USES])
{
    struct meter_flow sum = {0};

    for (size_t i = 0; i < METER_USES; i++) {
        sum.frames += flows[i].frames;
        sum.bytes += flows[i].bytes;
    }
    return sum;
}

void meter_reset(struct meter *meter)
{
    *meter = (struct meter){.on = meter->on};
}

double meter_cpu_us(const struct meter *meter, double span_ns)
{
    double ns = (double)meter->cpu_ns - (double)meter->spans * span_ns;

    return ns > 0 ? ns / 1000 : 0;
}

double meter_span_ns(void)
{
    struct meter meter = {.on = true};

    for (size_t i = 0; i < EMPTY_SPANS; i++) {
        meter_begin(&meter);
        meter_end(&meter);
    }
    return (double)meter.cpu_ns / EMPTY_SPANS;
}
