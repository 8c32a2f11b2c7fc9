/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What looks like a secret, see secret.h.
 */
#include "secret.h"

#include <string.h>

#include <bansync/limits.h>

enum { LENGTH_MIN = 32, CUT_LENGTH_MIN = 8 };

static const char base64[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";

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

bool secret_is_key(const char *bytes, size_t length)
{
    if (length != NODE_KEY_TEXT_SIZE - 1 || bytes[length - 1] != '=')
        return false;
    for (size_t i = 0; i < length - 1; i++)
        if (bytes[i] == '\0' || !strchr(base64, bytes[i]))
            return false;
    return true;
}
