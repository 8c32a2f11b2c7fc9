/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What mode observe writes: the map to FILE.would, and out of the file what is no longer banned;
 * see mapwriter_part.h.
 */
#include <stdlib.h>
#include <string.h>

#include "map_read.h"
#include "mapwriter_part.h"

/* Takes out of the file, which is ours, what was lifted or has ended. */
static int shrink(struct agent *agent, const struct map_text *map, const char *bytes, size_t size)
{
    struct map_text left;
    int result;

    if (mapwriter_join(agent, map, &left) != 0)
        return -1;
    result = map_meet(&left, bytes, size);
    if (result == 0)
        result = mapwriter_put(agent, agent->mapwriter.file, &left);
    if (result >= 0)
        mapwriter_describe(&agent->mapwriter, &left);
    map_free(&left);
    return result < 0 ? -1 : 0;
}

/* A file that is not ours is left alone, and read again only if it is another one. */
static void describe_foreign(struct agent *agent, const char *bytes, size_t size)
{
    struct mapwriter *writer = &agent->mapwriter;
    struct prefixes prefixes = {0};
    char before[sizeof(writer->sha256)];
    size_t entries = writer->entries;

    memcpy(before, writer->sha256, sizeof(before));
    mapwriter_describe(writer, &(struct map_text){(char *)bytes, size, 0});
    hash_sha256(bytes, size, writer->sha256);
    if (memcmp(before, writer->sha256, sizeof(before)) == 0)
        writer->entries = entries;
    else if (mapwriter_prefixes(agent, &prefixes) == 0)
        writer->entries = prefixes.count;
    prefixes_clear(&prefixes);
}

int mapwriter_observe(struct agent *agent, const struct map_text *map)
{
    struct mapwriter *writer = &agent->mapwriter;
    char *bytes = NULL;
    size_t size = 0;
    int result = 0;

    if (mapwriter_write(agent, map, agent->node.text_hash) != 0)
        return -1;
    writer->would_exists = true;
    if (mapfile_read(writer->file, MAPWRITER_BYTES_MAX, &bytes, &size) < 0)
        mapwriter_fail(agent, mapfile_error(writer->file));
    else if (map_is_ours(bytes, size))
        result = shrink(agent, map, bytes, size);
    else
        describe_foreign(agent, bytes, size);
    free(bytes);
    return result;
}
