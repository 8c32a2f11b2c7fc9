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
#include "usermap.h"

#define USERFILE_BYTES_MAX 268435456
#define USERFILE_WOULD ".would"

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

/* The user map with the accounts that are kept beside the state, in new memory. 0 or -1. */
static int join(struct agent *agent, struct map_text *out)
{
    const struct map_text *map = node_usermap(&agent->node);
    struct addrs accounts = {0};
    struct addr account;
    int result = map != NULL ? 0 : -1;

    if (map != NULL) {
        struct map_lines lines = {map->bytes, map->size};

        while (result == 0 && usermap_lines_next(&lines, &account))
            result = addrs_append(&accounts, &account);
    }
    if (result == 0)
        result = heldusers_append(agent, &accounts);
    if (result == 0)
        result = usermap_print(&accounts, out, NULL);
    addrs_clear(&accounts);
    return result;
}

/* Is there to be a file? */
static bool is_used(const struct agent *agent, const struct map_text *map)
{
    return map->entries > 0 || agent->config->accounts != ACCOUNTS_OFF;
}

/* What the file holds now: 0: a map of ours, to *bytes; 1: there is none, or none of ours; -1. */
static int read_ours(struct agent *agent, struct mapfile *file, char **bytes, size_t *size)
{
    int found = mapfile_read(file, USERFILE_BYTES_MAX, bytes, size);

    if (found == 0 && !map_is_ours(*bytes, *size)) {
        free(*bytes);
        *bytes = NULL;
        agent->userfile.foreign |= file == agent->userfile.file;
        return 1;
    }
    return found;
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
    users->foreign = false;
    users->would_exists |= read_ours(agent, users->would, &would, &would_size) == 0;
    free(would);
    found = read_ours(agent, users->file, &bytes, &size);
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
    struct userfile *users = &agent->userfile;

    *bytes = NULL;
    *size = 0;
    if (read_ours(agent, agent->config->observe ? users->would : users->file, bytes, size) != 0) {
        *bytes = NULL;
        *size = 0;
    }
}

bool userfile_has(struct agent *agent, const struct addr *account)
{
    char *bytes = NULL;
    size_t size = 0;
    struct map_lines lines;
    struct addr line;
    bool has = false;

    if (read_ours(agent, agent->userfile.file, &bytes, &size) != 0)
        return false;
    lines = (struct map_lines){bytes, size};
    while (!has && usermap_lines_next(&lines, &line))
        has = addr_compare(&line, account) == 0;
    free(bytes);
    return has;
}
