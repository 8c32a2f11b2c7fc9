/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service manager is told, see service.h.
 */
#include "service.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "ingest.h"
#include "notify.h"

#define SERVICE_LOOK_MS 1000

/* "42 entries in the map, 2 of 2 peers up; log: Permission denied" */
static void print_status(const struct agent *agent, char *text, size_t size)
{
    const struct node *node = &agent->node;
    const char *log = ingest_problem(agent);
    size_t up = 0;

    for (size_t i = 0; i < node->peer_count; i++)
        up += node_peer_is_up(&node->peers[i], &agent->now);
    snprintf(text, size, "%zu %s in the map, %zu of %zu peers up%s%s%s%s", agent->mapwriter.entries,
             agent->mapwriter.entries == 1 ? "entry" : "entries", up, node->peer_count,
             agent->mapwriter.failing ? "; the map cannot be written" : "",
             agent->persist.failing ? "; the database cannot be written" : "",
             log != NULL ? "; log: " : "", log != NULL ? log : "");
}

/* Sends words and the status, or the status alone if it changed. */
static void send_status(struct agent *agent, const char *words)
{
    struct service *service = &agent->service;
    char status[sizeof(service->status)], message[sizeof(status) + 64];

    service->looked_ms = agent->now.mono_ms;
    print_status(agent, status, sizeof(status));
    if (words[0] == '\0' && strcmp(status, service->status) == 0)
        return;
    memcpy(service->status, status, sizeof(status));
    snprintf(message, sizeof(message), "%sSTATUS=%s", words, status);
    notify_send(message);
}

void service_ready(struct agent *agent)
{
    agent->service.watchdog_ms = notify_watchdog_ms();
    agent->service.fed_ms = agent->now.mono_ms;
    send_status(agent, "READY=1\n");
}

void service_turn(struct agent *agent)
{
    struct service *service = &agent->service;

    if (service->watchdog_ms > 0 && agent->now.mono_ms - service->fed_ms >= service->watchdog_ms) {
        service->fed_ms = agent->now.mono_ms;
        notify_send("WATCHDOG=1");
    }
    if (agent->now.mono_ms - service->looked_ms >= SERVICE_LOOK_MS)
        send_status(agent, "");
}

void service_reloading(void)
{
    char message[64];

    snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
             clock_monotonic_us());
    notify_send(message);
}

void service_reloaded(void)
{
    notify_send("READY=1");
}

void service_stopping(void)
{
    notify_send("STOPPING=1");
}
