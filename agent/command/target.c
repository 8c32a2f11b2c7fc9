/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a request names, see target.h.
 *
 * The name of an account may be no text: a byte stands there as "\xNN" (two hexadecimal digits), a
 * backslash as "\\".
 */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reply.h"

size_t target_count(const struct json *json)
{
    return json_count(json, "targets") + json_count(json, "accounts");
}

bool target_has_some(struct agent *agent, const struct request *request)
{
    size_t count = target_count(request->json);

    if (count > 0 && count <= CONTROL_TARGETS_MAX)
        return true;
    reply_error(agent, request->client, "usage", EXIT_USAGE,
                "1 to 1024 addresses or networks are needed in \"targets\", or accounts in "
                "\"accounts\"",
                NULL);
    return false;
}

static int digit(char byte)
{
    static const char digits[] = "0123456789ABCDEF0123456789abcdef";
    const char *found = byte != '\0' ? strchr(digits, byte) : NULL;

    return found != NULL ? (int)((found - digits) % 16) : -1;
}

/* Takes the next byte of a name off; -1: an escape that is none. */
static int take_byte(const char **text)
{
    const char *at = *text;

    if (at[0] != '\\') {
        *text = at + 1;
        return (unsigned char)at[0];
    }
    if (at[1] == '\\') {
        *text = at + 2;
        return '\\';
    }
    if (at[1] != 'x' || digit(at[2]) < 0 || digit(at[3]) < 0)
        return -1;
    *text = at + 4;
    return 16 * digit(at[2]) + digit(at[3]);
}

bool target_parse_account(const char *text, struct addr *account)
{
    char name[ACCOUNT_BYTES_MAX];
    size_t size = 0;

    while (text != NULL && *text != '\0') {
        int byte = take_byte(&text);

        if (byte < 0 || size == sizeof(name))
            return false;
        name[size++] = (char)byte;
    }
    return addr_parse_account(name, size, account) == 0;
}

static bool read_account(struct agent *agent, const struct request *request, const char *text,
                         struct target *target)
{
    char message[512];

    if (target_parse_account(text, &target->addr)) {
        target->host = target->addr;
        addr_print_subject(&target->addr, target->text);
        return true;
    }
    snprintf(message, sizeof(message), "\"%.200s\" is not an account", text != NULL ? text : "");
    reply_error(agent, request->client, "bad_account", EXIT_USAGE, message,
                "an account has 1 to 127 bytes, none of them a control character");
    return false;
}

bool target_read(struct agent *agent, const struct request *request, size_t index,
                 struct target *target)
{
    size_t addresses = json_count(request->json, "targets");
    const char *text;

    if (index >= addresses)
        return read_account(agent, request,
                            json_array_text(request->json, "accounts", index - addresses), target);
    text = json_array_text(request->json, "targets", index);
    if (!reply_target(agent, request->client, text, &target->addr))
        return false;
    snprintf(target->text, sizeof(target->text), "%s", text);
    target->host = target->addr;
    addr_parse_host(text, strlen(text), &target->host);
    return true;
}

bool target_read_all(struct agent *agent, const struct request *request,
                     struct target targets[CONTROL_TARGETS_MAX], size_t *count)
{
    if (!target_has_some(agent, request))
        return false;
    *count = target_count(request->json);
    for (size_t i = 0; i < *count; i++)
        if (!target_read(agent, request, i, &targets[i]))
            return false;
    return true;
}

void target_add(struct json *item, const struct target *target)
{
    bool is_account = target->addr.kind == ADDR_ACCOUNT;

    json_add_text(item, "address", is_account ? NULL : target->text);
    if (is_account)
        json_add_bytes(item, "account", target->addr.bytes, target->addr.length);
}
