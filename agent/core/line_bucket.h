/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name of a ratelimit bucket in a log line.
 */
#ifndef BANSYNC_CORE_LINE_BUCKET_H
#define BANSYNC_CORE_LINE_BUCKET_H

#include <stdbool.h>
#include <stddef.h>

/* Can this be the name of a bucket: a configuration key, as far as it can be told? 1 to
 * BUCKET_BYTES_MAX bytes without quote, backslash or control byte. */
bool line_bucket_is_name(const char *name, size_t length);

#endif
