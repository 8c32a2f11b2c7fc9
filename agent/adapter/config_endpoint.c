/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An endpoint as the configuration writes it: tcp://HOST:PORT; HOST is IPv4, [IPv6] or a name, to
 * listen also "*".
 *
 * Does not: resolve names.
 */
#include "config_endpoint.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define HOST_LABEL_BYTES_MAX 63 /* DNS */

struct endpoint {
    char host[ENDPOINT_BYTES_MAX + 1];
    const char *port; /* in the text */
    bool bracketed;
};

static const char scheme[] = "tcp://";

static int split(const char *text, struct endpoint *endpoint);
static bool is_port(const char *text);
static bool is_name(const char *text);
static bool is_ipv4(const char *text);
static bool is_ipv6(const char *text);

const char *config_endpoint_check(const char *text, bool wildcard)
{
    struct endpoint endpoint;
    if (strlen(text) > ENDPOINT_BYTES_MAX)
        return "write one of at most 255 bytes";
    if (split(text, &endpoint))
        return "write tcp://HOST:PORT, an IPv6 address in brackets: tcp://[2001:db8::1]:11339";
    if (!is_port(endpoint.port))
        return "write a port from 1 to 65535 behind the last \":\"";
    if (endpoint.bracketed)
        return is_ipv6(endpoint.host) ? NULL : "write an IPv6 address between the brackets";
    if (strcmp(endpoint.host, "*") == 0)
        return wildcard ? NULL : "write the host of the peer; \"*\" is for [node] listen only";
    if (endpoint.host[strspn(endpoint.host, DIGITS ".")] == '\0')
        return is_ipv4(endpoint.host) ? NULL : "write an IPv4 address of four numbers up to 255";
    return is_name(endpoint.host) ? NULL
                                  : "write an IPv4 address, [IPv6 address] or host name as HOST";
}

bool config_endpoint_same(const char *a, const char *b)
{
    struct endpoint left;
    struct endpoint right;
    if (split(a, &left) || split(b, &right) || left.bracketed != right.bracketed ||
        strcmp(left.port, right.port) != 0)
        return false;
    struct in6_addr left_address;
    struct in6_addr right_address;
    if (left.bracketed && inet_pton(AF_INET6, left.host, &left_address) == 1 &&
        inet_pton(AF_INET6, right.host, &right_address) == 1)
        return memcmp(&left_address, &right_address, sizeof left_address) == 0;
    return strcasecmp(left.host, right.host) == 0;
}

/* Takes text apart without judging host and port. Returns -1 if it has not that form. */
static int split(const char *text, struct endpoint *endpoint)
{
    *endpoint = (struct endpoint){0};
    if (strncmp(text, scheme, sizeof scheme - 1) != 0)
        return -1;
    const char *host = text + sizeof scheme - 1;
    endpoint->bracketed = *host == '[';
    host += endpoint->bracketed ? 1 : 0;
    const char *end = strchr(host, endpoint->bracketed ? ']' : ':');
    if (!end || end == host || (size_t)(end - host) > ENDPOINT_BYTES_MAX)
        return -1;
    memcpy(endpoint->host, host, (size_t)(end - host));
    end += endpoint->bracketed ? 1 : 0;
    if (*end != ':' || strchr(end + 1, ':'))
        return -1;
    endpoint->port = end + 1;
    return 0;
}

static bool is_port(const char *text)
{
    size_t length = strlen(text);
    if (length < 1 || length > 5 || text[0] == '0' || text[strspn(text, DIGITS)] != '\0')
        return false;
    long port = 0;
    for (size_t i = 0; i < length; i++)
        port = port * 10 + (text[i] - '0');
    return port <= 65535;
}

/* Labels of letters, digits, '-' and '_' between single dots. */
static bool is_name(const char *text)
{
    while (true) {
        size_t length = strspn(text, LETTERS DIGITS "-_");
        if (length < 1 || length > HOST_LABEL_BYTES_MAX || text[0] == '-')
            return false;
        text += length;
        if (*text == '\0')
            return true;
        if (*text++ != '.')
            return false;
    }
}

static bool is_ipv4(const char *text)
{
    struct in_addr address;
    return inet_pton(AF_INET, text, &address) == 1;
}

static bool is_ipv6(const char *text)
{
    struct in6_addr address;
    return inet_pton(AF_INET6, text, &address) == 1;
}
