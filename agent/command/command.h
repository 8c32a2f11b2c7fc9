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

/* map adopt and map discard: goes on with the next slice, or answers. */
void takeover_turn(struct agent *agent);
void takeover_close(struct agent *agent);

/* export: goes on with what is found and told in slices. */
void export_turn(struct agent *agent);
void export_close(struct agent *agent);

/* True if the next slice waits for the next turn. */
bool export_is_busy(const struct agent *agent);

/* import: answers when the other nodes confirmed a piece, or did not in time. */
void import_turn(struct agent *agent);
void import_close(struct agent *agent);

/* Takes a ban that ended; false if it is not one of an import under way. */
bool import_done(struct agent *agent, const struct node_done *done);

/* release and drop: answers when all is let go. */
void release_turn(struct agent *agent);
void release_close(struct agent *agent);

/* Writes what the brake holds; false if it holds nothing. */
bool release_print(const struct agent *agent, char *out, size_t size);

/* True if the next slice waits for the next turn. */
bool takeover_is_busy(const struct agent *agent);

/* top: goes on with the next slice, or answers. */
void top_turn(struct agent *agent);
void top_close(struct agent *agent);

/* True if the next slice waits for the next turn. */
bool top_is_busy(const struct agent *agent);

/* history: likewise. */
void history_turn(struct agent *agent);
void history_close(struct agent *agent);
bool history_is_busy(const struct agent *agent);

/* Takes a ban that ended; false if it is not one of the map adopt under way. */
bool takeover_done(struct agent *agent, const struct node_done *done);

/* stats: goes on with the next slice, or answers. */
void stats_turn(struct agent *agent);
void stats_close(struct agent *agent);

/* True if the next slice waits for the next turn. */
bool stats_is_busy(const struct agent *agent);

/* watch: tells the turn's events to who watches; once a turn, before effects are forgotten. */
void watch_turn(struct agent *agent);
void watch_close(struct agent *agent);

/* Undoing what one node caused: its bans (unban --by-node), its allow entries (node forget). */

/* Answers a request for unban that has the member by_node or all, now or later. */
void undo_bans(struct agent *agent, const struct request *request);

/* The next slice, or the result; once a turn. */
void undo_turn(struct agent *agent);

/* True if the next slice waits for the next turn. */
bool undo_is_busy(const struct agent *agent);

/* Takes a command that ended; false if it is not one of the undoing under way. */
bool undo_done(struct agent *agent, const struct node_done *done);

void undo_close(struct agent *agent);

#endif
