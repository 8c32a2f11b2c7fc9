/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that delivers alerts, as the agent sees it: reports, servers that are not there,
 * refuse, redirect or hang, programs that fail or do not end, a process that hangs, dies and is
 * started again, or outlives the agent. This program is the one that is started, too. What a real
 * mail server gets is in tests/cluster/alert.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "courier.h"
#include "courier_child.h"
#include "courier_place.h"
#include "scratch.h"
#include "spool.h"
#include "webhook.h"

#define WAIT_MS 20000
#define NOW_MS 1000000
#define TEXT "it's \"text\"\nmore <!here> &\n"
#define MAIL "Subject: x\r\n\r\nbody\r\n"

static struct courier courier;
static struct courier_settings settings;
static struct spool spool;
static char directory[SCRATCH_PATH_SIZE];
static int64_t put_ms; /* of the last alert: its name is in order */

static int set_up(void **state)
{
    (void)state;
    scratch_make(directory);
    memset(&settings, 0, sizeof(settings));
    snprintf(settings.state_dir, sizeof(settings.state_dir), "%s", directory);
    snprintf(settings.from, sizeof(settings.from), "a@example.org");
    put_ms = (int64_t)time(NULL) * 1000;
    return spool_open(&spool, &spool_first, directory) == 0
               ? courier_start(&courier, "/proc/self/exe")
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    if (courier.pid > 0) { /* it would still try to deliver */
        kill(courier.pid, SIGKILL);
        waitpid(courier.pid, NULL, 0);
        courier.pid = 0;
    }
    courier_close(&courier);
    spool_close(&spool);
    scratch_remove(directory);
    return 0;
}

static void set(void)
{
    courier_set(&courier, &settings);
}

/* channels: one bit each. */
static void put(unsigned channels, bool once)
{
    struct spool_file file = {.once = once,
                              .parts = {{MAIL, sizeof(MAIL) - 1},
                                        {"{}\n", 3},
                                        {TEXT, sizeof(TEXT) - 1},
                                        {"BANSYNC_EVENT=ban\nLD_PRELOAD=x\n", 31}}};

    snprintf(file.id, sizeof(file.id), "%032x", 7);
    for (int i = 0; i < CHANNEL_COUNT; i++)
        if (channels & 1u << i)
            file.targets[file.target_count++].channel = (enum channel)i;
    if (channels & 1u << CHANNEL_MAIL)
        snprintf(file.targets[0].address, sizeof(file.targets[0].address), "b@example.org");
    assert_int_equal(spool_put(&spool, &file, put_ms++), 0);
    courier_look(&courier);
}

static void put_mail(const char *name)
{
    snprintf(settings.server, sizeof(settings.server), "%s", name);
    set();
    put(1u << CHANNEL_MAIL, false);
}

static void assert_waiting(int count)
{
    assert_int_equal(spool_list(&spool), 0);
    assert_int_equal(spool.count, count);
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

static struct courier_report wait_report(void)
{
    struct pollfd own = {.fd = courier.fd, .events = POLLIN};
    struct courier_report report;

    assert_int_equal(poll(&own, 1, WAIT_MS), 1);
    assert_true(courier_take(&courier, &report));
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

/* A client of the mail server up to its first words. */
static int greet(int listener)
{
    int fd = accept(listener, NULL, NULL);

    assert_int_equal(write(fd, "220 x\r\n", 7), 7);
    talk(fd, "EHLO ", "250 x\r\n");
    return fd;
}

static void take_mail(int fd)
{
    talk(fd, "MAIL FROM:<a@example.org>", "250 x\r\n");
    talk(fd, "RCPT TO:<b@example.org>", "250 x\r\n");
    talk(fd, "DATA", "354 x\r\n");
    talk(fd, ".\r\n", "250 x\r\n");
    talk(fd, "QUIT", "221 x\r\n");
    close(fd);
}

static void what_the_server_took_is_delivered(void **state)
{
    char name[32];
    int listener = server(name, true);
    struct courier_report report;

    (void)state;
    put_mail(name);
    take_mail(greet(listener));
    report = wait_report();
    assert_int_equal(report.outcome, COURIER_DELIVERED);
    assert_string_equal(report.target, "b@example.org");
    assert_waiting(0);
    close(listener);
}

/* 5xx: not again. The reply is the reason, harmless as it may not be. */
static void a_refusal_is_for_good(void **state)
{
    char name[32];
    int listener = server(name, true), fd;
    struct courier_report report;

    (void)state;
    put_mail(name);
    fd = greet(listener);
    talk(fd, "MAIL FROM:", "250 x\r\n");
    talk(fd, "RCPT TO:", "550 5.1.1 no such \x1b[2J\xff user\r\n");
    talk(fd, "QUIT", "221 x\r\n");
    report = wait_report();
    assert_int_equal(report.outcome, COURIER_FAILED);
    assert_string_equal(report.reason, "550 5.1.1 no such ?[2J? user");
    assert_waiting(0);
    close(fd);
    close(listener);
}

static void a_refusal_for_now_is_tried_again(void **state)
{
    char name[32];
    int listener = server(name, true), fd;
    struct courier_report report;

    (void)state;
    put_mail(name);
    fd = accept(listener, NULL, NULL);
    assert_int_equal(write(fd, "421 busy\r\n", 10), 10);
    close(fd);
    report = wait_report();
    assert_int_equal(report.outcome, COURIER_DELAYED);
    assert_string_equal(report.reason, "421 busy");
    assert_waiting(1);
    fd = accept(listener, NULL, NULL); /* here it is again */
    close(fd);
    close(listener);
}

static void a_test_is_not_tried_again(void **state)
{
    char name[32];
    int closed = server(name, false);

    (void)state;
    snprintf(settings.server, sizeof(settings.server), "%s", name);
    set();
    put(1u << CHANNEL_MAIL, true);
    assert_int_equal(wait_report().outcome, COURIER_FAILED);
    assert_waiting(0);
    close(closed);
}

/* Waits until the agent has seen that the process is no more. */
static void wait_end(void)
{
    struct pollfd own = {.fd = courier.fd, .events = POLLIN};
    struct courier_report report;

    while (!courier_is_gone(&courier)) {
        assert_int_equal(poll(&own, 1, WAIT_MS), 1);
        courier_take(&courier, &report);
    }
    while (courier_watch(&courier, NOW_MS) == COURIER_SAME)
        assert_int_equal(poll(NULL, 0, 1), 0); /* it ends */
}

static void kill_process(void)
{
    kill(courier.pid, SIGKILL);
    wait_end();
}

static void restart(void)
{
    kill_process();
    assert_int_equal(courier_watch(&courier, NOW_MS + ALERT_RESTART_MS), COURIER_STARTED);
}

/* What one process did not get done the next does: here it is killed in the midst of a mail. */
static void an_alert_survives_the_process(void **state)
{
    char name[32];
    int listener = server(name, true), fd;

    (void)state;
    put_mail(name);
    fd = greet(listener);
    talk(fd, "MAIL FROM:", "250 x\r\n");
    restart();
    assert_waiting(1);
    close(fd);
    take_mail(greet(listener));
    assert_int_equal(wait_report().outcome, COURIER_DELIVERED);
    assert_waiting(0);
    close(listener);
}

/* Who has it already does not get it again. */
static void what_was_delivered_is_remembered(void **state)
{
    char name[32];
    int closed = server(name, false);
    struct courier_report report;

    (void)state;
    snprintf(settings.server, sizeof(settings.server), "%s", name);
    snprintf(settings.exec, sizeof(settings.exec), "/bin/true");
    set();
    put(1u << CHANNEL_MAIL | 1u << CHANNEL_EXEC, false);
    do
        report = wait_report();
    while (report.channel != CHANNEL_EXEC);
    assert_int_equal(report.outcome, COURIER_DELIVERED);
    restart();
    for (int i = 0; i < 2; i++)
        assert_int_equal(wait_report().channel, CHANNEL_MAIL);
    close(closed);
}

#define GARBAGE "000000000000001-00000000000000000000000000000001.alert"

static void a_file_that_is_no_alert_is_set_aside(void **state)
{
    struct courier_report report;

    (void)state;
    scratch_write(directory, "alerts/" GARBAGE, "garbage", 7);
    snprintf(settings.exec, sizeof(settings.exec), "/bin/true");
    set();
    report = wait_report();
    assert_int_equal(report.outcome, COURIER_ASIDE);
    assert_true(scratch_exists(directory, "alerts/" GARBAGE ".bad"));
    put(1u << CHANNEL_EXEC, false); /* and alerts go on */
    assert_int_equal(wait_report().outcome, COURIER_DELIVERED);
}

/* While the first spool cannot be used at all. */
static void what_lies_in_the_second_spool_is_delivered(void **state)
{
    struct courier_report report;

    (void)state;
    snprintf(settings.state_dir, sizeof(settings.state_dir), "%s/none", directory);
    snprintf(settings.run_dir, sizeof(settings.run_dir), "%s/run", directory);
    snprintf(settings.exec, sizeof(settings.exec), "/bin/true");
    assert_int_equal(mkdir(settings.run_dir, 0755), 0);
    spool_close(&spool);
    assert_int_equal(spool_open(&spool, &spool_second, settings.run_dir), 0);
    set();
    report = wait_report();
    assert_int_equal(report.outcome, COURIER_BROKEN);
    assert_string_equal(report.reason, "alerts below state_dir: No such file or directory");
    put(1u << CHANNEL_EXEC, false);
    assert_int_equal(wait_report().outcome, COURIER_DELIVERED);
    assert_waiting(0);
}

static void tell_nobody(void *context, const struct courier_report *report)
{
    (void)context;
    (void)report;
}

/* As many as may wait there: behind them is the alert that is found then. */
static void what_is_set_aside_makes_room(void **state)
{
    static struct courier_work work;
    char name[80];

    (void)state;
    memset(&work, 0, sizeof(work));
    work.tell = tell_nobody;
    put(1u << CHANNEL_EXEC, false);
    for (unsigned i = 0; i < ALERT_SPOOL_MAX; i++) {
        snprintf(name, sizeof(name), "alerts/%015u-%032x.alert", i, i);
        scratch_write(directory, name, "garbage", 7);
    }
    courier_work_set(&work, &settings);
    courier_place_turn(&work, NOW_MS);
    assert_int_equal(work.queue.count, 0);
    assert_int_equal(courier_place_wait_ms(&work, NOW_MS), 0);
    courier_place_turn(&work, NOW_MS);
    assert_int_equal(work.queue.count, 1);
    assert_false(courier_work_looks(&work));
    spool_close(&work.places[COURIER_FIRST].spool);
}

/* By another name it is the first one: its lock is no obstacle, and what lies there is told once.
 */
static void one_directory_is_one_spool(void **state)
{
    static struct courier_work work;

    (void)state;
    memset(&work, 0, sizeof(work));
    work.tell = tell_nobody;
    snprintf(settings.run_dir, sizeof(settings.run_dir), "%s/.", directory);
    put(1u << CHANNEL_EXEC, false);
    courier_work_set(&work, &settings);
    courier_place_turn(&work, NOW_MS);
    assert_true(work.places[COURIER_FIRST].locked && !work.places[COURIER_SECOND].locked);
    assert_int_equal(work.queue.count, 1);
    assert_false(courier_work_looks(&work));
    assert_int_equal(courier_place_wait_ms(&work, NOW_MS), -1);
    spool_close(&work.places[COURIER_FIRST].spool);
}

/* Somebody cleans up below /run, or replaces the directory. */
static void a_spool_that_was_removed_is_opened_anew(void **state)
{
    static struct courier_work work;
    char path[SCRATCH_PATH_SIZE + 8];

    (void)state;
    memset(&work, 0, sizeof(work));
    work.tell = tell_nobody;
    courier_work_set(&work, &settings);
    courier_place_turn(&work, NOW_MS);
    assert_true(work.places[COURIER_FIRST].locked);
    snprintf(path, sizeof(path), "%s/alerts", directory);
    scratch_remove(path);
    assert_int_equal(spool_open(&spool, &spool_first, directory), 0);
    put(1u << CHANNEL_EXEC, false);
    courier_work_look(&work);
    courier_place_turn(&work, NOW_MS);
    assert_true(work.places[COURIER_FIRST].locked);
    assert_int_equal(work.queue.count, 1);
    spool_close(&work.places[COURIER_FIRST].spool);
}

/* Its file stays, as on a disk that takes no writes: told once all the same. A name that is a
 * directory cannot be unlinked, either. */
static void what_cannot_be_removed_is_told_once(void **state)
{
    char name[SPOOL_NAME_SIZE], path[SCRATCH_PATH_SIZE + SPOOL_NAME_SIZE + 8], fifo[64];
    static const char hook[] = "#!/bin/sh\nread line < \"${0%/*}/go\"\n";
    struct courier_report report;
    int end;

    (void)state;
    snprintf(fifo, sizeof(fifo), "%.40s/hook", directory);
    scratch_write(directory, "hook", hook, sizeof(hook) - 1);
    assert_int_equal(chmod(fifo, 0700), 0);
    assert_int_equal(mkfifo(scratch_path(directory, "go"), 0600), 0);
    snprintf(settings.exec, sizeof(settings.exec), "%s", fifo);
    put(1u << CHANNEL_EXEC, false);
    assert_waiting(1);
    snprintf(name, sizeof(name), "%s", spool.names[0]);
    set();
    end = open(scratch_path(directory, "go"), O_WRONLY); /* the program runs */
    snprintf(path, sizeof(path), "%s/alerts/%s", directory, name);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(write(end, "x\n", 2), 2);
    close(end);
    report = wait_report();
    assert_int_equal(report.outcome, COURIER_BROKEN);
    assert_int_equal(wait_report().outcome, COURIER_DELIVERED);
    snprintf(settings.exec, sizeof(settings.exec), "/bin/true");
    set();
    put(1u << CHANNEL_EXEC, false);
    report = wait_report();
    while (report.outcome == COURIER_BROKEN)
        report = wait_report();
    assert_int_equal(report.outcome, COURIER_DELIVERED);
    assert_true(scratch_exists(directory, "alerts"));
    assert_waiting(1); /* neither found anew nor set aside */
    assert_string_equal(spool.names[0], name);
}

static void who_does_not_get_it_for_a_day_will_not(void **state)
{
    (void)state;
    put_ms -= ALERT_KEEP_MS;
    put(1u << CHANNEL_MAIL, false);
    snprintf(settings.server, sizeof(settings.server), "127.0.0.1:1");
    set();
    assert_int_equal(wait_report().outcome, COURIER_FAILED);
    assert_waiting(0);
}

/* --- The web server ------------------------------------------------------------------------------
 */

/* Takes one request, whose text up to the end of body goes to said, and answers. */
static void serve(int listener, const char *body, const char *answer, char said[2048])
{
    int fd = accept(listener, NULL, NULL);
    size_t used = 0;

    said[0] = '\0';
    while (strstr(said, body) == NULL) {
        ssize_t got = read(fd, said + used, 2047 - used);

        assert_true(got > 0);
        used += (size_t)got;
        said[used] = '\0';
    }
    assert_int_equal(write(fd, answer, strlen(answer)), strlen(answer));
    close(fd);
}

static void post_to(const char *name, enum webhook_format format)
{
    snprintf(settings.webhook, sizeof(settings.webhook), "http://u:pw@%s/secret/path?q", name);
    settings.webhook_format = format;
    set();
    put(1u << CHANNEL_WEBHOOK, false);
}

static void the_web_server_gets_it_as_it_wants_it(void **state)
{
    static const char ok[] = "HTTP/1.1 204 x\r\n\r\n";
    char name[32], said[2048], host[64];
    int listener = server(name, true);
    struct courier_report report;

    (void)state;
    post_to(name, WEBHOOK_JSON);
    serve(listener, "\r\n\r\n{}\n", ok, said);
    assert_memory_equal(said, "POST /secret/path?q HTTP/1.1\r\n", 30);
    assert_non_null(strstr(said, "\r\nContent-Type: application/json\r\n"));
    report = wait_report();
    assert_int_equal(report.outcome, COURIER_DELIVERED);
    snprintf(host, sizeof(host), "http://%s", name);
    assert_string_equal(report.target, host);
    post_to(name, WEBHOOK_SLACK);
    serve(listener, "{\"text\":\"it's \\\"text\\\"\\nmore &lt;!here&gt; &amp;\\n\"}", ok, said);
    assert_int_equal(wait_report().outcome, COURIER_DELIVERED);
    post_to(name, WEBHOOK_TEXT);
    serve(listener, "\r\n\r\n" TEXT, ok, said);
    assert_non_null(strstr(said, "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
    assert_int_equal(wait_report().outcome, COURIER_DELIVERED);
    assert_waiting(0);
    close(listener);
}

static void answers_of_the_web_server_are_judged(void **state)
{
    static const struct {
        const char *answer;
        enum courier_outcome outcome;
        const char *reason;
    } cases[] = {
        {"HTTP/1.1 404 x\r\n\r\n/secret", COURIER_FAILED, "the server answers 404"},
        {"HTTP/1.1 302 x\r\nLocation: http://192.0.2.1/\r\n\r\n", COURIER_FAILED,
         "the server answers 302, a redirect: write the address it leads to"},
        {"HTTP/1.1 429 x\r\n\r\n", COURIER_DELAYED, "the server answers 429"},
        {"HTTP/1.1 503 x\r\n\r\n", COURIER_DELAYED, "the server answers 503"},
    };
    char name[32], said[2048];
    int listener = server(name, true);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct courier_report report;

        post_to(name, WEBHOOK_JSON);
        serve(listener, "{}\n", cases[i].answer, said);
        report = wait_report();
        assert_int_equal(report.outcome, cases[i].outcome);
        assert_string_equal(report.reason, cases[i].reason);
    }
    close(listener);
}

/* It is closed in the midst of an answer without end. */
static void an_endless_answer_is_not_read_to_its_end(void **state)
{
    static char much[65536];
    char name[32], said[2048];
    int listener = server(name, true), fd;
    ssize_t got = 1;

    (void)state;
    post_to(name, WEBHOOK_JSON);
    fd = accept(listener, NULL, NULL);
    for (size_t used = 0; used == 0 || strstr(said, "{}\n") == NULL; used += (size_t)got)
        got = read(fd, said + used, 100);
    assert_true(write(fd, "HTTP/1.1 200 x\r\n\r\n", 18) == 18);
    while (got > 0)
        got = send(fd, much, sizeof(much), MSG_NOSIGNAL);
    assert_int_equal(wait_report().outcome, COURIER_DELIVERED);
    close(fd);
    close(listener);
}

static void a_server_that_is_down_is_named_without_the_secret(void **state)
{
    char name[32];
    int closed = server(name, false);
    struct courier_report report;

    (void)state;
    post_to(name, WEBHOOK_JSON);
    report = wait_report();
    assert_int_equal(report.outcome, COURIER_DELAYED);
    assert_null(strstr(report.reason, "secret"));
    assert_null(strstr(report.reason, "pw"));
    assert_null(strstr(report.target, "pw"));
    close(closed);
}

/* The mail server takes the connection and never speaks. */
static void a_channel_that_hangs_holds_up_no_other(void **state)
{
    char name[32], web[32], said[2048];
    int mail = server(name, true), listener = server(web, true);

    (void)state;
    snprintf(settings.server, sizeof(settings.server), "%s", name);
    snprintf(settings.webhook, sizeof(settings.webhook), "http://%s/", web);
    set();
    put(1u << CHANNEL_MAIL | 1u << CHANNEL_WEBHOOK, false);
    serve(listener, "{}\n", "HTTP/1.1 200 x\r\n\r\n", said);
    assert_int_equal(wait_report().channel, CHANNEL_WEBHOOK);
    close(mail);
    close(listener);
}

/* --- The program ---------------------------------------------------------------------------------
 */

static void write_program(const char *script)
{
    snprintf(settings.exec, sizeof(settings.exec), "%s/program", directory);
    scratch_write(directory, "program", script, strlen(script));
    assert_int_equal(chmod(settings.exec, 0700), 0);
}

/* No arguments, no environment but its own, no descriptors, nothing to read. */
static void the_program_gets_what_it_is_told_and_no_more(void **state)
{
    char script[1024], *out;
    size_t size;

    (void)state;
    snprintf(script, sizeof(script),
             "#!/bin/sh\n{ echo \"$#\"; env | grep -v ^_ | grep -v ^PWD | sort; cat; "
             "for fd in 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$fd ] || echo $fd; done; } > %s/out\n",
             directory);
    write_program(script);
    setenv("SECRET", "x", 1);
    set();
    put(1u << CHANNEL_EXEC, false);
    assert_int_equal(wait_report().outcome, COURIER_DELIVERED);
    out = scratch_read(directory, "out", &size);
    assert_string_equal(out, "0\nBANSYNC_EVENT=ban\nLANG=C.UTF-8\n"
                             "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n");
    free(out);
}

static void a_program_that_fails_is_run_again(void **state)
{
    struct courier_report report;
    char script[1024];

    (void)state;
    snprintf(script, sizeof(script), "#!/bin/sh\n[ -e %s/again ] || { : > %s/again; exit 3; }\n",
             directory, directory);
    write_program(script);
    set();
    put(1u << CHANNEL_EXEC, false);
    report = wait_report();
    assert_int_equal(report.outcome, COURIER_DELAYED);
    assert_string_equal(report.reason, "it ended with 3");
    assert_string_equal(report.target, settings.exec);
    assert_int_equal(wait_report().outcome, COURIER_DELIVERED);
}

static void a_program_that_others_can_write_is_not_run(void **state)
{
    struct courier_report report;

    (void)state;
    write_program("#!/bin/sh\n");
    assert_int_equal(chmod(settings.exec, 0722), 0);
    set();
    put(1u << CHANNEL_EXEC, false);
    report = wait_report();
    assert_int_equal(report.outcome, COURIER_DELAYED);
    assert_string_equal(report.reason, "others can write to it; chmod go-w");
}

/* Four at once, and no fifth: each holds its end of a FIFO open until it is told to go on. */
static void four_programs_run_at_once(void **state)
{
    char script[1024];
    int gate;

    (void)state;
    assert_int_equal(mkfifo(scratch_path(directory, "gate"), 0600), 0);
    snprintf(script, sizeof(script), "#!/bin/sh\n: > %s/run.$$\nread x < %s/gate\n", directory,
             directory);
    write_program(script);
    set();
    for (int i = 0; i < 6; i++)
        put(1u << CHANNEL_EXEC, false);
    gate = open(scratch_path(directory, "gate"), O_RDWR); /* so nobody waits for the other end */
    assert_true(gate >= 0);
    while (scratch_count(directory) < 3 + 4)   /* alerts, gate, program */
        assert_int_equal(poll(NULL, 0, 5), 0); /* poll interval */
    assert_int_equal(scratch_count(directory), 3 + 4);
    assert_int_equal(write(gate, "\n\n\n\n", 4), 4); /* a line for each of them */
    for (int i = 0; i < 4; i++)
        assert_true(wait_report().outcome != COURIER_ASIDE);
    close(gate);
}

/* Stops the process: it does not read. */
static void stop_process(void)
{
    int status;

    assert_int_equal(kill(courier.pid, SIGSTOP), 0);
    assert_int_equal(waitpid(courier.pid, &status, WUNTRACED), courier.pid);
}

/* It finds all of it when it goes on. */
static void a_process_that_does_not_read_stalls_nothing(void **state)
{
    (void)state;
    snprintf(settings.exec, sizeof(settings.exec), "/bin/true");
    stop_process();
    for (int i = 0; i < 3000; i++)
        set();
    put(1u << CHANNEL_EXEC, false);
    assert_false(courier_is_gone(&courier));
    assert_true(courier.settings_due);
    assert_int_equal(kill(courier.pid, SIGCONT), 0);
    assert_int_equal(wait_report().outcome, COURIER_DELIVERED);
}

static void what_waits_goes_to_the_server_that_is_named_last(void **state)
{
    char wrong[32], right[32];
    int closed = server(wrong, false), listener = server(right, true), fd;

    (void)state;
    put_mail(wrong);
    assert_int_equal(wait_report().outcome, COURIER_DELAYED);
    snprintf(settings.server, sizeof(settings.server), "%s", right);
    snprintf(settings.from, sizeof(settings.from), "new@example.org");
    set();
    fd = greet(listener);
    talk(fd, "MAIL FROM:<new@example.org>", "250 x\r\n");
    close(fd);
    close(listener);
    close(closed);
}

static void a_process_that_died_is_gone(void **state)
{
    (void)state;
    kill_process();
    assert_int_equal(courier.pid, 0);
    assert_string_equal(courier.end, "was ended by signal 9");
    courier_look(&courier);
    assert_true(courier_is_gone(&courier));
}

/* Never more often than that, whatever ends it. */
static void it_is_started_again_ever_more_rarely(void **state)
{
    int64_t now_ms = NOW_MS, pause_ms = ALERT_RESTART_MS;

    (void)state;
    courier.program = "/bin/false";
    kill_process();
    for (int i = 0; i < 12; i++) {
        assert_int_equal(courier_watch(&courier, now_ms + pause_ms - 1), COURIER_SAME);
        now_ms += pause_ms;
        assert_int_equal(courier_watch(&courier, now_ms), COURIER_STARTED);
        while (!courier_is_gone(&courier))
            courier_take(&courier, &(struct courier_report){0});
        while (courier_watch(&courier, now_ms) == COURIER_SAME)
            assert_int_equal(poll(NULL, 0, 1), 0); /* it ends */
        assert_string_equal(courier.end, "ended with 1");
        pause_ms = 2 * pause_ms < ALERT_RETRY_MS_MAX ? 2 * pause_ms : ALERT_RETRY_MS_MAX;
    }
    courier.program = "/proc/self/exe";
    now_ms += pause_ms;
    assert_int_equal(courier_watch(&courier, now_ms), COURIER_STARTED);
    now_ms += ALERT_RETRY_MS_MAX; /* it ran for long */
    kill(courier.pid, SIGKILL);
    while (!courier_is_gone(&courier))
        courier_take(&courier, &(struct courier_report){0});
    while (courier_watch(&courier, now_ms) == COURIER_SAME)
        assert_int_equal(poll(NULL, 0, 1), 0); /* it ends */
    assert_int_equal(courier_watch(&courier, now_ms + ALERT_RESTART_MS), COURIER_STARTED);
}

static void what_cannot_be_started_is_tried_again(void **state)
{
    (void)state;
    kill_process();
    courier.program = "/nonexistent";
    assert_int_equal(courier_watch(&courier, NOW_MS + ALERT_RESTART_MS), COURIER_SAME);
    assert_string_equal(courier.end, "could not be started: No such file or directory");
    assert_true(courier_is_gone(&courier));
    courier.program = "/proc/self/exe";
    assert_int_equal(courier_watch(&courier, NOW_MS + 3 * ALERT_RESTART_MS - 1), COURIER_SAME);
    assert_int_equal(courier_watch(&courier, NOW_MS + 3 * ALERT_RESTART_MS), COURIER_STARTED);
}

/* It has delivered and said so, and dies before it reads what it is told. */
static void what_it_said_before_it_died_is_heard(void **state)
{
    struct pollfd own;

    (void)state;
    snprintf(settings.exec, sizeof(settings.exec), "/bin/true");
    set();
    put(1u << CHANNEL_EXEC, false);
    own = (struct pollfd){.fd = courier.fd, .events = POLLIN};
    assert_int_equal(poll(&own, 1, WAIT_MS), 1);
    stop_process();
    courier_look(&courier);
    kill(courier.pid, SIGKILL);
    assert_int_equal(waitpid(courier.pid, NULL, 0), courier.pid);
    courier.pid = 0;
    assert_int_equal(wait_report().outcome, COURIER_DELIVERED);
}

/* The program and its child hold a FIFO open, and wait for what never comes. */
static void programs_end_with_the_process(void **state)
{
    char script[1024], byte;
    struct pollfd own = {.events = POLLIN};

    (void)state;
    assert_int_equal(mkfifo(scratch_path(directory, "alive"), 0600), 0);
    assert_int_equal(mkfifo(scratch_path(directory, "gate"), 0600), 0);
    own.fd = open(scratch_path(directory, "alive"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    snprintf(script, sizeof(script),
             "#!/bin/sh\nexec 4>%s/alive\n(echo x >&4; read x < %s/gate) &\nread x < %s/gate\n",
             directory, directory, directory);
    write_program(script);
    set();
    put(1u << CHANNEL_EXEC, false);
    assert_int_equal(poll(&own, 1, WAIT_MS), 1);
    kill(courier.pid, SIGKILL);
    while (read(own.fd, &byte, 1) != 0) /* end of file: nobody holds it open any more */
        assert_true(poll(&own, 1, WAIT_MS) == 1);
    close(own.fd);
}

/* It ignores what ends the agent, and ends when the agent's end of the socket is closed. */
static void it_ends_with_the_agent_and_not_before(void **state)
{
    pid_t pid = courier.pid;
    char name[32];
    int closed = server(name, false), status;

    (void)state;
    kill(pid, SIGTERM);
    kill(pid, SIGINT);
    kill(pid, SIGHUP);
    put_mail(name);
    assert_int_equal(wait_report().outcome, COURIER_DELAYED);
    courier_close(&courier);
    assert_true(courier_is_gone(&courier));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    courier.pid = 0;
    assert_waiting(1);
    close(closed);
}

/* The mail is taken, and the answer to QUIT never comes: libcurl would wait for minutes. */
static void it_ends_in_time_while_a_server_hangs(void **state)
{
    char name[32], byte;
    int listener = server(name, true), fd, status;
    pid_t pid = courier.pid;

    (void)state;
    put_mail(name);
    fd = greet(listener);
    talk(fd, "MAIL FROM:", "250 x\r\n");
    talk(fd, "RCPT TO:", "250 x\r\n");
    talk(fd, "DATA", "354 x\r\n");
    talk(fd, ".\r\n", "250 x\r\n");
    talk(fd, "QUIT", "");
    courier_close(&courier);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    courier.pid = 0;
    assert_int_equal(read(fd, &byte, 1), 0); /* nor does what it had begun outlive it */
    close(fd);
    close(listener);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_the_server_took_is_delivered),
        TEST(a_refusal_is_for_good),
        TEST(a_refusal_for_now_is_tried_again),
        TEST(a_test_is_not_tried_again),
        TEST(an_alert_survives_the_process),
        TEST(what_was_delivered_is_remembered),
        TEST(a_file_that_is_no_alert_is_set_aside),
        TEST(what_lies_in_the_second_spool_is_delivered),
        TEST(what_is_set_aside_makes_room),
        TEST(one_directory_is_one_spool),
        TEST(a_spool_that_was_removed_is_opened_anew),
        TEST(what_cannot_be_removed_is_told_once),
        TEST(who_does_not_get_it_for_a_day_will_not),
        TEST(the_web_server_gets_it_as_it_wants_it),
        TEST(answers_of_the_web_server_are_judged),
        TEST(an_endless_answer_is_not_read_to_its_end),
        TEST(a_server_that_is_down_is_named_without_the_secret),
        TEST(a_channel_that_hangs_holds_up_no_other),
        TEST(the_program_gets_what_it_is_told_and_no_more),
        TEST(a_program_that_fails_is_run_again),
        TEST(a_program_that_others_can_write_is_not_run),
        TEST(four_programs_run_at_once),
        TEST(a_process_that_does_not_read_stalls_nothing),
        TEST(what_waits_goes_to_the_server_that_is_named_last),
        TEST(a_process_that_died_is_gone),
        TEST(it_is_started_again_ever_more_rarely),
        TEST(what_cannot_be_started_is_tried_again),
        TEST(what_it_said_before_it_died_is_heard),
        TEST(programs_end_with_the_process),
        TEST(it_ends_with_the_agent_and_not_before),
        TEST(it_ends_in_time_while_a_server_hangs),
    };

    if (argc == 2 && strcmp(argv[1], COURIER_CHILD_WORD) == 0 && courier_child_is_started())
        courier_child_run();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
