/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spools, as the process that delivers alerts has them: each is tried by itself, so that one
 * that cannot be used does not keep the other from being emptied.
 */
#ifndef BANSYNC_COURIER_COURIER_PLACE_H
#define BANSYNC_COURIER_COURIER_PLACE_H

#include "courier_work.h"

/* Fills outcome and reason, and tells the agent. */
void courier_place_tell(const struct courier_work *work, enum courier_outcome outcome,
                        struct courier_report *report, const char *reason);

/* Tells that it cannot be used, with errno: once for each time. */
void courier_place_broken(const struct courier_work *work, struct courier_place *place,
                          const char *what);

/* Where that alert of the queue lies. */
struct courier_place *courier_place_of(struct courier_work *work, size_t item);

/* It is no alert. */
void courier_place_set_aside(struct courier_work *work, enum courier_box box, const char *name);

/* Nobody waits for that alert of the queue any more. What cannot be removed stays known, or it
 * would be found and told again and again. */
void courier_place_drop(struct courier_work *work, size_t item);

/* Opens them and takes into the queue what is new. */
void courier_place_turn(struct courier_work *work, int64_t mono_ms);

/* Time until courier_place_turn has something to do; -1: never. */
int64_t courier_place_wait_ms(const struct courier_work *work, int64_t mono_ms);

#endif
