/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a verdict leaves out, see beside.h.
 */
#include "beside.h"

#include <string.h>

#include "reply.h"
#include "usermap.h"

/* Accounts that are to be told, at most max of them. */
struct told {
    struct addr list[BESIDE_ACCOUNTS_MAX];
    size_t count, max;
};

static bool is_told(const struct told *told, const struct addr *account)
{
    for (size_t i = 0; i < told->count; i++)
        if (addr_compare(&told->list[i], account) == 0)
            return true;
    return false;
}

/* Takes note of an account, unless it is told already, not banned, or there is no room. */
static void take(const struct state *state, struct told *told, const void *bytes, size_t size)
{
    struct addr account;

    if (told->count < told->max && addr_parse_account(bytes, size, &account) == 0 &&
        !is_told(told, &account) && usermap_has(state, &account))
        told->list[told->count++] = account;
}

/* By its hits, the newest first, and by the evidence of a ban whose hits are over. */
static void find(const struct state *state, const struct subject *subject, const struct view *view,
                 struct told *told)
{
    const struct strikes *strikes = &subject->strikes;

    if (subject->addr.kind == ADDR_ACCOUNT)
        return; /* what its hits name are addresses */
    for (size_t i = strikes->count, looked = 0; i-- > 0 && looked < BESIDE_STRIKES_MAX; looked++) {
        size_t size;
        const uint8_t *name = strike_account(&strikes->list[i], &size);

        take(state, told, name, size);
    }
    for (size_t i = 0; i < view->evidence.account_count; i++)
        take(state, told, view->evidence.accounts[i].bytes, view->evidence.accounts[i].size);
}

static void add_accounts(const struct state *state, struct json *item,
                         const struct subject *subject, const struct view *view)
{
    struct json *names = json_add_array(item, "banned_accounts");
    struct told told = {.max = BESIDE_ACCOUNTS_MAX};

    find(state, subject, view, &told);
    for (size_t i = 0; i < told.count; i++) {
        char name[ADDR_NAME_SIZE];

        json_append_bytes(names, name, addr_print_name(&told.list[i], name));
    }
}

bool beside_account(const struct agent *agent, const struct addr *addr, struct addr *account)
{
    const struct state *state = &agent->node.state;
    struct unpacked room;
    const struct subject *subject = state_find(state, addr, &room);
    struct told told = {.max = 1};
    struct view view;

    if (subject == NULL)
        return false;
    view_make_past(state, subject, &view);
    find(state, subject, &view, &told);
    *account = told.list[0];
    return told.count > 0;
}

/* How many of its hits wait for an operator's word. */
static size_t count_held(const struct agent *agent, const struct addr *addr)
{
    const struct held_set *waiting = &agent->node.hold.held.sets[HELD_WAITING];
    const struct subject *subject =
        table_find(&waiting->subjects, addr, state_hash(&agent->node.state, addr), NULL);

    return subject != NULL ? subject->strikes.count : 0;
}

void beside_add(struct agent *agent, struct json *item, const struct addr *addr,
                const struct subject *subject, const struct view *view)
{
    add_accounts(&agent->node.state, item, subject, view);
    json_add_number(item, "held", (int64_t)count_held(agent, addr));
    json_add_text(item, "map_error", agent->mapwriter.failing ? agent->mapwriter.error : NULL);
}
