/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list tells all bans, or as many as were asked for, and how many there are.
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

static int set_up(void **state)
{
    (void)state;
    clients_open();
    for (unsigned i = 0; i < 15; i++)
        clients_strike(1 + i % 5, 1 + i);
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

static void expect(const char *request, size_t items, const char *piece)
{
    int client = clients_ask(request);
    const char *text;

    while (question_is_ready(&agent))
        question_turn(&agent);
    text = clients_heard(client);

    assert_int_equal(clients_count(text, "{\"item\":"), items);
    assert_non_null(strstr(text, piece));
    close(client);
}

static void as_many_as_were_asked_for(void **state)
{
    (void)state;
    expect("{\"command\":\"list\"}\n", 5, "\"total\":5,");
    expect("{\"command\":\"list\",\"limit\":2}\n", 2, "\"net\":\"192.0.2.2/32\"");
    expect("{\"command\":\"list\",\"limit\":2}\n", 2, "\"total\":5,");
    expect("{\"command\":\"list\",\"limit\":9}\n", 5, "\"total\":5,");
    expect("{\"command\":\"list\",\"limit\":0}\n", 0, "\"exit\":2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(as_many_as_were_asked_for, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
