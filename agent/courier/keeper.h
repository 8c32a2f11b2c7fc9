/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of the operator's program, and the end of all that it started: in a process that is for
 * nothing else.
 *
 * Whatever the program starts ends when it ends, when this process is told to by SIGTERM, and when
 * its parent ends in whatever way: also what left the program's process group. If this very process
 * is killed, its group is the parent's to kill. Does not: keep time.
 */
#ifndef BANSYNC_COURIER_KEEPER_H
#define BANSYNC_COURIER_KEEPER_H

#include <stddef.h>
#include <sys/types.h>

#include "hook.h"

#define KEEPER_SWEEP_MS 1000 /* what does not end by SIGKILL within that is not waited for */

enum keeper_end {
    KEEPER_ENDED,     /* the program did by itself */
    KEEPER_UNSTARTED, /* it could not be started */
    KEEPER_TOLD,      /* this process was told to end */
};

/* First in a fresh child of parent, with SIGCHLD blocked: from now on it ends with its parent, and
 * is a process group. Ends the process if its parent is gone. */
void keeper_begin(pid_t parent);

/* Runs the program, see hook_start. *status: of waitpid for KEEPER_ENDED; reason: for
 * KEEPER_UNSTARTED. */
enum keeper_end keeper_run(const char *path, const char *env, size_t env_size, int *status,
                           char reason[HOOK_REASON_SIZE]);

#endif
