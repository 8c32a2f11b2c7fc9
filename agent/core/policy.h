/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration that core decides by. Each node has its own; facts are data, so maps agree even
 * where policies differ.
 */
#ifndef BANSYNC_CORE_POLICY_H
#define BANSYNC_CORE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

struct policy {
    uint32_t threshold;  /* 1..THRESHOLD_MAX strikes, or messages, ... */
    int64_t window_ms;   /* ... within less than this ban */
    int64_t duration_ms; /* of a ban; TIME_NEVER_MS: permanent */
    int64_t memory_ms;   /* how long a fact is remembered after its end */
    bool count_messages; /* so many distinct messages ban, however many strikes each has */
};

/* ms rounded up to a whole tick; TIME_NEVER_MS stays. */
int64_t policy_roundup(int64_t ms);

/* a + b for times: never beyond TIME_NEVER_MS. Both must be >= 0. */
int64_t policy_add(int64_t a, int64_t b);

#endif
