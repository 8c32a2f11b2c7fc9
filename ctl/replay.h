/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the detector takes from a log, and who would be banned: the shipped scanner over a file,
 * without an agent.
 *
 * Does not: read a configuration (chosen buckets, allowlist), follow a growing file.
 */
#ifndef BANSYNC_CTL_REPLAY_H
#define BANSYNC_CTL_REPLAY_H

#include "args.h"

/* Does what args, those of the command replay, ask for; banctl(1) says what is written. Lines end
 * at LF and are numbered from 1; a last one without LF is none; those above LINE_BYTES_MAX are
 * skipped and counted. Memory is bounded (senders.h). Returns EXIT_DONE; EXIT_USAGE, told as
 * failure_tell does, if the options are wrong or the file cannot be read; EXIT_INTERNAL if stdout
 * takes no more. */
int replay_run(const struct args *args);

#endif
