/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times are rounded up to whole ticks and never pass "permanent".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "policy.h"

static void times_are_rounded_up_to_a_tick(void **state)
{
    (void)state;
    assert_true(policy_roundup(0) == 0);
    assert_true(policy_roundup(1) == TICK_MS);
    assert_true(policy_roundup(TICK_MS) == TICK_MS);
    assert_true(policy_roundup(TICK_MS + 1) == 2 * TICK_MS);
    assert_true(policy_roundup(1790000009999) == 1790000010000);
}

static void permanent_stays_permanent(void **state)
{
    (void)state;
    assert_true(policy_roundup(TIME_NEVER_MS) == TIME_NEVER_MS);
    assert_true(policy_roundup(TIME_NEVER_MS - 1) == TIME_NEVER_MS);
}

static void a_sum_never_passes_permanent(void **state)
{
    (void)state;
    assert_true(policy_add(1, 2) == 3);
    assert_true(policy_add(TIME_NEVER_MS, 0) == TIME_NEVER_MS);
    assert_true(policy_add(0, TIME_NEVER_MS) == TIME_NEVER_MS);
    assert_true(policy_add(1, TIME_NEVER_MS) == TIME_NEVER_MS);
    assert_true(policy_add(TIME_NEVER_MS, TIME_NEVER_MS) == TIME_NEVER_MS);
    assert_true(policy_add(TIME_NEVER_MS - 5, 4) == TIME_NEVER_MS - 1);
}

static void each_ban_has_its_duration_and_further_ones_the_last(void **state)
{
    const struct policy policy = {.durations = {{3600000, 86400000, TIME_NEVER_MS}, 3},
                                  .memory_ms = 5000};
    const struct policy one = {.durations = {{7}, 1}};

    (void)state;
    assert_true(policy_duration_ms(&policy, 1) == 3600000);
    assert_true(policy_duration_ms(&policy, 2) == 86400000);
    assert_true(policy_duration_ms(&policy, 3) == TIME_NEVER_MS);
    assert_true(policy_duration_ms(&policy, UINT8_MAX) == TIME_NEVER_MS);
    assert_true(policy_duration_ms(&one, 1) == 7 && policy_duration_ms(&one, 2) == 7);
    assert_true(policy_until_ms(&policy, 2, 1) == 86400000 + TICK_MS);
    assert_true(policy_until_ms(&policy, 3, 1) == TIME_NEVER_MS);
    assert_true(policy_forget_ms(&policy, 20000) == 30000);
    assert_true(policy_forget_ms(&policy, TIME_NEVER_MS) == TIME_NEVER_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_rounded_up_to_a_tick),
        cmocka_unit_test(permanent_stays_permanent),
        cmocka_unit_test(a_sum_never_passes_permanent),
        cmocka_unit_test(each_ban_has_its_duration_and_further_ones_the_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
