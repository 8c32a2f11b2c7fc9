/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which ratelimit buckets count.
 */
#include "bucket.h"

#include <string.h>

static bool counts(const struct config *config, const struct line_text *bucket)
{
    for (size_t i = 0; i < config->bucket_count; i++)
        if (strlen(config->buckets[i]) == bucket->length &&
            memcmp(config->buckets[i], bucket->bytes, bucket->length) == 0)
            return true;
    return config->bucket_count == 0;
}

const struct line_text *bucket_that_counts(const struct config *config,
                                           const struct line_text *exceeded, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (counts(config, &exceeded[i]))
            return &exceeded[i];
    return NULL;
}
