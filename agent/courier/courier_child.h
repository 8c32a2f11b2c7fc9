/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that delivers alerts, from inside.
 */
#ifndef BANSYNC_COURIER_COURIER_CHILD_H
#define BANSYNC_COURIER_COURIER_CHILD_H

#include <stdbool.h>
#include <stdnoreturn.h>

#include "courier_message.h"

/* True if this process was started by an agent. */
bool courier_child_is_started(void);

/* Called in a fresh program with all signals blocked. What was inherited is closed, but for
 * standard error. Ends the process. */
noreturn void courier_child_run(void);

#endif
