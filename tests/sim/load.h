/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mail of an ordinary minute, the same for a cluster of any size: ten hits a second in the logs
 * of hosts that are drawn, of 500 senders in turn; and in the middle of each minute the ten hits of
 * one more sender, which ban it.
 */
#ifndef BANSYNC_SIM_LOAD_H
#define BANSYNC_SIM_LOAD_H

#include "sim.h"

struct load {
    bool watched;       /* maps are looked at, for spread_ms: all hosts must be linked */
    size_t hits;        /* so far */
    struct addr sender; /* of the last ban */
    int64_t banned_ms;  /* time of its tenth hit; 0: there was none */
    int64_t spread_ms;  /* from then on until the last map had it; -1: not yet */
};

/* Lets time pass under this load, until_ms at most; ends earlier if all roots are equal and equal
 * is asked for. */
void load_run(struct sim *sim, struct load *load, int64_t until_ms, bool equal);

#endif
