/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list on its way to the agent, in pieces: each is one request, which the agent answers when it
 * is durable and the other nodes have confirmed it, or did not in time.
 *
 * The whole list is looked at before anything of it is sent to be banned. Pieces may be sent again:
 * what is banned already is left as it is.
 */
#ifndef BANSYNC_CTL_IMPORT_SEND_H
#define BANSYNC_CTL_IMPORT_SEND_H

#include "args.h"
#include "import_list.h"
#include "json.h"
#include "progress.h"

/* What became of entries, or would. */
struct import_counts {
    int64_t banned;
    int64_t accounts; /* of these, so many are accounts */
    int64_t covered;  /* of these, so many lie inside a wider ban */
    int64_t already;
    int64_t ended;
};

struct import_piece {
    size_t first, count; /* entries of the list */
    struct import_counts seen;
};

struct import_send {
    const struct args *args;
    struct import_list *list;
    const char *ssh_client; /* as SSH_CLIENT has it; NULL: not known */
    const char *file;       /* where it comes from, for the history; NULL: not known yet */
    bool permanent;         /* --permanent and --for hold for every entry */
    int64_t for_ms;         /* 0: not given */
    struct progress progress;
    struct import_piece *pieces; /* owned */
    size_t piece_count, piece_room;
    struct import_counts counts; /* of all answers of the present walk */
    struct ctl_json *answer;     /* the result that the fewest nodes confirmed; owned */
};

/* Asks what the agent must tell beforehand: its answer is there then. 0, or -1 with *failure. */
int import_send_begin(struct import_send *send, struct failure *failure);

/* Looks at the whole list: what is refused is among the bad ones then. 0, or -1 with *failure. */
int import_send_look(struct import_send *send, struct failure *failure);

/* Bans it. 0, or -1 with *failure; counts tell how far it came. *stop becomes not 0: it ends with
 * the piece at hand, with 0. */
int import_send_apply(struct import_send *send, const volatile int *stop, struct failure *failure);

/* Frees what it holds; the list is not. */
void import_send_end(struct import_send *send);

#endif
