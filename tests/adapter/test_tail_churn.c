/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tail against a process that writes numbered lines and rotates its log as it likes: none may be
 * lost.
 *
 * The writer either runs as fast as it can, so that several rotations fall between two reads, or
 * waits for a token from the reader every few lines, so that reads fall everywhere. Where the tail
 * is restarted on the way lines may come twice, but only with the offset they had.
 */
#include "tail.h"
#include "tail_fixture.h"

#include "clock.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LINES 10000
#define ROTATIONS 20
#define LINES_PER_FILE (LINES / (ROTATIONS + 1))
#define LATE_LINES 200
#define LINES_PER_TOKEN 50
#define READ_BUDGET 5000
#define READS_PER_RUN 20 /* then the tail is restarted */
#define READ_MS \
    2000 /* so much time passes with a read that brought lines, so that files are left */
#define DEADLINE_S 60

enum style { RENAME, LATE, GAP, DELETE, SYMLINK, COPYTRUNCATE };

struct writer {
    const struct tail_fixture *fixture;
    enum style style;
    int tokens; /* -1: waits for none */
    int fd;
    int late_fd; /* LATE: the file before, still written to */
    unsigned rotation;
};

struct reader {
    unsigned char seen[LINES];
    uint64_t offset[LINES];
    unsigned strange; /* lines that are none of the writer's, or have moved */
    unsigned lines;
};

static int64_t now_ms;

/* In place of clock.c's: time passes by lines read, so that a late writer that got no processor is
 * not too late. */
int64_t clock_monotonic_ms(void)
{
    return now_ms;
}

/* Long ago: no file is too old to be read. */
int64_t clock_wall_ms(void)
{
    return 0;
}

/* The writer is a child: it may not use cmocka and must not return. */
static void writer_check(bool ok)
{
    if (!ok)
        _exit(1);
}

static void wait_for_token(const struct writer *writer)
{
    char token;

    if (writer->tokens >= 0)
        writer_check(read(writer->tokens, &token, 1) == 1);
}

static void reopen(struct writer *writer)
{
    if (writer->style == LATE && writer->fd >= 0) {
        close(writer->late_fd);
        writer->late_fd = writer->fd;
    } else if (writer->fd >= 0) {
        close(writer->fd);
    }
    writer->fd = open(writer->fixture->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    writer_check(writer->fd >= 0);
}

static void copy_and_truncate(const struct writer *writer, const char *name)
{
    static char bytes[1 << 20];
    int from = open(writer->fixture->log, O_RDWR | O_CLOEXEC);
    int to = open(fixture_path(writer->fixture, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    ssize_t size = read(from, bytes, sizeof(bytes));

    writer_check(size >= 0 && write(to, bytes, (size_t)size) == size && ftruncate(from, 0) == 0);
    close(from);
    close(to);
}

static void switch_symlink(const struct writer *writer, const char *name)
{
    const char *link = fixture_path(writer->fixture, "new");

    close(open(fixture_path(writer->fixture, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    writer_check(symlink(name, link) == 0 && rename(link, writer->fixture->log) == 0);
}

static void rotate(struct writer *writer)
{
    char name[32];

    snprintf(name, sizeof(name), "app.log.%u", ++writer->rotation);
    if (writer->style == DELETE) {
        writer_check(unlink(writer->fixture->log) == 0);
    } else if (writer->style == SYMLINK) {
        switch_symlink(writer, name);
    } else if (writer->style == COPYTRUNCATE) {
        copy_and_truncate(writer, name);
        return;
    } else {
        writer_check(rename(writer->fixture->log, fixture_path(writer->fixture, name)) == 0);
    }
    if (writer->style == GAP)
        wait_for_token(writer);
    reopen(writer);
}

static void write_line(const struct writer *writer, unsigned number, bool late)
{
    int fd = late ? writer->late_fd : writer->fd;
    char line[128];
    int length = snprintf(line, sizeof(line), "N %010u %080u\n", number, 0);
    size_t first = number % 7 == 0 ? 20 : 0; /* now and then torn in two */

    writer_check(write(fd, line, first) == (ssize_t)first);
    writer_check(write(fd, line + first, (size_t)length - first) == length - (ssize_t)first);
}

static void run_writer(struct writer *writer)
{
    for (unsigned i = 0; i < LINES; i++) {
        unsigned in_file = i % LINES_PER_FILE;
        bool late;

        if (i > 0 && in_file == 0 && writer->rotation < ROTATIONS)
            rotate(writer);
        if (i % LINES_PER_TOKEN == 0)
            wait_for_token(writer);
        late =
            writer->late_fd >= 0 && in_file < LATE_LINES && i / LINES_PER_FILE == writer->rotation;
        write_line(writer, i, late && i % 2 == 0);
    }
    _exit(0);
}

static bool take_line(void *context, const struct tail_line *line)
{
    struct reader *reader = context;
    char text[16] = "";
    unsigned long number = LINES;

    if (line->length == 93 && memcmp(line->bytes, "N ", 2) == 0) {
        memcpy(text, line->bytes + 2, 10);
        number = strtoul(text, NULL, 10);
    }
    if (number >= LINES || (reader->seen[number] > 0 && reader->offset[number] != line->offset)) {
        reader->strange++;
        return true;
    }
    reader->lines++;
    reader->seen[number] += reader->seen[number] < 255;
    reader->offset[number] = line->offset;
    return true;
}

/* One at a time: the writer gets no further ahead than the lines of two tokens. */
static void give_token(int tokens)
{
    int waiting = 0;

    assert_int_equal(ioctl(tokens, FIONREAD, &waiting), 0);
    if (waiting == 0)
        (void)!write(tokens, "", 1);
}

static void read_until(struct tail_fixture *f, struct reader *reader, pid_t pid, int tokens,
                       bool restart)
{
    const struct tail_reader lines_to = {.line = take_line, .context = reader};
    time_t deadline = time(NULL) + DEADLINE_S;
    bool running = true;
    bool more = true;
    int status = 0;
    unsigned lines;

    for (unsigned reads = 1; running || more; reads++) {
        struct pollfd wait = {.fd = tail_fd(f->tail), .events = POLLIN};

        assert_true(time(NULL) < deadline);
        running = running && waitpid(pid, &status, WNOHANG) == 0;
        if (!more)
            poll(&wait, 1, running ? 20 : 0);
        lines = reader->lines;
        more = tail_read(f->tail, READ_BUDGET, &lines_to);
        now_ms += restart && reader->lines > lines ? READ_MS : 0;
        if (tokens >= 0 && running)
            give_token(tokens);
        if (restart && running && reads % READS_PER_RUN == 0) {
            fixture_restart(f);
            more = true;
        }
    }
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void churn(enum style style, bool with_tokens, bool restart)
{
    static struct reader reader;
    struct tail_fixture f;
    struct writer writer = {.fixture = &f, .style = style, .tokens = -1, .fd = -1, .late_fd = -1};
    int tokens[2] = {-1, -1};
    unsigned lost = 0, twice = 0;
    pid_t pid;

    memset(&reader, 0, sizeof(reader));
    fixture_begin(&f);
    if (style == SYMLINK)
        switch_symlink(&writer, "app.log.0");
    reopen(&writer);
    fixture_open(&f, NULL, true);
    if (with_tokens)
        assert_int_equal(pipe2(tokens, O_CLOEXEC), 0);
    writer.tokens = tokens[0];
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        run_writer(&writer);
    close(writer.fd);
    read_until(&f, &reader, pid, tokens[1], restart);
    if (with_tokens) {
        close(tokens[0]);
        close(tokens[1]);
    }
    for (unsigned i = 0; i < LINES; i++) {
        lost += reader.seen[i] == 0;
        twice += reader.seen[i] > 1;
    }
    print_message("lost %u, twice %u, strange %u, read %u\n", lost, twice, reader.strange,
                  reader.lines);
    assert_int_equal(lost, 0);
    assert_int_equal(reader.strange, 0);
    if (!restart)
        assert_int_equal(twice, 0);
    fixture_end(&f);
}

static void churn_all_ways(enum style style)
{
    churn(style, false, false);
    churn(style, true, false);
    churn(style, true, true);
}

static void test_rename(void **state)
{
    (void)state;
    churn_all_ways(RENAME);
}

static void test_late_writer(void **state)
{
    (void)state;
    churn_all_ways(LATE);
}

static void test_gap(void **state)
{
    (void)state;
    churn_all_ways(GAP);
}

/* A deleted file is lost with its last descriptor: no reader finds it that does not keep pace, or
 * is restarted. */
static void test_delete(void **state)
{
    (void)state;
    churn(DELETE, true, false);
}

static void test_symlink(void **state)
{
    (void)state;
    churn_all_ways(SYMLINK);
}

/* Of what was written and truncated between two reads a reader sees nothing, so this needs one that
 * keeps pace, too. */
static void test_copytruncate(void **state)
{
    (void)state;
    churn(COPYTRUNCATE, true, false);
    churn(COPYTRUNCATE, true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rename),  cmocka_unit_test(test_late_writer),
        cmocka_unit_test(test_gap),     cmocka_unit_test(test_delete),
        cmocka_unit_test(test_symlink), cmocka_unit_test(test_copytruncate),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
