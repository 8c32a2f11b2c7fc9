/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the map is written, see mapwriter.h.
 *
 * The file is compared every 10 s even if nothing changed, so that what somebody edited, truncated
 * or removed by hand is put right.
 */
#include "mapwriter.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"

#define MAPWRITER_CHECK_MS 10000
#define MAPWRITER_BYTES_MAX 268435456
#define MAPWRITER_ENTRIES_PER_MS 10

static bool is_ours(const char *bytes, size_t size)
{
    return size == 0 ||
           (size >= strlen(MAP_HEADER) && memcmp(bytes, MAP_HEADER, strlen(MAP_HEADER)) == 0);
}

/* The state is blank (a lost disk, a database set aside), yet a map of ours has entries: it stays
 * in force until a peer agrees with what we then know. Alone there is nobody to wait for. */
static bool must_hold(const struct agent *agent, size_t size)
{
    return agent->node.state.table.count == 0 && size > strlen(MAP_HEADER) &&
           agent->node.peer_count > 0;
}

int mapwriter_open(struct agent *agent)
{
    struct mapwriter *writer = &agent->mapwriter;
    const char *path = agent->config->map_file;
    char error[512];
    char *bytes = NULL;
    size_t size = 0;
    int found;

    writer->file = mapfile_open(path, error, sizeof(error));
    if (writer->file == NULL) {
        log_error("%s", error);
        return -1;
    }
    found = mapfile_read(writer->file, MAPWRITER_BYTES_MAX, &bytes, &size);
    if (found < 0) {
        log_error("cannot read the map %s: %s", path, mapfile_error(writer->file));
        return -1;
    }
    if (found == 0 && !is_ours(bytes, size)) {
        log_error("%s was not written by bansyncd and is left alone; move it away (its entries can "
                  "be added with: banctl ban ADDRESS...) and start again",
                  path);
        free(bytes);
        return -1;
    }
    writer->held = found == 0 && must_hold(agent, size);
    if (writer->held)
        log_warning("map %s is kept: the database is empty; waiting for a peer", path);
    free(bytes);
    writer->due = true;
    return 0;
}

static bool is_held(struct agent *agent)
{
    struct mapwriter *writer = &agent->mapwriter;

    for (size_t i = 0; i < agent->node.peer_count && writer->held; i++)
        if (agent->node.peers[i].compared && agent->node.peers[i].same)
            writer->held = false;
    return writer->held;
}

static void describe(struct mapwriter *writer, const struct map_text *map)
{
    writer->entries = map->entries;
    writer->bytes = map->size;
    hash_sha256(map->bytes, map->size, writer->sha256);
}

static void write_map(struct agent *agent, const struct map_text *map, bool expected)
{
    struct mapwriter *writer = &agent->mapwriter;
    struct counters *counters = &agent->node.state.counters;
    int result = mapfile_write(writer->file, map->bytes, map->size);

    if (result < 0) {
        counters->map_failures++;
        if (!writer->failing)
            log_error("cannot write the map: %s", mapfile_error(writer->file));
        writer->failing = true;
        writer->due = true;
        writer->next_ms = agent->now.mono_ms + 1000;
        return;
    }
    if (writer->failing)
        log_notice("map is written again");
    writer->failing = false;
    agent->node.file_hash = node_map_hash(&agent->node, map->bytes, map->size);
    describe(writer, map);
    if (result == 1)
        return;
    counters->map_writes++;
    writer->written_ms = agent->now.wall_ms;
    if (!expected)
        log_warning("map %s had been changed by someone else and was written again",
                    agent->config->map_file);
}

void mapwriter_turn(struct agent *agent)
{
    struct mapwriter *writer = &agent->mapwriter;
    bool check = agent->now.mono_ms - writer->checked_ms >= MAPWRITER_CHECK_MS;
    const struct map_text *map;
    int64_t pause_ms;
    bool due = writer->due && agent->now.mono_ms >= writer->next_ms;

    if ((!due && !check) || is_held(agent))
        return;
    map = node_map(&agent->node);
    if (map == NULL)
        return;
    pause_ms = (int64_t)(map->entries / MAPWRITER_ENTRIES_PER_MS);
    if (pause_ms < agent->config->map_coalesce_ms)
        pause_ms = agent->config->map_coalesce_ms;
    writer->due = false;
    writer->checked_ms = agent->now.mono_ms;
    if (due)
        writer->next_ms = agent->now.mono_ms + pause_ms;
    write_map(agent, map, due);
}

int64_t mapwriter_wait_ms(const struct agent *agent, int64_t wait_ms)
{
    int64_t left_ms = agent->mapwriter.next_ms - agent->now.mono_ms;

    if (!agent->mapwriter.due || agent->mapwriter.held || left_ms > wait_ms)
        return wait_ms;
    return left_ms > 0 ? left_ms : 0;
}

void mapwriter_tell(struct agent *agent)
{
    struct mapwriter *writer = &agent->mapwriter;
    uint64_t hash = 0;
    char *bytes = NULL;
    size_t size = 0;

    if (mapfile_read(writer->file, MAPWRITER_BYTES_MAX, &bytes, &size) == 0)
        hash = node_map_hash(&agent->node, bytes, size);
    free(bytes);
    node_file(&agent->node, &agent->now, hash);
}
