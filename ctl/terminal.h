/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stream is to its reader: how wide its terminal is, and whether colors say something there.
 *
 * Does not: write; know tables.
 */
#ifndef BANSYNC_CTL_TERMINAL_H
#define BANSYNC_CTL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* When colors are used. */
enum terminal_when { TERMINAL_AUTO, TERMINAL_ALWAYS, TERMINAL_NEVER };

enum terminal_color {
    TERMINAL_PLAIN,
    TERMINAL_BOLD,
    TERMINAL_GREEN,  /* as it should be */
    TERMINAL_YELLOW, /* degraded */
    TERMINAL_RED,    /* wrong */
};

/* Reads "auto", "always" or "never". False if text is none of them. */
bool terminal_parse(const char *text, enum terminal_when *when);

/* Once, at the start: says when colors are used, and lets the C library know UTF-8, by which the
 * columns of wide characters are counted (escape.h). */
void terminal_begin(enum terminal_when when);

/* Columns of the terminal that stream writes to; 0 if it writes to none. */
size_t terminal_columns(FILE *stream);

/* Likewise its lines. */
size_t terminal_rows(FILE *stream);

/* False if the terminal cannot be told where to write: TERM is unset or "dumb". */
bool terminal_has_places(void);

/* True if stream is written in colors. TERMINAL_AUTO: if it is a terminal, TERM is neither unset
 * nor "dumb" and NO_COLOR is unset or empty. */
bool terminal_has_colors(FILE *stream);

/* True if stream is a terminal whose locale is one of UTF-8 (LC_ALL, else LC_CTYPE, else LANG). */
bool terminal_has_utf8(FILE *stream);

/* The bytes that switch to a color, and back; never NULL. */
const char *terminal_begin_color(enum terminal_color color);
const char *terminal_end_color(enum terminal_color color);

#endif
