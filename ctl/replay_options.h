/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What "banctl replay" was asked for.
 */
#ifndef BANSYNC_CTL_REPLAY_OPTIONS_H
#define BANSYNC_CTL_REPLAY_OPTIONS_H

#include "args.h"
#include "policy.h"

struct replay_options {
    const char *path; /* NULL: line is explained */
    const char *line;
    struct policy policy; /* with a duration without end */
    unsigned ipv6_prefix;
    size_t top;    /* senders shown; SIZE_MAX: all */
    bool accounts; /* are counted, too */
    bool hits;     /* a row for each hit */
    bool json;
};

/* Texts point into args. Returns 0, or -1 with *failure. */
int replay_options_read(const struct args *args, struct replay_options *options,
                        struct failure *failure);

#endif
