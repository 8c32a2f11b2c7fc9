/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bans are counted in one turn if they are few, in slices if they are many, and for who is still
 * there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <unistd.h>

#include <cmocka.h>

#include "census.h"
#include "clients.h"
#include "question.h"

#define FEW 5
#define MANY (QUESTION_WORK + 100) /* more than one turn counts */
#define BATCH 500
#define TURNS_MAX 100

static struct state_bans told;
static unsigned answers;

static int set_up(void **state)
{
    (void)state;
    clients_open();
    answers = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    clients_close();
    return 0;
}

static void answer(struct agent *asked, uint64_t client, const struct state_bans *bans)
{
    (void)asked;
    (void)client;
    told = *bans;
    answers++;
}

static void commit(void)
{
    clients_commit();
    node_turn_end(&agent.node);
}

/* Every third one for an hour. */
static void ban(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct addr addr = {ADDR_IPV4, 32, {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
        int64_t until_ms = i % 3 == 0 ? agent.now.wall_ms + 3600000 : TIME_NEVER_MS;

        assert_int_equal(node_ban(&agent.node, &agent.now, i + 1, &addr, until_ms, "", "alice"),
                         STEP_CHANGED);
        if ((i + 1) % BATCH == 0)
            commit();
    }
    commit();
}

/* Of a client that is there: another question of it tells its number. Turns until it is answered.
 */
static unsigned ask(void)
{
    unsigned turns = 0;
    uint64_t number;
    int client = clients_connect(&number);

    question_close(&agent); /* the top by which it was found */
    census_take(&agent, number, answer);
    while (question_is_ready(&agent)) {
        assert_true(turns++ < TURNS_MAX);
        question_turn(&agent);
    }
    close(client);
    return turns;
}

static void few_are_counted_at_once(void **state)
{
    (void)state;
    ban(FEW);
    assert_int_equal(ask(), 1);
    assert_int_equal(answers, 1);
    assert_int_equal(told.permanent, 3);
    assert_int_equal(told.temporary, 2);
}

static void many_are_counted_in_slices(void **state)
{
    (void)state;
    ban(MANY);
    assert_int_equal(ask(), 2);
    assert_int_equal(answers, 1);
    assert_int_equal(told.temporary, (MANY + 2) / 3);
    assert_int_equal(told.permanent, MANY - (MANY + 2) / 3);
}

static void who_has_gone_is_not_answered(void **state)
{
    (void)state;
    ban(FEW);
    census_take(&agent, 77, answer);
    question_turn(&agent);
    assert_int_equal(answers, 0);
    assert_false(question_is_ready(&agent));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(few_are_counted_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_are_counted_in_slices, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_has_gone_is_not_answered, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
