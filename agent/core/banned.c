/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Banned subjects in slices, see banned.h. Prefixes and accounts are kept apart, as a prefix takes
 * little room; what is handed out is the first of both.
 */
#include "banned.h"

#include <stdlib.h>

#include "prefixes.h"
#include "shortlist.h"

#define COST 1        /* of a subject */
#define BANNED_COST 3 /* to judge one that is banned, to keep and to sort it */

struct banned_prefix {
    int64_t key;
    struct prefix prefix;
};

/* Or, in the shortlist, any subject. */
struct banned_account {
    int64_t key;
    struct addr addr;
};

static int compare_keys(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_prefixes(const void *a, const void *b)
{
    const struct banned_prefix *x = a, *y = b;

    return x->key != y->key ? compare_keys(x->key, y->key) : prefix_compare(&x->prefix, &y->prefix);
}

static int compare_accounts(const void *a, const void *b)
{
    const struct banned_account *x = a, *y = b;

    return x->key != y->key ? compare_keys(x->key, y->key) : addr_compare(&x->addr, &y->addr);
}

static bool wants(const struct banned *banned, const struct state *state,
                  const struct subject *subject, int64_t *key)
{
    return banned->want == NULL || banned->want(banned->context, state, subject, key);
}

int banned_begin(struct banned *banned, size_t limit, banned_want_fn *want, const void *context)
{
    *banned = (struct banned){.want = want, .context = context};
    runs_begin(&banned->prefixes, sizeof(struct banned_prefix), compare_prefixes);
    runs_begin(&banned->accounts, sizeof(struct banned_account), compare_accounts);
    if (limit == 0 || limit > BANNED_SHORT_MAX)
        return 0;
    banned->limit = limit;
    banned->shortlist = calloc(limit, sizeof(*banned->shortlist));
    return banned->shortlist != NULL ? 0 : -1;
}

static int keep(struct banned *banned, const struct addr *addr, int64_t key)
{
    const struct banned_account account = {key, *addr};

    banned->total++;
    if (banned->shortlist != NULL) {
        shortlist_keep(banned->shortlist, &banned->kept, banned->limit, sizeof(account), &account,
                       compare_accounts);
        return 0;
    }
    if (addr->kind == ADDR_ACCOUNT)
        return runs_add(&banned->accounts, &account);
    return runs_add(&banned->prefixes, &(struct banned_prefix){key, addr_to_prefix(addr)});
}

/* A walk and the state that it goes over. */
struct walk {
    struct banned *banned;
    const struct state *state;
};

static size_t look(void *context, const struct subject *subject)
{
    const struct walk *walk = context;
    struct banned *banned = walk->banned;
    int64_t key = 0;

    if (!record_is_banned(&subject->record, state_now_ms(walk->state)))
        return COST;
    banned->banned++;
    banned->banned_accounts += subject->addr.kind == ADDR_ACCOUNT;
    if (wants(banned, walk->state, subject, &key) && keep(banned, &subject->addr, key) != 0)
        banned->failed = true;
    return COST + BANNED_COST;
}

/* All are found: from now on the next ones are known. */
static void end_walk(struct banned *banned)
{
    if (banned->shortlist != NULL)
        qsort(banned->shortlist, banned->kept, sizeof(*banned->shortlist), compare_accounts);
    banned->prefix = runs_next(&banned->prefixes);
    banned->account = runs_next(&banned->accounts);
}

int banned_walk(struct banned *banned, const struct state *state, size_t *work)
{
    struct walk walk = {banned, state};
    bool last = table_slice(&state->table, &banned->leaf, work, look, &walk);

    if (banned->failed || runs_cut(&banned->prefixes) != 0 || runs_cut(&banned->accounts) != 0)
        return -1;
    if (last)
        end_walk(banned);
    return last;
}

/* The address of the next one; false behind the last. */
static bool take_next(struct banned *banned, struct addr *addr)
{
    const struct banned_prefix *prefix = banned->prefix;
    const struct banned_account *account = banned->account;

    if (banned->next < banned->kept) {
        *addr = banned->shortlist[banned->next++].addr;
    } else if (prefix != NULL && (account == NULL || prefix->key <= account->key)) {
        *addr = addr_of_prefix(&prefix->prefix);
        banned->prefix = runs_next(&banned->prefixes);
    } else if (account != NULL) {
        *addr = account->addr;
        banned->account = runs_next(&banned->accounts);
    } else {
        return false;
    }
    return true;
}

const struct subject *banned_next(struct banned *banned, const struct state *state,
                                  struct unpacked *room)
{
    struct addr addr;
    int64_t key = 0;

    for (; take_next(banned, &addr); banned->total--) {
        const struct subject *subject = state_find(state, &addr, room);

        if (subject != NULL && record_is_banned(&subject->record, state_now_ms(state)) &&
            wants(banned, state, subject, &key))
            return subject;
    }
    return NULL;
}

void banned_clear(struct banned *banned)
{
    runs_clear(&banned->prefixes);
    runs_clear(&banned->accounts);
    free(banned->shortlist);
    *banned = (struct banned){0};
}
