/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which prefix lengths there are, so that who looks for what covers an address looks only for
 * those: of IPv4 mostly one or two of 25.
 *
 * A length stays noted when the last prefix of it goes. Does not: count.
 */
#ifndef BANSYNC_CORE_LENGTHS_H
#define BANSYNC_CORE_LENGTHS_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"

#define LENGTHS_WORDS 3 /* 0 to 128 */

struct lengths { /* {0}: none */
    uint64_t ipv4[LENGTHS_WORDS];
    uint64_t ipv6[LENGTHS_WORDS];
};

/* Notes that of addr; nothing of an account. False: it was noted already. */
bool lengths_note(struct lengths *lengths, const struct addr *addr);

/* True if a prefix of addr's kind may have that length; always true of an account. */
bool lengths_has(const struct lengths *lengths, const struct addr *addr, unsigned length);

#endif
