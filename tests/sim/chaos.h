/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail, operators and trouble: does one of the actions of plan.h.
 */
#ifndef BANSYNC_SIM_CHAOS_H
#define BANSYNC_SIM_CHAOS_H

#include "sim.h"

void chaos_do(struct sim *sim, enum plan_action action);

/* Ends all trouble: every host that is left is up, every link, clock and disk works. */
void chaos_heal(struct sim *sim);

/* Puts all links of the plan up. */
void chaos_connect(struct sim *sim);

/* Parts of it, in files of their own. */
void chaos_mail(struct sim *sim, enum plan_action action);
void chaos_operate(struct sim *sim, enum plan_action action);
void chaos_host(struct sim *sim, enum plan_action action);
void chaos_network(struct sim *sim, enum plan_action action);

/* An operator releases or drops what a host holds, of all or of some. */
void chaos_let_go(struct sim *sim);

/* To one host: */

/* Starts it, being down, without its database, or with that of the last backup. */
void chaos_start_blank(struct sim *sim, struct host *host);
void chaos_start_backup(struct sim *sim, struct host *host);
void chaos_back_up(struct host *host);

/* A second machine with the same key, and all that the first one had unless blank; both go on. */
struct host *chaos_clone(struct sim *sim, struct host *host, bool blank);

/* Ends a clone for good. */
void chaos_end_clone(struct sim *sim, struct host *clone);

/* It is gone for good, and its disk with it. */
void chaos_retire(struct sim *sim, struct host *host);

/* Its log is truncated, or read again from that line on. */
void chaos_truncate(struct sim *sim, struct host *host);
void chaos_reread(struct host *host, size_t line);

/* A host drawn from those that are up (honest, no clone unless with_clones); NULL if there is none.
 */
struct host *chaos_pick(struct sim *sim, bool with_clones);

/* A prefix or an account that operators name. */
struct addr chaos_prefix(struct sim *sim);

#endif
