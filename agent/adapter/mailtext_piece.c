/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text that grows in a buffer, see mailtext_piece.h.
 */
#include "mailtext_piece.h"

#include <stdarg.h>
#include <stdio.h>

void piece_add(struct piece *out, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(out->text + out->used, out->size - out->used, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < out->size - out->used)
        out->used += (size_t)length;
    out->text[out->used] = '\0';
}
