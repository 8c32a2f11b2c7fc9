/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a host costs: frames and bytes by what they are for, and the CPU that its node used.
 *
 * CPU is measured around each call of the node, so what the simulation itself does is not in it.
 * Reading the clock costs about as much as a small call: it is measured and taken off.
 */
#ifndef BANSYNC_SIM_METER_H
#define BANSYNC_SIM_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct message;

enum meter_use {
    METER_PRESENCE, /* HELLO and PING: who is there, and whether it holds the same */
    METER_NEWS,     /* pushes of what is new, and their ACKs */
    METER_REPAIR,   /* descents, and the entries that answer them */
    METER_OTHER,    /* NACKs, and the maps that verify asks for */
    METER_USES,
};

struct meter_flow {
    uint64_t frames, bytes;
};

struct meter {
    bool on;
    struct meter_flow sent[METER_USES], received[METER_USES];
    int64_t cpu_ns;   /* of all spans, the clock's own cost included */
    int64_t began_ns; /* of the span that is open */
    uint64_t spans;
};

/* Around a call of the node; nothing happens unless it is on. Spans do not nest. */
void meter_begin(struct meter *meter);
void meter_end(struct meter *meter);

/* Counts a frame that was decoded to message. */
void meter_count(struct meter_flow flows[METER_USES], const struct message *message, size_t size);

/* All of them together. */
struct meter_flow meter_sum(const struct meter_flow flows[METER_USES]);

/* Forgets what was counted; it stays on. */
void meter_reset(struct meter *meter);

/* CPU of the node in us; span_ns: what meter_span_ns told. Never below 0. */
double meter_cpu_us(const struct meter *meter, double span_ns);

/* What a span costs in which nothing is done, in ns. */
double meter_span_ns(void);

#endif
