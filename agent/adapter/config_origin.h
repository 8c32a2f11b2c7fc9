/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the values of a configuration were written.
 *
 * Does not: know the values.
 */
#ifndef BANSYNC_ADAPTER_CONFIG_ORIGIN_H
#define BANSYNC_ADAPTER_CONFIG_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "config_mistake.h"

/* One value that was taken, in the order of the files and lines. */
struct config_origin {
    size_t option; /* index in config_options */
    size_t file;   /* index in the list of files */
    unsigned line;
};

/* All of them; zero is an empty one. */
struct config_origins {
    struct config_origin *list;
    size_t count;
    char **files; /* each once */
    size_t file_count;
};

/* Notes that a value of that option stands at place. Returns 0, or -1 without memory. */
int config_origins_add(struct config_origins *origins, size_t option, struct config_place place);

/* True, and where the value stands: of an option that may be set once a file the last one; of a
 * list its element of that index. False: nowhere, it is the default. *place lives as long as
 * origins. */
bool config_origins_find(const struct config_origins *origins, size_t option, size_t index,
                         struct config_place *place);

/* Takes over from wanted what concerns options that a reload applies. Without memory nothing
 * changes, and -1. */
int config_origins_apply(struct config_origins *running, const struct config_origins *wanted);

void config_origins_free(struct config_origins *origins);

#endif
