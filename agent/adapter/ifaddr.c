/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This host's own addresses by getifaddrs(3) (needs AF_NETLINK where address families are
 * restricted).
 * Does not: judge by interface name or flags: an address counts even while its interface is down.
 */
#include "ifaddr.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

static bool is_usable4(const struct in_addr *address)
{
    uint32_t host = ntohl(address->s_addr);
    bool loopback = host >> 24 == 127;
    bool link_local = host >> 16 == 0xa9fe; /* 169.254.0.0/16 */

    return host != INADDR_ANY && !loopback && !link_local;
}

static bool is_usable6(const struct in6_addr *address)
{
    return !IN6_IS_ADDR_UNSPECIFIED(address) && !IN6_IS_ADDR_LOOPBACK(address) &&
           !IN6_IS_ADDR_LINKLOCAL(address);
}

/* False if it is none of ours to list. */
static bool print_address(const struct sockaddr *address, char text[IFADDR_TEXT_SIZE])
{
    if (address == NULL)
        return false;
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        return is_usable4(&v4.sin_addr) &&
               inet_ntop(AF_INET, &v4.sin_addr, text, IFADDR_TEXT_SIZE) != NULL;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof(v6));
        return is_usable6(&v6.sin6_addr) &&
               inet_ntop(AF_INET6, &v6.sin6_addr, text, IFADDR_TEXT_SIZE) != NULL;
    }
    return false;
}

static bool is_listed(char (*texts)[IFADDR_TEXT_SIZE], size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(texts[i], text) == 0)
            return true;
    return false;
}

size_t ifaddr_list(char (*texts)[IFADDR_TEXT_SIZE], size_t max)
{
    struct ifaddrs *first;

    if (getifaddrs(&first) != 0)
        return 0;
    size_t count = 0;
    for (const struct ifaddrs *i = first; i != NULL && count < max; i = i->ifa_next)
        if (print_address(i->ifa_addr, texts[count]) && !is_listed(texts, count, texts[count]))
            count++;
    freeifaddrs(first);
    return count;
}
