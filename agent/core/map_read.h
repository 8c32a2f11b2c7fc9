/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a map: one of ours line by line, or somebody else's as rspamd reads it.
 */
#ifndef BANSYNC_CORE_MAP_READ_H
#define BANSYNC_CORE_MAP_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "prefixes.h"

/* What is left of a map's text. */
struct map_lines {
    const char *bytes; /* not owned */
    size_t left;
};

/* Takes the next line off, without its line feed. False at the end. */
bool map_lines_take(struct map_lines *lines, const char **line, size_t *size);

/* The next line that is a canonical prefix; others, such as comments, are passed over. False at the
 * end. */
bool map_lines_next(struct map_lines *lines, struct addr *addr);

/* Appends all of them and sorts the list. 0, or -1 without memory. */
int map_prefixes(const char *bytes, size_t size, struct prefixes *out);

/* True if the text is a map of ours, or empty: then nothing is lost with it. */
bool map_is_ours(const char *bytes, size_t size);

/* Told of each line that is neither empty, a comment, nor a prefix that can be in a map of ours.
 * number: from 1; bytes are not NUL-terminated. */
typedef void map_refused_fn(void *context, size_t number, const char *bytes, size_t size);

/* Appends the prefixes of somebody else's map and sorts the list. A line is read as rspamd does:
 * "#" begins a comment; an address or ADDRESS/LENGTH stands before the first blank, host bits do
 * not count; several are separated by commas; quotes, and brackets around an address, are passed
 * over. What rspamd misreads (a LENGTH that is no number or too large) and what is wider than /8 or
 * /32 is refused. 0, or -1 without memory. */
int map_read_foreign(const char *bytes, size_t size, map_refused_fn *refused, void *context,
                     struct prefixes *out);

/* As map_read_foreign, but reads the next count lines at most, tells nobody of those that are
 * refused, and leaves the sorting to the caller. 0, or -1 without memory. */
int map_read_slice(struct map_lines *lines, size_t count, struct prefixes *out);

#endif
