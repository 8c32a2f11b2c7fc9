/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of the configuration: which they are, in which order, and how they are opened.
 *
 * Does not: read them.
 */
#ifndef BANSYNC_ADAPTER_CONFIG_FILE_H
#define BANSYNC_ADAPTER_CONFIG_FILE_H

#include <stddef.h>
#include <stdio.h>

#include <bansync/limits.h>

#include "config_mistake.h"

struct config_files {
    size_t count;
    char *paths[CONFIG_FILES_MAX];
};

/* Lists path itself, then every conf.d/NAME.conf in its directory in the order of strcmp; names
 * that begin with '.' are left out, and a missing conf.d is none. What goes wrong is added to
 * mistakes. */
void config_files_find(struct config_files *files, const char *path,
                       struct config_mistakes *mistakes);

void config_files_free(struct config_files *files);

/* Opens a regular file for reading. NULL: it is none, or cannot be opened, and mistakes say so. */
FILE *config_file_open(const char *path, struct config_mistakes *mistakes);

#endif
