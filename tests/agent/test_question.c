/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions share the work of a turn, wait for each other, for what they need and for their
 * readers, and end with who asked, or not.
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

/* One that takes all its work each turn until it is told to end. */
struct trial {
    struct question question;
    unsigned *ended; /* becomes one more */
};

static size_t parts[8], part_count; /* of the turn, in order */
static bool ready, over;
static unsigned ended;

static bool go_on(struct agent *of, void *question, size_t *work)
{
    (void)question;
    assert_ptr_equal(of, &agent);
    parts[part_count++] = *work;
    *work = 0;
    return over;
}

static bool is_ready(const struct agent *of, const void *question)
{
    (void)of;
    (void)question;
    return ready;
}

static void end(void *question)
{
    struct trial *trial = question;

    ++*trial->ended;
}

static const struct question_kind
    two_at_once = {.size = sizeof(struct trial), .at_once = 2, .go_on = go_on, .end = end},
    waiting = {.size = sizeof(struct trial),
               .at_once = 9,
               .go_on = go_on,
               .is_ready = is_ready,
               .end = end},
    lasting = {
        .size = sizeof(struct trial), .at_once = 9, .lasts = true, .go_on = go_on, .end = end};

static int set_up(void **state)
{
    (void)state;
    clients_open();
    agent.now.mono_ms = 1; /* the map was looked at earlier */
    ready = over = false;
    ended = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    clients_close();
    return 0;
}

/* The client's number: the first one has 1. */
static void *ask(const struct question_kind *kind, uint64_t client)
{
    const struct trial trial = {.ended = &ended};

    return question_ask(&agent, client, kind, &trial);
}

static void turn(void)
{
    part_count = 0;
    question_turn(&agent);
}

static void they_share_a_turn_in_equal_parts(void **state)
{
    void *first, *second;

    (void)state;
    first = ask(&lasting, 1);
    turn();
    assert_int_equal(part_count, 1);
    assert_int_equal(parts[0], QUESTION_WORK);
    second = ask(&waiting, 2);
    assert_non_null(second);
    ask(&lasting, 3);
    turn(); /* the second one is gone, as its client is nobody */
    assert_int_equal(ended, 1);
    assert_int_equal(part_count, 2);
    assert_int_equal(parts[0], QUESTION_WORK / 2);
    assert_int_equal(parts[1], QUESTION_WORK / 2);
    assert_ptr_equal(question_first(&agent, &lasting), first);
    assert_int_equal(question_count(&agent, &lasting), 2);
    assert_null(question_first(&agent, &waiting));
}

static void beside_the_map_there_is_less_time(void **state)
{
    uint64_t client;
    int fd = clients_connect(&client);

    (void)state;
    question_close(&agent);
    ask(&two_at_once, client);
    agent.mapwriter.checked_ms = agent.now.mono_ms;
    turn();
    assert_int_equal(parts[0], QUESTION_WORK_BESIDE);
    agent.now.mono_ms++;
    turn();
    assert_int_equal(parts[0], QUESTION_WORK);
    agent.mapwriter.checked_ms = agent.now.mono_ms;
    ask(&lasting, client); /* which changes much */
    turn();
    assert_int_equal(parts[0], QUESTION_WORK / 2);
    close(fd);
}

static void so_many_of_a_kind_go_on_at_once(void **state)
{
    uint64_t client;
    int fd = clients_connect(&client);

    (void)state;
    question_close(&agent); /* the top by which it was found */
    for (size_t i = 0; i < 3; i++)
        ask(&two_at_once, client);
    turn();
    assert_int_equal(part_count, 2);
    over = true;
    turn();
    assert_int_equal(part_count, 2); /* nothing was left for the third one */
    assert_int_equal(ended, 2);
    assert_true(question_is_ready(&agent));
    turn();
    assert_int_equal(part_count, 1);
    assert_int_equal(parts[0], QUESTION_WORK);
    assert_int_equal(ended, 3);
    assert_false(question_is_ready(&agent));
    close(fd);
}

static void one_that_is_not_ready_has_no_part(void **state)
{
    uint64_t client;
    int fd = clients_connect(&client);

    (void)state;
    question_close(&agent);
    ask(&waiting, client);
    assert_false(question_is_ready(&agent));
    ask(&lasting, client);
    turn();
    assert_int_equal(part_count, 1);
    assert_int_equal(parts[0], QUESTION_WORK);
    ready = true;
    turn();
    assert_int_equal(part_count, 2);
    over = true;
    turn();
    assert_int_equal(ended, 2);
    close(fd);
}

/* Who has gone is forgotten, but for what lasts. */
static void who_has_gone_is_forgotten(void **state)
{
    uint64_t client;
    int fd = clients_connect(&client);

    (void)state;
    question_close(&agent);
    ask(&two_at_once, client);
    ask(&lasting, client);
    close(fd);
    clients_settle();
    turn();
    assert_int_equal(ended, 1);
    assert_int_equal(part_count, 1);
    assert_int_equal(question_count(&agent, &two_at_once), 0);
    assert_int_equal(question_count(&agent, &lasting), 1);
}

/* A reader that stands still is waited for; what lasts goes on. */
static void a_slow_reader_is_waited_for(void **state)
{
    static char bytes[2 * QUESTION_UNSENT_BYTES];
    uint64_t client;
    int fd = clients_connect(&client);

    (void)state;
    question_close(&agent);
    ask(&two_at_once, client);
    memset(bytes, '\n', sizeof(bytes));
    control_reply(agent.control, client, bytes, sizeof(bytes));
    assert_false(question_is_ready(&agent));
    ask(&lasting, client);
    turn();
    assert_int_equal(part_count, 1);
    assert_string_not_equal(clients_heard(fd), ""); /* all of it */
    turn();
    assert_int_equal(part_count, 2);
    close(fd);
}

static void what_is_closed_ends(void **state)
{
    (void)state;
    ask(&lasting, 1);
    ask(&lasting, 2);
    question_close(&agent);
    assert_int_equal(ended, 2);
    assert_false(question_is_ready(&agent));
}

static void work_is_never_less_than_nothing(void **state)
{
    size_t work = 5;

    (void)state;
    question_spend(&work, 2);
    assert_int_equal(work, 3);
    question_spend(&work, 4);
    assert_int_equal(work, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(they_share_a_turn_in_equal_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(beside_the_map_there_is_less_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(so_many_of_a_kind_go_on_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_not_ready_has_no_part, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_has_gone_is_forgotten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_slow_reader_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_closed_ends, set_up, tear_down),
        cmocka_unit_test(work_is_never_less_than_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
