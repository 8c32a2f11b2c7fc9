/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses that stand in a file or come by standard input, in place of operands: one a line, "#"
 * and
 * ";" begin a comment.
 */
#ifndef BANSYNC_CTL_OPERANDS_H
#define BANSYNC_CTL_OPERANDS_H

#include "args.h"
#include "failure.h"

/* Whose memory read operands are in. */
struct operands {
    char *text;  /* owned */
    char **list; /* owned */
    size_t count, room;
};

/* Puts what --file names, and what comes in place of the operand "-", behind the operands of args,
 * which must not outlive *operands. 0, or -1 with *failure: it cannot be read, a line is no
 * operand, or there are too many. Call operands_free either way. */
int operands_read(struct args *args, struct operands *operands, struct failure *failure);

void operands_free(struct operands *operands);

#endif
