/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of a former map that stay in force, see heldmap.h.
 *
 * The value in the database is text: kind, time in ms since 1970, file of the copy (may be empty),
 * one a line, and then the entries as a map. Absent or empty: nothing is kept.
 */
#include "heldmap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "heldusers.h"
#include "log.h"
#include "map_cover.h"
#include "map_read.h"
#include "mapcopy.h"

#define HELDMAP_NAME "map_kept"
#define HELDMAP_BYTES_MAX 268435456
#define HELDMAP_LINES_LOGGED 10
#define HELDMAP_LINE_SIZE 256
#define HELDMAP_COMPARE_MS 1000 /* all entries are read */

const char *heldmap_kind_name(enum heldmap_kind kind)
{
    return kind == HELDMAP_FOREIGN ? "foreign" : kind == HELDMAP_LOST ? "lost" : "none";
}

bool heldmap_covers(const struct agent *agent, const struct addr *addr, struct addr *cover)
{
    const struct map_text *text = &agent->heldmap.text;

    for (unsigned shortest = 0; map_cover(text->bytes, text->size, addr, shortest, cover);
         shortest = cover->length + 1u)
        if (map_is_kept(&agent->node.state, cover))
            return true;
    return false;
}

void heldmap_count_inside(const struct agent *agent, const struct prefixes *prefixes,
                          size_t *counts)
{
    struct map_lines lines = {agent->heldmap.text.bytes, agent->heldmap.text.size};
    struct prefixes_walk walk;
    struct addr addr;

    prefixes_walk_begin(&walk, prefixes);
    while (map_lines_next(&lines, &addr)) {
        if (!prefixes_walk_covers(&walk, &addr) || !map_is_kept(&agent->node.state, &addr))
            continue;
        for (size_t i = 0; i < walk.depth; i++)
            counts[walk.inside[i] - prefixes->list]++;
    }
}

static void clear(struct heldmap *held)
{
    map_free(&held->text);
    free(held->copy);
    addrs_clear(&held->users);
    *held = (struct heldmap){0};
}

/* Keeps the prefixes, from the next commit on. */
static int begin(struct agent *agent, enum heldmap_kind kind, struct prefixes *prefixes)
{
    struct heldmap *held = &agent->heldmap;
    struct map_text text;

    if (map_from_prefixes(prefixes, &text) != 0)
        return -1;
    map_free(&held->text);
    held->kind = kind;
    held->text = text;
    held->since_ms = agent->now.wall_ms;
    held->ending = false;
    held->pending = true;
    heldmap_persist(agent);
    return 0;
}

void heldmap_persist(struct agent *agent)
{
    struct heldmap *held = &agent->heldmap;
    char *value = NULL;
    int head;

    heldusers_persist(agent, held->kind == HELDMAP_NONE || held->ending);
    if (held->kind == HELDMAP_NONE || held->ending) {
        store_meta_put(agent->persist.store, HELDMAP_NAME, "", 0);
        return;
    }
    held->stored = false;
    head = asprintf(&value, "%s\n%" PRId64 "\n%s\n", heldmap_kind_name(held->kind), held->since_ms,
                    held->copy != NULL ? held->copy : "");
    if (head >= 0) {
        char *whole = realloc(value, (size_t)head + held->text.size);

        if (whole != NULL) {
            memcpy(whole + head, held->text.bytes, held->text.size);
            store_meta_put(agent->persist.store, HELDMAP_NAME, whole,
                           (size_t)head + held->text.size);
            value = whole;
            held->stored = true;
        }
        free(value);
    }
}

void heldmap_committed(struct agent *agent)
{
    struct heldmap *held = &agent->heldmap;

    if (held->pending && !held->stored)
        heldmap_persist(agent); /* there was no memory for it */
    else if (held->pending) {
        held->pending = false;
        agent->mapwriter.due = true;
    }
    if (!held->ending)
        return;
    log_notice("map: %zu entries of the former map are no longer kept",
               held->text.entries + held->users.count);
    clear(held);
    agent->mapwriter.due = true;
}

void heldmap_end(struct agent *agent)
{
    agent->heldmap.ending = true;
    heldmap_persist(agent);
}

void heldmap_go_on(struct agent *agent)
{
    agent->heldmap.ending = false; /* the database is written anew, with what is kept */
}

void heldmap_close(struct agent *agent)
{
    clear(&agent->heldmap);
}

/* A peer as blank as this node agrees with it, too: then the entries are known nowhere else.
 * Entries that are never in a map do not count. */
static bool is_recorded(const struct agent *agent)
{
    struct map_lines lines = {agent->heldmap.text.bytes, agent->heldmap.text.size};
    struct addr addr;

    while (map_lines_next(&lines, &addr))
        if (addr_is_bannable(&addr) && !map_is_recorded(&agent->node.state, &addr))
            return false;
    return heldusers_are_recorded(agent);
}

void heldmap_compare(struct agent *agent)
{
    struct heldmap *held = &agent->heldmap;

    if (held->kind != HELDMAP_LOST || held->ending || takeover_is_under_way(agent) ||
        agent->now.mono_ms - held->compared_ms < HELDMAP_COMPARE_MS)
        return;
    held->compared_ms = agent->now.mono_ms;
    for (size_t i = 0; i < agent->node.peer_count; i++) {
        if (!agent->node.peers[i].compared || !agent->node.peers[i].same)
            continue;
        if (!is_recorded(agent))
            return;
        log_notice("map agrees with peer %s", agent->node.peers[i].name);
        heldmap_end(agent);
        return;
    }
}

/* Takes the next line off; NULL if there is none. */
static char *take_line(char **text)
{
    char *line = *text;
    char *end = line != NULL ? strchr(line, '\n') : NULL;

    if (end == NULL)
        return NULL;
    *end = '\0';
    *text = end + 1;
    return line;
}

/* Reads the value of the database, which is NUL-terminated and is changed. */
static int parse(struct heldmap *held, char *value)
{
    char *kind = take_line(&value), *since = take_line(&value), *copy = take_line(&value);
    struct prefixes prefixes = {0};
    int result = -1;

    if (copy == NULL)
        return -1;
    held->kind = strcmp(kind, "foreign") == 0 ? HELDMAP_FOREIGN : HELDMAP_LOST;
    held->since_ms = strtoll(since, NULL, 10);
    held->copy = copy[0] != '\0' ? strdup(copy) : NULL;
    if (map_prefixes(value, strlen(value), &prefixes) == 0)
        result = map_from_prefixes(&prefixes, &held->text);
    prefixes_clear(&prefixes);
    return result;
}

/* What an earlier run kept. 0 or -1. */
static int load(struct agent *agent)
{
    int size = store_meta_get(agent->persist.store, HELDMAP_NAME, NULL, 0);
    char *value;
    int result = -1;

    if (size <= 0)
        return size;
    if ((size_t)size > HELDMAP_BYTES_MAX || (value = calloc(1, (size_t)size + 1)) == NULL)
        return -1;
    if (store_meta_get(agent->persist.store, HELDMAP_NAME, value, (size_t)size) == size)
        result = parse(&agent->heldmap, value);
    free(value);
    return result;
}

/* The state is blank (a lost disk, a database set aside), yet maps of ours have entries. */
static int hold_lost(struct agent *agent, const char *bytes, size_t size)
{
    struct prefixes prefixes = {0};
    int result = map_prefixes(bytes, size, &prefixes);

    if (result == 0 && prefixes.count + agent->heldmap.users.count > 0) {
        result = begin(agent, HELDMAP_LOST, &prefixes);
        log_warning(
            "map %s: its %zu entries, and %zu of the user map, are kept beside the state, as "
            "the database is empty, until a peer knows them",
            agent->config->map_file, prefixes.count, agent->heldmap.users.count);
    }
    prefixes_clear(&prefixes);
    return result;
}

int heldmap_open(struct agent *agent, const char *bytes, size_t size, const char *users,
                 size_t users_size)
{
    int result = load(agent);
    bool blank =
        result == 0 && agent->heldmap.kind == HELDMAP_NONE && agent->node.state.table.count == 0;

    if (result == 0)
        result = heldusers_open(agent, blank, users, users_size);
    if (result == 0 && blank)
        result = hold_lost(agent, map_is_ours(bytes, size) ? bytes : "",
                           map_is_ours(bytes, size) ? size : 0);
    if (result != 0)
        log_error("cannot tell which entries of the former map are kept: %s",
                  store_error(agent->persist.store)[0] != '\0'
                      ? store_error(agent->persist.store)
                      : "the value \"" HELDMAP_NAME "\" of the database is damaged, or no memory; "
                        "without the database the entries of the map are kept");
    return result;
}

static void ignore_refused(void *context, size_t number, const char *bytes, size_t size)
{
    (void)context, (void)number, (void)bytes, (void)size;
}

/* Is every entry in the copy? It may have been removed since, or be that of the last of several
 * files only. */
static bool is_copied(const struct heldmap *held)
{
    char error[512], *bytes = NULL;
    struct mapfile *file =
        held->copy != NULL ? mapfile_open(held->copy, error, sizeof(error)) : NULL;
    struct prefixes prefixes = {0};
    size_t size = 0;
    bool result = file != NULL && mapfile_read(file, MAP_FOREIGN_BYTES_MAX, &bytes, &size) == 0 &&
                  map_read_foreign(bytes, size, ignore_refused, NULL, &prefixes) == 0 &&
                  map_count_new(&held->text, &prefixes) == 0;

    prefixes_clear(&prefixes);
    free(bytes);
    mapfile_close(&file);
    return result;
}

int heldmap_copy(struct agent *agent, char *error, size_t error_size)
{
    struct heldmap *held = &agent->heldmap;

    if (held->text.entries == 0 || is_copied(held))
        return 0;
    free(held->copy);
    held->copy =
        mapcopy_make(agent->config->map_file, held->text.bytes, held->text.size, error, error_size);
    return held->copy != NULL ? 0 : -1;
}

static void log_refused(void *context, size_t number, const char *bytes, size_t size)
{
    size_t *count = context;
    char text[HELDMAP_LINE_SIZE];

    if (++*count <= HELDMAP_LINES_LOGGED)
        log_warning("map: line %zu of the former map is left out: %s", number,
                    log_escape(bytes, size, text, sizeof(text)));
}

static int keep_foreign(struct agent *agent, const char *copy, struct prefixes *prefixes)
{
    free(agent->heldmap.copy);
    agent->heldmap.copy = strdup(copy);
    return begin(agent, HELDMAP_FOREIGN, prefixes);
}

int heldmap_take(struct agent *agent, const char *bytes, size_t size, char *error,
                 size_t error_size)
{
    struct heldmap *held = &agent->heldmap;
    struct prefixes prefixes = {0};
    size_t refused = 0;
    char *copy;
    int result = -1;

    if (takeover_is_under_way(agent)) {
        snprintf(error, error_size, "%s: map adopt or map discard is under way",
                 agent->config->map_file);
        return -1;
    }
    snprintf(error, error_size,
             "%s was not written by bansyncd and is too large to be taken over (%zu bytes, at most "
             "%d): it is left alone; move it away",
             agent->config->map_file, size, MAP_FOREIGN_BYTES_MAX);
    copy = size <= MAP_FOREIGN_BYTES_MAX
               ? mapcopy_make(agent->config->map_file, bytes, size, error, error_size)
               : NULL;
    if (copy == NULL)
        return -1;
    snprintf(error, error_size, "%s: no memory to take it over", agent->config->map_file);
    /* With entries that are kept already: somebody put another old file in place. */
    if (map_read_foreign(bytes, size, log_refused, &refused, &prefixes) == 0 &&
        map_prefixes(held->text.bytes, held->text.size, &prefixes) == 0) {
        result = prefixes.count > 0 ? keep_foreign(agent, copy, &prefixes) : 0;
        log_warning("map %s was not written by bansyncd: %zu entries are kept, %zu lines are left "
                    "out; the original is %s",
                    agent->config->map_file, prefixes.count, refused, copy);
    }
    prefixes_clear(&prefixes);
    free(copy);
    return result;
}
