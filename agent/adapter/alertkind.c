/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be told to the admin, see alertkind.h.
 */
#include "alertkind.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define BLANKS " \t"

static const struct {
    const char *name;
    const char *one, *many;
} kinds[ALERTKIND_COUNT] = {
    [ALERTKIND_BAN] = {"ban", "timed ban", "timed bans"},
    [ALERTKIND_PERMANENT] = {"permanent", "permanent ban", "permanent bans"},
    [ALERTKIND_BRAKE] = {"brake", "brake", "brakes"},
    [ALERTKIND_PEER] = {"peer-down", "change of a peer", "changes of peers"},
    [ALERTKIND_DIVERGENCE] = {"divergence", "divergence", "divergences"},
    [ALERTKIND_SILENT] = {"source-silent", "change of the source", "changes of the source"},
    [ALERTKIND_STORE] = {"store", "change of the database", "changes of the database"},
    [ALERTKIND_MAP] = {"map", "change of the map file", "changes of the map file"},
    [ALERTKIND_CLONE] = {"clone", "cloned node", "cloned nodes"},
    [ALERTKIND_DIGEST] = {"digest", "digest", "digests"},
    [ALERTKIND_TEST] = {"test", "test", "tests"},
};

const char *alertkind_name(enum alertkind kind)
{
    assert(kind < ALERTKIND_COUNT);
    return kinds[kind].name;
}

const char *alertkind_noun(enum alertkind kind, uint64_t number)
{
    assert(kind < ALERTKIND_COUNT);
    return number == 1 ? kinds[kind].one : kinds[kind].many;
}

/* All that can be chosen. */
static int64_t all(void)
{
    return ((int64_t)1 << ALERTKIND_CHOICES) - 1;
}

static int64_t parse_one(const char *word, size_t length)
{
    if (length == 3 && memcmp(word, "all", 3) == 0)
        return all();
    for (int kind = 0; kind < ALERTKIND_CHOICES; kind++)
        if (strlen(kinds[kind].name) == length && memcmp(kinds[kind].name, word, length) == 0)
            return (int64_t)1 << kind;
    return 0;
}

int64_t alertkind_parse_list(const char *text)
{
    int64_t list = 0;

    while (1) {
        size_t length;
        int64_t one;

        text += strspn(text, BLANKS);
        length = strcspn(text, BLANKS ",");
        one = parse_one(text, length);
        if (one == 0)
            return 0;
        list |= one;
        text += length;
        text += strspn(text, BLANKS);
        if (*text == '\0')
            return list;
        if (*text++ != ',')
            return 0;
    }
}

void alertkind_print_list(int64_t list, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    if (list == all()) {
        snprintf(out, size, "all");
        return;
    }
    for (int kind = 0; kind < ALERTKIND_CHOICES && used < size; kind++)
        if (list >> kind & 1)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "",
                                     kinds[kind].name);
}
