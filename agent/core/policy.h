/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration that core decides by. Each node has its own; facts are data, so maps agree even
 * where policies differ.
 */
#ifndef BANSYNC_CORE_POLICY_H
#define BANSYNC_CORE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "addr.h"

/* How long the first, second ... ban of a subject lasts; the last one holds for all further ones.
 * TIME_NEVER_MS: permanent. Equal lists are equal as bytes: what is not used is 0. */
struct durations {
    int64_t ms[DURATIONS_MAX];
    size_t count; /* 1..DURATIONS_MAX */
};

/* What becomes of the accounts that hits name. Off: nothing; count: they are counted like senders;
 * ban: and banned. */
enum policy_accounts { ACCOUNTS_OFF, ACCOUNTS_COUNT, ACCOUNTS_BAN };

struct policy {
    uint32_t threshold; /* 1..THRESHOLD_MAX strikes, or messages, ... */
    int64_t window_ms;  /* ... within less than this ban */
    struct durations durations;
    int64_t memory_ms;   /* how long a fact, and so its level, is remembered after its end */
    bool count_messages; /* so many distinct messages ban, however many strikes each has */
    enum policy_accounts accounts;
};

/* False for accounts that are only counted: their strikes prove nothing here. */
bool policy_bans(const struct policy *policy, const struct addr *addr);

/* How long the ban of that level lasts, from 1 on. */
int64_t policy_duration_ms(const struct policy *policy, unsigned level);

/* The end of a ban of that level whose newest strike is at last_ms, and when it is forgotten. */
int64_t policy_until_ms(const struct policy *policy, unsigned level, int64_t last_ms);
int64_t policy_forget_ms(const struct policy *policy, int64_t until_ms);

/* ms rounded up to a whole tick; TIME_NEVER_MS stays. */
int64_t policy_roundup(int64_t ms);

/* a + b for times: never beyond TIME_NEVER_MS. Both must be >= 0. */
int64_t policy_add(int64_t a, int64_t b);

#endif
