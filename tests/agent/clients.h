/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An agent without a world but with a real control socket, and clients of it; the test is the loop.
 */
#ifndef BANSYNC_TEST_CLIENTS_H
#define BANSYNC_TEST_CLIENTS_H

#include <stddef.h>
#include <stdint.h>

#include "agent.h"

#define CLIENTS_START_MS 1795427041500

extern struct agent agent; /* node mx1, threshold 3 within a minute, no peers */

void clients_open(void);
void clients_close(void); /* with all questions */

/* A hit of 192.0.2.SENDER at CLIENTS_START_MS, by this node. */
void clients_strike(unsigned sender, uint64_t id);

/* Ends the turn of the node, without what the loop does of its effects: they stay until
 * node_turn_end. */
void clients_commit(void);

/* Moves what there is on the socket, until nothing is left to be moved. */
void clients_settle(void);

/* A client that asks; close() it. */
int clients_ask(const char *request);

/* A client that is connected: its number, as questions have it. It waits for an answer to top. */
int clients_connect(uint64_t *number);

/* What has come for a client by now, NUL-terminated. */
const char *clients_heard(int client);

size_t clients_count(const char *text, const char *piece);

#endif
