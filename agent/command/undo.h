/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An undoing under way, for undo.c and undo_reply.c.
 */
#ifndef BANSYNC_UNDO_H
#define BANSYNC_UNDO_H

#include "banned.h"
#include "blame.h"
#include "command.h"
#include "notice.h"
#include "question.h"

struct undo_entry {
    struct addr addr;
    struct blame blame; /* of a ban */
};

struct undo {
    struct question question;
    bool leases; /* they are ended, else bans lifted */
    bool all;    /* every ban, whoever caused it; told by their number alone */
    bool forget; /* of whom is unbanned levels start over */
    bool begun;  /* to find the bans; of leases the list is there from the beginning */
    bool found;  /* all that there is */
    bool listed; /* the list has all of it */
    uint64_t node;
    char name[NODE_LABEL_SIZE]; /* as people are told */
    int64_t since_ms;
    int64_t at_most; /* bans that may be lifted; 0: however many there are */
    char actor[ACTOR_BYTES_MAX + 1];
    char reason[REASON_BYTES_MAX + 1];
    struct audit audit;
    struct banned banned;    /* that is to be lifted */
    struct undo_entry *list; /* what was lifted, or all leases; owned */
    size_t count;            /* of the list; of a dry run: of what was told */
    size_t next, waiting, undone, failed;
    size_t confirmed; /* the least number of nodes that confirmed one of them */
    uint64_t first_request;
};

/* Sends the item of one entry; done: NULL in a dry run. */
void undo_answer_entry(struct agent *agent, const struct undo *undo, const struct undo_entry *entry,
                       const struct node_done *done);

/* Sends the result. */
void undo_answer(struct agent *agent, const struct undo *undo, bool dry);

#endif
