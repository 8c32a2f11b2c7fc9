/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An agent with a real control socket, see clients.h.
 */
#include "clients.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "command.h"
#include "question.h"

struct agent agent;

static struct config config;
static char folder[64], path[96];

void clients_strike(unsigned sender, uint64_t id)
{
    uint8_t text[] = {4, 'u', 's', 'e', 'r', 1, 'x'};
    char address[32];
    struct event event = {.type = EVENT_STRIKE,
                          .wall_ms = agent.now.wall_ms,
                          .ref_ms = agent.now.wall_ms,
                          .strike = {CLIENTS_START_MS, id, 0, text}};

    snprintf(address, sizeof(address), "192.0.2.%u", sender);
    assert_int_equal(addr_parse_host(address, strlen(address), &event.addr), 0);
    assert_int_equal(step(&agent.node.state, &event, &agent.node.effects), STEP_CHANGED);
}

void clients_open(void)
{
    struct node_options options = {.name = "mx1",
                                   .version = "0",
                                   .cluster = "mail",
                                   .id = 1,
                                   .boot = 1,
                                   .policy = {3, 60000, {{TIME_NEVER_MS}, 1}, MEMORY_MS, false},
                                   .ipv6_prefix = 64};
    char error[256] = "";

    agent = (struct agent){.config = &config, .now = {CLIENTS_START_MS, 1000}};
    snprintf(folder, sizeof(folder), "/tmp/bansync-clients.XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/control.sock", folder);
    agent.control = control_open(path, "", "", error, sizeof(error));
    assert_string_equal(error, "");
    assert_int_equal(node_open(&agent.node, &options), 0);
    node_loaded(&agent.node, &agent.now, 0);
}

void clients_close(void)
{
    question_close(&agent);
    control_close(&agent.control);
    node_close(&agent.node);
    assert_int_equal(rmdir(folder), 0);
}

void clients_commit(void)
{
    node_tick(&agent.node, &agent.now);
    node_flush(&agent.node, &agent.now);
    node_committed(&agent.node, &agent.now, true);
}

static void take(void *context, const struct control_request *request)
{
    command_request(context, request);
}

void clients_settle(void)
{
    struct pollfd fds[CONTROL_CLIENTS_MAX + 1];

    for (int ready = 1; ready > 0;) {
        size_t count = control_poll(agent.control, fds, CONTROL_CLIENTS_MAX + 1);

        ready = poll(fds, count, 0);
        control_handle(agent.control, fds, count, agent.now.mono_ms, take, &agent);
    }
    (void)control_poll(agent.control, fds, 0); /* closes who went last */
}

int clients_ask(const char *request)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(client >= 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(connect(client, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(send(client, request, strlen(request), 0), (ssize_t)strlen(request));
    clients_settle();
    return client;
}

int clients_connect(uint64_t *number)
{
    int client = clients_ask("{\"command\":\"top\"}\n");
    const struct question *top = agent.questions;

    while (top->next != NULL)
        top = top->next;
    *number = top->client;
    return client;
}

const char *clients_heard(int client)
{
    static char text[1048576];
    size_t used = 0, before;
    ssize_t got;

    do {
        clients_settle();
        before = used;
        while ((got = recv(client, text + used, sizeof(text) - 1 - used, 0)) > 0)
            used += (size_t)got;
    } while (used > before); /* the agent had more than the kernel takes at a time */
    text[used] = '\0';
    return text;
}

size_t clients_count(const char *text, const char *piece)
{
    size_t count = 0;

    for (; (text = strstr(text, piece)) != NULL; text++)
        count++;
    return count;
}
