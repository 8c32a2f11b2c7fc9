/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials of a connection, see control_peer.h.
 *
 * SO_PEERCRED knows the primary group only; the others come from SO_PEERGROUPS.
 */
#include "control_peer.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define GROUPS_FIRST 32

static gid_t *read_groups(int fd, size_t *count);
static bool has_group(gid_t wanted, gid_t primary, const gid_t *groups, size_t count);

gid_t control_peer_group(const char *name)
{
    const struct group *group = getgrnam(name);

    return group == NULL ? CONTROL_PEER_NO_GROUP : group->gr_gid;
}

struct control_peer control_peer_of(int fd, gid_t admin_group, gid_t read_group)
{
    struct control_peer peer = {(uid_t)-1, 0, CONTROL_NOBODY};
    struct ucred kernel;
    socklen_t size = sizeof(kernel);
    gid_t *groups;
    size_t count;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &kernel, &size) != 0)
        return peer;
    peer.uid = kernel.uid;
    peer.pid = kernel.pid;
    groups = read_groups(fd, &count);
    if (kernel.uid == 0 || kernel.uid == geteuid() ||
        has_group(admin_group, kernel.gid, groups, count))
        peer.role = CONTROL_ADMIN;
    else if (has_group(read_group, kernel.gid, groups, count))
        peer.role = CONTROL_READ;
    free(groups);
    return peer;
}

/* free() them; NULL and 0 if there are none, or without memory. */
static gid_t *read_groups(int fd, size_t *count)
{
    socklen_t size = GROUPS_FIRST * sizeof(gid_t);

    *count = 0;
    for (int attempt = 0; attempt < 2; attempt++) {
        gid_t *groups = malloc(size);

        if (groups == NULL)
            return NULL;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0) {
            *count = size / sizeof(gid_t);
            return groups;
        }
        free(groups);
        if (errno != ERANGE) /* otherwise size is now what is needed */
            return NULL;
    }
    return NULL;
}

static bool has_group(gid_t wanted, gid_t primary, const gid_t *groups, size_t count)
{
    if (wanted == CONTROL_PEER_NO_GROUP)
        return false;
    for (size_t i = 0; i < count; i++)
        if (groups[i] == wanted)
            return true;
    return primary == wanted;
}
