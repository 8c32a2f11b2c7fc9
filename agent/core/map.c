/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drawing the map, see map.h.
 */
#include "map.h"

#include <stdlib.h>
#include <string.h>

#include "map_pieces.h"
#include "map_read.h"

/* Makes a map of the prefixes, which are sorted. */
static int print(const struct prefixes *prefixes, struct map_text *map)
{
    size_t room = strlen(MAP_HEADER) + prefixes->count * ADDR_PREFIX_TEXT_SIZE;

    map->bytes = malloc(room);
    if (map->bytes == NULL)
        return -1;
    map->size = strlen(MAP_HEADER);
    map->entries = 0;
    memcpy(map->bytes, MAP_HEADER, map->size);
    for (size_t i = 0; i < prefixes->count; i++) {
        struct addr addr = prefixes_at(prefixes, i);

        map->size += addr_print(&addr, map->bytes + map->size);
        map->bytes[map->size++] = '\n';
        map->entries++;
    }
    return 0;
}

/* Where banned subjects go. */
struct list {
    const struct state *state;
    struct prefixes *prefixes;
    struct addrs *accounts; /* NULL: nowhere */
};

static int append_banned(void *context, const struct addr *addr)
{
    struct list *list = context;
    const struct state *state = list->state;

    if (!addr_is_bannable(addr))
        return 0;
    if (addr->kind != ADDR_ACCOUNT)
        return prefixes_append(list->prefixes, addr);
    if (list->accounts == NULL || allows_cover(&state->allows, addr, state_now_ms(state)) != NULL)
        return 0;
    return addrs_append(list->accounts, addr);
}

int map_render(const struct state *state, struct map_text *map, struct addrs *accounts)
{
    struct prefixes prefixes = {0};
    struct list list = {state, &prefixes, accounts};
    int result;

    *map = (struct map_text){0};
    result = state_visit_banned(state, append_banned, &list);
    prefixes_sort(&prefixes);
    if (result == 0)
        result = map_pieces_take(state, &prefixes);
    if (result == 0)
        result = print(&prefixes, map);
    prefixes_clear(&prefixes);
    return result;
}

/* An operator lifted the ban of exactly this prefix. */
static bool is_unbanned(const struct state *state, const struct subject *subject)
{
    return subject->record.cut.stamp.hlc != 0 &&
           !record_is_banned(&subject->record, state_now_ms(state));
}

static int list_unbanned(const struct state *state, struct prefixes *out)
{
    const struct subject *subject;

    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;)
        if (subject->addr.kind != ADDR_ACCOUNT && is_unbanned(state, subject) &&
            prefixes_append(out, &subject->addr) != 0)
            return -1;
    prefixes_sort(out);
    return 0;
}

/* Appends what the state leaves of the entries, which are sorted. */
static int append_kept(const struct state *state, const struct prefixes *entries,
                       const struct prefixes *unbanned, struct prefixes *out)
{
    struct prefixes_walk walk;

    prefixes_walk_begin(&walk, unbanned);
    for (size_t i = 0; i < entries->count; i++) {
        struct addr addr = prefixes_at(entries, i);

        if (addr_is_bannable(&addr) && !prefixes_walk_covers(&walk, &addr) &&
            map_pieces_append(state, &addr, out) != 0)
            return -1;
    }
    return 0;
}

int map_join(const struct state *state, struct map_text *map, const char *bytes, size_t size)
{
    struct prefixes prefixes = {0}, former = {0}, unbanned = {0};
    struct map_text joined = {0};
    int result = -1;

    if (map_prefixes(map->bytes, map->size, &prefixes) == 0 &&
        map_prefixes(bytes, size, &former) == 0 && list_unbanned(state, &unbanned) == 0 &&
        append_kept(state, &former, &unbanned, &prefixes) == 0) {
        prefixes_sort(&prefixes);
        result = print(&prefixes, &joined);
    }
    prefixes_clear(&prefixes);
    prefixes_clear(&former);
    prefixes_clear(&unbanned);
    if (result != 0)
        return -1;
    map_free(map);
    *map = joined;
    return 0;
}

bool map_is_kept(const struct state *state, const struct addr *addr)
{
    struct addr wide = *addr;
    struct unpacked room;

    for (unsigned length = addr->length + 1u; length-- > 0;) {
        const struct subject *subject;

        addr_widen(&wide, length);
        subject = state_find(state, &wide, &room);
        if (subject != NULL && is_unbanned(state, subject))
            return false;
    }
    return allows_cover(&state->allows, addr, state_now_ms(state)) == NULL;
}

bool map_is_recorded(const struct state *state, const struct addr *addr)
{
    struct addr wide = *addr;
    struct unpacked room;

    for (unsigned length = addr->length + 1u; length-- > 0;) {
        const struct subject *subject;

        addr_widen(&wide, length);
        subject = state_find(state, &wide, &room);
        if (subject != NULL && !record_is_empty(&subject->record))
            return true;
    }
    return false;
}

/* Appends those of list that the others cover. */
static int append_covered(const struct prefixes *list, const struct prefixes *others,
                          struct prefixes *out)
{
    struct prefixes_walk walk;

    prefixes_walk_begin(&walk, others);
    for (size_t i = 0; i < list->count; i++) {
        struct addr addr = prefixes_at(list, i);

        if (prefixes_walk_covers(&walk, &addr) && prefixes_append(out, &addr) != 0)
            return -1;
    }
    return 0;
}

int map_meet(struct map_text *map, const char *bytes, size_t size)
{
    struct prefixes here = {0}, former = {0}, both = {0};
    struct map_text met = {0};
    int result = -1;

    if (map_prefixes(map->bytes, map->size, &here) == 0 &&
        map_prefixes(bytes, size, &former) == 0 && append_covered(&here, &former, &both) == 0 &&
        append_covered(&former, &here, &both) == 0) {
        prefixes_sort(&both);
        result = print(&both, &met);
    }
    prefixes_clear(&here);
    prefixes_clear(&former);
    prefixes_clear(&both);
    if (result != 0)
        return -1;
    map_free(map);
    *map = met;
    return 0;
}

size_t map_count_new(const struct map_text *map, const struct prefixes *former)
{
    struct map_lines lines = {map->bytes, map->size};
    struct prefixes_walk walk;
    struct addr addr;
    size_t count = 0;

    prefixes_walk_begin(&walk, former);
    while (map_lines_next(&lines, &addr))
        count += !prefixes_walk_covers(&walk, &addr);
    return count;
}

/* What of the targets, and of the bans that wait, would be in the map. */
static int append_wanted(const struct state *state, const struct addr *addrs, size_t count,
                         struct prefixes *out)
{
    for (size_t i = 0; i < count; i++)
        if (addrs[i].kind != ADDR_ACCOUNT && map_pieces_append(state, &addrs[i], out) != 0)
            return -1;
    for (size_t i = 0; i < state->command_count; i++) {
        const struct operator_command *command = &state->commands[i];

        if (command->manual.kind == MANUAL_BAN && command->addr.kind != ADDR_ACCOUNT &&
            map_pieces_append(state, &command->addr, out) != 0)
            return -1;
    }
    return 0;
}

/* That some are in the map already is looked at only where it matters: a map can be long. */
size_t map_count_with(const struct state *state, const struct map_text *map,
                      const struct addr *addrs, size_t count, size_t enough)
{
    struct prefixes prefixes = {0};
    size_t entries = SIZE_MAX;

    if (append_wanted(state, addrs, count, &prefixes) == 0) {
        entries = map->entries + prefixes.count;
        if (entries > enough)
            entries =
                map_prefixes(map->bytes, map->size, &prefixes) == 0 ? prefixes.count : SIZE_MAX;
    }
    prefixes_clear(&prefixes);
    return entries;
}

int map_from_prefixes(struct prefixes *prefixes, struct map_text *map)
{
    prefixes_sort(prefixes);
    return print(prefixes, map);
}

int map_copy(const struct map_text *map, struct map_text *copy)
{
    *copy = (struct map_text){malloc(map->size), map->size, map->entries};
    if (copy->bytes == NULL)
        return -1;
    memcpy(copy->bytes, map->bytes, map->size);
    return 0;
}

void map_free(struct map_text *map)
{
    free(map->bytes);
    *map = (struct map_text){0};
}
