/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What looks like a secret, see secret.h.
 */
#include "secret.h"

#include <string.h>

enum { LENGTH_MIN = 32, CUT_LENGTH_MIN = 8 };

bool secret_like(const char *text, bool cut)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "+/=_-";
    for (;;) {
        size_t length = strspn(text, letters);
        bool goes_on = cut && text[length] == '\0';
        if (length >= (goes_on ? CUT_LENGTH_MIN : LENGTH_MIN))
            return true;
        text += length;
        if (*text == '\0')
            return false;
        text++;
    }
}
