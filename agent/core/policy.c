/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic of policy times, see policy.h.
 */
#include "policy.h"

#include <bansync/limits.h>

int64_t policy_roundup(int64_t ms)
{
    int64_t rest = ms == TIME_NEVER_MS ? 0 : ms % TICK_MS;

    return rest == 0 ? ms : policy_add(ms - rest, TICK_MS);
}

int64_t policy_add(int64_t a, int64_t b)
{
    return a > TIME_NEVER_MS - b ? TIME_NEVER_MS : a + b;
}
