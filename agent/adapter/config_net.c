/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address or network of a [never-ban] line, checked and kept as text.
 *
 * Does not: compare or combine networks; that is core's.
 */
#include "config_net.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <bansync/limits.h>

struct net {
    int family;
    unsigned bits; /* 32 or 128 */
    unsigned length;
    uint8_t bytes[16];
};

static int parse(const char *text, struct net *net);
static int parse_length(const char *text, unsigned bits, unsigned *length);
static bool clear_host_bits(struct net *net);
static void print(const struct net *net, char text[CONFIG_NET_SIZE]);
static bool is_v4_mapped(const struct net *net);

int config_net_parse(const char *text, char out[CONFIG_NET_SIZE], char mistake[CONFIG_MISTAKE_SIZE])
{
    char quote[CONFIG_QUOTE_SIZE];
    struct net net;
    config_quote(text, quote);
    if (parse(text, &net))
        return config_mistake(mistake, text,
                              "write one address or network a line, such as 192.0.2.1, "
                              "192.0.2.0/24 or 2001:db8::/64");
    if (is_v4_mapped(&net))
        return config_mistake(mistake, text, "write IPv4 addresses as IPv4");
    if (clear_host_bits(&net)) {
        print(&net, out);
        snprintf(mistake, CONFIG_MISTAKE_SIZE, "%s has bits set behind the prefix; write %s", quote,
                 out);
        return -1;
    }
    unsigned widest = net.family == AF_INET ? PREFIX4_MIN : PREFIX6_MIN;
    if (net.length < widest) {
        snprintf(mistake, CONFIG_MISTAKE_SIZE,
                 "%s is wider than /%u and would have no effect; write narrower networks", quote,
                 widest);
        return -1;
    }
    print(&net, out);
    return 0;
}

static int parse(const char *text, struct net *net)
{
    char address[CONFIG_NET_SIZE];
    size_t address_length = strcspn(text, "/");
    if (address_length >= sizeof address)
        return -1;
    memcpy(address, text, address_length);
    address[address_length] = '\0';
    *net = (struct net){.family = strchr(address, ':') ? AF_INET6 : AF_INET};
    net->bits = net->family == AF_INET ? 32 : 128;
    net->length = net->bits;
    if (inet_pton(net->family, address, net->bytes) != 1)
        return -1;
    if (text[address_length] == '/')
        return parse_length(text + address_length + 1, net->bits, &net->length);
    return 0;
}

static int parse_length(const char *text, unsigned bits, unsigned *length)
{
    size_t digits = strlen(text);
    if (digits < 1 || digits > 3 || text[strspn(text, "0123456789")] != '\0' ||
        (digits > 1 && text[0] == '0'))
        return -1;
    *length = 0;
    for (size_t i = 0; i < digits; i++)
        *length = *length * 10 + (unsigned)(text[i] - '0');
    return *length <= bits ? 0 : -1;
}

/* Returns true if one was set. */
static bool clear_host_bits(struct net *net)
{
    bool found = false;
    for (unsigned bit = net->length; bit < net->bits; bit++) {
        uint8_t mask = (uint8_t)(0x80U >> bit % 8);
        found = found || (net->bytes[bit / 8] & mask);
        net->bytes[bit / 8] &= (uint8_t)~mask;
    }
    return found;
}

static void print(const struct net *net, char text[CONFIG_NET_SIZE])
{
    inet_ntop(net->family, net->bytes, text, CONFIG_NET_SIZE);
    size_t used = strlen(text);
    if (net->length < net->bits)
        snprintf(text + used, CONFIG_NET_SIZE - used, "/%u", net->length);
}

static bool is_v4_mapped(const struct net *net)
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    return net->family == AF_INET6 && memcmp(net->bytes, prefix, sizeof prefix) == 0;
}
