/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stories: a file tells what happens to a cluster and what must be so then, one statement a line.
 * "#" begins a comment. Hosts are mx1, mx2, ...; NODES are one or more of them, or "all" (that are
 * up). A DURATION is 500ms, 1.5s, 10m, 25h or 8d; permanent where that makes sense.
 *
 * The statements are in scenario_part.h, with what they mean; simulate --help prints them. After
 * the last one all trouble ends, all nodes must agree, and every rule of rules.h is checked.
 */
#ifndef BANSYNC_SIM_SCENARIO_H
#define BANSYNC_SIM_SCENARIO_H

#include <stdio.h>

#include "sim.h"

enum scenario_end {
    SCENARIO_GOOD,
    SCENARIO_BAD,     /* something was not as the file says, or a rule was broken */
    SCENARIO_MISTAKE, /* the file cannot be read or understood */
};

/* Plays the file in sim, which the caller opens with sim_open and closes. If it does not end well,
 * text (NUL-terminated) says why, with file and line. */
enum scenario_end scenario_play(struct sim *sim, const char *path, char *text, size_t size);

/* Prints the statements and what they mean. */
void scenario_describe(FILE *file);

#endif
