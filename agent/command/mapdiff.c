/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one node's maps have that another's have not, see mapdiff.h.
 */
#include "mapdiff.h"

#include <string.h>

#include "reply.h"
#include "usermap.h"

static bool read_line(struct mapdiff_lines *lines, const char *line, size_t length,
                      struct addr *addr)
{
    if (length + 1 == strlen(MAP_HEADER) && memcmp(line, MAP_HEADER, length) == 0) {
        lines->headers++;
        return false;
    }
    if (lines->headers > 1)
        return usermap_read_line(line, length, addr) == 0;
    return length > 0 && addr_parse(line, length, false, addr) == 0;
}

static bool take_next(struct mapdiff_lines *lines)
{
    if (lines->next == NULL)
        return false;
    lines->bytes = lines->next->bytes;
    lines->left = lines->next->size;
    lines->next = NULL;
    return lines->left > 0;
}

/* The next line that is an entry; false at the end. */
static bool next_addr(struct mapdiff_lines *lines, struct addr *addr)
{
    while (lines->left > 0 || take_next(lines)) {
        const char *end = memchr(lines->bytes, '\n', lines->left);
        size_t length = end != NULL ? (size_t)(end - lines->bytes) : lines->left;
        const char *line = lines->bytes;
        size_t skip = end != NULL ? length + 1 : length;

        lines->bytes += skip;
        lines->left -= skip;
        if (read_line(lines, line, length, addr))
            return true;
    }
    return false;
}

struct mapdiff_lines mapdiff_lines(const struct map_text *map, const struct map_text *users)
{
    return (struct mapdiff_lines){.bytes = map->bytes, .left = map->size, .next = users};
}

static bool add_difference(struct json *list, size_t *count, const struct addr *addr, bool here)
{
    struct json *out;

    if (++*count > MAPDIFF_MAX)
        return false;
    out = json_append_object(list);
    reply_net(out, "net", addr);
    json_add_bool(out, "here", here);
    json_add_bool(out, "there", !here);
    return true;
}

/* Both maps are sorted: a merge finds what only one of them has. */
size_t mapdiff_add(struct json *list, struct mapdiff_lines here, struct mapdiff_lines there)
{
    struct addr a, b;
    bool have_a = next_addr(&here, &a), have_b = next_addr(&there, &b);
    size_t count = 0;

    while (have_a || have_b) {
        int order = !have_b ? -1 : !have_a ? 1 : addr_compare(&a, &b);

        if (order < 0)
            add_difference(list, &count, &a, true);
        else if (order > 0)
            add_difference(list, &count, &b, false);
        if (order <= 0)
            have_a = next_addr(&here, &a);
        if (order >= 0)
            have_b = next_addr(&there, &b);
    }
    return count;
}
