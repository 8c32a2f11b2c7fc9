/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a verdict about a sender leaves out, though mail of it may be rejected by it, or soon will:
 * banned accounts that were used from there, hits that the brake holds, a map that is not written.
 */
#ifndef BANSYNC_BESIDE_H
#define BANSYNC_BESIDE_H

#include "command.h"
#include "view.h"

/* Accounts told of one address, and strikes that are looked at for them. */
#define BESIDE_ACCOUNTS_MAX 8
#define BESIDE_STRIKES_MAX 1000

/* Members banned_accounts, held and map_error of an item about addr. subject: its own, or an empty
 * one; view: of that. */
void beside_add(struct agent *agent, struct json *item, const struct addr *addr,
                const struct subject *subject, const struct view *view);

/* Is an account banned that was used from addr, which is none? The first that is found, to
 * *account. */
bool beside_account(const struct agent *agent, const struct addr *addr, struct addr *account);

#endif
