/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the detector takes from a log: the shipped scanner over a file, without an agent.
 *
 * Does not: apply a configuration (thresholds, chosen buckets, allowlist), count strikes, follow a
 * growing file.
 */
#ifndef BANSYNC_CTL_REPLAY_H
#define BANSYNC_CTL_REPLAY_H

#include <stdbool.h>

/* Scans path ("-": standard input) and writes each hit that counts to stdout: as one JSON object a
 * line,
 * {"line":N,"address":"...","bucket":"...","account":"..."|null,"qid":"..."|null}, or as a table,
 * with a summary on stderr. Lines end at LF and are numbered from 1; a last one without LF is none;
 * those above LINE_BYTES_MAX are skipped and counted. Memory does not grow with the file. Returns
 * EXIT_DONE; EXIT_USAGE if path cannot be read, which is told as failure_tell does; EXIT_INTERNAL
 * if stdout takes no more. */
int replay_run(const char *path, bool json);

#endif
