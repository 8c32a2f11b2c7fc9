/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong, told the same way everywhere: what, why, and what to do.
 *
 * As text on stderr "banctl: MESSAGE" and below it, indented, the hint; with --json one object on
 * stdout instead:
 * {"error":{"code":...,"exit":...,"message":...,"hint":...|null}}, as the agent writes it
 * (bansync-protocol(7)).
 */
#ifndef BANSYNC_CTL_FAILURE_H
#define BANSYNC_CTL_FAILURE_H

#include <stdbool.h>
#include <stdnoreturn.h>

#include <bansync/control.h>

struct failure {
    const char *code; /* constant text, for programs */
    enum exit_code exit;
    char message[1024]; /* longer ones are cut */
    char hint[1024];    /* "" = none */
};

/* Fills *failure, without a hint. Returns -1, so that a check can end with it. */
int failure_set(struct failure *failure, const char *code, enum exit_code exit, const char *format,
                ...) __attribute__((format(printf, 4, 5)));

/* Adds the hint. Returns -1. */
int failure_hint(struct failure *failure, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A file that was named cannot be written: EXIT_USAGE, since who named it must mend it. error: an
 * errno. Returns -1. */
int failure_file(struct failure *failure, const char *path, int error);

/* Tells it and returns its exit code. */
int failure_tell(const struct failure *failure, bool json);

/* The same for parts from elsewhere (an answer of the agent); hint may be NULL. Returns exit. */
int failure_tell_parts(bool json, const char *code, int exit, const char *message,
                       const char *hint);

/* As memory_exhausted (memory.h), for those who include only this header. */
noreturn void failure_memory(void);

#endif
