/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The datagram socket that rspamd tells its hits on, see rspamd_socket.h.
 *
 * Whether a name is in use is found out by connecting to it, as for the control socket. Credentials
 * are asked for before the socket has a name, so that no datagram can come without.
 */
#include "rspamd_socket.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <bansync/limits.h>

#define SOCKET_MODE 0620

struct rspamd_socket {
    int fd;
    uid_t user; /* of rspamd */
    gid_t group;
    struct sockaddr_un address;
    dev_t device; /* of the name as we made it */
    ino_t inode;
    struct rspamd_socket_stats stats;
};

struct complaint {
    char *text;
    size_t size;
    const char *path;
};

static int complain(const struct complaint *to, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static int find_user(struct rspamd_socket *receiver, const char *name, const struct complaint *to);
static int check_directory(const char *path, const struct complaint *to);
static int remove_stale(const struct sockaddr_un *address, const struct complaint *to);
static int make(struct rspamd_socket *receiver, const char *user, const struct complaint *to);
static int bind_name(struct rspamd_socket *receiver, const char *user, const struct complaint *to);
static bool may_send(const struct rspamd_socket *receiver, const struct ucred *sender);
static bool take_one(struct rspamd_socket *receiver, rspamd_socket_fn *take, void *context);
static const struct ucred *find_sender(struct msghdr *message);

struct rspamd_socket *rspamd_socket_open(const char *path, const char *user, char *error,
                                         size_t error_size)
{
    const struct complaint to = {error, error_size, path};
    struct rspamd_socket *receiver = calloc(1, sizeof(*receiver));

    if (receiver == NULL) {
        (void)complain(&to, "no memory");
        return NULL;
    }
    receiver->fd = -1;
    receiver->address.sun_family = AF_UNIX;
    if (path[0] == '\0' || strlen(path) >= sizeof(receiver->address.sun_path)) {
        (void)complain(&to, "a socket's path has 1 to %zu bytes",
                       sizeof(receiver->address.sun_path) - 1);
    } else {
        memcpy(receiver->address.sun_path, path, strlen(path) + 1);
        if (find_user(receiver, user, &to) == 0 && make(receiver, user, &to) == 0)
            return receiver;
    }
    free(receiver);
    return NULL;
}

void rspamd_socket_close(struct rspamd_socket **receiver)
{
    if (*receiver == NULL)
        return;
    if (rspamd_socket_is_named(*receiver))
        (void)unlink((*receiver)->address.sun_path);
    (void)close((*receiver)->fd);
    free(*receiver);
    *receiver = NULL;
}

bool rspamd_socket_is_named(const struct rspamd_socket *receiver)
{
    struct stat now;

    return lstat(receiver->address.sun_path, &now) == 0 && now.st_dev == receiver->device &&
           now.st_ino == receiver->inode;
}

int rspamd_socket_renew(struct rspamd_socket *receiver, const char *user, char *error,
                        size_t error_size)
{
    const struct complaint to = {error, error_size, receiver->address.sun_path};
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

/* Always -1. */
static int complain(const struct complaint *to, const char *format, ...)
{
    char why[320];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, sizeof(why), format, arguments);
    va_end(arguments);
    snprintf(to->text, to->size, "%s: %s", to->path, why);
    return -1;
}

static int find_user(struct rspamd_socket *receiver, const char *name, const struct complaint *to)
{
    const struct passwd *user = getpwnam(name);

    if (user == NULL)
        return complain(to,
                        "there is no user %s; name that of rspamd in [detect] rspamd_user, or "
                        "install rspamd first",
                        name);
    receiver->user = user->pw_uid;
    receiver->group = user->pw_gid;
    return 0;
}

/* Who can write the directory can put a socket of its own in place of ours. */
static int check_directory(const char *path, const struct complaint *to)
{
    char directory[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    const char *slash = strrchr(path, '/');
    struct stat found;

    snprintf(directory, sizeof(directory), "%.*s",
             slash == NULL || slash == path ? 1 : (int)(slash - path), slash == NULL ? "." : path);
    if (stat(directory, &found) != 0)
        return complain(to, "its directory: %s", strerror(errno));
    if ((found.st_uid != 0 && found.st_uid != geteuid()) ||
        ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (found.st_mode & S_ISVTX) == 0))
        return complain(to, "its directory is open to others: give it to the agent's user, mode "
                            "0755, or name another in [detect] rspamd_socket");
    return 0;
}

/* Removes a socket that nobody receives on; 0 also if there is nothing. */
static int remove_stale(const struct sockaddr_un *address, const struct complaint *to)
{
    struct stat found;
    int fd;
    int error = 0;

    if (lstat(address->sun_path, &found) != 0)
        return errno == ENOENT ? 0 : complain(to, "%s", strerror(errno));
    if (!S_ISSOCK(found.st_mode))
        return complain(to, "exists and is not a socket");
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return complain(to, "cannot make a socket: %s", strerror(errno));
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
        error = errno;
    (void)close(fd);
    if (error == 0 || error == EPROTOTYPE)
        return complain(to, "in use: another program has it");
    if (error != ECONNREFUSED)
        return complain(to, "cannot tell whether it is in use: %s", strerror(error));
    if (unlink(address->sun_path) != 0)
        return complain(to, "cannot remove what an agent left behind: %s", strerror(errno));
    return 0;
}

/* Sets receiver->fd to a new socket that has the name; without one nothing changes. */
static int make(struct rspamd_socket *receiver, const char *user, const struct complaint *to)
{
    const int before = receiver->fd;
    const int yes = 1;

    if (check_directory(to->path, to) != 0 || remove_stale(&receiver->address, to) != 0)
        return -1;
    receiver->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (receiver->fd < 0 ||
        setsockopt(receiver->fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) != 0)
        (void)complain(to, "cannot make a socket: %s", strerror(errno));
    else if (bind_name(receiver, user, to) == 0)
        return 0;
    if (receiver->fd >= 0)
        (void)close(receiver->fd);
    receiver->fd = before;
    return -1;
}

/* Closed to all others until it has its group. */
static int bind_name(struct rspamd_socket *receiver, const char *user, const struct complaint *to)
{
    const char *path = receiver->address.sun_path;
    const mode_t mask = umask(0177);
    const int bound =
        bind(receiver->fd, (const struct sockaddr *)&receiver->address, sizeof(receiver->address));
    const int error = errno;
    struct stat made;

    (void)umask(mask);
    if (bound != 0)
        return complain(to, "cannot make it: %s", strerror(error));
    if (lchown(path, (uid_t)-1, receiver->group) != 0)
        (void)complain(
            to,
            "cannot give it to the group of %s: %s; make the agent's user a member (adduser "
            "bansync %s), then systemctl restart bansyncd",
            user, strerror(errno), user);
    else if (lstat(path, &made) != 0 || !S_ISSOCK(made.st_mode) || chmod(path, SOCKET_MODE) != 0)
        (void)complain(to, "cannot open it to the group of %s: %s", user, strerror(errno));
    else {
        receiver->device = made.st_dev;
        receiver->inode = made.st_ino;
        return 0;
    }
    (void)unlink(path);
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
