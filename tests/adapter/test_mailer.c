/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that sends mails, as the agent sees it: reports, a server that is not there or
 * refuses, a process that hangs, dies, or outlives the agent. What a real mail server gets is in
 * tests/cluster/alert.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailer.h"

#define WAIT_MS 20000

static struct mailer mailer;
static char text[] = "Subject: x\r\n\r\nbody\r\n";

static int set_up(void **state)
{
    (void)state;
    return mailer_start(&mailer);
}

static int tear_down(void **state)
{
    (void)state;
    if (mailer.pid > 0) { /* it would still try to send */
        kill(mailer.pid, SIGKILL);
        waitpid(mailer.pid, NULL, 0);
        mailer.pid = 0;
    }
    mailer_close(&mailer);
    return 0;
}

/* A socket on a port of loopback's; listens or not. */
static int server(char name[32], bool listens)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    assert_int_equal(listens ? listen(fd, 8) : 0, 0);
    snprintf(name, 32, "127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    return fd;
}

static bool send_to(const char *name)
{
    const struct mailer_mail mail = {.server = name,
                                     .from = "a@example.org",
                                     .to = "b@example.org",
                                     .text = text,
                                     .size = sizeof(text) - 1};

    return mailer_send(&mailer, &mail);
}

static struct mailer_report wait_report(void)
{
    struct pollfd own = {.fd = mailer.fd, .events = POLLIN};
    struct mailer_report report;

    assert_int_equal(poll(&own, 1, WAIT_MS), 1);
    assert_true(mailer_take(&mailer, &report));
    return report;
}

/* Reads what the client says until a line begins with word, then answers it. */
static void talk(int fd, const char *word, const char *answer)
{
    char said[512];
    size_t used = 0;

    while (used < sizeof(said) - 1) {
        assert_int_equal(read(fd, said + used, 1), 1);
        if (said[used++] != '\n')
            continue;
        said[used] = '\0';
        used = 0;
        if (strncmp(said, word, strlen(word)) == 0)
            break;
    }
    assert_int_equal(write(fd, answer, strlen(answer)), strlen(answer));
}

static void what_the_server_took_is_sent(void **state)
{
    char name[32];
    int listener = server(name, true), fd;

    (void)state;
    assert_true(send_to(name));
    fd = accept(listener, NULL, NULL);
    assert_int_equal(write(fd, "220 x\r\n", 7), 7);
    talk(fd, "EHLO ", "250 x\r\n");
    talk(fd, "MAIL FROM:<a@example.org>", "250 x\r\n");
    talk(fd, "RCPT TO:<b@example.org>", "250 x\r\n");
    talk(fd, "DATA", "354 x\r\n");
    talk(fd, ".\r\n", "250 x\r\n");
    talk(fd, "QUIT", "221 x\r\n");
    assert_int_equal(wait_report().outcome, MAILER_SENT);
    close(fd);
    close(listener);
}

/* 5xx: not again. The reply is the reason, harmless as it may not be. */
static void a_refusal_is_for_good(void **state)
{
    char name[32];
    int listener = server(name, true), fd;
    struct mailer_report report;

    (void)state;
    assert_true(send_to(name));
    fd = accept(listener, NULL, NULL);
    assert_int_equal(write(fd, "220 x\r\n", 7), 7);
    talk(fd, "EHLO ", "250 x\r\n");
    talk(fd, "MAIL FROM:", "250 x\r\n");
    talk(fd, "RCPT TO:", "550 5.1.1 no such \x1b[2J\xff user\r\n");
    talk(fd, "QUIT", "221 x\r\n");
    report = wait_report();
    assert_int_equal(report.outcome, MAILER_FAILED);
    assert_string_equal(report.reason, "550 5.1.1 no such ?[2J? user");
    close(fd);
    close(listener);
}

static void a_refusal_for_now_is_tried_again(void **state)
{
    char name[32];
    int listener = server(name, true), fd;
    struct mailer_report report;

    (void)state;
    assert_true(send_to(name));
    fd = accept(listener, NULL, NULL);
    assert_int_equal(write(fd, "421 busy\r\n", 10), 10);
    close(fd);
    report = wait_report();
    assert_int_equal(report.outcome, MAILER_DELAYED);
    assert_string_equal(report.reason, "421 busy");
    fd = accept(listener, NULL, NULL); /* here it is again */
    close(fd);
    close(listener);
}

static void a_server_that_is_not_there_is_tried_again(void **state)
{
    struct mailer_report report;
    char name[32];
    int closed = server(name, false);

    (void)state;
    assert_true(send_to(name));
    for (int i = 0; i < 2; i++) {
        report = wait_report();
        assert_int_equal(report.outcome, MAILER_DELAYED);
        assert_true(strlen(report.reason) > 0);
    }
    close(closed);
}

/* Stops the process: it does not read. */
static void stop_process(void)
{
    int status;

    assert_int_equal(kill(mailer.pid, SIGSTOP), 0);
    assert_int_equal(waitpid(mailer.pid, &status, WUNTRACED), mailer.pid);
}

/* As many as a storm of bans makes in one turn, and more. */
static void what_finds_the_socket_full_is_handed_over_later(void **state)
{
    struct pollfd own;
    struct mailer_report report;

    (void)state;
    stop_process();
    for (int i = 0; i < MAILS_A_MINUTE_MAX * MAIL_ADDRESSES_MAX; i++)
        assert_true(send_to("127.0.0.1:1"));
    assert_true(mailer.waiting.count > 0);
    assert_int_equal(kill(mailer.pid, SIGCONT), 0);
    while (mailer.waiting.count > 0) {
        own = (struct pollfd){.fd = mailer.fd, .events = POLLOUT};
        assert_int_equal(poll(&own, 1, WAIT_MS), 1);
        mailer_take(&mailer, &report);
    }
}

static void what_waits_goes_to_the_server_that_is_named_last(void **state)
{
    char wrong[32], right[32];
    int closed = server(wrong, false), listener = server(right, true), fd;
    struct pollfd client = {.fd = listener, .events = POLLIN};

    (void)state;
    assert_true(send_to(wrong));
    for (int i = 0; i < 3; i++)
        assert_int_equal(wait_report().outcome, MAILER_DELAYED);
    mailer_redirect(&mailer, right, "new@example.org");
    assert_int_equal(poll(&client, 1, WAIT_MS), 1);
    fd = accept(listener, NULL, NULL);
    assert_int_equal(write(fd, "220 x\r\n", 7), 7);
    talk(fd, "EHLO ", "250 x\r\n");
    talk(fd, "MAIL FROM:<new@example.org>", "250 x\r\n");
    close(fd);
    close(listener);
    close(closed);
}

/* The agent never waits for a process that does not read: mails are lost, and it is told. */
static void a_full_socket_loses_mails_and_stalls_nothing(void **state)
{
    int count = 0;

    (void)state;
    stop_process();
    while (count < 100000 && send_to("127.0.0.1:1"))
        count++;
    assert_in_range(count, MAIL_QUEUE_MAX, 99999);
    assert_false(mailer_is_gone(&mailer));
    assert_int_equal(kill(mailer.pid, SIGCONT), 0);
    assert_int_equal(wait_report().outcome, MAILER_DELAYED);
}

/* Each of them is told. */
static void mails_that_wait_for_a_process_that_dies_are_lost(void **state)
{
    struct pollfd own = {.fd = mailer.fd, .events = POLLIN};
    struct mailer_report report;
    size_t waiting;

    (void)state;
    stop_process();
    while (mailer.waiting.count < 3)
        assert_true(send_to("127.0.0.1:1"));
    kill(mailer.pid, SIGKILL);
    waitpid(mailer.pid, NULL, 0);
    assert_int_equal(poll(&own, 1, WAIT_MS), 1);
    assert_false(mailer_take(&mailer, &report));
    assert_true(mailer_is_gone(&mailer));
    for (waiting = 0; mailer_take(&mailer, &report); waiting++)
        assert_int_equal(report.outcome, MAILER_DROPPED);
    assert_int_equal(waiting, 3);
}

static void a_process_that_died_is_gone(void **state)
{
    struct pollfd own = {.fd = mailer.fd, .events = POLLIN};
    struct mailer_report report;

    (void)state;
    kill(mailer.pid, SIGKILL);
    assert_int_equal(poll(&own, 1, WAIT_MS), 1);
    assert_false(mailer_take(&mailer, &report));
    assert_true(mailer_is_gone(&mailer));
    assert_false(send_to("127.0.0.1:1"));
    waitpid(mailer.pid, NULL, 0);
    assert_false(mailer_take(&mailer, &report));
    assert_int_equal(mailer.pid, 0);
}

/* It ignores what ends the agent, and ends when the agent's end of the socket is closed. */
static void it_ends_with_the_agent_and_not_before(void **state)
{
    pid_t pid = mailer.pid;
    char name[32];
    int closed = server(name, false), status;

    (void)state;
    kill(pid, SIGTERM);
    kill(pid, SIGINT);
    kill(pid, SIGHUP);
    assert_true(send_to(name));
    assert_int_equal(wait_report().outcome, MAILER_DELAYED);
    mailer_close(&mailer);
    assert_true(mailer_is_gone(&mailer));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    mailer.pid = 0;
    close(closed);
}

/* Starts a mail process and ends when gate is closed at its other end. */
static void be_an_agent(const char *name, int gate)
{
    char byte;

    if (mailer_start(&mailer) != 0 || !send_to(name))
        _exit(1);
    _exit(read(gate, &byte, 1) == 0 ? 0 : 1);
}

/* All of it inside of one call of libcurl's: the mail is taken, and the answer to QUIT never comes.
 */
static void it_ends_in_time_while_a_server_hangs(void **state)
{
    char name[32], byte;
    int listener = server(name, true), fd, status, gate[2];
    struct pollfd client;
    pid_t agent;

    tear_down(state);
    assert_int_equal(pipe(gate), 0);
    agent = fork();
    if (agent == 0) {
        close(gate[1]);
        be_an_agent(name, gate[0]);
    }
    fd = accept(listener, NULL, NULL);
    assert_int_equal(write(fd, "220 x\r\n", 7), 7);
    talk(fd, "EHLO ", "250 x\r\n");
    talk(fd, "MAIL FROM:", "250 x\r\n");
    talk(fd, "RCPT TO:", "250 x\r\n");
    talk(fd, "DATA", "354 x\r\n");
    talk(fd, ".\r\n", "250 x\r\n");
    talk(fd, "QUIT", "");
    close(gate[1]);
    assert_int_equal(waitpid(agent, &status, 0), agent);
    assert_int_equal(status, 0);
    client = (struct pollfd){.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&client, 1, WAIT_MS), 1); /* less than libcurl waits */
    assert_int_equal(read(fd, &byte, 1), 0);
    close(gate[0]);
    close(fd);
    close(listener);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_the_server_took_is_sent),
        TEST(a_refusal_is_for_good),
        TEST(a_refusal_for_now_is_tried_again),
        TEST(a_server_that_is_not_there_is_tried_again),
        TEST(what_finds_the_socket_full_is_handed_over_later),
        TEST(what_waits_goes_to_the_server_that_is_named_last),
        TEST(a_full_socket_loses_mails_and_stalls_nothing),
        TEST(mails_that_wait_for_a_process_that_dies_are_lost),
        TEST(a_process_that_died_is_gone),
        TEST(it_ends_with_the_agent_and_not_before),
        TEST(it_ends_in_time_while_a_server_hangs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
