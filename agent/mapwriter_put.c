/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing the files of both maps, see mapwriter_part.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "maps.h"
#include "mapwriter_part.h"
#include "userfile.h"

#define MAPWRITER_RETRY_MS 1000

void mapwriter_fail(struct agent *agent, const char *error)
{
    struct mapwriter *writer = &agent->mapwriter;

    agent->node.state.counters.map_failures++;
    snprintf(writer->error, sizeof(writer->error), "%s", error);
    if (!writer->failing)
        log_error("cannot write the map: %s", error);
    writer->failing = true;
    writer->due = true;
    writer->next_ms = agent->now.mono_ms + MAPWRITER_RETRY_MS;
}

void mapwriter_describe(struct mapwriter *writer, const struct map_text *map)
{
    writer->entries = map->entries;
    writer->bytes = map->size;
}

int mapwriter_put(struct agent *agent, struct mapfile *file, const struct map_text *map)
{
    int result = mapfile_write(file, map->bytes, map->size);

    if (result < 0) {
        mapwriter_fail(agent, mapfile_error(file));
        return -1;
    }
    if (result == 0) {
        agent->node.state.counters.map_writes++;
        agent->mapwriter.written_ms = agent->now.wall_ms;
        agent->mapwriter.sha256[0] = '\0';
    } else if (agent->mapwriter.written_ms == 0) /* before this start */
        agent->mapwriter.written_ms = mapfile_written_ms(file);
    return result;
}

/* Writes the file of the user map, and notes what both files hold now. */
static int write_users(struct agent *agent, uint64_t hash)
{
    char error[512], *users = NULL;
    size_t size = 0;

    if (userfile_write(agent, error, sizeof(error)) != 0) {
        mapwriter_fail(agent, error);
        return -1;
    }
    userfile_read(agent, &users, &size);
    agent->node.file_hash = node_maps_hash(&agent->node, hash, users, size);
    free(users);
    return 0;
}

int mapwriter_write(struct agent *agent, const struct map_text *map, uint64_t hash)
{
    struct mapwriter *writer = &agent->mapwriter;
    int result = mapwriter_put(agent, mapwriter_target(agent), map);

    if (result < 0)
        return -1;
    if (result == 0 && hash == writer->written_hash)
        log_warning("map %s%s had been changed by someone else and was written again",
                    agent->config->map_file, agent->config->observe ? MAPWRITER_WOULD : "");
    writer->written_hash = hash;
    return write_users(agent, hash);
}

int mapwriter_join(const struct agent *agent, const struct map_text *map, struct map_text *out)
{
    const struct heldmap *held = &agent->heldmap;

    if (map_copy(map, out) != 0)
        return -1;
    if (held->kind == HELDMAP_NONE ||
        map_join(&agent->node.state, out, held->text.bytes, held->text.size) == 0)
        return 0;
    map_free(out);
    return -1;
}

static int write_described(struct agent *agent, const struct map_text *map, uint64_t hash)
{
    if (mapwriter_write(agent, map, hash) != 0)
        return -1;
    mapwriter_describe(&agent->mapwriter, map);
    return 0;
}

/* Writes the map with what is kept beside it. */
static int write_joined(struct agent *agent, const struct map_text *map)
{
    struct map_text joined;
    int result;

    if (mapwriter_join(agent, map, &joined) != 0)
        return -1;
    result =
        write_described(agent, &joined, node_text_hash(&agent->node, joined.bytes, joined.size));
    map_free(&joined);
    return result;
}

int mapwriter_enforce(struct agent *agent, const struct map_text *map)
{
    struct mapwriter *writer = &agent->mapwriter;
    int result = agent->heldmap.kind == HELDMAP_NONE
                     ? write_described(agent, map, agent->node.text_hash)
                     : write_joined(agent, map);

    if (result == 0 && writer->would_exists && mapfile_remove(writer->would) == 0)
        writer->would_exists = false;
    return result;
}
