/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A control socket and its clients in one process: time stands still unless a test moves it, and
 * everything that can happen now has happened when control_settle returns.
 */
#ifndef TEST_CONTROL_FIXTURE_H
#define TEST_CONTROL_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control.h"
#include "scratch.h"

#define FIXTURE_REQUESTS_MAX 256
#define FIXTURE_TEXT_SIZE 64
#define FIXTURE_ANSWER "{\"result\":{\"exit\":0}}\n"

/* What was handed over; text is the beginning of the line. */
struct fixture_request {
    struct control_request request;
    char text[FIXTURE_TEXT_SIZE];
};

struct control_fixture {
    char directory[SCRATCH_PATH_SIZE];
    char path[SCRATCH_PATH_SIZE + 16];
    struct control *control;
    int64_t now_ms;
    bool hold; /* do not answer: the test does */
    size_t count;
    struct fixture_request requests[FIXTURE_REQUESTS_MAX];
};

/* cmocka's setup and teardown: an open control socket without groups in *state. */
int control_setup(void **state);
int control_teardown(void **state);

/* Handles once what is ready and what is late; false if nothing was ready. */
bool control_turn(struct control_fixture *fixture);

/* Handles what is ready and what is late until nothing is; fails if that never ends. */
void control_settle(struct control_fixture *fixture);

/* Moves the time on and settles. */
void control_pass(struct control_fixture *fixture, int64_t ms);

/* A new connection, not blocking; control_settle accepts it. client_leave closes it. */
int client_connect(const struct control_fixture *fixture);
void client_leave(int *client);

/* Sends size bytes, settling in between when the socket is full; returns how many got through
 * before the connection was closed. */
size_t client_send(struct control_fixture *fixture, int client, const void *bytes, size_t size);
void client_say(struct control_fixture *fixture, int client, const char *text);

/* Reads at most size - 1 bytes of what has arrived, NUL-terminated; true if the connection is
 * closed behind them. */
bool client_read(int client, char *text, size_t size);

/* What has arrived is exactly text and the connection stays, or is closed. */
void assert_told(int client, const char *text);
void assert_told_and_closed(int client, const char *text);

#endif
