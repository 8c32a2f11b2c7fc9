/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An endpoint as the configuration writes it: tcp://HOST:PORT; HOST is IPv4, [IPv6] or a name, to
 * listen also "*".
 *
 * Does not: resolve names.
 */
#ifndef BANSYNC_ADAPTER_CONFIG_ENDPOINT_H
#define BANSYNC_ADAPTER_CONFIG_ENDPOINT_H

#include <stdbool.h>

#include <bansync/limits.h>

/* NULL if text is an endpoint, else what it should be ("write ..."). wildcard: "*" may be the host.
 */
const char *config_endpoint_check(const char *text, bool wildcard);

/* True if both, which have passed the check, are the same host, as written, and port. */
bool config_endpoint_same(const char *a, const char *b);

#endif
