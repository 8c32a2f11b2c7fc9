/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is at the other end of a Unix socket, as the kernel knows it, and what role that gives.
 *
 * Never what the client says of itself. Private to control.c.
 */
#ifndef BANSYNC_ADAPTER_CONTROL_PEER_H
#define BANSYNC_ADAPTER_CONTROL_PEER_H

#include <sys/types.h>

#include "control.h"

struct control_peer {
    uid_t uid;
    pid_t pid;
    enum control_role role;
};

#define CONTROL_PEER_NO_GROUP ((gid_t)-1)

/* The group called name, CONTROL_PEER_NO_GROUP if there is none. */
gid_t control_peer_group(const char *name);

/* Root and the agent's own user are CONTROL_ADMIN; others by any of their groups at the time they
 * connected. If the kernel cannot tell: CONTROL_NOBODY. */
struct control_peer control_peer_of(int fd, gid_t admin_group, gid_t read_group);

#endif
