/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A member of the cluster that sends well-formed messages with whatever content: it has a key, and
 * nothing else in common with the others.
 */
#ifndef BANSYNC_SIM_MISCHIEF_H
#define BANSYNC_SIM_MISCHIEF_H

#include "sim.h"

/* It sends something to one of its peers, if the plan has such a member. */
void mischief_speak(struct sim *sim);

#endif
