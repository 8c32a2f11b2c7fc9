/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merging one entry into the state, wherever it comes from.
 */
#ifndef BANSYNC_CORE_MERGE_H
#define BANSYNC_CORE_MERGE_H

#include "effect.h"
#include "event.h"
#include "state.h"

/* Each merges and, unless effects is NULL (load), adds the PERSIST row of strikes and allow
 * entries. The flush derives and persists records: once a turn, however many strikes came in.
 * While rows are loaded nothing is noted to be derived: some have become garbage since they were
 * written, and must prove nothing; they stay until the end of the loading, which takes their rows
 * away, too. Times beyond latest_ms are refused; latest_ms TIME_NEVER_MS: not
 * checked. hash: of the record's entry, if it is loaded and that is known; else NULL. */
enum step_result merge_strike(struct state *state, const struct addr *addr,
                              const struct strike *strike, int64_t latest_ms,
                              struct effects *effects);
enum step_result merge_record(struct state *state, const struct addr *addr, struct record *record,
                              int64_t latest_ms, const struct effects *effects,
                              const struct hash128 *hash);
enum step_result merge_allow(struct state *state, const struct allow *allow, int64_t latest_ms,
                             struct effects *effects);

/* Adds an effect that carries an entry; without memory it is counted, and repair will carry it. */
void merge_add_entry(struct state *state, struct effects *effects, enum effect_type type,
                     uint8_t kind, const uint8_t *bytes, size_t size);

/* Adds the PERSIST row of an entry of a chronicle; room must have been reserved. */
void merge_chronicle_row(struct state *state, struct effects *effects, enum entry_kind kind,
                         const uint8_t *bytes, size_t size);

/* Takes out the oldest entry of a chronicle before its time, counts that and adds its DELETE. False
 * without memory, nothing changed. */
bool merge_displace(struct state *state, enum entry_kind kind, struct effects *effects);

/* Derives facts from the subject's strikes. True: that changed its record, which is marked. The
 * subject must have been found by state_make. */
bool merge_derive(struct state *state, struct subject *subject);

/* Decodes canonical bytes and merges them. */
enum step_result merge_bytes(struct state *state, uint8_t kind, const uint8_t *bytes, size_t size,
                             int64_t latest_ms, struct effects *effects);

/* As merge_bytes for a row, without effects; hash is that of bytes, NULL: not known. */
enum step_result merge_row(struct state *state, uint8_t kind, const uint8_t *bytes, size_t size,
                           const struct hash128 *hash);

#endif
