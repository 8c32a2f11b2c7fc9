/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of tail share.
 */
#include "tail_fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Ample for one tail_read; small enough that tests go round more than once. */
#define READ_BUDGET 100000

static bool take_line(void *context, const struct tail_line *line)
{
    struct tail_fixture *fixture = context;
    char *text = realloc(fixture->text, fixture->text_length + line->length + 2);

    assert_non_null(text);
    memcpy(text + fixture->text_length, line->bytes, line->length);
    fixture->text_length += line->length;
    text[fixture->text_length++] = '\n';
    text[fixture->text_length] = '\0';
    fixture->text = text;
    fixture->live_count += line->live;
    fixture->last_offset = line->offset;
    fixture->last_length = line->length;
    fixture->last_file_id = line->file_id;
    if (fixture->mark != NULL && line->length == strlen(fixture->mark) &&
        memcmp(line->bytes, fixture->mark, line->length) == 0)
        tail_line_position(fixture->tail, line, &fixture->mark_position);
    fixture->handed_out++;
    return fixture->enough == 0 || fixture->handed_out % fixture->enough != 0;
}

static size_t skip_lines(void *context, const char *bytes, size_t size)
{
    struct tail_fixture *fixture = context;
    size_t skipped = 0;
    const char *lf;

    while (skipped < size && bytes[skipped] == '#' &&
           (lf = memchr(bytes + skipped, '\n', size - skipped)) != NULL) {
        skipped = (size_t)(lf + 1 - bytes);
        fixture->skipped++;
    }
    return skipped;
}

void fixture_begin(struct tail_fixture *fixture)
{
    const char *root = getenv("TMPDIR");

    memset(fixture, 0, sizeof(*fixture));
    snprintf(fixture->directory, sizeof(fixture->directory), "%s/bansync-tail-XXXXXX",
             root != NULL && strlen(root) < 40 ? root : "/tmp");
    assert_non_null(mkdtemp(fixture->directory));
    snprintf(fixture->log, sizeof(fixture->log), "%s/app.log", fixture->directory);
    fixture->reader = (struct tail_reader){take_line, skip_lines, fixture};
    fixture->text = calloc(1, 1);
    assert_non_null(fixture->text);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

void fixture_end(struct tail_fixture *fixture)
{
    tail_close(&fixture->tail);
    assert_null(fixture->tail);
    free(fixture->text);
    assert_int_equal(nftw(fixture->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void fixture_open(struct tail_fixture *fixture, const struct tail_cursor *cursor,
                  bool from_beginning)
{
    assert_null(fixture->tail);
    fixture->tail = tail_open(fixture->log, cursor, from_beginning);
    assert_non_null(fixture->tail);
}

void fixture_restart(struct tail_fixture *fixture)
{
    struct tail_cursor cursor = fixture_position(fixture);

    tail_close(&fixture->tail);
    fixture_open(fixture, &cursor, false);
}

const char *fixture_path(const struct tail_fixture *fixture, const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, PATH_MAX, "%s/%s", fixture->directory, name);
    return path;
}

static void write_all(int fd, const char *bytes, size_t size)
{
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
}

void fixture_append(const struct tail_fixture *fixture, const char *name, const char *text)
{
    int fd = open(fixture_path(fixture, name), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

    write_all(fd, text, strlen(text));
    close(fd);
}

void fixture_rename(const struct tail_fixture *fixture, const char *from, const char *to)
{
    assert_int_equal(rename(fixture_path(fixture, from), fixture_path(fixture, to)), 0);
}

void fixture_fill(const struct tail_fixture *fixture, const char *name, char byte, size_t count)
{
    int fd = open(fixture_path(fixture, name), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    char *bytes = malloc(count);

    assert_non_null(bytes);
    memset(bytes, byte, count);
    write_all(fd, bytes, count);
    free(bytes);
    close(fd);
}

void fixture_copytruncate(const struct tail_fixture *fixture, const char *copy)
{
    int from = open(fixture->log, O_RDWR | O_CLOEXEC);
    struct stat st;
    char *bytes;

    assert_int_equal(fstat(from, &st), 0);
    bytes = malloc((size_t)st.st_size + 1);
    assert_non_null(bytes);
    assert_int_equal(pread(from, bytes, (size_t)st.st_size, 0), st.st_size);
    if (copy != NULL) {
        int to = open(fixture_path(fixture, copy), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

        write_all(to, bytes, (size_t)st.st_size);
        close(to);
    }
    assert_int_equal(ftruncate(from, 0), 0);
    free(bytes);
    close(from);
}

/* Keeps the time of the last write, as gzip does. */
void fixture_gzip(const struct tail_fixture *fixture, const char *from, const char *to)
{
    FILE *in = fopen(fixture_path(fixture, from), "re");
    gzFile out = gzopen(fixture_path(fixture, to), "we");
    struct timespec times[2];
    struct stat st;
    char bytes[4096];
    size_t got;

    assert_true(in != NULL && out != NULL);
    while ((got = fread(bytes, 1, sizeof(bytes), in)) > 0)
        assert_int_equal(gzwrite(out, bytes, (unsigned)got), got);
    assert_int_equal(fstat(fileno(in), &st), 0);
    fclose(in);
    assert_int_equal(gzclose(out), Z_OK);
    times[0] = st.st_atim;
    times[1] = st.st_mtim;
    assert_int_equal(utimensat(AT_FDCWD, fixture_path(fixture, to), times, 0), 0);
    assert_int_equal(unlink(fixture_path(fixture, from)), 0);
}

void fixture_read(struct tail_fixture *fixture)
{
    while (tail_read(fixture->tail, READ_BUDGET, &fixture->reader))
        ;
}

void fixture_expect(struct tail_fixture *fixture, const char *text)
{
    fixture_read(fixture);
    assert_string_equal(fixture->text, text);
    fixture->text_length = 0;
    fixture->text[0] = '\0';
}

struct tail_stats fixture_stats(const struct tail_fixture *fixture)
{
    struct tail_stats stats;

    tail_statistics(fixture->tail, &stats);
    return stats;
}

struct tail_cursor fixture_position(const struct tail_fixture *fixture)
{
    struct tail_cursor cursor;

    tail_position(fixture->tail, &cursor);
    return cursor;
}

bool fixture_wakes(const struct tail_fixture *fixture, int timeout_ms)
{
    struct pollfd wait = {.fd = tail_fd(fixture->tail), .events = POLLIN};

    return poll(&wait, 1, timeout_ms) == 1;
}
