/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See control_fixture.h.
 */
#include "control_fixture.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include <bansync/limits.h>

#define TURNS_MAX 100000

int control_setup(void **state)
{
    struct control_fixture *fixture = calloc(1, sizeof(*fixture));
    char error[200] = "";

    assert_non_null(fixture);
    scratch_make(fixture->directory);
    snprintf(fixture->path, sizeof(fixture->path), "%s/control.sock", fixture->directory);
    fixture->control = control_open(fixture->path, "", "", error, sizeof(error));
    assert_string_equal(error, "");
    assert_non_null(fixture->control);
    fixture->now_ms = 1000;
    *state = fixture;
    return 0;
}

int control_teardown(void **state)
{
    struct control_fixture *fixture = *state;

    control_close(&fixture->control);
    scratch_remove(fixture->directory);
    free(fixture);
    return 0;
}

static void take_request(void *context, const struct control_request *request)
{
    struct control_fixture *fixture = context;
    struct fixture_request *taken = &fixture->requests[fixture->count++];

    assert_in_range(fixture->count, 1, FIXTURE_REQUESTS_MAX);
    assert_int_equal(strlen(request->line), request->length);
    taken->request = *request;
    taken->request.line = NULL; /* valid during the call only */
    snprintf(taken->text, sizeof(taken->text), "%s", request->line);
    if (fixture->hold)
        return;
    control_reply(fixture->control, request->client, FIXTURE_ANSWER, strlen(FIXTURE_ANSWER));
    control_end(fixture->control, request->client);
}

bool control_turn(struct control_fixture *fixture)
{
    struct pollfd fds[CONTROL_CLIENTS_MAX + 1];
    const size_t count = control_poll(fixture->control, fds, CONTROL_CLIENTS_MAX + 1);
    const int ready = poll(fds, count, 0);

    assert_true(ready >= 0);
    control_handle(fixture->control, fds, count, fixture->now_ms, take_request, fixture);
    return ready > 0;
}

void control_settle(struct control_fixture *fixture)
{
    struct pollfd fds[1];

    for (int turn = 0; control_turn(fixture); turn++)
        assert_in_range(turn, 0, TURNS_MAX);
    (void)control_poll(fixture->control, fds, 0); /* closes who went last */
}

void control_pass(struct control_fixture *fixture, int64_t ms)
{
    fixture->now_ms += ms;
    control_settle(fixture);
}

int client_connect(const struct control_fixture *fixture)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(client >= 0);
    assert_true(strlen(fixture->path) < sizeof(address.sun_path));
    memcpy(address.sun_path, fixture->path, strlen(fixture->path) + 1);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    return client;
}

void client_leave(int *client)
{
    assert_int_equal(close(*client), 0);
    *client = -1;
}

size_t client_send(struct control_fixture *fixture, int client, const void *bytes, size_t size)
{
    size_t sent = 0;

    for (int stuck = 0; sent < size && stuck < 3;) {
        ssize_t now = send(client, (const char *)bytes + sent, size - sent, MSG_NOSIGNAL);

        if (now < 0 && errno != EAGAIN)
            break;
        stuck = now < 0 ? stuck + 1 : 0;
        if (now > 0)
            sent += (size_t)now;
        control_settle(fixture);
    }
    return sent;
}

void client_say(struct control_fixture *fixture, int client, const char *text)
{
    assert_int_equal(client_send(fixture, client, text, strlen(text)), strlen(text));
}

bool client_read(int client, char *text, size_t size)
{
    size_t used = 0;
    ssize_t got = -1;

    while (used < size - 1 && (got = recv(client, text + used, size - 1 - used, 0)) > 0)
        used += (size_t)got;
    text[used] = '\0';
    /* closed with bytes of ours unread, the kernel says "reset": what was told comes first */
    return got == 0 || (got < 0 && errno == ECONNRESET);
}

void assert_told(int client, const char *text)
{
    char told[4096];

    assert_false(client_read(client, told, sizeof(told)));
    assert_string_equal(told, text);
}

void assert_told_and_closed(int client, const char *text)
{
    char told[4096];

    assert_true(client_read(client, told, sizeof(told)));
    assert_string_equal(told, text);
}
