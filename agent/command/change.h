/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A change under way (ban, unban, allow add, allow remove): its targets, and what became of each.
 */
#ifndef BANSYNC_CHANGE_H
#define BANSYNC_CHANGE_H

#include <sys/types.h>

#include "command.h"
#include "reply.h"

enum change_kind { CHANGE_BAN, CHANGE_UNBAN, CHANGE_ALLOW_ADD, CHANGE_ALLOW_REMOVE };

struct change_target {
    char text[ADDR_TEXT_SIZE];
    struct addr addr;
    uint64_t request;       /* 0: nothing was asked of the node */
    uint64_t allow_request; /* of unban --allow; 0: none */
    unsigned waiting;       /* how many of the two have not ended */
    size_t kept;            /* entries of a former map that an unban takes out */
    unsigned level;         /* that an unban forgets; 0: none, or it forgets nothing */
    struct node_done done;
    struct node_done allow_done;
};

struct change {
    struct change *next;
    uint64_t client;
    enum change_kind kind;
    bool wait;
    bool forget;            /* of an unban: levels start over */
    int64_t until_ms;       /* of a ban or an allow entry */
    int64_t allow_until_ms; /* of unban --allow; 0: without */
    size_t count;
    size_t ended; /* targets that wait for nothing */
    struct change_target targets[];
};

/* What still stands against what was asked for: the ban that covers an unbanned prefix, the entry
 * that allows what was taken off the list. Both NULL: nothing. */
struct change_rest {
    const struct subject *ban;
    const struct allow *allow;
};

/* Of allow add and allow remove: the message without what it counts as and where; and the hint, ""
 * if there is nothing to say. */
void change_allow_message(const struct agent *agent, const struct change *change,
                          const struct change_target *target, const char *net, const char *scope,
                          char *out, size_t size);
void change_allow_hint(const struct agent *agent, const struct change *change,
                       const struct change_target *target, const struct change_rest *rest,
                       char *out, size_t size);

/* The narrowest wider ban of which addr is a part, unpacked into room; NULL if none. An account is
 * part of nothing. */
const struct subject *change_find_wider(const struct state *state, const struct addr *addr,
                                        struct unpacked *room);

/* Room for a target's message, with its scope, and for the hint. */
#define CHANGE_MESSAGE_SIZE (CHANGE_SCOPE_SIZE + ADDR_TEXT_SIZE + 512)
#define CHANGE_HINT_SIZE (5 * ADDR_TEXT_SIZE)

/* "until TIME" or "permanently". */
#define CHANGE_END_SIZE 48
void change_print_end(int64_t until_ms, char text[CHANGE_END_SIZE]);

/* The code of what failed: not_durable, or memory. */
const char *change_failed_code(const struct agent *agent);

/* "on 2 of 3 nodes (38 ms)" and who of the others did not confirm; a peer that is down is named
 * with how long ago it was seen. CHANGE_SCOPE_SIZE holds the longest. */
#define CHANGE_SCOPE_SIZE 1024
void change_print_scope(const struct agent *agent, const struct node_done *done, char *out,
                        size_t size);

/* The same as members: confirmed, total, unconfirmed (names), missing (name, state, last_seen_ms).
 */
void change_add_scope(const struct agent *agent, const struct node_done *done, struct json *item);

/* The request's reason, "" without one: a line of printable text of REASON_BYTES_MAX bytes at most.
 * False: answered with an error. */
bool change_reason(struct agent *agent, const struct request *request, const char **reason);

/* Login of the uid if it has one, else the number: who is told to every node and kept. */
void change_actor(uid_t uid, char actor[ACTOR_BYTES_MAX + 1]);

/* False if so many more targets would be more than may wait. */
bool change_has_room(const struct agent *agent, size_t count);

/* Answers the request: one item a target, then the result. */
void change_reply(struct agent *agent, const struct change *change);

#endif
