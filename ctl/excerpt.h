/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A piece of a long text that fits a terminal of 80 columns, made harmless (escape.h).
 */
#ifndef BANSYNC_CTL_EXCERPT_H
#define BANSYNC_CTL_EXCERPT_H

#include <stddef.h>
#include <stdio.h>

#define EXCERPT_COLUMNS 79
#define EXCERPT_TEXT_SIZE (4 * EXCERPT_COLUMNS + 1)

/* The beginning of bytes, with "..." behind it if that is not all; columns from 8 to
 * EXCERPT_COLUMNS. */
void excerpt_print(const char *bytes, size_t length, size_t columns, char text[EXCERPT_TEXT_SIZE]);

/* Writes a line of what is around bytes[at] (at may be length), and one with a caret below it. */
void excerpt_write(FILE *stream, const char *bytes, size_t length, size_t at);

#endif
