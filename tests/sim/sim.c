/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated cluster, see sim.h: time, and what is due in it.
 */
#include "sim.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

void sim_open(struct sim *sim, uint64_t seed)
{
    bool verbose = sim->verbose, measuring = sim->measuring;
    struct message *message = sim->message;

    memset(sim, 0, sizeof(*sim));
    sim->verbose = verbose;
    sim->measuring = measuring;
    sim->message = message != NULL ? message : malloc(sizeof(*message));
    assert(sim->message != NULL);
    sim->seed = seed;
    prng_seed(&sim->prng, seed);
    sim->now_ms = SIM_EPOCH_MS;
    sim->hash = seed;
}

void sim_close(struct sim *sim)
{
    for (size_t i = 0; i < sim->host_count; i++)
        host_free(sim->hosts[i]);
    sim->host_count = 0;
    net_close(&sim->net);
    ledger_close(&sim->ledger);
    free(sim->holding.bytes);
    lies_close(&sim->lies);
    free(sim->message);
    sim->message = NULL;
}

struct host *sim_add_host(struct sim *sim)
{
    struct host *host = host_new(sim->host_count);

    assert(sim->host_count < SIM_HOSTS_MAX);
    host->policy = sim->plan.policy;
    host->turn_ms = INT64_MAX;
    host->drift_from_ms = sim->now_ms;
    host->mono_from_ms = sim->now_ms - 1000000;
    sim->hosts[sim->host_count++] = host;
    return host;
}

void sim_link(struct sim *sim, size_t a, size_t b)
{
    struct host *one = sim->hosts[a], *other = sim->hosts[b];

    one->peers[one->peer_count++] = b;
    other->peers[other->peer_count++] = a;
}

void sim_link_all(struct sim *sim)
{
    const struct plan *plan = &sim->plan;
    size_t half = (plan->hosts + 1) / 2;

    for (size_t i = 0; i < plan->hosts; i++)
        for (size_t k = 0; k < i; k++) {
            bool linked = plan->shape == PLAN_MESH;

            linked |= plan->shape == PLAN_RING && (i == k + 1 || (k == 0 && i == plan->hosts - 1));
            linked |= plan->shape == PLAN_HUB && k == 0;
            linked |=
                plan->shape == PLAN_SITES && ((i < half) == (k < half) || (k == 0 && i == half));
            if (linked)
                sim_link(sim, k, i);
        }
}

void sim_mix(struct sim *sim, uint64_t value)
{
    sim->hash = (sim->hash ^ value) * 0x9fb21c651e98df25;
    sim->hash ^= sim->hash >> 28;
}

static void mix_bytes(struct sim *sim, const uint8_t *bytes, size_t size)
{
    uint64_t word;

    for (; size >= sizeof(word); bytes += sizeof(word), size -= sizeof(word)) {
        memcpy(&word, bytes, sizeof(word));
        sim_mix(sim, word);
    }
    word = size;
    memcpy(&word, bytes, size);
    sim_mix(sim, word);
}

void sim_trace(struct sim *sim, const char *format, ...)
{
    va_list arguments;
    char text[256];

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    sim_mix(sim, (uint64_t)sim->now_ms);
    mix_bytes(sim, (const uint8_t *)text, strlen(text));
    if (sim->verbose)
        printf("%10.3f  %s\n", (double)(sim->now_ms - SIM_EPOCH_MS) / 1000, text);
}

void sim_about(struct sim *sim, const struct addr *addr)
{
    if (sim->rule != 0)
        return;
    sim->is_about = addr != NULL;
    if (addr != NULL)
        sim->about = *addr;
}

void sim_break(struct sim *sim, int rule, const char *format, ...)
{
    va_list arguments;
    size_t used = 0;

    if (sim->rule != 0)
        return;
    sim->rule = rule;
    if (sim->is_about) {
        used = addr_print(&sim->about, sim->failure);
        used += (size_t)snprintf(sim->failure + used, sizeof(sim->failure) - used, ": ");
    }
    va_start(arguments, format);
    vsnprintf(sim->failure + used, sizeof(sim->failure) - used, format, arguments);
    va_end(arguments);
    sim_trace(sim, "broken: rule %d: %s", rule, sim->failure);
}

static void print_frame(struct sim *sim, const struct net_frame *frame)
{
    const char *type = message_decode(frame->bytes, frame->size, sim->message) == MESSAGE_OK
                           ? message_type_name(sim->message->type)
                           : "unknown";

    printf("%10.3f    mx%zu -> mx%zu %s, %zu bytes\n", (double)(sim->now_ms - SIM_EPOCH_MS) / 1000,
           frame->from + 1, frame->to + 1, type, frame->size);
}

static void deliver(struct sim *sim)
{
    struct net_frame frame;

    while (net_take(&sim->net, sim->now_ms, &frame)) {
        sim_mix(sim, (uint64_t)sim->now_ms ^ frame.from << 56 ^ frame.to << 48);
        mix_bytes(sim, frame.bytes, frame.size);
        if (sim->verbose)
            print_frame(sim, &frame);
        host_receive(sim, sim->hosts[frame.to], frame.from, frame.bytes, frame.size);
        free(frame.bytes);
    }
}

static int64_t next_ms(const struct sim *sim)
{
    int64_t next_ms = net_next_ms(&sim->net);

    for (size_t i = 0; i < sim->host_count; i++) {
        const struct host *host = sim->hosts[i];

        if (host->up && host->due)
            return sim->now_ms;
        if (host->up && host->turn_ms < next_ms)
            next_ms = host->turn_ms;
    }
    return next_ms;
}

static void take_turns(struct sim *sim)
{
    for (size_t i = 0; i < sim->host_count; i++) {
        struct host *host = sim->hosts[i];

        if (host->up && (host->due || host->turn_ms <= sim->now_ms))
            host_turn(sim, host);
    }
}

void sim_run(struct sim *sim, int64_t until_ms)
{
    int64_t at_ms;

    while (sim->rule == 0 && (at_ms = next_ms(sim)) <= until_ms) {
        if (at_ms > sim->now_ms)
            sim->now_ms = at_ms;
        deliver(sim);
        take_turns(sim);
    }
    if (sim->now_ms < until_ms)
        sim->now_ms = until_ms;
}

void sim_suspend(struct sim *sim, int64_t ms)
{
    net_flush(&sim->net);
    sim->now_ms += ms;
    sim->stats.suspended_ms += ms;
    for (size_t i = 0; i < sim->host_count; i++)
        sim->hosts[i]->drift_from_ms += ms; /* it would be a clock that is an hour off */
    sim_trace(sim, "all hosts were suspended for %lld s", (long long)ms / 1000);
}
