/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of accounts, see accounts.h.
 */
#include "accounts.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "prng.h"

#define X16 "xxxxxxxxxxxxxxxx"
#define X127 X16 X16 X16 X16 X16 X16 X16 "xxxxxxxxxxxxxxx"

/* counted NULL: nobody. line NULL: that of counted. */
static const struct {
    const char *logged, *counted, *line;
} names[] = {
    {"bob@example.org", "bob@example.org", NULL},
    {"Bob@Example.ORG", "bob@example.org", NULL},
    {"BOB@EXAMPLE.ORG", "bob@example.org", NULL},
    {"alice", "alice", NULL},
    {"Alice", "alice", NULL},
    {"alice2", "alice2", NULL},
    {"J\xc3\x96RG", "j\xc3\x96rg", NULL}, /* only ASCII letters have a lower case */
    {"two words", "two words", "\"two words\""},
    {"#1", "#1", "\"#1\""},
    {"/etc", "/etc", "\"/etc\""},
    {"say \"hi\"", "say \"hi\"", ""}, /* no line can name it */
    {X127, X127, NULL},
    {X127 "x", NULL, ""}, /* perhaps cut there */
    {X127 "xyz", NULL, ""},
    {"tab\tber", NULL, ""},
};
#define NAMES (sizeof(names) / sizeof(names[0]))
#define DRAWN_MAX 6

static_assert(sizeof(X127) == ACCOUNT_BYTES_MAX, "the longest name that counts");

static void count_as(struct account *account, const char *counted)
{
    account->counted = (struct addr){ADDR_ACCOUNT, (uint8_t)strlen(counted), {0}};
    memcpy(account->counted.bytes, counted, strlen(counted));
}

static struct account *append(struct accounts *accounts, const char *logged)
{
    struct account *account = &accounts->list[accounts->count++];

    assert(accounts->count <= ACCOUNTS_MAX);
    memset(account, 0, sizeof(*account));
    account->size = strlen(logged);
    memcpy(account->logged, logged, account->size);
    return account;
}

void accounts_draw(struct accounts *accounts, struct prng *prng)
{
    size_t count = (size_t)prng_range(prng, 1, DRAWN_MAX);

    while (accounts->count < count) {
        size_t place = prng_below(prng, NAMES);
        const char *counted = names[place].counted, *line = names[place].line;
        struct account *account = append(accounts, names[place].logged);

        if (counted != NULL)
            count_as(account, counted);
        snprintf(account->line, sizeof(account->line), "%s", line != NULL ? line : counted);
    }
}

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

size_t accounts_add(struct accounts *accounts, const char *name)
{
    struct account *account;

    for (size_t i = 0; i < accounts->count; i++)
        if (strcmp(accounts->list[i].logged, name) == 0)
            return i + 1;
    if (accounts->count == ACCOUNTS_MAX || strlen(name) > ACCOUNTS_NAME_MAX)
        return 0;
    account = append(accounts, name);
    if (strlen(name) < ACCOUNT_BYTES_MAX) {
        for (size_t i = 0; name[i] != '\0'; i++)
            account->line[i] = lower(name[i]);
        count_as(account, account->line);
    }
    return accounts->count;
}

const struct addr *accounts_pick(const struct accounts *accounts, struct prng *prng)
{
    const struct addr *found = NULL;
    size_t count = 0;

    for (size_t i = 0; i < accounts->count; i++)
        if (accounts->list[i].counted.kind != 0 && prng_below(prng, ++count) == 0)
            found = &accounts->list[i].counted;
    return found;
}
