/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node whose memory runs out: a deed is done once for each allocation that it makes, which is
 * refused, alone and with all that follow.
 */
#ifndef BANSYNC_TESTS_SWEEP_H
#define BANSYNC_TESTS_SWEEP_H

#include "solo.h"

/* Makes a node; does something with it while memory runs out; looks at it when there is memory
 * again. refused: it did run out. */
typedef struct solo *sweep_open_fn(void);
typedef void sweep_deed_fn(struct solo *solo);
typedef void sweep_check_fn(struct solo *solo, bool refused);

/* Until the deed makes no allocation that was not refused once. */
void sweep(sweep_open_fn *open, sweep_deed_fn *deed, sweep_check_fn *check);

/* A node with two peers that are up. */
struct solo *sweep_open_greeted(void);

#endif
