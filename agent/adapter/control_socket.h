/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listening Unix socket and its name in the file system. Private to control.c.
 */
#ifndef BANSYNC_ADAPTER_CONTROL_SOCKET_H
#define BANSYNC_ADAPTER_CONTROL_SOCKET_H

#include <stddef.h>

#include "socket_name.h"

struct control_socket {
    int fd; /* listening, does not block */
    struct socket_name name;
};

/* As control_open says of path. Returns 0, or -1 and text in error. */
int control_socket_open(struct control_socket *listener, const char *path, char *error,
                        size_t error_size);

/* Closes it and removes its name, unless the name is by now somebody else's. */
void control_socket_close(struct control_socket *listener);

#endif
