/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading back what the map file holds, whose it may be; see mapwriter.h.
 */
#include <stdlib.h>

#include "map_read.h"
#include "mapwriter.h"

int mapwriter_file(const struct agent *agent, char **bytes, size_t *size)
{
    int result;

    *bytes = NULL;
    *size = 0;
    result = mapfile_read(agent->mapwriter.file, MAPWRITER_BYTES_MAX, bytes, size);
    if (result == 0 && *size > MAP_FOREIGN_BYTES_MAX && !map_is_ours(*bytes, *size)) {
        free(*bytes); /* it would not be taken over, and to read it would hold up everything */
        *bytes = NULL;
        *size = 0;
        return -1;
    }
    return result < 0 ? -1 : 0;
}

int mapwriter_prefixes(const struct agent *agent, struct prefixes *prefixes)
{
    struct map_lines lines;
    char *bytes;
    int result = mapwriter_file(agent, &bytes, &lines.left);

    lines.bytes = bytes;
    if (result == 0)
        result = map_read_slice(&lines, SIZE_MAX, prefixes);
    prefixes_sort(prefixes);
    free(bytes);
    return result;
}
