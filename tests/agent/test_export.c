/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An export of what is in force: one ban of many pieces takes as many turns as many bans do.
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
#include "maps.h"
#include "question.h"

#define ALLOWED 500
#define TURNS_MAX 1000
#define EXPORT "{\"command\":\"export\",\"in_force\":true}\n"

static uint64_t request;

static int set_up(void **state)
{
    struct addr net = {ADDR_IPV4, 16, {198, 51}};

    (void)state;
    clients_open();
    node_ban(&agent.node, &agent.now, ++request, &net, TIME_NEVER_MS, "", "alice");
    for (uint32_t i = 0; i < ALLOWED; i++) {
        struct addr host = {ADDR_IPV4, 32, {198, 51, (uint8_t)(i / 2), i % 2 == 0 ? 7 : 200}};

        node_allow_add(&agent.node, &agent.now, ++request, &host, TIME_NEVER_MS, "", "alice");
    }
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

/* Asks, and counts what is told and in how many turns; what is heard is forgotten. */
static size_t told(const char *question, unsigned *turns)
{
    int client = clients_ask(question);
    size_t count;

    *turns = 0;
    while (question_is_ready(&agent)) {
        assert_true(++*turns < TURNS_MAX);
        question_turn(&agent);
    }
    clients_settle();
    count = clients_count(clients_heard(client), "\"item\"");
    close(client);
    return count;
}

static void one_ban_of_many_pieces_takes_several_turns(void **state)
{
    unsigned whole, pieces;
    size_t entries = node_map(&agent.node)->entries;

    (void)state;
    assert_true(entries > 2000);
    assert_int_equal(told("{\"command\":\"export\"}\n", &whole), 1);
    told(EXPORT, &pieces);
    assert_true(pieces > whole + 2); /* it is looked for in as many */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_ban_of_many_pieces_takes_several_turns, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
