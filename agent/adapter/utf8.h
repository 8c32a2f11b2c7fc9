/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bytes may be shown as they are: valid UTF-8 that no terminal takes for a command.
 */
#ifndef BANSYNC_ADAPTER_UTF8_H
#define BANSYNC_ADAPTER_UTF8_H

#include <stddef.h>

/* Bytes of the character that bytes (length of them, at least 1) begin with; 0 if it is a control
 * character (below U+0020, U+007F to U+009F) or no valid UTF-8: overlong, surrogate, cut or stray.
 */
size_t utf8_printable(const char *bytes, size_t length);

/* As utf8_printable; 0 also for what makes a line look like another one: signs that turn the
 * direction of text (U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069) and U+FEFF. */
size_t utf8_unambiguous(const char *bytes, size_t length);

#endif
