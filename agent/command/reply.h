/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending the lines of an answer, and the pieces that several answers share.
 */
#ifndef BANSYNC_REPLY_H
#define BANSYNC_REPLY_H

#include <bansync/control.h>

#include "agent.h"
#include "json.h"
#include "view.h"

/* Sends {"item":...} or {"result":...}: begin gives the object to fill, send sends and frees it.
 * *root is the whole line. */
struct json *reply_item(struct json **root);
struct json *reply_result(struct json **root, const char *schema, enum exit_code exit_code);
void reply_send(struct agent *agent, uint64_t client, struct json **root);

/* Sends the result and ends the answer. */
void reply_end(struct agent *agent, uint64_t client, struct json **root);

/* Sends {"error":...} and ends the answer. hint may be NULL. */
void reply_error(struct agent *agent, uint64_t client, const char *code, enum exit_code exit_code,
                 const char *message, const char *hint);

/* Members: a prefix with its length; a time (0 or TIME_NEVER_MS: null); a number as 16 hex digits;
 * accounts or buckets of evidence. */
void reply_net(struct json *object, const char *name, const struct addr *addr);

/* What hits of the subject named beside it: "accounts"; of an account none, and its "addresses". */
void reply_beside(struct json *object, const struct addr *subject, const struct evidence *evidence);
void reply_time(struct json *object, const char *name, int64_t ms);
void reply_hex(struct json *object, const char *name, uint64_t number);

/* Of nodes. A node goes by its name; or, if that means another one, by its id, and then the object
 * tells in its member old_keys what the name was; without such a node it has none.
 * A member with the node; member nodes, counts by node. */
void reply_node(const struct agent *agent, struct json *object, const char *name, uint64_t id);
void reply_nodes(const struct agent *agent, struct json *object, const struct fact_node *nodes,
                 size_t count);

/* Their pieces, where an object names both a node and nodes: nodes without old_keys; that alone, of
 * a node (0: of none) and of nodes. */
void reply_counts(const struct agent *agent, struct json *object, const struct fact_node *nodes,
                  size_t count);
void reply_old_keys(const struct agent *agent, struct json *object, uint64_t id,
                    const struct fact_node *nodes, size_t count);

/* Member allowed: whether an allow entry keeps it out of the map. */
void reply_allowed(struct agent *agent, struct json *object, const struct addr *addr);
void reply_texts(struct json *object, const char *name, const struct evidence_text *list,
                 size_t count);

/* kind, count, nodes, since, last_hit, expires, source, actor, reason of a subject. */
void reply_view(struct agent *agent, struct json *object, const struct subject *subject,
                const struct view *view);

/* The cluster-wide digest over all kinds, as 32 hex digits. */
void reply_digest(const struct agent *agent, char text[33]);

/* The digest without strikes that may still be on their way, and that of what a peer's PING told:
 * comparable. */
void reply_settled_digest(const struct agent *agent, char text[33]);
void reply_ping_digest(const struct message_ping *ping, char text[33]);

/* Parses the text of an address or network: a host becomes its subject (IPv6: its prefix), one with
 * a length stays what it is. false: answered with an error. */
bool reply_target(struct agent *agent, uint64_t client, const char *text, struct addr *addr);

#endif
