/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every event is fed with the own wall clock and the cluster's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "feed.h"
#include "solo.h"

static void an_event_gets_both_clocks(void **state)
{
    struct solo *solo = solo_open(2);
    struct event event = {.type = EVENT_FLUSH};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        solo_greet(solo, i);
        solo_ping(solo)->wall_ms += 5000;
        solo_give(solo, i);
    }
    node_step(&solo->node, &solo->now, &event);
    assert_true(event.wall_ms == SOLO_WALL_MS);
    assert_true(event.ref_ms == SOLO_WALL_MS + 5000);
    solo_close(solo);
}

/* A node whose own clock is behind takes what is right by the cluster's. */
static void entries_are_judged_by_the_clock_of_the_cluster(void **state)
{
    struct solo *solo = solo_open(2);

    (void)state;
    assert_int_equal(solo_strike(solo, "192.0.2.1", 2001, 1, SOLO_WALL_MS + 65000), STEP_CLOCK);
    for (size_t i = 0; i < 2; i++) {
        solo_greet(solo, i);
        solo_ping(solo)->wall_ms += 5000;
        solo_give(solo, i);
    }
    assert_int_equal(solo_strike(solo, "192.0.2.1", 2001, 1, SOLO_WALL_MS + 65000), STEP_CHANGED);
    assert_int_equal(solo->node.effects.list[0].type, EFFECT_PERSIST);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_gets_both_clocks),
        cmocka_unit_test(entries_are_judged_by_the_clock_of_the_cluster),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
