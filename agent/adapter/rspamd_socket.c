/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The datagram socket that rspamd tells its hits on, see rspamd_socket.h.
 *
 * Credentials are asked for before the socket has a name, so that no datagram can come without.
 */
#include "rspamd_socket.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bansync/limits.h>

#include "socket_name.h"

#define SOCKET_MODE 0620

struct rspamd_socket {
    int fd;
    uid_t user; /* of rspamd */
    gid_t group;
    struct socket_name name;
    struct rspamd_socket_stats stats;
};

static int find_user(struct rspamd_socket *receiver, const char *name,
                     const struct socket_complaint *to);
static int check_directory(const char *path, const struct socket_complaint *to);
static int make(struct rspamd_socket *receiver, const char *user,
                const struct socket_complaint *to);
static int bind_name(struct rspamd_socket *receiver, const char *user,
                     const struct socket_complaint *to);
static bool may_send(const struct rspamd_socket *receiver, const struct ucred *sender);
static bool take_one(struct rspamd_socket *receiver, rspamd_socket_fn *take, void *context);
static const struct ucred *find_sender(struct msghdr *message);

struct rspamd_socket *rspamd_socket_open(const char *path, const char *user, char *error,
                                         size_t error_size)
{
    const struct socket_complaint to = {error, error_size, path};
    struct rspamd_socket *receiver = calloc(1, sizeof(*receiver));

    if (receiver == NULL) {
        (void)socket_complain(&to, "no memory");
        return NULL;
    }
    receiver->fd = -1;
    if (socket_name_set(&receiver->name, path, &to) == 0 && find_user(receiver, user, &to) == 0 &&
        make(receiver, user, &to) == 0)
        return receiver;
    free(receiver);
    return NULL;
}

void rspamd_socket_close(struct rspamd_socket **receiver)
{
    if (*receiver == NULL)
        return;
    socket_name_remove(&(*receiver)->name);
    (void)close((*receiver)->fd);
    free(*receiver);
    *receiver = NULL;
}

bool rspamd_socket_is_named(const struct rspamd_socket *receiver)
{
    return socket_name_is_ours(&receiver->name);
}

int rspamd_socket_renew(struct rspamd_socket *receiver, const char *user, char *error,
                        size_t error_size)
{
    const struct socket_complaint to = {error, error_size, receiver->name.address.sun_path};
    const int nameless = receiver->fd;

    if (make(receiver, user, &to) != 0)
        return -1;
    (void)close(nameless);
    return 0;
}

int rspamd_socket_fd(const struct rspamd_socket *receiver)
{
    return receiver->fd;
}

bool rspamd_socket_read(struct rspamd_socket *receiver, size_t max, rspamd_socket_fn *take,
                        void *context)
{
    for (size_t i = 0; i < max; i++)
        if (!take_one(receiver, take, context))
            return false;
    return true;
}

void rspamd_socket_statistics(const struct rspamd_socket *receiver,
                              struct rspamd_socket_stats *stats)
{
    *stats = receiver->stats;
}

static int find_user(struct rspamd_socket *receiver, const char *name,
                     const struct socket_complaint *to)
{
    const struct passwd *user = getpwnam(name);

    if (user == NULL)
        return socket_complain(
            to,
            "there is no user %s; name that of rspamd in [detect] rspamd_user, or "
            "install rspamd first",
            name);
    receiver->user = user->pw_uid;
    receiver->group = user->pw_gid;
    return 0;
}

/* Who can write the directory can put a socket of its own in place of ours. */
static int check_directory(const char *path, const struct socket_complaint *to)
{
    char directory[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    const char *slash = strrchr(path, '/');
    struct stat found;

    snprintf(directory, sizeof(directory), "%.*s",
             slash == NULL || slash == path ? 1 : (int)(slash - path), slash == NULL ? "." : path);
    if (stat(directory, &found) != 0)
        return socket_complain(to, "its directory: %s", strerror(errno));
    if ((found.st_uid != 0 && found.st_uid != geteuid()) ||
        ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (found.st_mode & S_ISVTX) == 0))
        return socket_complain(to,
                               "its directory is open to others: give it to the agent's user, mode "
                               "0755, or name another in [detect] rspamd_socket");
    return 0;
}

/* Sets receiver->fd to a new socket that has the name; without one nothing changes. */
static int make(struct rspamd_socket *receiver, const char *user, const struct socket_complaint *to)
{
    const int before = receiver->fd;
    const int yes = 1;

    if (check_directory(to->path, to) != 0 ||
        socket_name_free(&receiver->name, SOCK_DGRAM, "another program has it", to) != 0)
        return -1;
    receiver->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (receiver->fd < 0 ||
        setsockopt(receiver->fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) != 0)
        (void)socket_complain(to, "cannot make a socket: %s", strerror(errno));
    else if (bind_name(receiver, user, to) == 0)
        return 0;
    if (receiver->fd >= 0)
        (void)close(receiver->fd);
    receiver->fd = before;
    return -1;
}

/* Closed to all others until it has its group. */
static int bind_name(struct rspamd_socket *receiver, const char *user,
                     const struct socket_complaint *to)
{
    if (socket_name_bind(&receiver->name, receiver->fd, to) != 0)
        return -1;
    if (socket_name_take(&receiver->name) != 0)
        (void)socket_complain(to, "cannot make it: %s", strerror(errno));
    else if (lchown(to->path, (uid_t)-1, receiver->group) != 0)
        (void)socket_complain(
            to,
            "cannot give it to the group of %s: %s; make the agent's user a member (adduser "
            "bansync %s), then systemctl restart bansyncd",
            user, strerror(errno), user);
    else if (chmod(to->path, SOCKET_MODE) != 0)
        (void)socket_complain(to, "cannot open it to the group of %s: %s", user, strerror(errno));
    else
        return 0;
    socket_name_remove(&receiver->name);
    return -1;
}

static bool may_send(const struct rspamd_socket *receiver, const struct ucred *sender)
{
    return sender->uid == 0 || sender->uid == geteuid() || sender->uid == receiver->user;
}

/* False if nothing waits. */
static bool take_one(struct rspamd_socket *receiver, rspamd_socket_fn *take, void *context)
{
    char bytes[DATAGRAM_BYTES_MAX];
    union {
        char room[CMSG_SPACE(sizeof(struct ucred))]; /* file descriptors do not fit, so none come */
        struct cmsghdr aligned;
    } control;
    struct iovec vector = {bytes, sizeof(bytes)};
    struct msghdr message = {.msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    const ssize_t size = recvmsg(receiver->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    const struct ucred *sender;

    if (size < 0)
        return errno == EINTR;
    receiver->stats.received++;
    sender = find_sender(&message);
    if (sender == NULL || (message.msg_flags & MSG_CTRUNC) != 0 || !may_send(receiver, sender)) {
        receiver->stats.refused++;
        receiver->stats.refused_uid = sender != NULL ? sender->uid : (uid_t)-1;
        receiver->stats.refused_pid = sender != NULL ? sender->pid : 0;
    } else if ((message.msg_flags & MSG_TRUNC) != 0) {
        receiver->stats.oversized++;
    } else {
        take(context, bytes, (size_t)size);
    }
    return true;
}

/* What the kernel says of the sender; NULL if it says nothing. */
static const struct ucred *find_sender(struct msghdr *message)
{
    const struct cmsghdr *first = CMSG_FIRSTHDR(message);

    if (first == NULL || first->cmsg_level != SOL_SOCKET || first->cmsg_type != SCM_CREDENTIALS ||
        first->cmsg_len != CMSG_LEN(sizeof(struct ucred)))
        return NULL;
    return (const struct ucred *)CMSG_DATA(first);
}
