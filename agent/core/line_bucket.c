/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name of a ratelimit bucket in a log line.
 */
#include "line_bucket.h"

#include <bansync/limits.h>

bool line_bucket_is_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)name[i];
        if (byte < 0x20 || byte == 0x7f || byte == '\\' || byte == '"')
            return false;
    }
    return length >= 1 && length <= BUCKET_BYTES_MAX;
}
