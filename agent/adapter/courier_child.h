/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that delivers alerts, from inside.
 */
#ifndef BANSYNC_ADAPTER_COURIER_CHILD_H
#define BANSYNC_ADAPTER_COURIER_CHILD_H

#include <stdbool.h>
#include <stdnoreturn.h>

/* The only argument: an agent that is older than the program, as while a package is upgraded, would
 * not understand it. */
#define COURIER_CHILD_WORD BANSYNC_VERSION
#define COURIER_CHILD_FD 3 /* its end of the socket */

/* True if this process was started by an agent. */
bool courier_child_is_started(void);

/* Called in a fresh program with all signals blocked. What was inherited is closed, but for
 * standard error. Ends the process. */
noreturn void courier_child_run(void);

#endif
