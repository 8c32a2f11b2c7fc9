/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of subjects, see addrs.h.
 */
#include "addrs.h"

#include <stdlib.h>

int addrs_append(struct addrs *addrs, const struct addr *addr)
{
    if (addrs->count == addrs->room) {
        size_t room = addrs->room == 0 ? 16 : addrs->room * 2;
        struct addr *list = realloc(addrs->list, room * sizeof(*list));

        if (list == NULL)
            return -1;
        addrs->list = list;
        addrs->room = room;
    }
    addrs->list[addrs->count++] = *addr;
    return 0;
}

static int compare(const void *a, const void *b)
{
    return addr_compare(a, b);
}

void addrs_sort(struct addrs *addrs)
{
    if (addrs->count > 0)
        qsort(addrs->list, addrs->count, sizeof(*addrs->list), compare);
}

bool addrs_has(const struct addrs *addrs, const struct addr *addr)
{
    return addrs->count > 0 &&
           bsearch(addr, addrs->list, addrs->count, sizeof(*addrs->list), compare) != NULL;
}

void addrs_clear(struct addrs *addrs)
{
    free(addrs->list);
    *addrs = (struct addrs){0};
}
