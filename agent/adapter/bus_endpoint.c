/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of host an endpoint names: see bus_endpoint.h.
 *
 * Does not: look further than the first byte that tells.
 */
#include "bus_endpoint.h"

#include <string.h>

enum bus_host bus_endpoint_host(const char *endpoint)
{
    static const char scheme[] = "tcp://";
    const char *host = endpoint;
    if (strncmp(endpoint, scheme, strlen(scheme)) == 0) {
        host += strlen(scheme);
    }
    if (host[0] == '[' || host[0] == '*') {
        return BUS_HOST_IPV6;
    }
    size_t numeric = strspn(host, "0123456789.");
    return numeric > 0 && host[numeric] == ':' ? BUS_HOST_IPV4 : BUS_HOST_NAME;
}

bool bus_endpoint_any_name(const struct bus_peer *peers, size_t peer_count)
{
    for (size_t i = 0; i < peer_count; i++) {
        if (bus_endpoint_host(peers[i].endpoint) == BUS_HOST_NAME) {
            return true;
        }
    }
    return false;
}
