/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which ratelimit buckets count ([detect] buckets).
 */
#ifndef BANSYNC_BUCKET_H
#define BANSYNC_BUCKET_H

#include "config.h"
#include "line.h"

/* The first of the exceeded buckets that counts; NULL: none does. */
const struct line_text *bucket_that_counts(const struct config *config,
                                           const struct line_text *exceeded, size_t count);

#endif
