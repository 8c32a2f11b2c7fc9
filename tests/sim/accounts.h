/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SASL users as logs name them, and what each name must come to: the account that it counts as, and
 * the line that bans it in a user map. All of it is written down here, and nothing asks the
 * product.
 */
#ifndef BANSYNC_SIM_ACCOUNTS_H
#define BANSYNC_SIM_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"

#define ACCOUNTS_MAX 16
#define ACCOUNTS_NAME_MAX (ACCOUNT_BYTES_MAX + 8) /* some are longer than what is kept */

struct prng;

struct account {
    char logged[ACCOUNTS_NAME_MAX + 1];
    size_t size;
    struct addr counted;              /* kind 0: nobody, such names count against no account */
    char line[ACCOUNT_BYTES_MAX + 4]; /* of a user map, without line feed; "": there is none */
};

/* Names in use, each numbered by its place + 1; 0 is a line without a name. */
struct accounts {
    struct account list[ACCOUNTS_MAX];
    size_t count;
};

/* Some, odd ones and several spellings of one among them. */
void accounts_draw(struct accounts *accounts, struct prng *prng);

/* The number of that name, of letters, digits and "@.-_+" only; added if it is new. 0: there is no
 * room for it. */
size_t accounts_add(struct accounts *accounts, const char *name);

/* One that counts, drawn; NULL: none does. */
const struct addr *accounts_pick(const struct accounts *accounts, struct prng *prng);

#endif
