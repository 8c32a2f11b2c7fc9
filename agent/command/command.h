/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands of the control socket: from a request line to items and a result (bansync-protocol(7)).
 */
#ifndef BANSYNC_COMMAND_H
#define BANSYNC_COMMAND_H

#include "agent.h"
#include "json.h"

/* One request, taken apart. */
struct request {
    uint64_t client;
    uid_t uid;
    enum control_role role;
    const struct json *json;
};

/* Refuses what needs another role than the client has. */
void command_deny(struct agent *agent, uint64_t client, const char *what, enum control_role role);

/* Takes a request line: answers it, now or later. */
void command_request(struct agent *agent, const struct control_request *request);

/* Ends what waited for other nodes; once a turn. */
void command_turn(struct agent *agent);

/* Forgets everything that waits. */
void command_close(struct agent *agent);

/* One function a command of command.def whose role is not local. */
#define COMMAND(id, name, role, operands, options, summary) COMMAND_##role(id)
#define COMMAND_read(id) void command_##id(struct agent *agent, const struct request *request);
#define COMMAND_admin(id) COMMAND_read(id)
#define COMMAND_local(id)
#include <bansync/command.def>
#undef COMMAND
#undef COMMAND_read
#undef COMMAND_admin
#undef COMMAND_local

/* Waiting changes (bans, unbans, allow entries); waiting verify; once a turn. */
void change_turn(struct agent *agent);
void change_close(struct agent *agent);
void proof_turn(struct agent *agent);
void proof_close(struct agent *agent);

/* notify test: answers when every target has, or time is up. */
void notify_turn(struct agent *agent);

/* import: answers when the other nodes confirmed a piece, or did not in time. */
void import_turn(struct agent *agent);
void import_close(struct agent *agent);

/* Takes a ban that ended; false if it is not one of an import under way. */
bool import_done(struct agent *agent, const struct node_done *done);

/* Writes what the brake holds; false if it holds nothing. */
bool release_print(const struct agent *agent, char *out, size_t size);

/* True while a map adopt or a map discard is. */
bool takeover_is_under_way(const struct agent *agent);

/* Takes a ban that ended; false if it is not one of the map adopt under way. */
bool takeover_done(struct agent *agent, const struct node_done *done);

/* watch: tells the turn's events to who watches; once a turn, before effects are forgotten. */
void watch_turn(struct agent *agent);
void watch_close(struct agent *agent);

/* Undoing what one node caused: its bans (unban --by-node), its allow entries (node forget). */

/* Answers a request for unban that has the member by_node or all, now or later. */
void undo_bans(struct agent *agent, const struct request *request);

/* Takes a command that ended; false if it is not one of the undoing under way. */
bool undo_done(struct agent *agent, const struct node_done *done);

#endif
