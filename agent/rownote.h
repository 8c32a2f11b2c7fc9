/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a row of the database tells people who read it: its columns subject and note. The agent
 * never reads them.
 */
#ifndef BANSYNC_ROWNOTE_H
#define BANSYNC_ROWNOTE_H

#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "addr.h"

#define ROWNOTE_SIZE (REASON_BYTES_MAX + ACTOR_BYTES_MAX + 64)

/* Of an entry of that kind, in canonical bytes: whom it is about, and one line on it; "" where
 * there is nothing to say. addr: its subject; NULL for those of a chronicle. */
void rownote_print(uint8_t kind, const struct addr *addr, const uint8_t *body, size_t size,
                   char subject[ADDR_TEXT_SIZE], char note[ROWNOTE_SIZE]);

#endif
