/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl doctor: is all as it must be for a ban to take effect? What the agent knows of itself, and
 * what only somebody beside it can see: rspamd, its log and its configuration, Redis, the mail
 * server.
 *
 * Does not: change anything.
 */
#ifndef BANSYNC_CTL_DOCTOR_H
#define BANSYNC_CTL_DOCTOR_H

#include "args.h"

/* Prints what was found. Returns EXIT_DONE if nothing failed (warnings do not count),
 * EXIT_UNREACHABLE or EXIT_PERMISSION if the agent does not answer, else EXIT_DEGRADED. */
int doctor_run(const struct args *args);

#endif
