/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First bytes of a log, see tail_head.h.
 */
#include "tail_head.h"

#include <string.h>

#define FNV_PRIME 0x100000001b3u

uint64_t tail_head_hash(uint64_t hash, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * FNV_PRIME;
    return hash;
}

uint64_t tail_head_id(const char *head, size_t length)
{
    const char *lf = memchr(head, '\n', length);

    return tail_head_hash(TAIL_HEAD_HASH_NONE, head, lf != NULL ? (size_t)(lf - head) : length);
}
