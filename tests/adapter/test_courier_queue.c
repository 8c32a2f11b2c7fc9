/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue of alerts: order, pauses by channel, and bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "courier_queue.h"

#define NOW_MS 5000000

static struct courier_queue queue;
static size_t item, target;

/* An alert for a mail address and the web server. */
static bool add(unsigned number)
{
    static struct spool_file file = {
        .target_count = 2, .targets = {{.channel = CHANNEL_MAIL}, {.channel = CHANNEL_WEBHOOK}}};
    char name[SPOOL_NAME_SIZE];

    snprintf(name, sizeof(name), "%u", number);
    return courier_queue_add(&queue, COURIER_FIRST, name, &file);
}

/* That one is the next mail, and busy then. */
static void assert_takes(const char *name, int64_t now_ms)
{
    assert_true(courier_queue_take(&queue, CHANNEL_MAIL, now_ms, &item, &target));
    assert_string_equal(queue.list[item].name, name);
    assert_int_equal(target, 0);
}

static int tear_down(void **state)
{
    (void)state;
    memset(&queue, 0, sizeof(queue));
    return 0;
}

static void first_come_first_served(void **state)
{
    (void)state;
    assert_false(courier_queue_take(&queue, CHANNEL_MAIL, NOW_MS, &item, &target));
    assert_int_equal(courier_queue_wait_ms(&queue, CHANNEL_MAIL, NOW_MS), -1);
    for (unsigned i = 0; i < 3; i++)
        assert_true(add(i));
    assert_true(courier_queue_has(&queue, COURIER_FIRST, "2") &&
                !courier_queue_has(&queue, COURIER_FIRST, "3"));
    assert_int_equal(courier_queue_waiting(&queue), 6);
    assert_takes("0", NOW_MS);
    assert_takes("1", NOW_MS);
    courier_queue_done(&queue, 0, 0, true);
    assert_false(courier_queue_is_over(&queue, 0));
    assert_true(courier_queue_take(&queue, CHANNEL_WEBHOOK, NOW_MS, &item, &target));
    assert_true(item == 0 && target == 1);
    courier_queue_done(&queue, 0, 1, true);
    assert_true(courier_queue_is_over(&queue, 0));
    courier_queue_remove(&queue, 0);
    assert_int_equal(courier_queue_find(&queue, COURIER_FIRST, "1"), 0);
    assert_takes("2", NOW_MS);
    assert_int_equal(courier_queue_wait_ms(&queue, CHANNEL_MAIL, NOW_MS), -1);
}

static void pauses_grow_and_end_with_a_success(void **state)
{
    int64_t now_ms = NOW_MS, wanted_ms = 1000;

    (void)state;
    add(0);
    add(1);
    for (int i = 0; i < 20; i++) {
        assert_true(courier_queue_take(&queue, CHANNEL_MAIL, now_ms, &item, &target));
        courier_queue_delay(&queue, item, target, now_ms);
        assert_int_equal(courier_queue_wait_ms(&queue, CHANNEL_MAIL, now_ms), wanted_ms);
        assert_false(
            courier_queue_take(&queue, CHANNEL_MAIL, now_ms + wanted_ms - 1, &item, &target));
        now_ms += wanted_ms;
        wanted_ms = 2 * wanted_ms < ALERT_RETRY_MS_MAX ? 2 * wanted_ms : ALERT_RETRY_MS_MAX;
    }
    assert_true(courier_queue_take(&queue, CHANNEL_MAIL, now_ms, &item, &target));
    courier_queue_done(&queue, item, target, true);
    assert_int_equal(courier_queue_wait_ms(&queue, CHANNEL_MAIL, now_ms), 0);
}

static void a_channel_that_fails_holds_up_no_other(void **state)
{
    (void)state;
    add(0);
    assert_takes("0", NOW_MS);
    courier_queue_delay(&queue, item, target, NOW_MS);
    assert_false(courier_queue_take(&queue, CHANNEL_MAIL, NOW_MS, &item, &target));
    assert_true(courier_queue_take(&queue, CHANNEL_WEBHOOK, NOW_MS, &item, &target));
    courier_queue_hurry(&queue);
    assert_takes("0", NOW_MS);
}

static void a_channel_gets_what_is_its(void **state)
{
    (void)state;
    add(0);
    assert_true(courier_queue_take(&queue, CHANNEL_WEBHOOK, NOW_MS, &item, &target));
    assert_int_equal(target, 1);
    assert_false(courier_queue_take(&queue, CHANNEL_WEBHOOK, NOW_MS, &item, &target));
    assert_false(courier_queue_take(&queue, CHANNEL_EXEC, NOW_MS, &item, &target));
    assert_takes("0", NOW_MS);
}

static void one_that_fails_holds_up_no_other(void **state)
{
    (void)state;
    add(0);
    add(1);
    assert_takes("0", NOW_MS);
    courier_queue_delay(&queue, item, target, NOW_MS);
    assert_takes("1", NOW_MS + 1000);
    courier_queue_done(&queue, item, target, true);
    assert_takes("0", NOW_MS + 1000);
}

static void bounds_hold(void **state)
{
    (void)state;
    assert_true(courier_queue_add(&queue, COURIER_FIRST, "x", NULL)); /* to be left alone */
    assert_false(courier_queue_take(&queue, CHANNEL_MAIL, NOW_MS, &item, &target));
    for (unsigned i = 1; i < COURIER_QUEUE_MAX; i++)
        assert_true(add(i));
    assert_false(add(COURIER_QUEUE_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(first_come_first_served, tear_down),
        cmocka_unit_test_teardown(pauses_grow_and_end_with_a_success, tear_down),
        cmocka_unit_test_teardown(a_channel_that_fails_holds_up_no_other, tear_down),
        cmocka_unit_test_teardown(a_channel_gets_what_is_its, tear_down),
        cmocka_unit_test_teardown(one_that_fails_holds_up_no_other, tear_down),
        cmocka_unit_test_teardown(bounds_hold, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
