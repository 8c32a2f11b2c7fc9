/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence of a fact: of how many messages its strikes were, and which accounts and buckets they
 * named, in at most EVIDENCE_BYTES_MAX bytes.
 *
 * Layout: number of messages in four bytes with the top bit set, left out if it is not known;
 * number of accounts, each with length and bytes; number of buckets, likewise. Ascending, so that
 * equal strikes give equal bytes. Of two forms with different numbers of messages the larger bytes
 * have the larger one.
 */
#ifndef BANSYNC_CORE_EVIDENCE_H
#define BANSYNC_CORE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "strike.h"

#define EVIDENCE_ACCOUNTS_MAX 3
#define EVIDENCE_BUCKETS_MAX 8
#define EVIDENCE_MESSAGES_MAX 0x7fffffffu

struct evidence_text {
    const uint8_t *bytes; /* into the evidence or the strikes; not NUL-terminated */
    uint8_t size;
};

struct evidence {
    uint32_t messages; /* distinct ones, of those not known each one; 0: not counted */
    struct evidence_text accounts[EVIDENCE_ACCOUNTS_MAX];
    struct evidence_text buckets[EVIDENCE_BUCKETS_MAX];
    size_t account_count;
    size_t bucket_count;
};

/* Collects from count strikes; what does not fit is left out, and without memory to count them the
 * messages are. Returns the number of bytes written to out. */
uint8_t evidence_write(const struct strike *strikes, size_t count, uint8_t out[EVIDENCE_BYTES_MAX]);

/* Reads evidence bytes. Returns false if they are not exactly of that form. */
bool evidence_read(const uint8_t *bytes, size_t size, struct evidence *evidence);

/* The distinct texts that stand beside one subject, accounts of an address, addresses of an
 * account: those of its strikes and those of evidence. Writes the first max of them, in the order
 * of their bytes, to list, which points into the two. Returns how many there are; without memory
 * only those of evidence are told. */
size_t evidence_beside(const struct strikes *strikes, const struct evidence *evidence,
                       struct evidence_text *list, size_t max);

#endif
