/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from outside made harmless: for a terminal, or for JSON.
 *
 * Bytes that are not valid UTF-8 and control bytes (below 0x20, and 0x7f) become the text \xNN, two
 * upper-case hexadecimal digits. For a terminal so do the C1 controls (U+0080 to U+009F) and the
 * signs that reverse the direction of text (U+202A to U+202E, U+2066 to U+2069): some terminals
 * obey them. All else stays as it is.
 */
#ifndef BANSYNC_CTL_ESCAPE_H
#define BANSYNC_CTL_ESCAPE_H

#include <stddef.h>

enum escape_for { ESCAPE_JSON, ESCAPE_TERMINAL };

/* Writes the harmless form of length bytes to out, which has room for 4 * length + 1, and ends it
 * with NUL. Returns its length without NUL; out is NULL: only that. */
size_t escape_text(const char *bytes, size_t length, enum escape_for where, char *out);

/* Columns that harmless text fills on a terminal: wide characters are two, combining ones none, as
 * the C library knows them once terminal_begin was called; else each counts as one. */
size_t escape_columns(const char *text, size_t length);

/* Bytes of the character that harmless text begins with; 0 at its end. */
size_t escape_next(const char *text);

#endif
