/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nodes that were ever known here, by name and key: what a node did must have a name when its
 * peer line is gone.
 *
 * Kept in the database as lines of text (value "nodes"). Does not: replicate; each node keeps its
 * own.
 */
#ifndef BANSYNC_ROLL_H
#define BANSYNC_ROLL_H

#include "agent.h"

#define ROLL_NODES_MAX 256 /* the one not seen for longest makes way */

struct roll_node {
    uint64_t id;
    char name[NAME_BYTES_MAX + 1];
    char key[NODE_KEY_TEXT_SIZE];
    char version[NAME_BYTES_MAX + 1]; /* "": never greeted */
    int64_t seen_ms;                  /* wall, of this node when it last ran; 0: never */
    int64_t forgotten_ms;             /* when an operator forgot it; 0: never */
};

/* Reads what is kept and adds this node and the peers of the configuration. Without memory less is
 * known. */
void roll_open(struct agent *agent);
void roll_close(struct agent *agent);

/* Takes note of who is up, this node too; once a turn. It is stored every ten minutes ... */
void roll_turn(struct agent *agent);

/* ... and with the turn that follows this, the last one. */
void roll_stop(struct agent *agent);

/* Puts it into the turn's transaction if it changed, or if all is written anew. */
void roll_put(struct agent *agent, bool anew);
void roll_put_done(struct agent *agent);

/* Was it forgotten, and not seen since? What it left has its name all the same. */
bool roll_is_forgotten(const struct roll_node *node);

/* NULL: not known. Valid until the next roll_turn. */
const struct roll_node *roll_find(const struct agent *agent, uint64_t id);

/* What the audit entry of a node forget is about: "NAME ID", as others may call a node otherwise.
 * Room for it: OBJECT_BYTES_MAX + 1. */
void roll_object(const char *name, uint64_t id, char *object, size_t size);

/* Takes note of each node forget that became durable in this turn, given here or elsewhere. Before
 * node_turn_end. */
void roll_audits(struct agent *agent);

/* Is it this node, or a peer of its configuration? */
bool roll_is_member(const struct agent *agent, uint64_t id);

/* The name that the node had when it was last known, if another one bears it now, or had it, too:
 * it is a key that was replaced, and the name alone means another node. NULL: the node goes by its
 * name, or has none. Valid until the next roll_turn. */
const char *roll_old_name(const struct agent *agent, uint64_t id);

/* What a person may call a node: its name (that of a peer before that of one that was, and that
 * before one that is forgotten), its public key, the 16 digits of its id, or its old name with
 * CONTROL_OLD_KEY behind it, if of those that are not forgotten, or else of all, one key alone is
 * called so. False: nobody is called so. */
bool roll_resolve(const struct agent *agent, const char *text, uint64_t *id);

/* Writes what to say of a text that roll_resolve does not know. */
void roll_unknown(const struct agent *agent, const char *text, char *message, size_t size);

#endif
