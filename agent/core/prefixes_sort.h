/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorting many prefixes without comparing them. Used by prefixes.c alone.
 */
#ifndef BANSYNC_CORE_PREFIXES_SORT_H
#define BANSYNC_CORE_PREFIXES_SORT_H

#include "prefixes.h"

/* Brings the list into the order of prefix_compare. 0; -1, the list as it was, if it is short, so
 * that comparing is faster, or if there is no memory for a second list of that size. */
int prefixes_sort_many(struct prefixes *prefixes);

#endif
