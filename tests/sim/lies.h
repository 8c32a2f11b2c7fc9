/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hostile member said of the state, entry by entry. A member may say what it likes, so the
 * rules take each of it for possible, and nothing else that no log and no operator tells of.
 */
#ifndef BANSYNC_SIM_LIES_H
#define BANSYNC_SIM_LIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allow.h"
#include "record.h"
#include "strike.h"

struct lie {
    uint8_t kind; /* enum entry_kind: tells which of the last three is valid */
    struct addr addr;
    struct strike strike; /* without text */
    struct record record; /* owned */
    struct allow allow;   /* without texts */
};

struct lies {
    struct lie *list;
    size_t count, room;
};

void lies_close(struct lies *lies);

/* Notes an entry that is said; bytes that are no entry say nothing. */
void lies_add(struct lies *lies, uint8_t kind, const uint8_t *bytes, size_t size);

/* Whether just that was said of the subject. */
bool lies_have_strike(const struct lies *lies, const struct addr *addr,
                      const struct strike *strike);
bool lies_have_fact(const struct lies *lies, const struct addr *addr, const struct fact *fact);
bool lies_have_manual(const struct lies *lies, const struct addr *addr,
                      const struct manual *manual);
bool lies_have_cut(const struct lies *lies, const struct addr *addr, int64_t cut_ms);
bool lies_have_forgotten(const struct lies *lies, const struct addr *addr, int64_t forget_ms);
bool lies_have_allow(const struct lies *lies, const struct allow *allow);

#endif
