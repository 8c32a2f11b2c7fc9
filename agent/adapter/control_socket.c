/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listening socket, see control_socket.h.
 */
#include "control_socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bansync/limits.h>

#define DIRECTORY_MODE 0755
#define SOCKET_MODE 0666 /* who may do what is judged by credentials */

static int make_directory(const char *path, const struct socket_complaint *to);
static int listen_at(struct control_socket *listener, const struct socket_complaint *to);

int control_socket_open(struct control_socket *listener, const char *path, char *error,
                        size_t error_size)
{
    const struct socket_complaint to = {error, error_size, path};

    *listener = (struct control_socket){.fd = -1};
    if (socket_name_set(&listener->name, path, &to) != 0 || make_directory(path, &to) != 0 ||
        socket_name_free(&listener->name, SOCK_STREAM, "an agent is already running", &to) != 0)
        return -1;
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener->fd < 0)
        return socket_complain(&to, "cannot make a socket: %s", strerror(errno));
    if (listen_at(listener, &to) != 0) {
        (void)close(listener->fd);
        listener->fd = -1;
        return -1;
    }
    return 0;
}

void control_socket_close(struct control_socket *listener)
{
    socket_name_remove(&listener->name);
    (void)close(listener->fd);
    listener->fd = -1;
}

/* Makes the directory of path if it is missing; its own directory must be there. */
static int make_directory(const char *path, const struct socket_complaint *to)
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
        return socket_complain(to, "cannot make its directory: %s", strerror(error));
    return 0;
}

/* Nobody else can connect before it listens and is opened to all. */
static int listen_at(struct control_socket *listener, const struct socket_complaint *to)
{
    if (socket_name_bind(&listener->name, listener->fd, to) != 0)
        return -1;
    if (socket_name_take(&listener->name) != 0 || listen(listener->fd, CONTROL_CLIENTS_MAX) != 0 ||
        chmod(to->path, SOCKET_MODE) != 0) {
        (void)socket_complain(to, "cannot listen on it: %s", strerror(errno));
        socket_name_remove(&listener->name);
        return -1;
    }
    return 0;
}
