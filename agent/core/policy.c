/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic of policy times, see policy.h.
 */
#include "policy.h"

#include <assert.h>

bool policy_bans(const struct policy *policy, const struct addr *addr)
{
    return addr->kind != ADDR_ACCOUNT || policy->accounts == ACCOUNTS_BAN;
}

int64_t policy_duration_ms(const struct policy *policy, unsigned level)
{
    size_t count = policy->durations.count;

    assert(level >= 1 && count >= 1 && count <= DURATIONS_MAX);
    return policy->durations.ms[(level < count ? level : count) - 1];
}

int64_t policy_until_ms(const struct policy *policy, unsigned level, int64_t last_ms)
{
    return policy_roundup(policy_add(last_ms, policy_duration_ms(policy, level)));
}

int64_t policy_forget_ms(const struct policy *policy, int64_t until_ms)
{
    return policy_roundup(policy_add(until_ms, policy->memory_ms));
}

int64_t policy_roundup(int64_t ms)
{
    int64_t rest = ms == TIME_NEVER_MS ? 0 : ms % TICK_MS;

    return rest == 0 ? ms : policy_add(ms - rest, TICK_MS);
}

int64_t policy_add(int64_t a, int64_t b)
{
    return a > TIME_NEVER_MS - b ? TIME_NEVER_MS : a + b;
}
