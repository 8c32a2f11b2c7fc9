/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user map, see usermap.h.
 *
 * How rspamd reads a line of such a map (rspamd_parse_kv_list, 3.4): up to a blank or a "#" that
 * has no backslash before it, and literally, backslash included. A word that begins with a
 * quotation mark ends at the next one that has no backslash before it, line feeds not excepted;
 * what begins with "/" is a pattern up to the next "/", line feeds not excepted either.
 */
#include "usermap.h"

#include <stdlib.h>
#include <string.h>

/* Read as it stands, without quotation marks? */
static bool is_plain(const struct addr *account)
{
    if (account->bytes[0] == '"' || account->bytes[0] == '/')
        return false;
    for (size_t i = 0; i < account->length; i++)
        if (account->bytes[i] == ' ' ||
            (account->bytes[i] == '#' && (i == 0 || account->bytes[i - 1] != '\\')))
            return false;
    return true;
}

/* Read as it is between quotation marks? A backslash takes the meaning of what follows it, and both
 * stay; so none may stand alone before the closing mark. */
static bool is_quotable(const struct addr *account)
{
    size_t last = account->length - 1u;
    bool escaped = false;

    for (size_t i = 0; i <= last; i++) {
        if (account->bytes[i] == '"' && !escaped)
            return false;
        escaped = account->bytes[i] == '\\' && !escaped;
    }
    return !escaped && account->bytes[0] != ' ' && account->bytes[last] != ' ';
}

size_t usermap_write_line(const struct addr *account, char line[USERMAP_LINE_SIZE])
{
    bool plain = is_plain(account);
    size_t used = 0;

    if (!plain && !is_quotable(account))
        return 0;
    if (!plain)
        line[used++] = '"';
    memcpy(line + used, account->bytes, account->length);
    used += account->length;
    if (!plain)
        line[used++] = '"';
    line[used++] = '\n';
    line[used] = '\0';
    return used;
}

int usermap_read_line(const char *line, size_t size, struct addr *account)
{
    bool quoted = size >= 2 && line[0] == '"' && line[size - 1] == '"';

    if (size > 0 && line[0] == '#')
        return -1;
    return addr_parse_account(line + quoted, size - 2u * quoted, account);
}

int usermap_read_foreign(const char *line, size_t size, struct addr *account)
{
    bool quoted;

    while (size > 0 && (line[size - 1] == ' ' || line[size - 1] == '\t' || line[size - 1] == '\r'))
        size--;
    if (size == 0 || line[0] == '#')
        return 1;
    quoted = size >= 2 && line[0] == '"' && line[size - 1] == '"';
    if (usermap_read_line(line, size, account) != 0)
        return -1;
    return (quoted ? is_quotable(account) : is_plain(account)) ? 0 : -1;
}

bool usermap_has(const struct state *state, const struct addr *account)
{
    struct unpacked room;
    const struct subject *subject = state_find(state, account, &room);
    int64_t now_ms = state_now_ms(state);

    return subject != NULL && record_is_banned(&subject->record, now_ms) &&
           allows_cover(&state->allows, account, now_ms) == NULL;
}

int usermap_print(struct addrs *accounts, struct map_text *map, size_t *untold)
{
    *map = (struct map_text){.size = strlen(MAP_HEADER)};
    map->bytes = malloc(map->size + accounts->count * USERMAP_LINE_SIZE);
    if (map->bytes == NULL)
        return -1;
    memcpy(map->bytes, MAP_HEADER, map->size);
    addrs_sort(accounts);
    for (size_t i = 0; i < accounts->count; i++) {
        size_t size = usermap_write_line(&accounts->list[i], map->bytes + map->size);

        map->size += size;
        map->entries += size > 0;
    }
    if (untold != NULL)
        *untold = accounts->count - map->entries;
    return 0;
}

bool usermap_lines_next(struct map_lines *lines, struct addr *account)
{
    const char *line;
    size_t size;

    while (map_lines_take(lines, &line, &size))
        if (usermap_read_line(line, size, account) == 0)
            return true;
    return false;
}

/* Both are in order: a merge finds what both have. */
static int list_both(struct map_lines here, struct map_lines former, struct addrs *out)
{
    struct addr a, b;
    bool more = usermap_lines_next(&here, &a) && usermap_lines_next(&former, &b);

    while (more) {
        int order = addr_compare(&a, &b);

        if (order == 0 && addrs_append(out, &a) != 0)
            return -1;
        more = (order > 0 || usermap_lines_next(&here, &a)) &&
               (order < 0 || usermap_lines_next(&former, &b));
    }
    return 0;
}

int usermap_meet(struct map_text *map, const char *bytes, size_t size)
{
    struct addrs both = {0};
    struct map_text met;
    int result = list_both((struct map_lines){map->bytes, map->size},
                           (struct map_lines){bytes, size}, &both);

    if (result == 0)
        result = usermap_print(&both, &met, NULL);
    addrs_clear(&both);
    if (result != 0)
        return -1;
    map_free(map);
    *map = met;
    return 0;
}
