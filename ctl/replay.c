/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the detector takes from a log.
 *
 * Read in large pieces; what is left of a piece's last line moves to the front of the buffer. A
 * line that grows too long there is dropped to its end.
 * Does not: apply a configuration, count strikes, follow a growing file.
 */
#include "replay.h"

#include <bansync/control.h>
#include <bansync/limits.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "detect.h"
#include "escape.h"
#include "failure.h"
#include "json.h"
#include "memory.h"
#include "replay_clue.h"

enum {
    READ_BYTES = 262144,
    REASONS_MAX = 16,                   /* more than line.c has */
    TEXT_BYTES_MAX = ACCOUNT_BYTES_MAX, /* the longest text of a hit */
};

struct reason {
    const char *text;
    uint64_t count;
    uint64_t first_line;
};

struct replay {
    struct detect *detect;
    uint64_t place;
    bool json;
    uint64_t lines;
    uint64_t hits;
    uint64_t unattributable;
    uint64_t uncounted;
    uint64_t refused;
    uint64_t too_long;
    bool is_dropping; /* the current line has grown too long */
    bool has_rest;    /* bytes behind the last LF */
    struct reason reasons[REASONS_MAX];
    size_t reason_count;
    struct replay_clues clues;
};

static int scan_stream(struct replay *replay, int fd);
static size_t scan_buffer(struct replay *replay, const char *buffer, size_t searched, size_t size);
static void scan_one(struct replay *replay, const char *line, size_t length);
static void count_reason(struct replay *replay, const char *text);
static void print_hit_json(const struct replay *replay, const struct detect_hit *hit);
static void print_member(const char *name, struct line_text text);
static void print_hit_row(const struct replay *replay, const struct detect_hit *hit);
static void print_padded(struct line_text text, size_t width);
static void print_summary(const struct replay *replay);
static void print_clue(const struct replay *replay);
static ssize_t read_some(int fd, char *buffer, size_t size);

int replay_run(const char *path, bool json)
{
    struct replay replay = {.json = json, .detect = detect_open()};
    if (!replay.detect)
        memory_exhausted();
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    int result = fd < 0 ? -1 : scan_stream(&replay, fd);
    int saved_errno = errno;
    detect_close(&replay.detect);
    if (fd >= 0 && !is_stdin)
        close(fd);
    if (result < 0) {
        struct failure failure;
        failure_set(&failure, "unreadable", EXIT_USAGE, "cannot read %s: %s",
                    is_stdin ? "standard input" : path, strerror(saved_errno));
        return failure_tell(&failure, json);
    }
    if (ferror(stdout))
        return EXIT_INTERNAL;
    if (!json)
        print_summary(&replay);
    return EXIT_DONE;
}

/* Reads to the end, or until stdout takes no more. Returns 0, or -1 and errno. */
static int scan_stream(struct replay *replay, int fd)
{
    char *buffer = malloc(READ_BYTES + LINE_BYTES_MAX);
    if (!buffer)
        memory_exhausted();
    size_t kept = 0;
    ssize_t taken = 0;
    while (!ferror(stdout)) {
        taken = read_some(fd, buffer + kept, READ_BYTES);
        if (taken <= 0)
            break;
        size_t size = kept + (size_t)taken;
        size_t used = scan_buffer(replay, buffer, kept, size);
        kept = size - used;
        if (kept > LINE_BYTES_MAX)
            replay->is_dropping = true;
        if (replay->is_dropping)
            kept = 0;
        memmove(buffer, buffer + used, kept);
        fflush(stdout); /* a reader at the other end of a pipe may be waiting */
    }
    int saved_errno = errno;
    replay->has_rest = kept > 0 || replay->is_dropping;
    free(buffer);
    errno = saved_errno;
    return taken < 0 ? -1 : 0;
}

/* Scans the complete lines of buffer; there is no LF before searched. Returns how many bytes they
 * fill. */
static size_t scan_buffer(struct replay *replay, const char *buffer, size_t searched, size_t size)
{
    size_t start = 0;
    const char *end;
    while ((end = memchr(buffer + searched, '\n', size - searched))) {
        size_t length = (size_t)(end - buffer) - start;
        replay->lines++;
        if (replay->is_dropping || length > LINE_BYTES_MAX)
            replay->too_long++;
        else
            scan_one(replay, buffer + start, length);
        replay->is_dropping = false;
        start += length + 1;
        searched = start;
    }
    return start;
}

static void scan_one(struct replay *replay, const char *line, size_t length)
{
    struct detect_hit hit;
    enum detect_result result = detect_line(replay->detect, line, length, replay->place, 0, &hit);
    replay->place += length + 1;
    replay_clues_take(&replay->clues, line, length);
    if (result == DETECT_NOTHING)
        return;
    if (result == DETECT_UNATTRIBUTABLE) {
        replay->unattributable++;
    } else if (result == DETECT_REFUSED) {
        replay->refused++;
        count_reason(replay, hit.reason);
    } else if (!addr_is_countable(&hit.addr)) {
        replay->uncounted++;
    } else {
        replay->hits++;
        if (replay->json)
            print_hit_json(replay, &hit);
        else
            print_hit_row(replay, &hit);
    }
}

static void count_reason(struct replay *replay, const char *text)
{
    size_t i = 0;
    while (i < replay->reason_count && strcmp(replay->reasons[i].text, text) != 0)
        i++;
    if (i == REASONS_MAX)
        return;
    if (i == replay->reason_count)
        replay->reasons[replay->reason_count++] = (struct reason){text, 0, replay->lines};
    replay->reasons[i].count++;
}

static void print_hit_json(const struct replay *replay, const struct detect_hit *hit)
{
    char address[ADDR_TEXT_SIZE];
    addr_print(&hit->addr, address);
    printf("{\"line\":%" PRIu64 ",\"address\":\"%s\"", replay->lines, address);
    print_member("bucket", hit->buckets[0]);
    print_member("account", hit->account);
    print_member("qid", hit->qid);
    puts("}");
}

static void print_member(const char *name, struct line_text text)
{
    char *value = ctl_json_string(text.bytes, text.length);
    if (!value)
        memory_exhausted();
    printf(",\"%s\":%s", name, value);
    free(value);
}

/* The widths are fixed, as a row is written before the next one is known. */
static void print_hit_row(const struct replay *replay, const struct detect_hit *hit)
{
    char address[ADDR_TEXT_SIZE];
    addr_print(&hit->addr, address);
    if (replay->hits == 1)
        printf("%8s  %-39s  %-16s  %-16s  %s\n", "LINE", "ADDRESS", "BUCKET", "QUEUE-ID",
               "ACCOUNT");
    printf("%8" PRIu64 "  %-39s  ", replay->lines, address);
    print_padded(hit->buckets[0], 16);
    print_padded(hit->qid, 16);
    print_padded(hit->account, 0);
    putchar('\n');
}

/* Harmless for a terminal; with a width, filled up to it and two blanks behind it. */
static void print_padded(struct line_text text, size_t width)
{
    char harmless[4 * TEXT_BYTES_MAX + 1] = "-";
    size_t length = 1;
    if (text.bytes && text.length <= TEXT_BYTES_MAX)
        length = escape_text(text.bytes, text.length, ESCAPE_TERMINAL, harmless);
    size_t columns = escape_columns(harmless, length);
    int fill = columns < width ? (int)(width - columns) : 0;
    printf("%s%*s", harmless, width > 0 ? fill + 2 : 0, "");
}

static void print_summary(const struct replay *replay)
{
    fprintf(stderr, "%" PRIu64 " lines\n", replay->lines);
    fprintf(stderr, "%" PRIu64 " hits\n", replay->hits);
    fprintf(stderr, "%" PRIu64 " hits without a client address\n", replay->unattributable);
    fprintf(stderr,
            "%" PRIu64 " hits of loopback, unspecified or multicast addresses, never counted\n",
            replay->uncounted);
    fprintf(stderr, "%" PRIu64 " lines refused: they look like hits and break a rule\n",
            replay->refused);
    for (size_t i = 0; i < replay->reason_count; i++) {
        const struct reason *reason = &replay->reasons[i];
        fprintf(stderr, "    %" PRIu64 " from line %" PRIu64 " on: %s\n", reason->count,
                reason->first_line, reason->text);
    }
    fprintf(stderr, "%" PRIu64 " lines over %d bytes skipped\n", replay->too_long, LINE_BYTES_MAX);
    if (replay->has_rest)
        fprintf(stderr, "the last line has no end and was left out\n");
    print_clue(replay);
}

/* Only if nothing of the log was taken: then somebody asks why. */
static void print_clue(const struct replay *replay)
{
    uint64_t taken = replay->hits + replay->unattributable + replay->uncounted + replay->refused;
    bool is_empty = replay->lines == 0 && !replay->has_rest;
    const char *sentence = replay_clues_sentence(&replay->clues, is_empty);
    if (taken == 0 && sentence)
        fprintf(stderr, "%s\n", sentence);
}

static ssize_t read_some(int fd, char *buffer, size_t size)
{
    ssize_t taken;
    do {
        taken = read(fd, buffer, size);
    } while (taken < 0 && errno == EINTR);
    return taken;
}
