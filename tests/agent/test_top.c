/* SPDX-License-Identifier: Apache-2.0 */
/*
 * top is answered in slices, one question after the other, and forgets who has gone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <unistd.h>

#include <cmocka.h>

#include "clients.h"
#include "command.h"
#include "question.h"

#define SENDERS 50
#define TURNS_MAX 1000

/* Of the senders the first has one hit, and so has each; the last three have two. */
static int set_up(void **state)
{
    (void)state;
    clients_open();
    for (unsigned sender = 1; sender <= SENDERS; sender++)
        clients_strike(sender, sender);
    for (unsigned sender = SENDERS - 2; sender <= SENDERS; sender++)
        clients_strike(sender, 1000 + sender);
    clients_commit();
    node_turn_end(&agent.node);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    clients_close();
    return 0;
}

/* Turns until nobody waits. */
static unsigned turns(void)
{
    unsigned count = 0;

    while (question_is_ready(&agent)) {
        assert_true(count++ < TURNS_MAX);
        question_turn(&agent);
    }
    return count;
}

static void the_answer_takes_several_turns(void **state)
{
    int client = clients_ask("{\"command\":\"top\",\"limit\":5}\n");
    const char *text;

    (void)state;
    assert_string_equal(clients_heard(client), "");
    assert_true(question_is_ready(&agent));
    assert_true(turns() > 1); /* the leaves alone are more than one may look at */
    text = clients_heard(client);
    assert_int_equal(clients_count(text, "{\"item\":"), 5);
    assert_int_equal(clients_count(text, "\"count\":2,"), 3);
    assert_non_null(strstr(text, "\"total\":50,\"limit\":5,"));
    close(client);
}

static void one_is_answered_after_the_other(void **state)
{
    int first = clients_ask("{\"command\":\"top\",\"limit\":1}\n"),
        second = clients_ask("{\"command\":\"top\"}\n");
    unsigned alone;
    const char *text = "";

    (void)state;
    for (alone = 0; text[0] == '\0'; alone++) {
        assert_true(alone < TURNS_MAX);
        assert_string_equal(clients_heard(second), "");
        question_turn(&agent);
        text = clients_heard(first);
    }
    assert_int_equal(clients_count(text, "{\"item\":"), 1);
    assert_in_range(turns(), alone - 1, alone + 1); /* none of it was done before */
    text = clients_heard(second);
    assert_int_equal(clients_count(text, "{\"item\":"), 20);
    close(first);
    close(second);
}

static void who_has_gone_costs_no_turn(void **state)
{
    int gone[3], client;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        gone[i] = clients_ask("{\"command\":\"top\"}\n");
    question_turn(&agent); /* the first one has a list now */
    for (size_t i = 0; i < 3; i++)
        close(gone[i]);
    clients_settle();
    question_turn(&agent);
    assert_false(question_is_ready(&agent));
    client = clients_ask("{\"command\":\"top\"}\n");
    assert_true(turns() > 1);
    assert_int_equal(clients_count(clients_heard(client), "\"result\""), 1);
    close(client);
}

/* Banned after it was found: there is nothing to tell of it, and it does not count. */
static void who_is_banned_meanwhile_is_not_told(void **state)
{
    int client = clients_ask("{\"command\":\"top\"}\n");
    const char *text;

    (void)state;
    for (unsigned turn = 0; turn < 3; turn++)
        question_turn(&agent);
    for (unsigned sender = 1; sender <= SENDERS; sender++) {
        clients_strike(sender, 2000 + sender);
        if (sender <= SENDERS - 3)
            clients_strike(sender, 3000 + sender);
    }
    clients_commit();
    node_turn_end(&agent.node);
    turns();
    text = clients_heard(client);
    assert_int_equal(clients_count(text, "{\"item\":"), 0);
    assert_int_equal(clients_count(text, "\"result\""), 1);
    close(client);
}

static void what_waits_at_the_end_is_forgotten(void **state)
{
    int client = clients_ask("{\"command\":\"top\"}\n"),
        other = clients_ask("{\"command\":\"top\"}\n");

    (void)state;
    question_turn(&agent);
    question_close(&agent); /* its memory is looked at when the test ends */
    assert_false(question_is_ready(&agent));
    close(client);
    close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_answer_takes_several_turns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_is_answered_after_the_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_has_gone_costs_no_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_banned_meanwhile_is_not_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_waits_at_the_end_is_forgotten, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
