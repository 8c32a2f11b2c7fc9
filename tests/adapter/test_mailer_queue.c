/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue of mails: order, pauses, the hour after which one is given up, and bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mailer_queue.h"

#define NOW_MS 5000000

static struct mailer_queue queue;

static int add(unsigned number, int64_t now_ms)
{
    static struct mailer_message mail;

    mail.type = MAILER_MAIL;
    mail.text_size = (uint32_t)snprintf(mail.text, sizeof(mail.text), "%u", number);
    return mailer_queue_add(&queue, &mail, now_ms);
}

static void assert_due(unsigned number, int64_t now_ms)
{
    const struct mailer_message *mail = mailer_queue_due(&queue, now_ms);
    char text[16];

    assert_non_null(mail);
    assert_int_equal(mail->text_size, snprintf(text, sizeof(text), "%u", number));
    assert_memory_equal(mail->text, text, mail->text_size);
}

static int tear_down(void **state)
{
    (void)state;
    mailer_queue_clear(&queue);
    queue = (struct mailer_queue){0};
    return 0;
}

static void first_come_first_served(void **state)
{
    (void)state;
    assert_null(mailer_queue_due(&queue, NOW_MS));
    assert_int_equal(mailer_queue_wait_ms(&queue, NOW_MS), -1);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(add(i, NOW_MS), 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_due(i, NOW_MS);
        mailer_queue_remove(&queue);
    }
    assert_int_equal(queue.count, 0);
}

static void pauses_grow_and_end_with_a_success(void **state)
{
    int64_t now_ms = NOW_MS;

    (void)state;
    add(0, now_ms);
    for (int pause_ms = 1000; pause_ms < MAIL_RETRY_MS_MAX; pause_ms *= 2) {
        mailer_queue_delay(&queue, now_ms);
        assert_int_equal(mailer_queue_wait_ms(&queue, now_ms), pause_ms);
        assert_null(mailer_queue_due(&queue, now_ms + pause_ms - 1));
        now_ms += pause_ms;
        assert_due(0, now_ms);
    }
    for (int i = 0; i < 100; i++)
        mailer_queue_delay(&queue, now_ms);
    assert_int_equal(mailer_queue_wait_ms(&queue, now_ms), MAIL_RETRY_MS_MAX);
    mailer_queue_hurry(&queue);
    assert_due(0, now_ms);
    mailer_queue_delay(&queue, now_ms);
    assert_int_equal(mailer_queue_wait_ms(&queue, now_ms), 1000);
    add(1, now_ms);
    add(2, now_ms);
    mailer_queue_remove(&queue);
    assert_int_equal(mailer_queue_wait_ms(&queue, now_ms), 0);
}

static void one_that_fails_holds_up_no_other(void **state)
{
    (void)state;
    add(0, NOW_MS);
    add(1, NOW_MS);
    mailer_queue_delay(&queue, NOW_MS);
    assert_due(1, NOW_MS + 1000);
    mailer_queue_remove(&queue);
    assert_due(0, NOW_MS + 1000);
}

static void an_hour_is_enough(void **state)
{
    (void)state;
    add(0, NOW_MS);
    add(1, NOW_MS + 1000);
    mailer_queue_delay(&queue, NOW_MS); /* the older one is the last now */
    assert_false(mailer_queue_expire(&queue, NOW_MS + MAIL_KEEP_MS - 1));
    assert_true(mailer_queue_expire(&queue, NOW_MS + MAIL_KEEP_MS));
    assert_false(mailer_queue_expire(&queue, NOW_MS + MAIL_KEEP_MS));
    assert_due(1, NOW_MS + MAIL_KEEP_MS);
    assert_int_equal(queue.count, 1);
}

static void bounds_hold(void **state)
{
    struct mailer_message *long_mail = &(struct mailer_message){.text_size = MAIL_BYTES_MAX + 1};

    (void)state;
    assert_int_equal(mailer_queue_add(&queue, long_mail, NOW_MS), -1);
    for (unsigned i = 0; i < MAIL_QUEUE_MAX; i++)
        assert_int_equal(add(i, NOW_MS), 0);
    assert_int_equal(add(MAIL_QUEUE_MAX, NOW_MS), -1);
    assert_due(0, NOW_MS);
    mailer_queue_remove(&queue);
    assert_int_equal(add(MAIL_QUEUE_MAX, NOW_MS), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(first_come_first_served, tear_down),
        cmocka_unit_test_teardown(pauses_grow_and_end_with_a_success, tear_down),
        cmocka_unit_test_teardown(one_that_fails_holds_up_no_other, tear_down),
        cmocka_unit_test_teardown(an_hour_is_enough, tear_down),
        cmocka_unit_test_teardown(bounds_hold, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
