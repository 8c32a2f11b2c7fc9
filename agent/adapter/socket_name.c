/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name of a Unix socket in the file system, see socket_name.h.
 */
#include "socket_name.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int socket_complain(const struct socket_complaint *to, const char *format, ...)
{
    char why[320];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, sizeof(why), format, arguments);
    va_end(arguments);
    snprintf(to->text, to->size, "%s: %s", to->path, why);
    return -1;
}

int socket_name_set(struct socket_name *name, const char *path, const struct socket_complaint *to)
{
    const size_t length = strlen(path);

    *name = (struct socket_name){.address.sun_family = AF_UNIX};
    if (length == 0 || length >= sizeof(name->address.sun_path))
        return socket_complain(to, "a socket's path has 1 to %zu bytes",
                               sizeof(name->address.sun_path) - 1);
    memcpy(name->address.sun_path, path, length + 1);
    return 0;
}

int socket_name_free(const struct socket_name *name, int type, const char *in_use,
                     const struct socket_complaint *to)
{
    const struct sockaddr *address = (const struct sockaddr *)&name->address;
    struct stat found;
    int error = 0;
    int fd;

    if (lstat(name->address.sun_path, &found) != 0)
        return errno == ENOENT ? 0 : socket_complain(to, "%s", strerror(errno));
    if (!S_ISSOCK(found.st_mode))
        return socket_complain(to, "exists and is not a socket: remove it, or name another path");
    fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return socket_complain(to, "cannot make a socket: %s", strerror(errno));
    if (connect(fd, address, sizeof(name->address)) != 0)
        error = errno;
    (void)close(fd);
    if (error == EPROTOTYPE || error == EPERM) /* of another type; connected to somebody else */
        return socket_complain(to, "in use by another program, or by a bansyncd with another "
                                   "configuration");
    if (error == 0 || error == EAGAIN) /* it receives, or has no time to */
        return socket_complain(to, "in use: %s", in_use);
    if (error != ECONNREFUSED)
        return socket_complain(to, "cannot tell whether it is in use: %s; if it is not, remove it",
                               strerror(error));
    if (unlink(name->address.sun_path) != 0)
        return socket_complain(to, "cannot remove what an agent left behind: %s", strerror(errno));
    return 0;
}

int socket_name_bind(const struct socket_name *name, int fd, const struct socket_complaint *to)
{
    const mode_t mask = umask(0177);
    const int bound = bind(fd, (const struct sockaddr *)&name->address, sizeof(name->address));
    const int error = errno;

    (void)umask(mask);
    return bound == 0 ? 0 : socket_complain(to, "cannot make it: %s", strerror(error));
}

int socket_name_take(struct socket_name *name)
{
    struct stat made;

    if (lstat(name->address.sun_path, &made) != 0)
        return -1;
    if (!S_ISSOCK(made.st_mode)) {
        errno = ENOTSOCK;
        return -1;
    }
    name->device = made.st_dev;
    name->inode = made.st_ino;
    return 0;
}

bool socket_name_is_ours(const struct socket_name *name)
{
    struct stat now;

    return lstat(name->address.sun_path, &now) == 0 && now.st_dev == name->device &&
           now.st_ino == name->inode;
}

void socket_name_remove(const struct socket_name *name)
{
    if (socket_name_is_ours(name))
        (void)unlink(name->address.sun_path);
}
