/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of host an endpoint tcp://HOST:PORT names.
 *
 * Does not: check that it is well-formed; resolve.
 */
#ifndef BANSYNC_ADAPTER_BUS_ENDPOINT_H
#define BANSYNC_ADAPTER_BUS_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "bus.h"

enum bus_host {
    BUS_HOST_IPV4,
    BUS_HOST_IPV6, /* [...], or "*": all addresses of this host */
    BUS_HOST_NAME  /* must be resolved, which can take long */
};

enum bus_host bus_endpoint_host(const char *endpoint);

/* True if one of the peers must be resolved. */
bool bus_endpoint_any_name(const struct bus_peer *peers, size_t peer_count);

#endif
