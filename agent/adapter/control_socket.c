/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listening socket, see control_socket.h.
 *
 * Whether a name is in use is found out by connecting to it: nothing but a refused connection
 * proves that a socket was left behind, and nothing but such a socket is ever removed.
 */
#include "control_socket.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bansync/limits.h>

#define DIRECTORY_MODE 0755
#define SOCKET_MODE 0666 /* who may do what is judged by credentials */

struct complaint {
    char *text;
    size_t size;
    const char *path;
};

static int complain(const struct complaint *to, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static int make_directory(const char *path, const struct complaint *to);
static int remove_stale(const struct sockaddr_un *address, const struct complaint *to);
static int listen_at(struct control_socket *listener, const struct complaint *to);

int control_socket_open(struct control_socket *listener, const char *path, char *error,
                        size_t error_size)
{
    const struct complaint to = {error, error_size, path};
    const size_t length = strlen(path);

    *listener = (struct control_socket){.fd = -1, .address.sun_family = AF_UNIX};
    if (length == 0 || length >= sizeof(listener->address.sun_path))
        return complain(&to, "a socket's path has 1 to %zu bytes",
                        sizeof(listener->address.sun_path) - 1);
    memcpy(listener->address.sun_path, path, length + 1);
    if (make_directory(path, &to) != 0 || remove_stale(&listener->address, &to) != 0)
        return -1;

    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener->fd < 0)
        return complain(&to, "cannot make a socket: %s", strerror(errno));
    if (listen_at(listener, &to) != 0) {
        (void)close(listener->fd);
        listener->fd = -1;
        return -1;
    }
    return 0;
}

void control_socket_close(struct control_socket *listener)
{
    const char *path = listener->address.sun_path;
    struct stat now;

    if (lstat(path, &now) == 0 && now.st_dev == listener->device && now.st_ino == listener->inode)
        (void)unlink(path);
    (void)close(listener->fd);
    listener->fd = -1;
}

/* Always -1. */
static int complain(const struct complaint *to, const char *format, ...)
{
    char why[160];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, sizeof(why), format, arguments);
    va_end(arguments);
    snprintf(to->text, to->size, "%s: %s", to->path, why);
    return -1;
}

/* Makes the directory of path if it is missing; its own directory must be there. */
static int make_directory(const char *path, const struct complaint *to)
{
    char directory[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    const char *slash = strrchr(path, '/');
    mode_t mask;
    int made;
    int error;

    if (slash == NULL || slash == path)
        return 0;
    snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path), path);
    mask = umask(0777 & ~DIRECTORY_MODE);
    made = mkdir(directory, DIRECTORY_MODE);
    error = errno;
    (void)umask(mask);
    if (made != 0 && error != EEXIST)
        return complain(to, "cannot make its directory: %s", strerror(error));
    return 0;
}

/* Removes a socket that nobody listens on; 0 also if there is nothing. */
static int remove_stale(const struct sockaddr_un *address, const struct complaint *to)
{
    struct stat found;
    int fd;
    int error = 0;

    if (lstat(address->sun_path, &found) != 0)
        return errno == ENOENT ? 0 : complain(to, "%s", strerror(errno));
    if (!S_ISSOCK(found.st_mode))
        return complain(to, "exists and is not a socket");

    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return complain(to, "cannot make a socket: %s", strerror(errno));
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
        error = errno;
    (void)close(fd);
    if (error == 0 || error == EAGAIN) /* it listens, or has no time to */
        return complain(to, "in use: an agent is already running");
    if (error != ECONNREFUSED)
        return complain(to, "cannot tell whether it is in use: %s", strerror(error));
    if (unlink(address->sun_path) != 0)
        return complain(to, "cannot remove what an agent left behind: %s", strerror(errno));
    return 0;
}

/* Nobody else can connect before it listens and is opened to all. */
static int listen_at(struct control_socket *listener, const struct complaint *to)
{
    const char *path = listener->address.sun_path;
    const mode_t mask = umask(0177);
    const int bound =
        bind(listener->fd, (const struct sockaddr *)&listener->address, sizeof(listener->address));
    const int error = errno;
    struct stat made;

    (void)umask(mask);
    if (bound != 0)
        return complain(to, "cannot make it: %s", strerror(error));
    if (lstat(path, &made) != 0 || listen(listener->fd, CONTROL_CLIENTS_MAX) != 0 ||
        chmod(path, SOCKET_MODE) != 0) {
        (void)complain(to, "cannot listen on it: %s", strerror(errno));
        (void)unlink(path);
        return -1;
    }
    listener->device = made.st_dev;
    listener->inode = made.st_ino;
    return 0;
}
