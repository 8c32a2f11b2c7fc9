/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jails of fail2ban in a list, see import_jail.h.
 */
#include "import_jail.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "origin.h"

static const char before[] = "fail2ban "; /* the name of the jail, as fail2ban-bans writes it */

static char *jail_of(const struct import_list *list, const struct import_entry *entry);
static int by_name(const void *one, const void *other);
static void merge(struct import_jails *jails);

void import_jails_count(const struct import_list *list, struct import_jails *jails)
{
    *jails = (struct import_jails){.list = calloc(list->count + 1, sizeof(*jails->list))};
    if (!jails->list)
        memory_exhausted();
    for (size_t i = 0; i < list->count; i++) {
        char *name = list->entries[i].is_refused ? NULL : jail_of(list, &list->entries[i]);
        if (name)
            jails->list[jails->count++] = (struct import_jail){name, 1};
    }
    qsort(jails->list, jails->count, sizeof(*jails->list), by_name);
    merge(jails);
}

void import_jails_clear(struct import_jails *jails)
{
    for (size_t i = 0; i < jails->count; i++)
        free(jails->list[i].name);
    free(jails->list);
    *jails = (struct import_jails){.list = NULL};
}

void import_jails_add(const struct import_jails *jails, struct phrase *message)
{
    for (size_t i = 0; i < jails->count && jails->count > 1; i++) {
        phrase_add(message, "%s%s ", i == 0 ? "; entries by jail: " : ", ", jails->list[i].name);
        phrase_add_number(message, jails->list[i].count);
    }
}

void import_jails_document(const struct import_jails *jails, struct ctl_json *document)
{
    struct ctl_json *array = ctl_json_set_array(document, "jails");
    for (size_t i = 0; i < jails->count; i++) {
        struct ctl_json *jail = ctl_json_append_object(array);
        ctl_json_set_text(jail, "jail", jails->list[i].name);
        ctl_json_set_number(jail, "count", jails->list[i].count);
    }
}

/* NULL: its reason names none. Owned by the caller. */
static char *jail_of(const struct import_list *list, const struct import_entry *entry)
{
    struct origin origin;
    origin_split(import_list_reason(list, entry), &origin);
    if (strncmp(origin.reason, before, strlen(before)) != 0)
        return NULL;
    char *name = strdup(origin.reason + strlen(before));
    if (!name)
        memory_exhausted();
    return name;
}

static int by_name(const void *one, const void *other)
{
    return strcmp(((const struct import_jail *)one)->name,
                  ((const struct import_jail *)other)->name);
}

/* Equal ones, which stand together, become one. */
static void merge(struct import_jails *jails)
{
    size_t kept = 0;
    for (size_t i = 0; i < jails->count; i++) {
        struct import_jail *last = kept > 0 ? &jails->list[kept - 1] : NULL;
        if (last && strcmp(last->name, jails->list[i].name) == 0) {
            last->count += jails->list[i].count;
            free(jails->list[i].name);
        } else {
            jails->list[kept++] = jails->list[i];
        }
    }
    jails->count = kept;
}
