/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What looks like a secret, see secret.h.
 */
#include "secret.h"

#include <string.h>

#include <bansync/limits.h>

#include "keyfile.h"

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

bool secret_is_key(const char *bytes, size_t length)
{
    char text[NODE_KEY_TEXT_SIZE];
    uint8_t key[NODE_KEY_BYTES];
    if (length != sizeof(text) - 1)
        return false;
    memcpy(text, bytes, length);
    text[length] = '\0';
    return keyfile_text_parse(text, key) == 0;
}
