/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Canonical bytes of a state entry: what is hashed, stored and sent.
 *
 * One form only per value, so equal entries are equal byte for byte on every node. All numbers are
 * big-endian; the layout of each kind is in bansync-protocol(7). Entries never gain fields: new
 * information is a new kind.
 */
#ifndef BANSYNC_CORE_ENTRY_H
#define BANSYNC_CORE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "allow.h"
#include "hash.h"
#include "record.h"
#include "strike.h"

enum entry_kind {
    ENTRY_STRIKE = 1,
    ENTRY_RECORD = 2,
    ENTRY_ALLOW = 3,
    ENTRY_AUDIT = 4,
    ENTRY_MARK = 5
};
#define ENTRY_KINDS 5

/* From ENTRY_AUDIT on, entries are kept in a chronicle, as their bytes (chronicle.h, audit.h,
 * mark.h). */
#define ENTRY_CHRONICLES (ENTRY_KINDS - ENTRY_ALLOW)

/* No kind of entry, but of a row: a strike that the brake holds, which nobody is sent. */
#define ENTRY_HELD 255

/* Write to bytes (room: size) and return the number of bytes, 0 if it does not fit. ENTRY_BYTES_MAX
 * always suffices for strikes and allows; a record with very many facts may not fit. */
size_t entry_write_strike(const struct addr *addr, const struct strike *strike, uint8_t *bytes,
                          size_t size);
size_t entry_write_record(const struct addr *addr, const struct record *record, uint8_t *bytes,
                          size_t size);
size_t entry_write_allow(const struct allow *allow, uint8_t *bytes, size_t size);

/* Read; everything is checked (canonical form, order, bounds). 0, or -1: malformed or no memory,
 * nothing to free then. strike->text points into bytes. record and allow are the caller's to
 * clear. */
int entry_read_strike(const uint8_t *bytes, size_t size, struct addr *addr, struct strike *strike);
int entry_read_record(const uint8_t *bytes, size_t size, struct addr *addr, struct record *record);
int entry_read_allow(const uint8_t *bytes, size_t size, struct allow *allow);

/* The subject alone, which strikes, records and allow entries begin with; the rest is not looked
 * at. 0 or -1. */
int entry_read_addr(const uint8_t *bytes, size_t size, struct addr *addr);

/* Subject alone, and subject with owner (key of an allow entry). Room: ENTRY_KEY_BYTES_MAX. */
#define ENTRY_KEY_BYTES_MAX (2 + ACCOUNT_BYTES_MAX + 8)
size_t entry_write_addr(const struct addr *addr, uint8_t *bytes);
size_t entry_write_allow_key(const struct allow *allow, uint8_t *bytes);

/* Key of a record's row: the subject's hash under the cluster's key, then the subject. So rows lie
 * in the order of leaves, and what repair brings is written page by page; in the order of addresses
 * each of its rows would have a page of its own. Room as above. */
size_t entry_write_record_key(const struct hash_key *hash, const struct addr *addr, uint8_t *bytes);

/* True if that is the key of a record with that body. */
bool entry_is_record_key(const struct hash_key *hash, const uint8_t *key, size_t key_size,
                         const uint8_t *body, size_t body_size);

#endif
