/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token bucket, see quota.h.
 *
 * It keeps what is missing, in thousandths: per_s tokens a second are per_s thousandths a
 * millisecond, exactly.
 */
#include "quota.h"

#include <bansync/limits.h>

#define TOKEN 1000

static void settle(struct quota *quota, const struct quota_rate *rate, int64_t now_ms)
{
    /* The difference of any two times, even of a clock that jumped. */
    uint64_t passed_ms = (uint64_t)now_ms - (uint64_t)quota->settled_ms;

    if (now_ms <= quota->settled_ms)
        passed_ms = 0;
    quota->settled_ms = now_ms;
    if (passed_ms > quota->spent / rate->per_s)
        quota->spent = 0;
    else
        quota->spent -= passed_ms * rate->per_s;
}

bool quota_has(struct quota *quota, const struct quota_rate *rate, int64_t now_ms)
{
    settle(quota, rate, now_ms);
    return quota->spent + TOKEN <= (uint64_t)rate->burst * TOKEN;
}

void quota_spend(struct quota *quota, size_t entry_bytes)
{
    uint64_t more = entry_bytes > 0 ? (entry_bytes - 1) / QUOTA_ENTRY_BYTES : 0;

    quota->spent += (1 + more) * TOKEN;
}
