/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first few of many, which come in any order: most of those that come later are compared with
 * the last one kept alone.
 */
#ifndef BANSYNC_CORE_SHORTLIST_H
#define BANSYNC_CORE_SHORTLIST_H

#include <stddef.h>

/* As for qsort: < 0: a comes before b. */
typedef int shortlist_compare_fn(const void *a, const void *b);

/* list has room for limit (1 or more) items of size bytes; *count of them are the first ones so
 * far, none at the beginning, and all came by this. Keeps a copy of item if it is among the first
 * limit then. They are in no order: qsort them when all have come. */
void shortlist_keep(void *list, size_t *count, size_t limit, size_t size, const void *item,
                    shortlist_compare_fn *compare);

#endif
