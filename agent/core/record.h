/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of a subject: its facts, its cut (last unban) and its manual slot (last ban or unban
 * by an operator).
 *
 * A product of join-semilattices (docs/DESIGN.md section 4): facts as in fact.h, the cut by the
 * maximum of each of its members, the manual slot by the larger stamp. A record without content is
 * the same as none.
 */
#ifndef BANSYNC_CORE_RECORD_H
#define BANSYNC_CORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fact.h"
#include "stamp.h"

enum manual_kind { MANUAL_NONE = 0, MANUAL_BAN = 1 };

struct cut {
    struct stamp stamp;
    int64_t ms;        /* strikes and facts up to it are void */
    int64_t forget_ms; /* facts that begin up to it raise no level; at most ms, 0: none */
};

struct manual {
    struct stamp stamp; /* hlc 0: never set */
    uint8_t kind;
    int64_t until_ms; /* of a ban; 0 for MANUAL_NONE */
    char *reason;     /* owned; NULL: "" */
    char *actor;      /* owned; NULL: "" */
};

struct record {
    struct facts facts;
    struct cut cut;
    struct manual manual;
};

/* Merges a copy of other. 1: changed, 0: nothing new, -1: no memory (then part of it may have been
 * merged, which is harmless: the rest comes with the next repair). */
int record_merge(struct record *record, const struct record *other);

/* The three merges it is made of, with the same results. */
int record_merge_manual(struct record *record, const struct manual *manual);
int record_merge_cut(struct record *record, const struct cut *cut);

/* Deep copy: 0, or -1 without memory. */
int record_copy(const struct record *record, struct record *copy);
void record_clear(struct record *record);

/* True if there is nothing in it. */
bool record_is_empty(const struct record *record);

/* True if, being empty, it is as a new one: else damage has left something for what is merged next.
 */
bool record_is_blank(const struct record *record);

/* True if the fact counts: not void by the cut and not over at now_ms. */
bool record_fact_is_live(const struct record *record, const struct fact *fact, int64_t now_ms);

/* True if the fact raises the level of later bans at tick_ms: void and over as it may be, it is not
 * forgotten. */
bool record_fact_counts(const struct record *record, const struct fact *fact, int64_t tick_ms);

/* The highest level of what is not forgotten at tick_ms, 0 if there is nothing; *forget_ms is set
 * to when it is forgotten (TIME_NEVER_MS: never), 0 if there is nothing. */
uint8_t record_level(const struct record *record, int64_t tick_ms, int64_t *forget_ms);

/* True if the manual slot is a ban that is not over. */
bool record_manual_is_live(const struct record *record, int64_t now_ms);

/* True if an operator lifted it and nothing has banned since: else what is not banned has ended. */
bool record_is_lifted(const struct record *record);

/* Banned at now_ms (a whole tick): manual ban or live fact. */
bool record_is_banned(const struct record *record, int64_t now_ms);

/* End of the ban at now_ms: the latest of what is live; 0 if not banned. */
int64_t record_until_ms(const struct record *record, int64_t now_ms);

/* The live fact with the newest last strike, NULL if none. */
const struct fact *record_newest_fact(const struct record *record, int64_t now_ms);

#endif
