/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts for the reference: what a line is taken apart with.
 *
 * Each function takes something off the front of a text, or says no and leaves it alone. Does not:
 * own bytes, know log lines.
 */
#ifndef BANSYNC_FUZZ_REFERENCE_TEXT_H
#define BANSYNC_FUZZ_REFERENCE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "line.h"

struct line_text text_of(const char *constant);
bool text_is(struct line_text text, const char *constant);
bool text_begins(struct line_text text, const char *constant);
bool text_ends(struct line_text text, const char *constant);
struct line_text text_first(struct line_text text, size_t count);
struct line_text text_behind(struct line_text text, size_t count);

/* Where constant begins in text for the first time, or text.length + 1. */
size_t text_find(struct line_text text, const char *constant);

/* Takes constant off the front of *text. */
bool text_take(struct line_text *text, const char *constant);

/* Takes what is before the first constant into *taken, and both off the front of *text. */
bool text_take_until(struct line_text *text, const char *constant, struct line_text *taken);

/* Takes the longest front of bytes for which is_one says yes; may be empty. */
struct line_text text_take_all(struct line_text *text, bool (*is_one)(char byte));

bool text_all(struct line_text text, bool (*is_one)(char byte));
bool text_same(struct line_text a, struct line_text b);

bool byte_is_digit(char byte);
bool byte_is_letter(char byte);
bool byte_is_graph(char byte);

/* Of a tag, a worker's name, a queue id, a settings id: letters, digits and "._-". */
bool byte_is_word(char byte);

#endif
