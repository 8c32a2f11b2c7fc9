/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The datagram socket that rspamd tells its hits on.
 *
 * Whoever can write to it can have any address banned. So there are two walls: its mode is 0620 and
 * its group that of rspamd's user, and of each datagram the kernel is asked who sent it. Accepted
 * are that user (not others of its group, who may read rspamd's log, no more), root, and the
 * agent's own user. Does not: know what a datagram says.
 */
#ifndef BANSYNC_ADAPTER_RSPAMD_SOCKET_H
#define BANSYNC_ADAPTER_RSPAMD_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct rspamd_socket;

struct rspamd_socket_stats {
    uint64_t received;  /* datagrams, those below too */
    uint64_t refused;   /* of a sender that may not, or with file descriptors; never handed out */
    uint64_t oversized; /* over DATAGRAM_BYTES_MAX; never handed out */
    uid_t refused_uid;  /* of the last one refused */
    pid_t refused_pid;
};

/* Called for every datagram accepted; bytes are valid during the call only. */
typedef void rspamd_socket_fn(void *context, const char *bytes, size_t size);

/* Makes the socket at path (copied), for the user of that name; its directory must be there, and
 * closed to writers that are neither root nor the agent's user, unless it is sticky. A socket that
 * nobody receives on any more is replaced; anything else of that name, a symlink too, is refused.
 * NULL and text in error (where, what, what to do). */
struct rspamd_socket *rspamd_socket_open(const char *path, const char *user, char *error,
                                         size_t error_size);

/* Closes it, removes its name unless that is by now somebody else's, and sets *receiver to NULL;
 * NULL is harmless. */
void rspamd_socket_close(struct rspamd_socket **receiver);

/* Does its name still lead to it? If somebody removed or replaced that, nothing comes any more. */
bool rspamd_socket_is_named(const struct rspamd_socket *receiver);

/* Makes a socket of that name anew, as rspamd_socket_open would; what waits in the old one is lost,
 * statistics go on, the descriptor changes. -1 and text in error, and the old one stays. */
int rspamd_socket_renew(struct rspamd_socket *receiver, const char *user, char *error,
                        size_t error_size);

/* Descriptor that becomes readable when datagrams wait; the same until rspamd_socket_renew. */
int rspamd_socket_fd(const struct rspamd_socket *receiver);

/* Hands out what waits, at most max datagrams, refused ones included. True: more may wait. Never
 * blocks. */
bool rspamd_socket_read(struct rspamd_socket *receiver, size_t max, rspamd_socket_fn *take,
                        void *context);

void rspamd_socket_statistics(const struct rspamd_socket *receiver,
                              struct rspamd_socket_stats *stats);

#endif
