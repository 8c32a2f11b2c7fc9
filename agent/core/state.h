/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything a node knows: the subjects with their strikes and records, the allowlist, what
 * operators commanded, and the digests of all kinds.
 *
 * Read freely; only step.c and the files it calls (merge.c, operator.c, expire.c) change it.
 */
#ifndef BANSYNC_CORE_STATE_H
#define BANSYNC_CORE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allow.h"
#include "chronicle.h"
#include "counters.h"
#include "digest.h"
#include "entry.h"
#include "expiry.h"
#include "hash.h"
#include "policy.h"
#include "table.h"

/* An operator's command that waits for the commit of its turn: what it will merge into the record
 * of addr, or into the allowlist. */
struct operator_command {
    uint64_t request;
    struct addr addr;
    uint64_t hash;        /* of addr: tells most of a turn's commands apart */
    struct manual manual; /* owned */
    struct cut cut;       /* hlc 0: a ban, which sets no cut */
    bool forget;          /* of an unban: levels start over */
    bool is_allow;        /* then allow is merged, not manual and cut */
    struct allow allow;   /* owned */
    bool is_audit;        /* there is nothing to it but its audit entry */
    uint8_t *audit;       /* canonical bytes of its audit entry; owned; NULL: it has none */
    size_t audit_size;
    bool already;
    bool failed; /* its row could not be made */
};

struct state {
    struct policy policy;
    uint64_t node; /* this node */
    struct hash_key key;
    uint64_t hlc;
    uint64_t tick; /* T: every rule about expiry is evaluated at it; never goes back */
    struct table table;
    struct allows allows;
    struct chronicle chronicles[ENTRY_CHRONICLES]; /* by kind - ENTRY_AUDIT: see state_chronicle */
    struct digest digests[ENTRY_KINDS];            /* by kind - 1 */
    struct recent recent;                          /* of strikes */
    struct expiry expiry;
    size_t strike_count;
    struct subject **dirty; /* to be looked at in the next flush */
    size_t dirty_count;
    size_t dirty_room;
    bool map_redraw; /* more may differ in the map than single bans: tell with the next flush */
    bool loading;    /* until EVENT_LOADED: what is loaded rests, and is looked at then */
    uint64_t unsettled[DIGEST_LEAVES / 64]; /* a bit a leaf: what was loaded there ends one day */
    uint32_t suspect;   /* one more than the leaf where something was found damaged; 0: none */
    size_t rederived;   /* subjects banned by the last EVENT_LOADED or EVENT_POLICY */
    int64_t expired_ms; /* tick up to which ends of allow entries were looked at */
    struct operator_command *commands; /* waiting for the commit of this turn */
    size_t command_count;
    size_t command_room;
    uint8_t *scratch; /* ENTRY_BYTES_MAX, for encoding */
    struct counters counters;
};

/* An empty state. cluster: its name, which keys the digests. 0, or -1 without memory. */
int state_open(struct state *state, const char *cluster, uint64_t node,
               const struct policy *policy);
void state_close(struct state *state);

/* T in ms: the time at which bans, leases and strikes are judged. */
int64_t state_now_ms(const struct state *state);

/* The subject of exactly that prefix, NULL if unknown. For reading: one that is at rest is unpacked
 * into room, where it stays as it was. */
const struct subject *state_find(const struct state *state, const struct addr *addr,
                                 struct unpacked *room);

/* The narrowest banned subject that covers addr (addr itself included), NULL if none. */
const struct subject *state_find_cover(const struct state *state, const struct addr *addr,
                                       struct unpacked *room);

/* Entries of a kind from ENTRY_AUDIT on. */
const struct chronicle *state_chronicle(const struct state *state, enum entry_kind kind);

/* Root of a kind's digest. */
struct hash128 state_root(const struct state *state, enum entry_kind kind);

/* Root of the strikes without those of the RECENT_IN_FLIGHT seconds behind second; false if that is
 * too long ago to tell. */
bool state_strike_root(const struct state *state, int64_t second, struct hash128 *root);

/* Which entries below a leaf are wanted, by their hash; it is asked of each. */
typedef bool state_want_fn(void *context, uint64_t hash);
typedef void state_entry_fn(void *context, uint64_t hash, const uint8_t *bytes, size_t size);

/* Calls entry for each entry below one leaf that is wanted; want NULL: all are. bytes are valid
 * during the call; neither function may change the state. Records that are not wanted cost next to
 * nothing, and have the hash that they should: one that is damaged is never told, and noted. */
void state_visit_leaf(struct state *state, enum entry_kind kind, uint16_t leaf, state_want_fn *want,
                      state_entry_fn *entry, void *context);

/* True if the strikes below a leaf sum up to what its digest says: none is damaged, which of a
 * strike alone nothing tells. False: something of the leaf is, and it is noted. Costs a hash each.
 */
bool state_strikes_are_sound(struct state *state, uint16_t leaf);

/* Calls banned for each subject that is, in leaf order, until it does not return 0; returns what it
 * did. What rests is not unpacked. */
typedef int state_banned_fn(void *context, const struct addr *addr);
int state_visit_banned(const struct state *state, state_banned_fn *banned, void *context);

/* Counts the subjects that are banned, in the next leaves as a whole, until *work subjects were
 * looked at or there are none. *leaf: the next one, 0 at first; *work becomes what is left, 0 if it
 * was not enough. True: there are none left. */
struct state_bans {
    int64_t permanent, temporary;
};
bool state_count_bans(const struct state *state, uint32_t *leaf, size_t *work,
                      struct state_bans *bans);

/* For step.c and the files it calls. */

/* Hash of a prefix, and its leaf in the digests. */
uint64_t state_hash(const struct state *state, const struct addr *addr);
uint16_t state_leaf(const struct state *state, const struct addr *addr);

/* The leaf of any entry, by its canonical bytes: of its prefix, or of the key of a chronicle. 0, or
 * -1 if they do not begin as they must. */
int state_entry_leaf(const struct state *state, enum entry_kind kind, const uint8_t *bytes,
                     size_t size, uint16_t *leaf);

/* Finds or makes a subject, awake; NULL without memory, or if what is at rest in its leaf is
 * damaged: that is remembered in suspect. It is put to rest by the flush that it is marked for, or
 * by the self-check. state_wake: NULL also if there is none. */
struct subject *state_make(struct state *state, const struct addr *addr);
struct subject *state_wake(struct state *state, const struct addr *addr);

/* Wakes all of a leaf, as far as there is memory and nothing is damaged. 0, or -1 if some rest. */
int state_wake_leaf(struct state *state, uint16_t leaf);

/* False: what is at rest in the leaf is damaged, so who is not found there may be there all the
 * same; that is remembered in suspect. */
bool state_is_readable(struct state *state, uint16_t leaf);

/* Unless it is sealed that is so already: completes record_hash, from what the record holds; if
 * that does not have the seal it differs from what state_record_hash tells then. */
void state_unseal(struct state *state, struct subject *subject);

/* Puts the subject into the list for the next flush. Room was reserved by state_make. */
void state_mark(struct state *state, struct subject *subject);

/* Before the record is changed: false if it is not what the digest was told. Then it must stay as
 * it is, or the damage would pass for a change; it is remembered in suspect. */
bool state_record_is_sound(struct state *state, const struct subject *subject);

/* Brings the digest up to date with subject's record. hash: that of its entry; NULL: not known. */
void state_record_changed(struct state *state, struct subject *subject);
void state_record_became(struct state *state, struct subject *subject, const struct hash128 *hash);

/* Hashes of entries as the digests have them. That of a record is made in scratch, from what the
 * record holds. */
struct hash128 state_strike_hash(const struct state *state, const struct subject *subject,
                                 const struct strike *strike);
struct hash128 state_record_hash(const struct state *state, const struct subject *subject);
struct hash128 state_allow_hash(const struct state *state, const struct allow *allow);

/* Accounts for a strike that entered or left a subject's set. Of one that entered it returns the
 * hash. */
struct hash128 state_strike_added(struct state *state, const struct subject *subject,
                                  const struct strike *strike);
void state_strike_removed(struct state *state, const struct subject *subject,
                          const struct strike *strike);

/* Counts all strikes anew: their number and the sums of the newest seconds. */
void state_recount(struct state *state);

/* Forgets the waiting operator commands. */
void state_drop_commands(struct state *state);

/* Adds to or takes from the digest of a chronicle. */
void state_chronicle_changed(struct state *state, enum entry_kind kind,
                             const struct chronicle_entry *entry, bool added);

/* Adds to or takes from the digest of allow entries. */
void state_allow_changed(struct state *state, const struct allow *allow, bool added);

#endif
