/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands beside a verdict, see beside.h.
 */
#include "beside.h"

#include <string.h>

#include "account.h"
#include "addr.h"
#include "phrase.h"

static void print_held(const struct ctl_json *item)
{
    struct phrase text;
    int64_t held = 0;
    if (!ctl_json_number(item, "held", &held) || held == 0)
        return;
    phrase_begin(&text);
    phrase_add_counted(&text, held, "hit");
    phrase_add(&text, " of it %s held by the brake on this node: banctl held",
               held == 1 ? "is" : "are");
    phrase_print(&text);
}

static void print_account(const char *name)
{
    char operand[ADDR_TEXT_SIZE];
    struct addr account;
    struct phrase text;
    if (!name || account_parse(name, strlen(name), &account) != 0)
        return;
    addr_print_operand(&account, operand);
    phrase_begin(&text);
    phrase_add(&text, "An account that was used from there is banned: banctl unban %s", operand);
    phrase_print(&text);
}

void beside_print(const struct ctl_json *item)
{
    const struct ctl_json *accounts = ctl_json_member(item, "banned_accounts");
    const char *error = ctl_json_text(item, "map_error");
    struct phrase text;
    print_held(item);
    for (size_t i = 0; i < ctl_json_size(accounts); i++)
        print_account(ctl_json_element_text(accounts, i));
    if (!error)
        return;
    phrase_begin(&text);
    phrase_add(&text, "The map file of this node is not up to date: %s", error);
    phrase_print(&text);
}
