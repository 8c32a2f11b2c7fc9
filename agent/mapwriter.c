/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written to the map file, and when, see mapwriter.h.
 *
 * The file is compared every 10 s even if nothing changed, so that what somebody edited, truncated
 * or removed by hand is put right.
 */
#include "mapwriter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heldmap.h"
#include "log.h"
#include "map_read.h"
#include "maps.h"
#include "mapwriter_part.h"
#include "userfile.h"

#define MAPWRITER_CHECK_MS 10000
#define MAPWRITER_PENDING_MS 5
#define MAPWRITER_ENTRIES_PER_MS 10

static int open_would(struct agent *agent, char *error, size_t error_size)
{
    struct mapwriter *writer = &agent->mapwriter;
    char path[PATH_BYTES_MAX + sizeof(MAPWRITER_WOULD)], *bytes = NULL;
    size_t size;

    snprintf(path, sizeof(path), "%s" MAPWRITER_WOULD, agent->config->map_file);
    writer->would = mapfile_open(path, error, error_size);
    if (writer->would == NULL)
        return -1;
    /* Somebody else's is not removed. */
    writer->would_exists = mapfile_read(writer->would, MAPWRITER_BYTES_MAX, &bytes, &size) == 0 &&
                           map_is_ours(bytes, size);
    free(bytes);
    return 0;
}

/* What the mode means for the map, once at start. It takes a whole map to be drawn, and then again
 * when the first turn has ended. */
static void log_mode(struct agent *agent)
{
    size_t would;

    if (!agent->config->observe && !agent->mapwriter.would_exists)
        return;
    would = mapwriter_would_count(agent);
    if (agent->config->observe)
        log_notice("mode observe: %zu ban%s would come into force; see %s" MAPWRITER_WOULD, would,
                   would == 1 ? "" : "s", agent->config->map_file);
    else
        log_notice("mode enforce, was observe: %zu %s into force", would,
                   would == 1 ? "ban comes" : "bans come");
}

int mapwriter_open(struct agent *agent)
{
    struct mapwriter *writer = &agent->mapwriter;
    char error[512], *bytes = NULL, *users = NULL;
    size_t size = 0, users_size = 0;
    int result;

    writer->file = mapfile_open(agent->config->map_file, error, sizeof(error));
    if (writer->file == NULL || open_would(agent, error, sizeof(error)) != 0) {
        log_error("%s", error);
        return -1;
    }
    if (mapfile_read(writer->file, MAPWRITER_BYTES_MAX, &bytes, &size) < 0) {
        log_error("cannot read the map: %s", mapfile_error(writer->file));
        return -1;
    }
    result = userfile_open(agent, &users, &users_size);
    if (result == 0)
        result = heldmap_open(agent, bytes, size, users, users_size);
    free(users);
    free(bytes);
    writer->due = true;
    writer->look = true;
    if (result == 0)
        log_mode(agent);
    return result;
}

void mapwriter_close(struct agent *agent)
{
    mapfile_close(&agent->mapwriter.file);
    mapfile_close(&agent->mapwriter.would);
    userfile_close(agent);
    heldmap_close(agent);
}

/* Whose file is it? One that is not ours is taken over before it is written for the first time. */
static bool look(struct agent *agent)
{
    struct mapwriter *writer = &agent->mapwriter;
    char error[512], *bytes = NULL;
    size_t size = 0;
    int found = mapfile_read(writer->file, MAPWRITER_BYTES_MAX, &bytes, &size);

    snprintf(error, sizeof(error), "%s", mapfile_error(writer->file));
    if (found == 0 && !map_is_ours(bytes, size))
        found = heldmap_take(agent, bytes, size, error, sizeof(error));
    free(bytes);
    writer->look = found < 0;
    if (found < 0)
        mapwriter_fail(agent, error);
    return found >= 0;
}

static int write_due(struct agent *agent)
{
    struct mapwriter *writer = &agent->mapwriter;
    uint64_t writes = agent->node.state.counters.map_writes;
    bool is_joined = agent->heldmap.kind != HELDMAP_NONE; /* which takes long, written or not */
    const struct map_text *map;
    int result;

    if (writer->look && !agent->config->observe && !look(agent))
        return -1;
    map = node_map(&agent->node);
    if (agent->heldmap.pending || map == NULL) { /* what is kept must be durable first */
        writer->next_ms = agent->now.mono_ms + MAPWRITER_PENDING_MS;
        writer->due = true;
        return -1;
    }
    const int64_t pause_ms = mapwriter_pause_ms(agent); /* of the larger of former and next */
    result = agent->config->observe ? mapwriter_observe(agent, map) : mapwriter_enforce(agent, map);
    if (result == 0 && (agent->node.state.counters.map_writes != writes || is_joined))
        writer->next_ms = agent->now.mono_ms + pause_ms;
    return result;
}

void mapwriter_turn(struct agent *agent)
{
    struct mapwriter *writer = &agent->mapwriter;
    bool check = !writer->due && agent->now.mono_ms - writer->checked_ms >= MAPWRITER_CHECK_MS;

    if (agent->node.clock_held)
        return; /* at a wrong time bans that ended would come back: the map stays as it is */
    heldmap_compare(agent);
    if (!check && (!writer->due || agent->now.mono_ms < writer->next_ms))
        return;
    writer->due = false;
    writer->checked_ms = agent->now.mono_ms;
    if (write_due(agent) != 0)
        return;
    if (writer->failing)
        log_notice("map is written again");
    writer->failing = false;
}

int64_t mapwriter_pause_ms(const struct agent *agent)
{
    size_t entries = agent->node.map.entries;
    int64_t pause_ms;

    if (entries < agent->mapwriter.entries)
        entries = agent->mapwriter.entries;
    pause_ms = (int64_t)(entries / MAPWRITER_ENTRIES_PER_MS);
    return pause_ms > agent->config->map_coalesce_ms ? pause_ms : agent->config->map_coalesce_ms;
}

void mapwriter_now(struct agent *agent)
{
    agent->mapwriter.due = true;
    agent->mapwriter.next_ms = agent->now.mono_ms;
}

int64_t mapwriter_wait_ms(const struct agent *agent, int64_t wait_ms)
{
    int64_t left_ms = agent->mapwriter.next_ms - agent->now.mono_ms;

    if (!agent->mapwriter.due || left_ms > wait_ms)
        return wait_ms;
    return left_ms > 0 ? left_ms : 0;
}

struct mapfile *mapwriter_target(const struct agent *agent)
{
    return agent->config->observe ? agent->mapwriter.would : agent->mapwriter.file;
}

void mapwriter_tell(struct agent *agent)
{
    char *bytes = NULL, *users = NULL;
    size_t size = 0, users_size = 0;

    if (mapfile_read(mapwriter_target(agent), MAPWRITER_BYTES_MAX, &bytes, &size) != 0)
        bytes = NULL;
    userfile_read(agent, &users, &users_size);
    node_file(&agent->node, &agent->now, bytes, size, users, users_size);
    free(users);
    free(bytes);
}

void mapwriter_switch(struct agent *agent, bool observed, size_t would, char *text,
                      size_t text_size)
{
    struct mapwriter *writer = &agent->mapwriter;
    const char *file = agent->config->map_file;

    text[0] = '\0';
    if (agent->config->observe == observed)
        return;
    writer->due = true;
    writer->look = true;
    writer->written_hash = 0;
    if (observed)
        snprintf(text, text_size, "mode enforce: %zu %s into force", would,
                 would == 1 ? "ban comes" : "bans come");
    else
        snprintf(text, text_size,
                 "mode observe: new bans go to %s" MAPWRITER_WOULD " only; %s loses what is lifted "
                 "or ends",
                 file, file);
    log_notice("%s", text);
}

size_t mapwriter_would_count(struct agent *agent)
{
    const struct map_text *map = node_map(&agent->node);
    struct prefixes prefixes = {0};
    size_t count = 0;

    if (map == NULL)
        return 0;
    if (mapwriter_prefixes(agent, &prefixes) != 0)
        prefixes_clear(&prefixes); /* nothing is known to be in force */
    count = map_count_new(map, &prefixes) + userfile_count_new(agent, node_usermap(&agent->node));
    prefixes_clear(&prefixes);
    return count;
}

const char *mapwriter_sha256(struct agent *agent)
{
    struct mapwriter *writer = &agent->mapwriter;
    char *bytes;
    size_t size;

    if (writer->sha256[0] == '\0' && mapwriter_file(agent, &bytes, &size) == 0) {
        hash_sha256(bytes, size, writer->sha256);
        free(bytes);
    }
    return writer->sha256;
}
