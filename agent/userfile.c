/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of the user map, see userfile.h.
 */
#include "userfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heldusers.h"
#include "log.h"
#include "map_read.h"
#include "maps.h"
#include "usermap.h"

#define USERFILE_BYTES_MAX 268435456
#define USERFILE_WOULD ".would"

/* The configuration compares paths as they are spelled; each map would overwrite the other. */
static bool takes_the_map(const struct agent *agent)
{
    const struct userfile *users = &agent->userfile;
    const struct mapwriter *writer = &agent->mapwriter;

    return mapfile_is_same(users->file, writer->file) ||
           mapfile_is_same(users->file, writer->would) ||
           mapfile_is_same(users->would, writer->file);
}

int userfile_open(struct agent *agent, char **bytes, size_t *size)
{
    struct userfile *users = &agent->userfile;
    char path[PATH_BYTES_MAX + sizeof(USERFILE_WOULD)], error[512];

    *bytes = NULL;
    *size = 0;
    snprintf(path, sizeof(path), "%s" USERFILE_WOULD, agent->config->users_file);
    users->file = mapfile_open(agent->config->users_file, error, sizeof(error));
    if (users->file != NULL)
        users->would = mapfile_open(path, error, sizeof(error));
    if (users->would == NULL) {
        log_error("%s", error);
        return -1;
    }
    if (takes_the_map(agent)) {
        log_error("%s: the map has that file: correct [map] users_file", agent->config->users_file);
        return -1;
    }
    if (mapfile_read(users->file, USERFILE_BYTES_MAX, bytes, size) >= 0)
        return 0;
    log_error("cannot read the user map: %s", mapfile_error(users->file));
    return -1;
}

void userfile_close(struct agent *agent)
{
    mapfile_close(&agent->userfile.file);
    mapfile_close(&agent->userfile.would);
}

/* Appends the accounts of a user map. 0, or -1 without memory. */
static int append_lines(const char *bytes, size_t size, struct addrs *accounts)
{
    struct map_lines lines = {bytes, size};
    struct addr account;

    while (usermap_lines_next(&lines, &account))
        if (addrs_append(accounts, &account) != 0)
            return -1;
    return 0;
}

/* The user map with the accounts that are kept beside the state, in new memory. 0 or -1. */
static int join(struct agent *agent, struct map_text *out)
{
    const struct map_text *map = node_usermap(&agent->node);
    struct addrs accounts = {0};
    int result = -1;

    if (map != NULL && agent->heldmap.users.count == 0)
        return map_copy(map, out);
    if (map != NULL && append_lines(map->bytes, map->size, &accounts) == 0 &&
        heldusers_append(agent, &accounts) == 0)
        result = usermap_print(&accounts, out, NULL);
    addrs_clear(&accounts);
    return result;
}

/* Is there to be a file? */
static bool is_used(const struct agent *agent, const struct map_text *map)
{
    return map->entries > 0 || agent->config->accounts != ACCOUNTS_OFF;
}

enum { FOUND_NONE = 1, FOUND_FOREIGN };

/* What the file holds now: 0: a map of ours, to *bytes; FOUND_NONE: it is not there; FOUND_FOREIGN:
 * it is none of ours; -1. */
static int read_ours(struct mapfile *file, char **bytes, size_t *size)
{
    int found = mapfile_read(file, USERFILE_BYTES_MAX, bytes, size);

    if (found == 0 && !map_is_ours(*bytes, *size)) {
        free(*bytes);
        *bytes = NULL;
        return FOUND_FOREIGN;
    }
    return found;
}

/* The file that is to hold the user map. */
static struct mapfile *target(const struct agent *agent)
{
    return agent->config->observe ? agent->userfile.would : agent->userfile.file;
}

/* What was in it is what was written, and it was written again: somebody had changed it. */
static void note_written(struct agent *agent, const struct map_text *map, bool anew)
{
    uint64_t hash = node_text_hash(&agent->node, map->bytes, map->size);

    agent->node.state.counters.map_writes += anew;
    if (anew && hash == agent->userfile.written_hash)
        log_warning("user map %s%s had been changed by someone else and was written again",
                    agent->config->users_file, agent->config->observe ? USERFILE_WOULD : "");
    agent->userfile.written_hash = hash;
}

/* Makes the file hold the map. One that is not there is not made without need. */
static int put(struct agent *agent, struct mapfile *file, const struct map_text *map, bool exists,
               char *error, size_t error_size)
{
    int result;

    if (!exists && !is_used(agent, map))
        return 0;
    result = mapfile_write(file, map->bytes, map->size);
    if (result < 0) {
        snprintf(error, error_size, "%s", mapfile_error(file));
        return -1;
    }
    if (file == target(agent))
        note_written(agent, map, result == 0);
    else
        agent->node.state.counters.map_writes += result == 0;
    return 0;
}

/* In mode observe nothing is added to FILE. */
static int observe(struct agent *agent, struct map_text *map, const char *bytes, size_t size,
                   char *error, size_t error_size)
{
    struct userfile *users = &agent->userfile;

    if (put(agent, users->would, map, users->would_exists, error, error_size) != 0)
        return -1;
    users->would_exists = users->would_exists || is_used(agent, map);
    if (bytes == NULL)
        return 0;
    if (usermap_meet(map, bytes, size) != 0) {
        snprintf(error, error_size, "no memory");
        return -1;
    }
    return put(agent, users->file, map, true, error, error_size);
}

static int enforce(struct agent *agent, const struct map_text *map, bool exists, char *error,
                   size_t error_size)
{
    struct userfile *users = &agent->userfile;

    if (users->foreign)
        return 0;
    if (put(agent, users->file, map, exists, error, error_size) != 0)
        return -1;
    if (users->would_exists && mapfile_remove(users->would) == 0)
        users->would_exists = false;
    return 0;
}

int userfile_write(struct agent *agent, char *error, size_t error_size)
{
    struct userfile *users = &agent->userfile;
    struct map_text map = {0};
    char *bytes = NULL, *would = NULL;
    size_t size = 0, would_size;
    int found, result = -1;

    snprintf(error, error_size, "no memory");
    users->would_exists |= read_ours(users->would, &would, &would_size) == 0;
    free(would);
    found = read_ours(users->file, &bytes, &size);
    users->foreign = found == FOUND_FOREIGN;
    if (found < 0)
        snprintf(error, error_size, "%s", mapfile_error(users->file));
    else if (join(agent, &map) == 0)
        result = agent->config->observe ? observe(agent, &map, bytes, size, error, error_size)
                                        : enforce(agent, &map, bytes != NULL, error, error_size);
    if (result == 0)
        users->entries = map.entries;
    map_free(&map);
    free(bytes);
    return result;
}

void userfile_read(struct agent *agent, char **bytes, size_t *size)
{
    *bytes = NULL;
    *size = 0;
    if (read_ours(target(agent), bytes, size) != 0) {
        *bytes = NULL;
        *size = 0;
    }
}

int userfile_accounts(struct agent *agent, struct addrs *accounts)
{
    char *bytes = NULL;
    size_t size = 0;
    int result;

    if (read_ours(agent->userfile.file, &bytes, &size) != 0)
        return 0;
    result = append_lines(bytes, size, accounts);
    free(bytes);
    addrs_sort(accounts);
    return result;
}

size_t userfile_count_new(const struct agent *agent, const struct map_text *map)
{
    struct map_text met;
    char *bytes = NULL;
    size_t size = 0, count = 0;

    if (map_copy(map, &met) != 0)
        return 0;
    count = met.entries;
    if (read_ours(agent->userfile.file, &bytes, &size) == 0 && usermap_meet(&met, bytes, size) == 0)
        count -= met.entries;
    free(bytes);
    map_free(&met);
    return count;
}
