/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts that stay in force beside the state, see heldusers.h.
 *
 * The value in the database is a user map. Absent or empty: nothing is kept.
 */
#include "heldusers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map_read.h"
#include "mapcopy.h"
#include "usermap.h"

#define HELDUSERS_NAME "users_kept"
#define HELDUSERS_BYTES_MAX 268435456

/* Takes the accounts out of a user map. 0 or -1. */
static int read_all(struct agent *agent, const char *bytes, size_t size)
{
    struct map_lines lines = {bytes, size};
    struct addr account;

    while (usermap_lines_next(&lines, &account))
        if (addrs_append(&agent->heldmap.users, &account) != 0)
            return -1;
    addrs_sort(&agent->heldmap.users); /* somebody may have edited the file */
    return 0;
}

/* 1: an earlier run kept some; 0: none; -1: failed. */
static int load(struct agent *agent)
{
    int size = store_meta_get(agent->persist.store, HELDUSERS_NAME, NULL, 0);
    char *value;
    int result = -1;

    if (size <= 0)
        return size;
    if ((size_t)size > HELDUSERS_BYTES_MAX || (value = malloc((size_t)size)) == NULL)
        return -1;
    if (store_meta_get(agent->persist.store, HELDUSERS_NAME, value, (size_t)size) == size)
        result = read_all(agent, value, (size_t)size);
    free(value);
    return result == 0 ? 1 : -1;
}

int heldusers_open(struct agent *agent, bool blank, const char *bytes, size_t size)
{
    int loaded = load(agent);

    if (loaded == 0 && blank && map_is_ours(bytes, size))
        loaded = read_all(agent, bytes, size);
    return loaded < 0 ? -1 : 0;
}

void heldusers_clear(struct agent *agent)
{
    addrs_clear(&agent->heldmap.users);
}

void heldusers_persist(struct agent *agent, bool ending)
{
    struct map_text text = {0};

    if (!ending && agent->heldmap.users.count > 0 &&
        usermap_print(&agent->heldmap.users, &text, NULL) != 0)
        return; /* without memory what was stored last stays */
    store_meta_put(agent->persist.store, HELDUSERS_NAME, text.bytes != NULL ? text.bytes : "",
                   text.size);
    map_free(&text);
}

/* An operator has not lifted it since, nor is it allowed. */
static bool is_kept(const struct agent *agent, const struct addr *account)
{
    const struct state *state = &agent->node.state;
    struct unpacked room;
    const struct subject *subject = state_find(state, account, &room);

    return (subject == NULL || subject->record.cut.stamp.hlc == 0) &&
           allows_cover(&state->allows, account, state_now_ms(state)) == NULL;
}

/* One that is banned, too, is in the list already. */
int heldusers_append(const struct agent *agent, struct addrs *accounts)
{
    const struct addrs *users = &agent->heldmap.users;

    for (size_t i = 0; i < users->count; i++) {
        struct unpacked room;
        const struct subject *subject = state_find(&agent->node.state, &users->list[i], &room);
        bool banned =
            subject != NULL && record_is_banned(&subject->record, state_now_ms(&agent->node.state));

        if (!banned && is_kept(agent, &users->list[i]) &&
            addrs_append(accounts, &users->list[i]) != 0)
            return -1;
    }
    return 0;
}

int heldusers_copy(const struct agent *agent, char **copy, char *error, size_t error_size)
{
    struct addrs users = agent->heldmap.users; /* in order, so that printing leaves it alone */
    struct map_text text = {0};

    *copy = NULL;
    if (users.count == 0)
        return 0;
    if (usermap_print(&users, &text, NULL) == 0)
        *copy = mapcopy_make(agent->config->users_file, text.bytes, text.size, error, error_size);
    else
        snprintf(error, error_size, "no memory");
    map_free(&text);
    return *copy != NULL ? 0 : -1;
}

bool heldusers_has(const struct agent *agent, const struct addr *account)
{
    return addrs_has(&agent->heldmap.users, account) && is_kept(agent, account);
}

bool heldusers_are_recorded(const struct agent *agent)
{
    const struct addrs *users = &agent->heldmap.users;

    for (size_t i = 0; i < users->count; i++) {
        struct unpacked room;
        const struct subject *subject = state_find(&agent->node.state, &users->list[i], &room);

        if (subject == NULL || record_is_empty(&subject->record))
            return false;
    }
    return true;
}
