/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which hits count.
 */
#include "counted.h"

static bool is_wanted(const struct config *config, const struct line_text *bucket)
{
    for (size_t i = 0; i < config->bucket_count; i++)
        if (line_text_is(*bucket, config->buckets[i]))
            return true;
    return config->bucket_count == 0;
}

bool counted_check(struct agent *agent, struct node_hit *hit, const struct line_text *exceeded,
                   size_t count)
{
    struct counters *counters = &agent->node.state.counters;
    size_t i = 0;

    if (!addr_is_countable(&hit->addr)) {
        counters->lines_uncounted++;
        return false;
    }
    while (i < count && !is_wanted(agent->config, &exceeded[i]))
        i++;
    if (i == count) {
        counters->lines_other_bucket++;
        return false;
    }
    hit->bucket = exceeded[i].bytes;
    hit->bucket_size = exceeded[i].length;
    return true;
}
