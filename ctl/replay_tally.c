/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was counted over a log, see replay_tally.h.
 */
#include "replay_tally.h"

#include <stdlib.h>
#include <string.h>

void tally_reason(struct replay_tally *tally, enum detect_result result, const char *text,
                  uint64_t line)
{
    size_t i = 0;
    while (i < tally->reason_count &&
           (tally->reasons[i].result != result || strcmp(tally->reasons[i].text, text) != 0))
        i++;
    if (i == TALLY_REASONS_MAX)
        return;
    if (i == tally->reason_count)
        tally->reasons[tally->reason_count++] = (struct tally_reason){result, text, 0, line};
    tally->reasons[i].count++;
}

static void count_bucket(struct replay_tally *tally, struct line_text name, uint64_t line)
{
    size_t i = 0;
    while (i < tally->bucket_count && (tally->buckets[i].name_length != name.length ||
                                       memcmp(tally->buckets[i].name, name.bytes, name.length)))
        i++;
    if (i == TALLY_BUCKETS_MAX) {
        tally->bucket_rest++;
        return;
    }
    struct tally_bucket *bucket = &tally->buckets[i];
    if (i == tally->bucket_count) {
        tally->bucket_count++;
        *bucket = (struct tally_bucket){.name_length = name.length, .first_line = line};
        memcpy(bucket->name, name.bytes, name.length); /* of BUCKET_BYTES_MAX, as core says */
    }
    bucket->hits++;
}

void tally_buckets(struct replay_tally *tally, const struct detect_hit *hit, uint64_t line)
{
    for (size_t i = 0; i < hit->bucket_count; i++)
        count_bucket(tally, hit->buckets[i], line);
}

static int compare_buckets(const void *a, const void *b)
{
    const struct tally_bucket *left = a, *right = b;
    if (left->hits != right->hits)
        return left->hits > right->hits ? -1 : 1;
    return left->first_line < right->first_line ? -1 : left->first_line > right->first_line;
}

static int compare_reasons(const void *a, const void *b)
{
    const struct tally_reason *left = a, *right = b;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return left->first_line < right->first_line ? -1 : left->first_line > right->first_line;
}

void tally_sort(struct replay_tally *tally)
{
    qsort(tally->buckets, tally->bucket_count, sizeof(*tally->buckets), compare_buckets);
    qsort(tally->reasons, tally->reason_count, sizeof(*tally->reasons), compare_reasons);
}
