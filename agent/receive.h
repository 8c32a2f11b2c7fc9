/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From rspamd's datagrams to hits: what the socket hands out is read, gets a time and is counted.
 */
#ifndef BANSYNC_RECEIVE_H
#define BANSYNC_RECEIVE_H

#include "agent.h"

/* Opens the socket. 0, or -1 and it has been logged why not. */
int receive_open(struct agent *agent);

/* Closes it if it is open. */
void receive_close(struct agent *agent);

/* Takes at most one budget of datagrams. */
void receive_read(struct agent *agent);

#endif
