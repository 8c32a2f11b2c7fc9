/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a host holds, for people who look for the cause of a failure.
 */
#ifndef BANSYNC_SIM_DUMP_H
#define BANSYNC_SIM_DUMP_H

#include "sim.h"

/* Prints the state of all hosts, without what is equal on all; but with whom a broken
 * rule is about. */
void dump_hosts(const struct sim *sim);

/* Prints one subject. */
void dump_subject(const struct subject *subject);

#endif
