/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of tail share: a directory of its own with log files, and what was handed out.
 */
#ifndef BANSYNC_TESTS_TAIL_FIXTURE_H
#define BANSYNC_TESTS_TAIL_FIXTURE_H

#include "tail.h"

#include <limits.h>

struct tail_fixture {
    char directory[64];
    char log[128]; /* directory "/app.log" */
    struct tail *tail;
    struct tail_reader reader; /* takes the lines, but skips those that begin with # */
    char *text;                /* lines handed out since the last fixture_expect, each with LF */
    size_t text_length;
    size_t live_count; /* live ones among them */
    uint64_t last_offset;
    size_t last_length;
    uint64_t last_file_id;
    size_t enough;     /* lines after which a call of tail_read is told so; 0: never */
    size_t handed_out; /* lines, ever */
    size_t skipped;    /* likewise */
    const char *mark;  /* of the line with this text ... */
    struct tail_cursor mark_position; /* ... the position, taken while it is handed out */
};

void fixture_begin(struct tail_fixture *fixture);

/* Closes the tail and removes the directory with its files and directories of files. */
void fixture_end(struct tail_fixture *fixture);

/* Opens fixture->tail on the log. */
void fixture_open(struct tail_fixture *fixture, const struct tail_cursor *cursor,
                  bool from_beginning);

/* Closes and opens again from the position: what a restart does. */
void fixture_restart(struct tail_fixture *fixture);

/* Path of a file in the directory; valid until the fourth call after. */
const char *fixture_path(const struct tail_fixture *fixture, const char *name);

/* Appends text to the file in the directory, which need not exist. */
void fixture_append(const struct tail_fixture *fixture, const char *name, const char *text);

void fixture_rename(const struct tail_fixture *fixture, const char *from, const char *to);

/* Appends count bytes to the file. */
void fixture_fill(const struct tail_fixture *fixture, const char *name, char byte, size_t count);

/* Copies and truncates the log as logrotate's copytruncate does. copy NULL: truncates only. */
void fixture_copytruncate(const struct tail_fixture *fixture, const char *copy);

/* Compresses the file to another and removes it, as gzip(1) does, whose name the other need not
 * have.
 */
void fixture_gzip(const struct tail_fixture *fixture, const char *from, const char *to);

/* Calls tail_read until nothing is waiting. */
void fixture_read(struct tail_fixture *fixture);

/* Reads, and expects exactly these lines to have been handed out since the last time, each ended by
 * LF. */
void fixture_expect(struct tail_fixture *fixture, const char *text);

struct tail_stats fixture_stats(const struct tail_fixture *fixture);
struct tail_cursor fixture_position(const struct tail_fixture *fixture);

/* Is the descriptor of the tail readable now, or within timeout_ms? */
bool fixture_wakes(const struct tail_fixture *fixture, int timeout_ms);

#endif
