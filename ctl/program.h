/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs another program and takes what it prints: by its words, never through a shell, for a bounded
 * time and with bounded output.
 */
#ifndef BANSYNC_CTL_PROGRAM_H
#define BANSYNC_CTL_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/* More output than any program that is asked here has to say. */
#define PROGRAM_BYTES_MAX 4194304

struct program {
    const char *const *words; /* the program's name or path first; NULL ends them */
    bool with_errors;         /* take standard error, too; else it is thrown away */
    int timeout_ms;
};

struct program_end {
    char *text; /* what it printed, with NUL; free() it */
    size_t size;
    int exit; /* its exit code; 128 + N if signal N ended it */
};

/* Runs it to its end. Returns 0, or -1 and errno: ENOENT there is no such program, ETIMEDOUT it was
 * ended after timeout_ms, EFBIG it was ended as it printed too much, else why it cannot be run;
 * then *end holds nothing. */
int program_run(const struct program *program, struct program_end *end);

#endif
