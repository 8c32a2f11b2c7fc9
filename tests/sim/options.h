/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of simulate.
 */
#ifndef BANSYNC_SIM_OPTIONS_H
#define BANSYNC_SIM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cluster.h"

enum options_mode {
    OPTIONS_SEEDS,
    OPTIONS_SCENARIO,
    OPTIONS_SCALE,
    OPTIONS_GROWTH,
    OPTIONS_HELP,
};

struct options {
    enum options_mode mode;
    uint64_t seed;
    uint64_t seeds;
    size_t nodes; /* 0: drawn from the seed, or the sizes of docs/SCALE.md */
    double hours; /* 0: drawn from the seed */
    bool trace;
    bool keep_going;
    bool hashes;
    enum cluster_shape shape;
    char *const *files; /* of OPTIONS_SCENARIO; those of the command line */
    size_t file_count;
};

/* Reads the command line; its order may change. False: there is a mistake in it, which was told on
 * stderr. */
bool options_read(int count, char **words, struct options *options);

/* Prints what --help prints, on stdout. */
void options_help(void);

#endif
