/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a file that was taken by mistake must not be shown: terminals are looked at, and logs are
 * kept.
 */
#ifndef BANSYNC_CTL_SECRET_H
#define BANSYNC_CTL_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* True if the text may hold a key or a password: 32 or more letters and digits of base64 or
 * hexadecimal in a row. cut: text is the beginning of a longer one, and a row that goes on behind
 * it counts, too. */
bool secret_like(const char *text, bool cut);

/* True if that is how the key of a node is written, whole: 44 characters of base64. */
bool secret_is_key(const char *bytes, size_t length);

#endif
