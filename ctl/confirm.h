/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking before what is hard to undo.
 *
 * Asked is only who can answer: standard input and standard error are terminals, and there is no
 * --no-input. All others need --yes, and nobody who said that is asked.
 */
#ifndef BANSYNC_CTL_CONFIRM_H
#define BANSYNC_CTL_CONFIRM_H

#include "args.h"
#include "failure.h"

/* More entries than these at once are asked about. */
#define CONFIRM_ENTRIES_MAX 100

/* what: "ban 4,021 networks". 0: go on; -1 with *failure: nobody said so. */
int confirm_moderate(const struct args *args, const char *what, struct failure *failure);

/* The same, but name must be typed. */
int confirm_severe(const struct args *args, const char *what, const char *name,
                   struct failure *failure);

#endif
