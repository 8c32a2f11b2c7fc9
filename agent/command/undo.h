/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Undoing what one node caused: its bans (unban --by-node), its allow entries (node forget).
 *
 * Plain unbans and removals, in slices, one a turn, so that no turn is long; each is answered when
 * the other nodes confirmed it or did not in time.
 */
#ifndef BANSYNC_UNDO_H
#define BANSYNC_UNDO_H

#include "blame.h"
#include "command.h"

/* Answers a request for unban that has the member by_node, now or later. */
void undo_bans(struct agent *agent, const struct request *request);

/* The next slice, or the result; once a turn. */
void undo_turn(struct agent *agent);

/* True if the next slice waits for the next turn. */
bool undo_is_busy(const struct agent *agent);

/* Takes a command that ended; false if it is not one of the undoing under way. */
bool undo_done(struct agent *agent, const struct node_done *done);

void undo_close(struct agent *agent);

/* For undo.c and undo_reply.c. */

struct undo_entry {
    struct addr addr;
    struct blame blame; /* of a ban */
};

struct undo {
    uint64_t client;
    bool leases; /* they are ended, else bans lifted */
    uint64_t node;
    char name[NAME_BYTES_MAX + 1];
    int64_t since_ms;
    char actor[ACTOR_BYTES_MAX + 1];
    char reason[REASON_BYTES_MAX + 1];
    struct undo_entry *list; /* owned */
    size_t count, next, waiting, undone, failed;
    size_t confirmed; /* the least number of nodes that confirmed one of them */
    uint64_t first_request;
};

/* This node, or a peer of its configuration. */
bool undo_is_member(const struct agent *agent, uint64_t id);

/* Sends the item of one entry; done: NULL in a dry run. */
void undo_answer_entry(struct agent *agent, const struct undo *undo, const struct undo_entry *entry,
                       const struct node_done *done);

/* Sends the result. */
void undo_answer(struct agent *agent, const struct undo *undo, bool dry);

#endif
