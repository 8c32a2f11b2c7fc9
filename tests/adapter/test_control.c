/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of the control socket: turns, and clients that misbehave while another one is served.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "control_fixture.h"

#define ERROR_LINE(code, message) \
    "{\"error\":{\"code\":\"" code "\",\"exit\":8,\"message\":\"" message "\",\"hint\":null}}\n"
#define TOO_LONG ERROR_LINE("request_too_long", "the request is too long")
#define MALFORMED ERROR_LINE("request_malformed", "the request contains a NUL byte")
#define INCOMPLETE \
    ERROR_LINE("request_incomplete", "the request did not end with a newline in time")
#define OVERLOAD ERROR_LINE("too_many_clients", "too many clients are connected")

static struct control_stats statistics(const struct control_fixture *fixture)
{
    struct control_stats stats;

    control_statistics(fixture->control, &stats);
    return stats;
}

static uint64_t last_client(const struct control_fixture *fixture)
{
    assert_true(fixture->count > 0);
    return fixture->requests[fixture->count - 1].request.client;
}

static void answer(struct control_fixture *fixture, uint64_t client)
{
    control_reply(fixture->control, client, FIXTURE_ANSWER, strlen(FIXTURE_ANSWER));
    control_end(fixture->control, client);
}

/* A client that behaves gets its answer, whatever the others do. */
static void assert_serves_others(struct control_fixture *fixture)
{
    const bool hold = fixture->hold;
    int client = client_connect(fixture);

    fixture->hold = false;
    client_say(fixture, client, "{\"command\":\"status\"}\n");
    assert_told(client, FIXTURE_ANSWER);
    client_leave(&client);
    control_settle(fixture);
    fixture->hold = hold;
}

/* --- Turns --------------------------------------------------------------------------------------
 */

static void a_request_is_handed_over_and_answered(void **state)
{
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);

    client_say(fixture, client, "{\"command\":\"status\"}\n");
    assert_int_equal(fixture->count, 1);
    assert_string_equal(fixture->requests[0].text, "{\"command\":\"status\"}");
    assert_int_equal(fixture->requests[0].request.length, 20);
    assert_int_equal(fixture->requests[0].request.uid, geteuid());
    assert_int_equal(fixture->requests[0].request.pid, getpid());
    assert_int_equal(fixture->requests[0].request.role, CONTROL_ADMIN); /* the agent's own user */
    assert_told(client, FIXTURE_ANSWER);

    client_say(fixture, client, "\n"); /* the same connection again, and an empty line is a line */
    assert_int_equal(fixture->count, 2);
    assert_string_equal(fixture->requests[1].text, "");
    assert_told(client, FIXTURE_ANSWER);
    assert_true(control_is_connected(fixture->control, last_client(fixture)));
    client_leave(&client);
    control_settle(fixture);
    assert_false(control_is_connected(fixture->control, last_client(fixture)));
    assert_int_equal(statistics(fixture).malformed, 0);
}

static void a_request_may_come_in_pieces(void **state)
{
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);

    client_say(fixture, client, "{\"comm");
    client_say(fixture, client, "and\":1}");
    assert_int_equal(fixture->count, 0);
    client_say(fixture, client, "\n");
    assert_int_equal(fixture->count, 1);
    assert_string_equal(fixture->requests[0].text, "{\"command\":1}");
    client_leave(&client);
}

static void requests_wait_for_the_answer_before_them(void **state)
{
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);

    fixture->hold = true;
    client_say(fixture, client, "one\ntwo\nthr");
    assert_int_equal(fixture->count, 1);
    control_reply(fixture->control, last_client(fixture), "1a\n", 3);
    control_settle(fixture);
    assert_told(client, "1a\n"); /* an answer may come bit by bit */
    assert_int_equal(fixture->count, 1);
    control_reply(fixture->control, last_client(fixture), "1b\n", 3);
    control_end(fixture->control, last_client(fixture));
    assert_told(client, "1b\n"); /* and its end does not wait for a turn */
    control_settle(fixture);
    assert_int_equal(fixture->count, 2);
    assert_string_equal(fixture->requests[1].text, "two");
    answer(fixture, last_client(fixture));
    control_settle(fixture);
    assert_int_equal(fixture->count, 2);
    client_say(fixture, client, "ee\n");
    assert_int_equal(fixture->count, 3);
    assert_string_equal(fixture->requests[2].text, "three");
    answer(fixture, last_client(fixture));
    assert_told(client, FIXTURE_ANSWER FIXTURE_ANSWER);
    client_leave(&client);
}

static void answers_find_their_client(void **state)
{
    struct control_fixture *fixture = *state;
    int first = client_connect(fixture);
    int second = client_connect(fixture);

    fixture->hold = true;
    client_say(fixture, first, "one\n");
    client_say(fixture, second, "two\n");
    assert_int_equal(fixture->count, 2);
    assert_true(fixture->requests[0].request.client != fixture->requests[1].request.client);
    answer(fixture, fixture->requests[1].request.client);
    assert_told(first, "");
    assert_told(second, FIXTURE_ANSWER);
    answer(fixture, fixture->requests[0].request.client);
    assert_told(first, FIXTURE_ANSWER);
    client_leave(&first);
    client_leave(&second);
}

static void who_shuts_down_after_asking_is_answered(void **state)
{
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);

    fixture->hold = true;
    assert_int_equal(send(client, "one\ntwo\n", 8, 0), 8);
    assert_int_equal(shutdown(client, SHUT_WR), 0);
    control_settle(fixture);
    assert_int_equal(fixture->count, 1);
    answer(fixture, last_client(fixture));
    control_settle(fixture);
    assert_int_equal(fixture->count, 2);
    answer(fixture, last_client(fixture));
    control_settle(fixture);
    assert_told_and_closed(client, FIXTURE_ANSWER FIXTURE_ANSWER);
    assert_int_equal(statistics(fixture).malformed, 0);
    client_leave(&client);
}

static void a_client_that_left_is_forgotten(void **state)
{
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);
    uint64_t gone;

    fixture->hold = true;
    client_say(fixture, client, "one\n");
    gone = last_client(fixture);
    assert_true(control_is_connected(fixture->control, gone));
    client_leave(&client);
    control_settle(fixture);
    assert_false(control_is_connected(fixture->control, gone));
    answer(fixture, gone); /* no harm */

    client = client_connect(fixture);
    client_say(fixture, client, "two\n");
    assert_true(last_client(fixture) != gone);
    client_leave(&client); /* noticed only when it is answered */
    answer(fixture, last_client(fixture));
    assert_false(control_is_connected(fixture->control, last_client(fixture)));
    assert_serves_others(fixture);
}

/* --- Requests that are none
 * ------------------------------------------------------------------------ */

static void a_nul_ends_the_connection(void **state)
{
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);

    assert_int_equal(client_send(fixture, client, "fine\n{\"a\0\":1}\nmore\n", 19), 19);
    assert_told_and_closed(client, FIXTURE_ANSWER MALFORMED);
    assert_int_equal(fixture->count, 1);
    assert_int_equal(statistics(fixture).malformed, 1);
    assert_serves_others(fixture);
    client_leave(&client);
}

static void the_longest_request_is_taken_and_no_longer_one(void **state)
{
    static char line[CONTROL_REQUEST_BYTES_MAX + 2];
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);

    memset(line, 'x', sizeof(line));
    line[CONTROL_REQUEST_BYTES_MAX] = '\n';
    client_send(fixture, client, line, CONTROL_REQUEST_BYTES_MAX + 1);
    assert_int_equal(fixture->count, 1);
    assert_int_equal(fixture->requests[0].request.length, CONTROL_REQUEST_BYTES_MAX);
    assert_told(client, FIXTURE_ANSWER);

    line[CONTROL_REQUEST_BYTES_MAX] = 'x';
    client_send(fixture, client, line, CONTROL_REQUEST_BYTES_MAX);
    assert_told(client, "");
    client_send(fixture, client, line, 1);
    assert_told_and_closed(client, TOO_LONG);
    assert_int_equal(fixture->count, 1);
    assert_int_equal(statistics(fixture).malformed, 1);
    client_leave(&client);
}

static void an_endless_sender_is_cut_off(void **state)
{
    static char bytes[1 << 20];
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);

    memset(bytes, 'x', sizeof(bytes));
    assert_true(client_send(fixture, client, bytes, sizeof(bytes)) < sizeof(bytes));
    assert_told_and_closed(client, TOO_LONG);
    assert_int_equal(statistics(fixture).malformed, 1);
    assert_serves_others(fixture);
    client_leave(&client);
}

/* A client that sends requests without end and never reads an answer makes no more than fits. */
static void an_endless_asker_is_held_back(void **state)
{
    static char bytes[1 << 20];
    struct control_fixture *fixture = *state;
    char large[4096];
    int client = client_connect(fixture);

    memset(bytes, '\n', sizeof(bytes));
    memset(large, 'x', sizeof(large));
    fixture->hold = true;
    assert_int_equal(send(client, bytes, 4000, MSG_NOSIGNAL), 4000);
    control_settle(fixture);
    for (size_t served = 0; fixture->count > served; control_settle(fixture)) {
        assert_in_range(++served, 1, 200);
        control_reply(fixture->control, last_client(fixture), large, sizeof(large));
        control_end(fixture->control, last_client(fixture));
    }
    assert_serves_others(fixture);
    control_pass(fixture, CONTROL_IDLE_MS);
    assert_false(control_is_connected(fixture->control, fixture->requests[0].request.client));
    assert_serves_others(fixture);
    client_leave(&client);
}

static void half_a_request_times_out(void **state)
{
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);

    client_say(fixture, client, "{\"comm");
    for (int i = 0; i < 9; i++) { /* a byte now and then is no excuse */
        control_pass(fixture, CONTROL_IDLE_MS / 10);
        client_say(fixture, client, "x");
    }
    control_pass(fixture, CONTROL_IDLE_MS / 10 - 1);
    assert_told(client, "");
    assert_serves_others(fixture);
    control_pass(fixture, 1);
    assert_told_and_closed(client, INCOMPLETE);
    assert_int_equal(statistics(fixture).malformed, 1);
    client_leave(&client);
}

static void a_request_has_its_time_from_its_first_byte(void **state)
{
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);

    control_settle(fixture);
    control_pass(fixture, CONTROL_IDLE_MS - 1);
    client_say(fixture, client, "one");
    control_pass(fixture, CONTROL_IDLE_MS - 1);
    client_say(fixture, client, "\n");
    assert_int_equal(fixture->count, 1);
    assert_told(client, FIXTURE_ANSWER);
    client_leave(&client);
}

static void half_a_request_and_no_more_is_told(void **state)
{
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);

    client_say(fixture, client, "{\"command\":\"status\"}");
    assert_int_equal(shutdown(client, SHUT_WR), 0);
    control_settle(fixture);
    assert_told_and_closed(client, INCOMPLETE);
    assert_int_equal(statistics(fixture).malformed, 1);
    assert_int_equal(fixture->count, 0);
    client_leave(&client);
}

/* --- Clients that do nothing
 * ----------------------------------------------------------------------- */

static void who_says_nothing_is_closed(void **state)
{
    struct control_fixture *fixture = *state;
    int fresh = client_connect(fixture);
    int served = client_connect(fixture);

    client_say(fixture, served, "one\n");
    assert_told(served, FIXTURE_ANSWER);
    control_pass(fixture, CONTROL_IDLE_MS - 1);
    assert_told(fresh, "");
    assert_told(served, "");
    control_pass(fixture, 1);
    assert_told_and_closed(fresh, "");
    assert_told_and_closed(served, "");
    assert_int_equal(statistics(fixture).malformed, 0); /* they asked for nothing */
    client_leave(&fresh);
    client_leave(&served);
}

static void the_agent_may_take_its_time(void **state)
{
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);

    fixture->hold = true;
    client_say(fixture, client, "one\n");
    for (int i = 0; i < 10; i++)
        control_pass(fixture, CONTROL_IDLE_MS);
    assert_told(client, "");
    answer(fixture, last_client(fixture));
    assert_told(client, FIXTURE_ANSWER);
    control_settle(fixture);
    control_pass(fixture, CONTROL_IDLE_MS - 1);
    client_say(fixture, client, "two\n"); /* its time began with the end of the answer */
    assert_int_equal(fixture->count, 2);
    client_leave(&client);
}

/* Starts an answer that no socket buffer can hold. */
static uint64_t start_big_answer(struct control_fixture *fixture, int client)
{
    static char piece[1 << 20];

    memset(piece, 'x', sizeof(piece));
    fixture->hold = true;
    client_say(fixture, client, "list\n");
    for (int i = 0; i < 8; i++)
        control_reply(fixture->control, last_client(fixture), piece, sizeof(piece));
    control_settle(fixture);
    return last_client(fixture);
}

static void who_does_not_read_is_dropped(void **state)
{
    struct control_fixture *fixture = *state;
    int ended_client = client_connect(fixture);
    int open_client = client_connect(fixture);
    uint64_t ended = start_big_answer(fixture, ended_client);
    uint64_t open = start_big_answer(fixture, open_client);

    control_end(fixture->control, ended);
    control_settle(fixture);
    control_pass(fixture, CONTROL_IDLE_MS - 1);
    assert_true(control_is_connected(fixture->control, ended));
    assert_true(control_is_connected(fixture->control, open));
    assert_serves_others(fixture);
    control_pass(fixture, 1);
    assert_false(control_is_connected(fixture->control, ended));
    assert_false(control_is_connected(fixture->control, open)); /* though more was to come */
    control_reply(fixture->control, open, "x\n", 2);
    control_end(fixture->control, open);
    assert_serves_others(fixture);
    client_leave(&ended_client);
    client_leave(&open_client);
}

/* In the turn in which it is accepted. */
static void who_has_asked_already_is_served_at_once(void **state)
{
    struct control_fixture *fixture = *state;
    int clients[3];

    for (size_t i = 0; i < 3; i++)
        clients[i] = client_connect(fixture);
    for (size_t i = 1; i < 3; i++)
        assert_int_equal(send(clients[i], "one\n", 4, 0), 4);
    assert_true(control_turn(fixture));
    assert_int_equal(fixture->count, 2);
    assert_told(clients[0], "");
    assert_told(clients[1], FIXTURE_ANSWER);
    assert_told(clients[2], FIXTURE_ANSWER);
    client_say(fixture, clients[0], "two\n");
    assert_told(clients[0], FIXTURE_ANSWER);
    for (size_t i = 0; i < 3; i++)
        client_leave(&clients[i]);
}

/* Without waiting for the next turn; who is behind is not tried again and again. */
static void what_was_told_can_be_sent_at_once(void **state)
{
    static char text[1 << 19];
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture), slow_client = client_connect(fixture);
    uint64_t id, slow;
    size_t unsent;

    fixture->hold = true;
    client_say(fixture, client, "watch\n");
    id = last_client(fixture);
    for (int i = 0; i < 2; i++) {
        control_reply(fixture->control, id, "a\n", 2);
        assert_told(client, "");
        control_send(fixture->control, id);
        assert_told(client, "a\n");
    }
    slow = start_big_answer(fixture, slow_client);
    assert_false(client_read(slow_client, text, sizeof(text)));
    unsent = control_unsent(fixture->control, slow);
    control_reply(fixture->control, slow, "b\n", 2);
    control_send(fixture->control, slow);
    assert_int_equal(control_unsent(fixture->control, slow), unsent + 2);
    control_send(fixture->control, slow + 1000); /* nobody */
    client_leave(&client);
    client_leave(&slow_client);
}

static void who_reads_slowly_gets_everything(void **state)
{
    static char text[1 << 19];
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);
    uint64_t id = start_big_answer(fixture, client);
    size_t total = 0, unsent = control_unsent(fixture->control, id);

    assert_in_range(unsent, 1, (8 << 20) - 1); /* the kernel has the rest */
    control_end(fixture->control, id);
    while (total < 8 << 20) {
        assert_true(control_is_connected(fixture->control, id));
        assert_false(client_read(client, text, sizeof(text)));
        assert_true(strlen(text) > 0);
        total += strlen(text);
        control_pass(fixture, CONTROL_IDLE_MS - 1);
        assert_true(control_unsent(fixture->control, id) <= unsent);
        unsent = control_unsent(fixture->control, id);
    }
    assert_int_equal(unsent, 0);
    assert_int_equal(control_unsent(fixture->control, id + 1000), 0); /* nobody */
    assert_int_equal(total, 8 << 20);
    client_say(fixture, client, "next\n");
    assert_int_equal(fixture->count, 2);
    client_leave(&client);
}

static void an_answer_has_a_bound(void **state)
{
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);
    char *zeros = calloc(1, CONTROL_REPLY_BYTES_MAX); /* never touched: it takes no memory */

    assert_non_null(zeros);
    fixture->hold = true;
    client_say(fixture, client, "list\n");
    control_reply(fixture->control, last_client(fixture), "x", 1);
    assert_true(control_is_connected(fixture->control, last_client(fixture)));
    control_reply(fixture->control, last_client(fixture), zeros, CONTROL_REPLY_BYTES_MAX);
    assert_false(control_is_connected(fixture->control, last_client(fixture)));
    assert_serves_others(fixture);
    client_leave(&client);
    free(zeros);
}

/* --- Too many
 * -------------------------------------------------------------------------------------- */

static void the_one_too_many_is_turned_away(void **state)
{
    struct control_fixture *fixture = *state;
    int clients[CONTROL_CLIENTS_MAX];
    int late;

    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        clients[i] = client_connect(fixture);
        control_settle(fixture);
    }
    late = client_connect(fixture);
    control_settle(fixture);
    assert_told_and_closed(late, OVERLOAD);
    client_leave(&late);
    assert_int_equal(statistics(fixture).overload, 1);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        assert_told(clients[i], "");
    client_say(fixture, clients[CONTROL_CLIENTS_MAX - 1], "one\n"); /* the others are served */
    assert_told(clients[CONTROL_CLIENTS_MAX - 1], FIXTURE_ANSWER);

    client_leave(&clients[0]);
    control_settle(fixture);
    assert_serves_others(fixture);
    control_pass(fixture, CONTROL_IDLE_MS); /* and the idle ones do not stay for ever */
    for (size_t i = 1; i < CONTROL_CLIENTS_MAX; i++) {
        assert_told_and_closed(clients[i], "");
        client_leave(&clients[i]);
    }
    assert_serves_others(fixture);
    assert_int_equal(statistics(fixture).overload, 1);
}

/* With no descriptor left the agent waits for a client to leave instead of spinning. */
static void without_descriptors_it_waits(void **state)
{
    struct control_fixture *fixture = *state;
    int first = client_connect(fixture);
    int second;
    struct rlimit before;
    struct rlimit none;

    control_settle(fixture);
    second = client_connect(fixture);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = (rlim_t)second + 1; /* every descriptor below is in use */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    control_settle(fixture);
    control_pass(fixture, 100);
    assert_int_equal(fixture->count, 0);
    client_say(fixture, first, "one\n"); /* the others are served */
    assert_told(first, FIXTURE_ANSWER);

    client_leave(&first);    /* frees one descriptor, ours; */
    control_settle(fixture); /* its other end frees another, and the second client is taken */
    client_say(fixture, second, "two\n");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_told(second, FIXTURE_ANSWER);
    client_leave(&second);
}

static void without_descriptors_it_tries_again(void **state)
{
    struct control_fixture *fixture = *state;
    int client = client_connect(fixture);
    struct rlimit before;
    struct rlimit none;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = (rlim_t)client + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    control_settle(fixture);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0); /* the shortage was not of clients */
    client_say(fixture, client, "one\n");
    assert_told(client, "");
    control_pass(fixture, 1000);
    control_settle(fixture);
    assert_told(client, FIXTURE_ANSWER);
    client_leave(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, control_setup, control_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_is_handed_over_and_answered),
        TEST(a_request_may_come_in_pieces),
        TEST(requests_wait_for_the_answer_before_them),
        TEST(answers_find_their_client),
        TEST(who_shuts_down_after_asking_is_answered),
        TEST(a_client_that_left_is_forgotten),
        TEST(a_nul_ends_the_connection),
        TEST(the_longest_request_is_taken_and_no_longer_one),
        TEST(an_endless_sender_is_cut_off),
        TEST(an_endless_asker_is_held_back),
        TEST(half_a_request_times_out),
        TEST(a_request_has_its_time_from_its_first_byte),
        TEST(half_a_request_and_no_more_is_told),
        TEST(who_says_nothing_is_closed),
        TEST(the_agent_may_take_its_time),
        TEST(who_does_not_read_is_dropped),
        TEST(who_has_asked_already_is_served_at_once),
        TEST(what_was_told_can_be_sent_at_once),
        TEST(who_reads_slowly_gets_everything),
        TEST(an_answer_has_a_bound),
        TEST(the_one_too_many_is_turned_away),
        TEST(without_descriptors_it_waits),
        TEST(without_descriptors_it_tries_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
