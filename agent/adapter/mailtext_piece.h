/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text that grows in a buffer, for mailtext*.c.
 */
#ifndef BANSYNC_ADAPTER_MAILTEXT_PIECE_H
#define BANSYNC_ADAPTER_MAILTEXT_PIECE_H

#include <stddef.h>

struct piece {
    char *text;
    size_t used;
    size_t size; /* with NUL */
};

/* Adds all of it or, if it does not fit, nothing. */
void piece_add(struct piece *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
