/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All banned subjects in slices, see banned.h.
 */
#include "banned.h"

#include "prefixes.h"

static int compare_prefixes(const void *a, const void *b)
{
    return prefix_compare(a, b);
}

static int compare_accounts(const void *a, const void *b)
{
    return addr_compare(a, b);
}

void banned_open(struct banned *banned)
{
    banned->leaf = 0;
    runs_open(&banned->prefixes, sizeof(struct prefix), compare_prefixes);
    runs_open(&banned->accounts, sizeof(struct addr), compare_accounts);
}

/* How many of a leaf's subjects are banned accounts. */
static size_t count_accounts(const struct state *state, const struct table_bucket *bucket)
{
    size_t count = 0;

    for (uint32_t i = 0; i < bucket->count; i++)
        count += bucket->list[i]->addr.kind == ADDR_ACCOUNT &&
                 record_is_banned(&bucket->list[i]->record, state_now_ms(state));
    return count;
}

/* There is room. */
static void take(struct banned *banned, const struct state *state, const struct subject *subject)
{
    if (!record_is_banned(&subject->record, state_now_ms(state)))
        return;
    if (subject->addr.kind == ADDR_ACCOUNT) {
        runs_add(&banned->accounts, &subject->addr);
    } else {
        struct prefix prefix = addr_to_prefix(&subject->addr);

        runs_add(&banned->prefixes, &prefix);
    }
}

int banned_walk(struct banned *banned, const struct state *state, size_t work)
{
    bool failed = false;

    while (!failed && work > 0 && banned->leaf < DIGEST_LEAVES) {
        const struct table_bucket *bucket = table_leaf(&state->table, (uint16_t)banned->leaf);
        size_t cost = 1 + bucket->count, accounts = count_accounts(state, bucket);

        failed = runs_reserve(&banned->prefixes, bucket->count) != 0 ||
                 runs_reserve(&banned->accounts, accounts) != 0;
        if (failed)
            break;
        for (uint32_t i = 0; i < bucket->count; i++)
            take(banned, state, bucket->list[i]);
        banned->leaf++;
        work -= cost < work ? cost : work;
    }
    runs_end(&banned->prefixes);
    runs_end(&banned->accounts);
    if (failed)
        return -1;
    return banned->leaf == DIGEST_LEAVES ? 1 : 0;
}

/* The next address that was found; false: there is none. */
static bool next_addr(struct banned *banned, struct addr *addr)
{
    const struct prefix *prefix = runs_next(&banned->prefixes);
    const struct addr *account = prefix == NULL ? runs_next(&banned->accounts) : NULL;

    if (prefix != NULL)
        *addr = addr_of_prefix(prefix);
    else if (account != NULL)
        *addr = *account;
    return prefix != NULL || account != NULL;
}

const struct subject *banned_next(struct banned *banned, const struct state *state)
{
    struct addr addr;

    while (next_addr(banned, &addr)) {
        const struct subject *subject = state_find(state, &addr);

        if (subject != NULL && record_is_banned(&subject->record, state_now_ms(state)))
            return subject;
    }
    return NULL;
}

void banned_clear(struct banned *banned)
{
    runs_clear(&banned->prefixes);
    runs_clear(&banned->accounts);
}
