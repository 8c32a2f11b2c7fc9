/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of former maps, see mapcopy.h.
 */
#include "mapcopy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "mapfile.h"

#define MAPCOPY_SUFFIX ".before-bansync"

/* 0: it holds the text now; 1 and error: something else is there; -1 and error: failed. */
static int copy_to(const char *path, const char *bytes, size_t size, char *error, size_t error_size)
{
    struct mapfile *file = mapfile_open(path, error, error_size);
    char *present = NULL;
    size_t present_size = 0;
    int result, found;

    if (file == NULL)
        return 1;
    found = mapfile_read(file, MAP_FOREIGN_BYTES_MAX, &present, &present_size);
    result = found == 1                                                                ? 0
             : found == 0 && present_size == size && memcmp(present, bytes, size) == 0 ? 0
                                                                                       : 1;
    if (result == 1)
        snprintf(error, error_size, "%s: it exists and holds something else: move it away", path);
    if (result == 0 && mapfile_write(file, bytes, size) < 0) { /* also makes an old one durable */
        snprintf(error, error_size, "%s", mapfile_error(file));
        result = -1;
    }
    free(present);
    mapfile_close(&file);
    return result;
}

char *mapcopy_make(const char *file, const char *bytes, size_t size, char *error, size_t error_size)
{
    for (unsigned i = 0; i < MAP_COPIES_MAX; i++) {
        char number[16] = "", *path;
        int result;

        if (i > 0)
            snprintf(number, sizeof(number), ".%u", i);
        if (asprintf(&path, "%s" MAPCOPY_SUFFIX "%s", file, number) < 0)
            break;
        result = copy_to(path, bytes, size, error, error_size);
        if (result == 0)
            return path;
        free(path);
        if (result < 0)
            return NULL;
    }
    return NULL;
}
