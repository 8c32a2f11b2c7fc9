/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of accounts as text, see account.h.
 */
#include "account.h"

#include <stdio.h>
#include <string.h>

#include "escape.h"

static size_t take_byte(const char *text, size_t length, char *byte);
static int digit(char byte);
static size_t print_byte(char byte, char *text);

void account_print_request(const struct addr *account, char text[ACCOUNT_TEXT_SIZE])
{
    size_t used = 0;
    for (size_t i = 0; i < account->length && i < sizeof(account->bytes); i++) {
        char byte = (char)account->bytes[i];
        if (byte >= 0x20 && byte < 0x7f && byte != '\\')
            text[used++] = byte;
        else
            used += print_byte(byte, text + used);
    }
    text[used] = '\0';
}

size_t account_print(const struct addr *account, char text[ACCOUNT_TEXT_SIZE])
{
    char name[ADDR_NAME_SIZE];
    size_t size = addr_print_name(account, name);
    return escape_text(name, size, ESCAPE_TERMINAL, text);
}

int account_parse(const char *text, size_t length, struct addr *account)
{
    char name[ACCOUNT_BYTES_MAX];
    size_t size = 0;
    for (size_t at = 0; at < length;) {
        if (size == sizeof(name))
            return -1;
        at += take_byte(text + at, length - at, &name[size++]);
    }
    return addr_parse_account(name, size, account);
}

/* How much of the text the next byte of a name takes. */
static size_t take_byte(const char *text, size_t length, char *byte)
{
    *byte = text[0];
    if (text[0] != '\\' || length < 2)
        return 1;
    if (text[1] == '\\')
        return 2;
    if (length < 4 || text[1] != 'x' || digit(text[2]) < 0 || digit(text[3]) < 0)
        return 1;
    *byte = (char)(16 * digit(text[2]) + digit(text[3]));
    return 4;
}

/* Upper-case ones: names have lower-case letters, so that one with "\xff" in it stays what it is.
 */
static int digit(char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *found = byte != '\0' ? strchr(digits, byte) : NULL;
    return found ? (int)(found - digits) : -1;
}

static size_t print_byte(char byte, char *text)
{
    return (size_t)snprintf(text, 5, "\\x%02X", (unsigned char)byte);
}
