/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one seed: rounds of trouble, each with a heal and a check behind it.
 */
#ifndef BANSYNC_SIM_SEED_H
#define BANSYNC_SIM_SEED_H

#include "sim.h"

/* Runs one seed in sim, which sim_open has not seen yet. hosts 0: drawn. hours: repeat rounds until
 * so much virtual time has passed; 0: as many as are drawn. sim->rule tells how it ended. */
void seed_run(struct sim *sim, uint64_t seed, size_t hosts, double hours);

/* Ends all trouble; then all must agree, every rule must hold, and nothing is repaired any more. */
void seed_calm(struct sim *sim);

#endif
