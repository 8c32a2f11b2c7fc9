/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that delivers alerts, from inside.
 */
#ifndef BANSYNC_ADAPTER_COURIER_CHILD_H
#define BANSYNC_ADAPTER_COURIER_CHILD_H

#include <stdnoreturn.h>

/* Called in a fresh child with all signals blocked; fd: its end of the socket. All else that was
 * inherited is closed, but for standard error. Ends the process. */
noreturn void courier_child_run(int fd);

#endif
