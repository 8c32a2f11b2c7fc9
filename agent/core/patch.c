/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single bans in maps that are drawn already, see patch.h.
 *
 * What the state says now decides of each line, not what was told of it: so a change that is in the
 * map already, or was undone, does no harm.
 */
#include "patch.h"

#include <stdlib.h>
#include <string.h>

#include "map_pieces.h"
#include "usermap.h"

/* How the lines of one of the two maps are read and written, and which it is to have. */
struct form {
    int (*read)(const char *line, size_t size, struct addr *addr);
    size_t (*write)(const struct addr *addr, char *line);
    bool (*has)(const struct state *state, const struct addr *addr);
    size_t line_size;
};

static int read_prefix(const char *line, size_t size, struct addr *addr)
{
    return addr_parse(line, size, false, addr);
}

static size_t write_prefix(const struct addr *addr, char *line)
{
    size_t size = addr_print(addr, line);

    line[size++] = '\n';
    return size;
}

static const struct form prefix_form = {read_prefix, write_prefix, map_pieces_has,
                                        ADDR_PREFIX_TEXT_SIZE};
static const struct form account_form = {usermap_read_line, usermap_write_line, usermap_has,
                                         USERMAP_LINE_SIZE};

/* What is left to be looked at of a map, and where a line was found in it, or would be. */
struct place {
    const char *bytes;
    const char *end;
    const char *line;
    size_t size; /* with its line feed; 0: there is none */
};

static const char *line_begin(const char *first, const char *at)
{
    while (at > first && at[-1] != '\n')
        at--;
    return at;
}

/* Looks for the line of addr by halving. 0, or -1 if something there is no line of ours. */
static int find(const struct form *form, const struct addr *addr, struct place *place)
{
    const char *low = place->bytes, *high = place->end;

    place->size = 0;
    while (low < high) {
        const char *line = line_begin(low, low + (high - low) / 2);
        const char *feed = memchr(line, '\n', (size_t)(place->end - line));
        struct addr met;
        int order;

        if (feed == NULL || form->read(line, (size_t)(feed - line), &met) != 0)
            return -1;
        order = addr_compare(&met, addr);
        if (order == 0) {
            place->line = line;
            place->size = (size_t)(feed - line) + 1;
            return 0;
        }
        if (order < 0)
            low = feed + 1;
        else
            high = line;
    }
    place->line = low;
    return 0;
}

static void append(struct map_text *out, const char *bytes, size_t size)
{
    memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
}

/* Copies map to out, which has the room, with the lines of addrs, sorted, as the state has them. */
static int copy(const struct state *state, const struct form *form, const struct addrs *addrs,
                const struct map_text *map, struct map_text *out)
{
    size_t header = strlen(MAP_HEADER);
    struct place place = {map->bytes + header, map->bytes + map->size, NULL, 0};

    append(out, map->bytes, header);
    for (size_t i = 0; i < addrs->count; i++) {
        const struct addr *addr = &addrs->list[i];
        size_t written;

        if (i > 0 && addr_compare(&addrs->list[i - 1], addr) == 0)
            continue;
        if (find(form, addr, &place) != 0)
            return -1;
        append(out, place.bytes, (size_t)(place.line - place.bytes));
        written = form->has(state, addr) ? form->write(addr, out->bytes + out->size) : 0;
        out->size += written;
        out->entries += written > 0;
        out->entries -= place.size > 0;
        place.bytes = place.line + place.size;
    }
    append(out, place.bytes, (size_t)(place.end - place.bytes));
    return 0;
}

/* To out: the map with what became of the lines of addrs. */
static enum patch_result patch_one(const struct state *state, const struct form *form,
                                   struct addrs *addrs, const struct map_text *map,
                                   struct map_text *out)
{
    if (map->size < strlen(MAP_HEADER))
        return PATCH_DRAW; /* none was drawn yet */
    *out = (struct map_text){malloc(map->size + addrs->count * form->line_size), 0, map->entries};
    if (out->bytes == NULL)
        return PATCH_MEMORY;
    addrs_sort(addrs);
    return copy(state, form, addrs, map, out) == 0 ? PATCH_DONE : PATCH_DRAW;
}

/* The lines that a ban of addr has or would have. */
static enum patch_result list_lines(const struct state *state, const struct addr *addr,
                                    struct addrs *lines)
{
    struct prefixes pieces = {0};
    int result = addr_is_bannable(addr) ? map_pieces_append(state, addr, &pieces) : 0;

    for (size_t i = 0; result == 0 && i < pieces.count; i++) {
        struct addr piece = prefixes_at(&pieces, i);

        result = addrs_append(lines, &piece);
    }
    prefixes_clear(&pieces);
    return result == 0 ? PATCH_DONE : PATCH_MEMORY;
}

/* An account that no line can name is counted where all are drawn. */
static enum patch_result list_account(const struct addr *account, struct addrs *accounts)
{
    char line[USERMAP_LINE_SIZE];

    if (usermap_write_line(account, line) == 0)
        return PATCH_DRAW;
    return addrs_append(accounts, account) == 0 ? PATCH_DONE : PATCH_MEMORY;
}

static enum patch_result list_changed(const struct state *state, const struct addrs *changed,
                                      struct addrs *lines, struct addrs *accounts)
{
    enum patch_result result = PATCH_DONE;

    for (size_t i = 0; result == PATCH_DONE && i < changed->count; i++) {
        const struct addr *addr = &changed->list[i];

        result = addr->kind == ADDR_ACCOUNT ? list_account(addr, accounts)
                                            : list_lines(state, addr, lines);
    }
    return result;
}

enum patch_result patch_maps(const struct state *state, const struct addrs *changed,
                             struct map_text *map, struct map_text *usermap)
{
    struct map_text map_new = {0}, usermap_new = {0};
    struct addrs lines = {0}, accounts = {0};
    enum patch_result result = list_changed(state, changed, &lines, &accounts);

    if (result == PATCH_DONE)
        result = patch_one(state, &prefix_form, &lines, map, &map_new);
    if (result == PATCH_DONE)
        result = patch_one(state, &account_form, &accounts, usermap, &usermap_new);
    addrs_clear(&lines);
    addrs_clear(&accounts);
    if (result != PATCH_DONE) {
        map_free(&map_new);
        map_free(&usermap_new);
        return result;
    }
    map_free(map);
    map_free(usermap);
    *map = map_new;
    *usermap = usermap_new;
    return PATCH_DONE;
}
