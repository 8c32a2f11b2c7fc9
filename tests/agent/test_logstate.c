/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of how the log is followed.
 */
#include "logstate.h"

#include <errno.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DAY_MS 86400000

static struct agent agent;
static struct config config;

static int begin(void **state)
{
    (void)state;
    memset(&agent, 0, sizeof(agent));
    agent.config = &config;
    config.silent_after_ms = DAY_MS;
    agent.started_ms = 1000;
    agent.now.mono_ms = 1000;
    agent.ingest.tail = tail_open("/nonexistent/app.log", NULL, false);
    return agent.ingest.tail != NULL ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    tail_close(&agent.ingest.tail);
    return 0;
}

static void silence_is_since_the_start_or_the_last_line(void **state)
{
    (void)state;
    agent.now.mono_ms += DAY_MS - 1;
    assert_true(logstate_quiet_ms(&agent) == DAY_MS - 1);
    assert_false(logstate_is_silent(&agent));
    agent.now.mono_ms++;
    assert_true(logstate_is_silent(&agent));
    agent.ingest.last_line_mono_ms = agent.now.mono_ms;
    assert_false(logstate_is_silent(&agent));
    agent.now.mono_ms += DAY_MS;
    assert_true(logstate_quiet_ms(&agent) == DAY_MS);
    assert_true(logstate_is_silent(&agent));
}

static void nothing_is_silent_if_it_may_be_for_ever(void **state)
{
    (void)state;
    config.silent_after_ms = 0;
    assert_false(logstate_is_silent(&agent));
    agent.now.mono_ms += 1000 * (int64_t)DAY_MS;
    assert_false(logstate_is_silent(&agent));
}

static void without_a_log_nothing_is_silent(void **state)
{
    (void)state;
    tail_close(&agent.ingest.tail);
    agent.now.mono_ms += DAY_MS;
    assert_false(logstate_is_silent(&agent));
}

static void polling_is_told_with_its_reason(void **state)
{
    struct tail_stats stats = {.watch_errno = ENOSPC};

    (void)state;
    assert_null(logstate_polling(&agent));
    logstate_notice(&agent, &stats);
    assert_non_null(strstr(logstate_polling(&agent), "max_user_watches"));
    stats.watch_errno = EREMOTE;
    logstate_notice(&agent, &stats);
    assert_non_null(strstr(logstate_polling(&agent), "other hosts"));
    stats.watch_errno = 0;
    logstate_notice(&agent, &stats);
    assert_null(logstate_polling(&agent));
}

static void a_log_is_foreign_while_no_line_is_rspamds(void **state)
{
    (void)state;
    agent.ingest.foreign = 999;
    assert_false(logstate_is_foreign(&agent));
    agent.ingest.foreign++;
    assert_true(logstate_is_foreign(&agent));
    agent.ingest.rspamds = true;
    assert_false(logstate_is_foreign(&agent));
}

static void what_tail_counts_is_taken_over(void **state)
{
    struct tail_stats stats = {.too_long = 1, .truncated = 2, .errors = 3, .gone = 4, .damaged = 5};
    const struct counters *counters = &agent.node.state.counters;

    (void)state;
    logstate_notice(&agent, &stats);
    assert_int_equal(counters->lines_too_long, 1);
    assert_int_equal(counters->log_truncated, 2);
    assert_int_equal(counters->log_errors, 3);
    assert_int_equal(counters->log_gone, 4);
    assert_int_equal(counters->log_damaged, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(silence_is_since_the_start_or_the_last_line, begin, end),
        cmocka_unit_test_setup_teardown(nothing_is_silent_if_it_may_be_for_ever, begin, end),
        cmocka_unit_test_setup_teardown(without_a_log_nothing_is_silent, begin, end),
        cmocka_unit_test_setup_teardown(polling_is_told_with_its_reason, begin, end),
        cmocka_unit_test_setup_teardown(a_log_is_foreign_while_no_line_is_rspamds, begin, end),
        cmocka_unit_test_setup_teardown(what_tail_counts_is_taken_over, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
