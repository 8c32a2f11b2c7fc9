/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that delivers alerts, from inside.
 */
#ifndef BANSYNC_ADAPTER_COURIER_CHILD_H
#define BANSYNC_ADAPTER_COURIER_CHILD_H

#include <stdnoreturn.h>

#define COURIER_CHILD_WORD "--deliver-alerts" /* the argument that says so */
#define COURIER_CHILD_FD 3                    /* its end of the socket */

/* Called in a fresh program with all signals blocked. What was inherited is closed, but for
 * standard error. Ends the process; with 64 if it was not bansyncd that started it. */
noreturn void courier_child_run(void);

#endif
