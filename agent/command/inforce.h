/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in force in mode observe: the entries of the map file, whose it may be, and the accounts
 * of the user map. The map file is read and sorted in slices.
 */
#ifndef BANSYNC_INFORCE_H
#define BANSYNC_INFORCE_H

#include "addrs.h"
#include "agent.h"
#include "map_read.h"
#include "runs.h"

struct inforce {
    char *bytes;            /* of the map file; owned; NULL once they are read */
    struct map_lines lines; /* what is left of them */
    struct runs runs;
    struct prefixes prefixes; /* sorted, once all are in it; owned */
    struct prefixes_lengths lengths;
    struct addrs users; /* owned */
};

/* Takes the files as they are now; one that cannot be read has nothing in force. */
void inforce_begin(struct agent *agent, struct inforce *inforce);

/* The next slice, which takes what it costs off the work. 1: all is known; 0: not yet; -1: no
 * memory, it is to be given up. */
int inforce_read(struct inforce *inforce, size_t *work);

/* Is it in force? Once all is known. */
bool inforce_has(const struct inforce *inforce, const struct addr *addr);

/* Frees what it holds; {0} holds nothing. */
void inforce_clear(struct inforce *inforce);

#endif
