/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator's own program that is told of alerts.
 *
 * It is run by itself, never by a shell, without arguments, with nothing in its environment but
 * PATH, LANG and BANSYNC_*, in the caller's process group, with nothing to read and no file open
 * but standard error, which is the agent's. Does not: wait for it, or end it (see keeper.h).
 */
#ifndef BANSYNC_ADAPTER_HOOK_H
#define BANSYNC_ADAPTER_HOOK_H

#include <stddef.h>
#include <sys/types.h>

#define HOOK_REASON_SIZE 256

/* 0 if the program may be run: a file of root's or of this user's that nobody else can write or
 * replace. Else -1 and why not. */
int hook_check(const char *path, char reason[HOOK_REASON_SIZE]);

/* Starts it; env: NAME=VALUE lines, of which those that begin with BANSYNC_ are given to it.
 * Returns its process id; or -1 and why not. */
pid_t hook_start(const char *path, const char *env, size_t env_size, char reason[HOOK_REASON_SIZE]);

#endif
