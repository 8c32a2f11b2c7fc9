/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses of the benchmarks: by number, all different, in no order, and the time.
 *
 * The first 4,194,304 lie in 100.64.0.0/10, 16,777,216 more in 10.0.0.0/8.
 */
#ifndef BANSYNC_BENCH_ADDRESS_H
#define BANSYNC_BENCH_ADDRESS_H

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ADDRESS_SHARED 0x64400000u /* 100.64.0.0 */
#define ADDRESS_SHARED_COUNT (1u << 22)
#define ADDRESS_PRIVATE 0x0a000000u
#define ADDRESS_PRIVATE_COUNT (1u << 24)
#define ADDRESS_STEP 2654435761u /* odd, so a permutation modulo a power of two */

/* In host order. */
static inline uint32_t address_number(uint32_t i)
{
    if (i < ADDRESS_SHARED_COUNT)
        return ADDRESS_SHARED + i * ADDRESS_STEP % ADDRESS_SHARED_COUNT;
    return ADDRESS_PRIVATE + (i - ADDRESS_SHARED_COUNT) * ADDRESS_STEP % ADDRESS_PRIVATE_COUNT;
}

static inline const char *address_text(uint32_t number, char text[INET_ADDRSTRLEN])
{
    struct in_addr address = {htonl(number)};

    return inet_ntop(AF_INET, &address, text, INET_ADDRSTRLEN);
}

static inline int address_compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

/* What is sorted by in the upper half of each, and whatever in the lower. */
static inline int address_compare_pair(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* The addresses from first on, ascending; the caller frees them. */
static inline uint32_t *address_sorted(uint32_t first, size_t count)
{
    uint32_t *list = malloc((count > 0 ? count : 1) * sizeof(*list));

    if (list == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        list[i] = address_number(first + (uint32_t)i);
    qsort(list, count, sizeof(*list), address_compare);
    return list;
}

static inline double seconds_of(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static inline double wall_s(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

static inline double cpu_s(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

#endif
