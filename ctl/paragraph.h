/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of prose: on a terminal it goes on in further lines, between words where it can; elsewhere
 * it is one line, whatever its length.
 */
#ifndef BANSYNC_CTL_PARAGRAPH_H
#define BANSYNC_CTL_PARAGRAPH_H

#include <stddef.h>
#include <stdio.h>

#include "terminal.h"

/* Writes text (NUL-terminated, any bytes) in its harmless form and in a color, where there are
 * colors, with LF. taken: columns that are on the line already; rest: what further lines begin
 * with. No line is wider than the terminal, unless that has less than 20 columns behind rest. */
void paragraph_print(FILE *stream, enum terminal_color color, size_t taken, const char *rest,
                     const char *text);

/* Writes first and text, of which each line becomes a paragraph: what is behind its first line is
 * indented by two blanks, an empty one at the end is left out. taken: as above, without first. */
void paragraph_print_lines(FILE *stream, size_t taken, const char *first, const char *text);

#endif
