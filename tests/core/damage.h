/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state with something of everything, to be damaged by a test, and what tells that the damage was
 * undone.
 */
#ifndef BANSYNC_TESTS_DAMAGE_H
#define BANSYNC_TESTS_DAMAGE_H

#include "map.h"
#include "turn.h"

#define DAMAGE_HOUR_MS 3600000
#define DAMAGE_FACTS "192.0.2.1"           /* banned by own strikes, for an hour */
#define DAMAGE_COUNTED "192.0.2.2"         /* strikes of two peers, not banned */
#define DAMAGE_MANUAL "2001:db8:1:2::/64"  /* banned by an operator, for two hours */
#define DAMAGE_UNBANNED "198.51.100.7"     /* was banned by strikes */
#define DAMAGE_ALLOWED "203.0.113.128/25"  /* by an operator */
#define DAMAGE_WITHDRAWN "203.0.113.64/26" /* likewise, and not any more */
#define DAMAGE_LEASED "203.0.113.0/26"     /* by this node */

#define DAMAGE_AUDITS 40 /* what operators commanded, about nobody */
#define DAMAGE_SUBJECTS 4
extern const char *const damage_subjects[DAMAGE_SUBJECTS];

/* How the state was before. */
struct healthy {
    struct turn turn;
    struct digest digests[ENTRY_KINDS];
    struct map_text map;
    uint64_t repaired;
};

/* For cmocka: *state is a struct healthy, all of whose rows are kept. */
int damage_set_up(void **state);
int damage_tear_down(void **state);

/* Checks count leaves from first on; all; or where something is, and what is checked as a whole. */
void damage_look(struct turn *turn, uint16_t first, size_t count);
void damage_look_everywhere(struct turn *turn);
void damage_look_at_subjects(struct turn *turn);

/* A whole round, turn by turn, and what it sees to at the next tick. */
void damage_settle(struct turn *turn);

/* Gives back the rows that EFFECT_RELOADs ask for, as the node does. */
void damage_reload(struct turn *turn);

/* Fails the test unless all is as it was; unless nothing was told or written. */
void damage_assert_as_before(const struct healthy *healthy);
void damage_assert_no_news(const struct turn *turn);

/* Behind a look: reloads and ends the turn. Fails the test unless damage was found and undone in
 * it, and nothing is left to be found. */
void damage_assert_undone(struct healthy *healthy);

#endif
