/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail addresses and a mail server as the configuration writes them, see config_mail.h.
 */
#include "config_mail.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config_endpoint.h"

#define BLANKS " \t"
#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define LOCAL_BYTES_MAX 64 /* RFC 5321, as the next one */
#define LABEL_BYTES_MAX 63

_Static_assert(MAIL_ADDRESSES_MAX *(MAIL_ADDRESS_BYTES_MAX + 1) <= MAIL_TO_BYTES_MAX + 1,
               "every list that is allowed fits");

static bool are_parts(const char *text, size_t length, const char *allowed, size_t part_max);
static bool is_domain(const char *text);

const char *config_mail_check(const char *text)
{
    const char *at = strchr(text, '@');
    if (!at || strchr(at + 1, '@'))
        return "write a mail address, NAME@DOMAIN, with one \"@\"";
    if (strlen(text) > MAIL_ADDRESS_BYTES_MAX || at - text > LOCAL_BYTES_MAX)
        return "write an address of at most 254 bytes, at most 64 of them before the \"@\"";
    if (!are_parts(text, (size_t)(at - text), ALNUM "_+=&'~-", LOCAL_BYTES_MAX))
        return "write letters, digits and ._+=&'~- before the \"@\", single dots not at an end, "
               "and no \"-\" first";
    if (!is_domain(at + 1))
        return "write a host or domain name behind the \"@\"";
    return NULL;
}

const char *config_mail_list(const char *text, char list[MAIL_TO_BYTES_MAX + 1])
{
    char one[MAIL_ADDRESS_BYTES_MAX + 2]; /* one more than allowed: it shows */
    char checked[MAIL_TO_BYTES_MAX + 1] = "";
    size_t count = 0, used = 0;

    while (true) {
        text += strspn(text, BLANKS);
        size_t length = strcspn(text, BLANKS ",");
        snprintf(one, sizeof one, "%.*s", (int)(length < sizeof one ? length : sizeof one), text);
        const char *advice = config_mail_check(one);
        if (advice)
            return advice;
        if (++count > MAIL_ADDRESSES_MAX)
            return "write at most 8 addresses; an alias of the mail server can have more";
        used += (size_t)snprintf(checked + used, sizeof checked - used, "%s%s",
                                 count > 1 ? "," : "", one);
        text += length + strspn(text + length, BLANKS);
        if (*text == '\0')
            break;
        if (*text++ != ',')
            return "write a comma between two addresses";
    }
    memset(list, 0, MAIL_TO_BYTES_MAX + 1);
    memcpy(list, checked, used);
    return NULL;
}

const char *config_mail_server(const char *text)
{
    char endpoint[ENDPOINT_BYTES_MAX + 1];
    int length = snprintf(endpoint, sizeof endpoint, "tcp://%s", text);
    if (length > ENDPOINT_BYTES_MAX || config_endpoint_check(endpoint, false))
        return "write HOST:PORT, an IPv6 address in brackets: [::1]:25";
    return NULL;
}

/* Parts of allowed characters between single dots; the first character is no "-". */
static bool are_parts(const char *text, size_t length, const char *allowed, size_t part_max)
{
    const char *end = text + length;

    if (length == 0 || text[0] == '-')
        return false;
    while (true) {
        size_t part = strspn(text, allowed);
        if (part < 1 || part > part_max || part > (size_t)(end - text))
            return false;
        text += part;
        if (text == end)
            return true;
        if (*text++ != '.')
            return false;
    }
}

static bool is_domain(const char *text)
{
    return are_parts(text, strlen(text), ALNUM "-", LABEL_BYTES_MAX);
}
