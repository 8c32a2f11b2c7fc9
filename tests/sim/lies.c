/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was said, see lies.h. Looked through from end to end: slow and plain.
 */
#include "lies.h"

#include <assert.h>
#include <stdlib.h>

#include "entry.h"

void lies_close(struct lies *lies)
{
    for (size_t i = 0; i < lies->count; i++)
        record_clear(&lies->list[i].record);
    free(lies->list);
    *lies = (struct lies){0};
}

static bool read_lie(struct lie *lie, uint8_t kind, const uint8_t *bytes, size_t size)
{
    *lie = (struct lie){.kind = kind};
    if (kind == ENTRY_STRIKE && entry_read_strike(bytes, size, &lie->addr, &lie->strike) == 0) {
        lie->strike.text = NULL;
        return true;
    }
    if (kind == ENTRY_RECORD && entry_read_record(bytes, size, &lie->addr, &lie->record) == 0)
        return true;
    if (kind != ENTRY_ALLOW || entry_read_allow(bytes, size, &lie->allow) != 0)
        return false;
    lie->addr = lie->allow.addr;
    allow_clear(&lie->allow);
    return true;
}

void lies_add(struct lies *lies, uint8_t kind, const uint8_t *bytes, size_t size)
{
    struct lie lie;

    if (!read_lie(&lie, kind, bytes, size))
        return;
    if (lies->count == lies->room) {
        lies->room = lies->room * 2 + 64;
        lies->list = realloc(lies->list, lies->room * sizeof(*lies->list));
        assert(lies->list != NULL);
    }
    lies->list[lies->count++] = lie;
}

/* The next one of that kind on the subject, from *next on; NULL: there is none. */
static const struct lie *find(const struct lies *lies, size_t *next, uint8_t kind,
                              const struct addr *addr)
{
    while (*next < lies->count) {
        const struct lie *lie = &lies->list[(*next)++];

        if (lie->kind == kind && addr_compare(&lie->addr, addr) == 0)
            return lie;
    }
    return NULL;
}

bool lies_have_strike(const struct lies *lies, const struct addr *addr, const struct strike *strike)
{
    const struct lie *lie;

    for (size_t next = 0; (lie = find(lies, &next, ENTRY_STRIKE, addr)) != NULL;)
        if (lie->strike.id == strike->id && lie->strike.origin == strike->origin &&
            lie->strike.t_ms == strike->t_ms)
            return true;
    return false;
}

bool lies_have_fact(const struct lies *lies, const struct addr *addr, const struct fact *fact)
{
    const struct lie *lie;

    for (size_t next = 0; (lie = find(lies, &next, ENTRY_RECORD, addr)) != NULL;)
        for (size_t i = 0; i < lie->record.facts.count; i++) {
            const struct fact *said = &lie->record.facts.list[i];

            if (said->first_ms == fact->first_ms && said->last_ms == fact->last_ms &&
                said->until_ms == fact->until_ms && said->forget_ms == fact->forget_ms)
                return true;
        }
    return false;
}

bool lies_have_manual(const struct lies *lies, const struct addr *addr, const struct manual *manual)
{
    const struct lie *lie;

    for (size_t next = 0; (lie = find(lies, &next, ENTRY_RECORD, addr)) != NULL;)
        if (stamp_compare(&lie->record.manual.stamp, &manual->stamp) == 0 &&
            lie->record.manual.kind == manual->kind &&
            lie->record.manual.until_ms == manual->until_ms)
            return true;
    return false;
}

bool lies_have_cut(const struct lies *lies, const struct addr *addr, int64_t cut_ms)
{
    const struct lie *lie;

    for (size_t next = 0; (lie = find(lies, &next, ENTRY_RECORD, addr)) != NULL;)
        if (lie->record.cut.ms == cut_ms)
            return true;
    return false;
}

bool lies_have_forgotten(const struct lies *lies, const struct addr *addr, int64_t forget_ms)
{
    const struct lie *lie;

    for (size_t next = 0; (lie = find(lies, &next, ENTRY_RECORD, addr)) != NULL;)
        if (lie->record.cut.forget_ms == forget_ms)
            return true;
    return false;
}

bool lies_have_allow(const struct lies *lies, const struct allow *allow)
{
    const struct lie *lie;

    for (size_t next = 0; (lie = find(lies, &next, ENTRY_ALLOW, &allow->addr)) != NULL;)
        if (lie->allow.owner == allow->owner &&
            stamp_compare(&lie->allow.stamp, &allow->stamp) == 0 && lie->allow.on == allow->on &&
            lie->allow.until_ms == allow->until_ms)
            return true;
    return false;
}
