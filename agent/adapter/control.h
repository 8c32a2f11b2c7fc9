/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: JSON Lines over a Unix stream socket; this file moves the lines and knows who
 * sent them.
 *
 * The socket is 0666 in a 0755 directory because the check is ours: uid by SO_PEERCRED, all groups
 * by SO_PEERGROUPS. One request line at a time per client; while its answer is outstanding no
 * further request of that client is read. Sizes, times and clients are bounded (limits.h); one slow
 * or silent client never holds up another.
 * Does not: parse JSON, know commands.
 */
#ifndef BANSYNC_ADAPTER_CONTROL_H
#define BANSYNC_ADAPTER_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum control_role { CONTROL_NOBODY, CONTROL_READ, CONTROL_ADMIN };

struct control_request {
    uint64_t client; /* never reused */
    uid_t uid;
    pid_t pid;
    enum control_role role;
    const char
        *line; /* NUL-terminated, without LF; contains no NUL inside; valid during the call */
    size_t length;
};

struct control_stats {
    uint64_t malformed; /* oversized, half-sent, with NUL */
    uint64_t overload;  /* turned away: CONTROL_CLIENTS_MAX */
};

/* Called for every whole request. Exactly one control_end must follow for it, now or later. */
typedef void control_request_fn(void *context, const struct control_request *request);

struct control;

/* Binds path (its directory is made, 0755, if missing; an answering socket is refused, a stale one
 * replaced, anything else refused). admin_group and read_group may be names without a group: then
 * only root has that role. Root is CONTROL_ADMIN, and so is the agent's own uid. NULL and text in
 * error on failure. */
struct control *control_open(const char *path, const char *admin_group, const char *read_group,
                             char *error, size_t error_size);

/* Closes all clients, removes the socket file, frees; sets *control to NULL. */
void control_close(struct control **control);

/* Sets other groups (reload). */
void control_groups(struct control *control, const char *admin_group, const char *read_group);

/* Fills at most fds_max descriptors to poll; returns how many. */
struct pollfd;
size_t control_poll(struct control *control, struct pollfd *fds, size_t fds_max);

/* Handles what is ready (fds as filled by control_poll, with revents) and time-outs. now_ms:
 * monotonic. */
void control_handle(struct control *control, const struct pollfd *fds, size_t fd_count,
                    int64_t now_ms, control_request_fn *request, void *context);

/* Appends bytes (whole lines with LF) to the client's reply. Unknown or gone clients are ignored.
 * The client is dropped above CONTROL_REPLY_BYTES_MAX. */
void control_reply(struct control *control, uint64_t client, const char *bytes, size_t size);

/* The answer has no end of its own: its reader may stand still for CONTROL_STREAM_IDLE_MS. */
void control_stream(struct control *control, uint64_t client);

/* Sends what was added to a reply of which nothing waited, as far as the client takes it now: so it
 * need not wait for the next turn. What is left, control_handle sends. */
void control_send(struct control *control, uint64_t client);

/* Bytes of the client's reply that it has not taken; 0 if it has gone. */
size_t control_unsent(const struct control *control, uint64_t client);

/* The answer to the client's request is complete: the next request may be read. */
void control_end(struct control *control, uint64_t client);

/* False once the client has gone: a waiting command may be forgotten. */
bool control_is_connected(const struct control *control, uint64_t client);

void control_statistics(const struct control *control, struct control_stats *stats);

#endif
