/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When alerts are told one by one, and what is gathered for a digest; see storm.h.
 */
#include "storm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keptline.h"

#define LINE_SIZE (ADDR_TEXT_SIZE + 16)
#define NUMBER_MAX 1000000000000000 /* of events or ms: what is more is damage */

bool storm_allows(struct storm *storm, int64_t after, int64_t mono_ms)
{
    uint64_t limit = (uint64_t)after;
    const int64_t *oldest = &storm->told_ms[(storm->told - limit) % ALERT_DIGEST_AFTER_MAX];

    if (storm->told >= limit && mono_ms - *oldest < ALERT_WINDOW_MS)
        return false;
    storm->told_ms[storm->told++ % ALERT_DIGEST_AFTER_MAX] = mono_ms;
    return true;
}

void storm_count(struct storm *storm, enum alertkind kind, const char *name, int64_t wall_ms)
{
    if (storm->count == 0)
        storm->since_ms = wall_ms;
    storm->kinds[kind]++;
    storm->count++;
    if (name != NULL && storm->name_count < ALERT_DIGEST_NAMES_MAX)
        snprintf(storm->names[storm->name_count++], ADDR_TEXT_SIZE, "%s", name);
    storm->dirty = true;
}

void storm_clear(struct storm *storm)
{
    memset(storm->kinds, 0, sizeof(storm->kinds));
    storm->count = storm->name_count = 0;
    storm->dirty = true;
}

size_t storm_print(const struct storm *storm, char out[STORM_TEXT_SIZE])
{
    size_t used =
        (size_t)snprintf(out, STORM_TEXT_SIZE, "since %lld\n", (long long)storm->since_ms);

    for (int kind = 0; kind < ALERTKIND_CHOICES; kind++)
        used += (size_t)snprintf(out + used, STORM_TEXT_SIZE - used, "%s %llu\n",
                                 alertkind_name((enum alertkind)kind),
                                 (unsigned long long)storm->kinds[kind]);
    for (size_t i = 0; i < storm->name_count; i++)
        used += (size_t)snprintf(out + used, STORM_TEXT_SIZE - used, "name %s\n", storm->names[i]);
    return used;
}

static void take_number(struct storm *storm, const char *word, const char *value)
{
    long long number = strtoll(value, NULL, 10);

    if (number < 0 || number > NUMBER_MAX)
        return;
    if (strcmp(word, "since") == 0)
        storm->since_ms = number;
    for (int kind = 0; kind < ALERTKIND_CHOICES; kind++) {
        if (strcmp(word, alertkind_name((enum alertkind)kind)) != 0)
            continue;
        storm->count += (uint64_t)number - storm->kinds[kind];
        storm->kinds[kind] = (uint64_t)number;
    }
}

static void take_line(struct storm *storm, char *line)
{
    const char *rest = keptline_cut(line);

    if (rest[0] == '\0')
        return;
    if (strcmp(line, "name") != 0)
        take_number(storm, line, rest);
    else if (storm->name_count < ALERT_DIGEST_NAMES_MAX && keptline_is_name(rest))
        snprintf(storm->names[storm->name_count++], ADDR_TEXT_SIZE, "%.*s", ADDR_TEXT_SIZE - 1,
                 rest);
}

void storm_parse(struct storm *storm, const char *text, size_t size)
{
    struct keptline lines = {text, size};
    char line[LINE_SIZE];

    while (keptline_take(&lines, line, sizeof(line)))
        take_line(storm, line);
}
