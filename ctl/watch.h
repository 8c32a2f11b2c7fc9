/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl watch: what happens, as it happens.
 */
#ifndef BANSYNC_CTL_WATCH_H
#define BANSYNC_CTL_WATCH_H

#include "args.h"

/* Prints each event as soon as it comes, with --json each as a document on a line of its own.
 * Returns EXIT_DONE after SIGINT or --count events, EXIT_UNREACHABLE once the agent has gone. */
int watch_run(const struct args *args);

#endif
