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

#define MAPWRITER_HELD "map_held" /* in the database: survives a restart while it lasts */

/* The state is blank (a lost disk, a database set aside), yet a map of ours has entries: they stay
 * in force until a peer agrees with what we then know. */
static bool must_hold(const struct agent *agent, size_t size)
{
    uint8_t held = 0;

    if (store_meta_get(agent->persist.store, MAPWRITER_HELD, &held, sizeof(held)) != 1)
        held = 0;
    return size > strlen(MAP_HEADER) && (held == 1 || agent->node.state.table.count == 0);
}

void mapwriter_persist(struct agent *agent)
{
    uint8_t value = agent->mapwriter.held;

    store_meta_put(agent->persist.store, MAPWRITER_HELD, &value, sizeof(value));
}

static void set_held(struct agent *agent, bool held)
{
    agent->mapwriter.held = held;
    mapwriter_persist(agent);
    if (held)
        return;
    free(agent->mapwriter.kept);
    agent->mapwriter.kept = NULL;
    agent->mapwriter.due = true;
    log_notice("map agrees with a peer; entries of the former map are no longer kept");
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
    if (found == 0 && must_hold(agent, size)) {
        writer->kept = bytes;
        writer->kept_size = size;
        set_held(agent, true);
        log_warning("map %s: its entries are kept beside the state, as the database is empty, "
                    "until a peer agrees",
                    path);
    } else {
        free(bytes);
    }
    writer->due = true;
    return 0;
}

void mapwriter_close(struct agent *agent)
{
    mapfile_close(&agent->mapwriter.file);
    free(agent->mapwriter.kept);
    agent->mapwriter.kept = NULL;
}

static void release_if_agreed(struct agent *agent)
{
    for (size_t i = 0; i < agent->node.peer_count && agent->mapwriter.held; i++)
        if (agent->node.peers[i].compared && agent->node.peers[i].same)
            set_held(agent, false);
}

static void describe(struct mapwriter *writer, const struct map_text *map)
{
    writer->entries = map->entries;
    writer->bytes = map->size;
    hash_sha256(map->bytes, map->size, writer->sha256);
}

static void write_map(struct agent *agent, const struct map_text *map)
{
    struct mapwriter *writer = &agent->mapwriter;
    struct counters *counters = &agent->node.state.counters;
    uint64_t hash = node_map_hash(&agent->node, map->bytes, map->size);
    int result = mapfile_write(writer->file, map->bytes, map->size);
    bool expected;

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
    agent->node.file_hash = hash;
    describe(writer, map);
    expected = hash != writer->written_hash;
    writer->written_hash = hash;
    if (result == 1)
        return;
    counters->map_writes++;
    writer->written_ms = agent->now.wall_ms;
    if (!expected)
        log_warning("map %s had been changed by someone else and was written again",
                    agent->config->map_file);
}

/* The map with the entries of the former one. */
static void write_joined(struct agent *agent, const struct map_text *map)
{
    struct map_text joined = {.bytes = malloc(map->size), .size = map->size};

    if (joined.bytes == NULL)
        return;
    memcpy(joined.bytes, map->bytes, map->size);
    if (map_join(&agent->node.state, &joined, agent->mapwriter.kept, agent->mapwriter.kept_size) ==
        0)
        write_map(agent, &joined);
    map_free(&joined);
}

void mapwriter_turn(struct agent *agent)
{
    struct mapwriter *writer = &agent->mapwriter;
    bool check = !writer->due && agent->now.mono_ms - writer->checked_ms >= MAPWRITER_CHECK_MS;
    const struct map_text *map;
    int64_t pause_ms;
    bool due;

    if (agent->node.clock_held)
        return; /* at a wrong time bans that ended would come back: the map stays as it is */
    release_if_agreed(agent);
    due = writer->due && agent->now.mono_ms >= writer->next_ms;
    if (!due && !check)
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
    if (writer->held)
        write_joined(agent, map);
    else
        write_map(agent, map);
}

int64_t mapwriter_wait_ms(const struct agent *agent, int64_t wait_ms)
{
    int64_t left_ms = agent->mapwriter.next_ms - agent->now.mono_ms;

    if (!agent->mapwriter.due || left_ms > wait_ms)
        return wait_ms;
    return left_ms > 0 ? left_ms : 0;
}

void mapwriter_tell(struct agent *agent)
{
    char *bytes = NULL;
    size_t size = 0;

    if (mapfile_read(agent->mapwriter.file, MAPWRITER_BYTES_MAX, &bytes, &size) != 0)
        bytes = NULL;
    node_file(&agent->node, &agent->now, bytes, size);
    free(bytes);
}
