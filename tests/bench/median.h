/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The median of up to MEDIAN_MAX figures; later ones are passed over.
 */
#ifndef BANSYNC_BENCH_MEDIAN_H
#define BANSYNC_BENCH_MEDIAN_H

#include <stdlib.h>

#define MEDIAN_MAX 65536

struct median {
    double list[MEDIAN_MAX];
    size_t count;
};

static inline void median_add(struct median *median, double figure)
{
    if (median->count < MEDIAN_MAX)
        median->list[median->count++] = figure;
}

static inline int median_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* Part of the figures that are at most the result, 0.5 for the median. */
static inline double median_part(struct median *median, double part)
{
    qsort(median->list, median->count, sizeof(median->list[0]), median_compare);
    return median->count > 0 ? median->list[(size_t)((double)(median->count - 1) * part)] : 0;
}

static inline double median_take(struct median *median)
{
    return median_part(median, 0.5);
}

#endif
