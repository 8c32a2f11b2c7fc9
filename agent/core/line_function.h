/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of rspamd whose lines matter.
 */
#ifndef BANSYNC_CORE_LINE_FUNCTION_H
#define BANSYNC_CORE_LINE_FUNCTION_H

#include "line_cursor.h"

/* Takes "module; function: " as rspamd writes it behind a tag that begins at tag. Returns what the
 * line is; LINE_OTHER if it is none of those functions. */
enum line_kind line_function_take(struct line_cursor *cursor, const char *tag);

/* A guess, never wrong in saying LINE_OTHER, that does not read the names to their end: what is it,
 * if the cursor stands before the module? */
enum line_kind line_function_guess(struct line_cursor cursor);

/* As line_function_take, of two separate texts. */
enum line_kind line_function_of(struct line_text module, struct line_text function);

#endif
