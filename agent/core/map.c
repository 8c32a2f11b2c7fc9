/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drawing the map, see map.h.
 */
#include "map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct prefixes {
    struct addr *list;
    size_t count;
    size_t room;
};

static int append(struct prefixes *prefixes, const struct addr *addr)
{
    if (prefixes->count == prefixes->room) {
        size_t room = prefixes->room == 0 ? 256 : prefixes->room * 2;
        struct addr *list = realloc(prefixes->list, room * sizeof(*list));

        if (list == NULL)
            return -1;
        prefixes->list = list;
        prefixes->room = room;
    }
    prefixes->list[prefixes->count++] = *addr;
    return 0;
}

/* The half of addr whose next bit is bit. */
static struct addr half(const struct addr *addr, unsigned bit)
{
    struct addr part = *addr;

    if (bit != 0)
        part.bytes[addr->length / 8] |= (uint8_t)(0x80u >> (addr->length % 8));
    part.length++;
    return part;
}

/* Appends what is left of addr when the live allow entries are taken out. Halving goes down one
 * path at a time, so the stack never holds more than one prefix per length. */
static int append_minus_allowed(const struct state *state, const struct addr *addr,
                                struct prefixes *out)
{
    int64_t now_ms = state_now_ms(state);
    struct addr stack[130];
    size_t depth = 0;

    stack[depth++] = *addr;
    while (depth > 0) {
        struct addr part = stack[--depth];

        if (allows_cover(&state->allows, &part, now_ms) != NULL)
            continue;
        if (!allows_inside(&state->allows, &part, now_ms)) {
            if (append(out, &part) != 0)
                return -1;
            continue;
        }
        assert(depth + 2 <= sizeof(stack) / sizeof(stack[0]));
        stack[depth++] = half(&part, 1);
        stack[depth++] = half(&part, 0);
    }
    return 0;
}

static int compare(const void *a, const void *b)
{
    return addr_compare(a, b);
}

static int print(const struct prefixes *prefixes, struct map_text *map)
{
    size_t room = strlen(MAP_HEADER) + prefixes->count * (ADDR_TEXT_SIZE + 1);

    map->bytes = malloc(room);
    if (map->bytes == NULL)
        return -1;
    map->size = strlen(MAP_HEADER);
    map->entries = 0;
    memcpy(map->bytes, MAP_HEADER, map->size);
    for (size_t i = 0; i < prefixes->count; i++) {
        if (i > 0 && addr_compare(&prefixes->list[i - 1], &prefixes->list[i]) == 0)
            continue;
        map->size += addr_print(&prefixes->list[i], map->bytes + map->size);
        map->bytes[map->size++] = '\n';
        map->entries++;
    }
    return 0;
}

int map_render(const struct state *state, struct map_text *map)
{
    struct prefixes prefixes = {0};
    int result = 0;

    *map = (struct map_text){0};
    for (struct subject *subject = table_next(&state->table, NULL); subject != NULL && result == 0;
         subject = table_next(&state->table, subject))
        if (addr_is_bannable(&subject->addr) &&
            record_is_banned(&subject->record, state_now_ms(state)))
            result = append_minus_allowed(state, &subject->addr, &prefixes);
    if (prefixes.count > 0)
        qsort(prefixes.list, prefixes.count, sizeof(*prefixes.list), compare);
    if (result == 0)
        result = print(&prefixes, map);
    free(prefixes.list);
    return result;
}

/* An operator lifted the ban of exactly this prefix. */
static bool is_unbanned(const struct state *state, const struct addr *addr)
{
    const struct subject *subject = state_find(state, addr);

    return subject != NULL && subject->record.cut.stamp.hlc != 0 &&
           !record_is_banned(&subject->record, state_now_ms(state));
}

/* Appends every line that is a prefix. */
static int parse(const struct state *state, const char *bytes, size_t size, struct prefixes *out)
{
    while (size > 0) {
        const char *end = memchr(bytes, '\n', size);
        size_t length = end != NULL ? (size_t)(end - bytes) : size;
        size_t skip = end != NULL ? length + 1 : length;
        struct addr addr;

        if (addr_parse(bytes, length, false, &addr) == 0 && addr_is_bannable(&addr) &&
            !is_unbanned(state, &addr) && append_minus_allowed(state, &addr, out) != 0)
            return -1;
        bytes += skip;
        size -= skip;
    }
    return 0;
}

int map_join(const struct state *state, struct map_text *map, const char *bytes, size_t size)
{
    struct prefixes prefixes = {0};
    struct map_text joined = {0};
    int result = -1;

    if (parse(state, map->bytes, map->size, &prefixes) == 0 &&
        parse(state, bytes, size, &prefixes) == 0) {
        if (prefixes.count > 0)
            qsort(prefixes.list, prefixes.count, sizeof(*prefixes.list), compare);
        result = print(&prefixes, &joined);
    }
    free(prefixes.list);
    if (result != 0)
        return -1;
    map_free(map);
    *map = joined;
    return 0;
}

void map_free(struct map_text *map)
{
    free(map->bytes);
    *map = (struct map_text){0};
}
