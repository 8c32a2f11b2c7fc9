/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name of a Unix socket in the file system: whose it is, and taking it over from an agent that
 * left it behind.
 *
 * Whether a name is in use is found out by connecting to it: nothing but a refused connection
 * proves that a socket was left behind, and nothing but such a socket is ever removed. Does not:
 * bind, or judge who may use it.
 */
#ifndef BANSYNC_ADAPTER_SOCKET_NAME_H
#define BANSYNC_ADAPTER_SOCKET_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/un.h>

/* A name that was bound. */
struct socket_name {
    struct sockaddr_un address;
    dev_t device; /* of what was bound */
    ino_t inode;
};

/* Where a complaint goes: "PATH: why". */
struct socket_complaint {
    char *text;
    size_t size;
    const char *path;
};

/* Writes the complaint. Always -1. */
int socket_complain(const struct socket_complaint *to, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Sets the address. -1 and a complaint if path is empty or too long for one. */
int socket_name_set(struct socket_name *name, const char *path, const struct socket_complaint *to);

/* Removes a socket of this type (SOCK_STREAM, SOCK_DGRAM) that nobody receives on. 0, also if there
 * is nothing, or -1 and a complaint; in_use: who else has it. */
int socket_name_free(const struct socket_name *name, int type, const char *in_use,
                     const struct socket_complaint *to);

/* Binds fd to the name, closed to all but its user. 0, or -1 and a complaint. */
int socket_name_bind(const struct socket_name *name, int fd, const struct socket_complaint *to);

/* Remembers what has the name now. 0, or -1 with errno: it is no socket, or gone. */
int socket_name_take(struct socket_name *name);

/* Does it still have the name? */
bool socket_name_is_ours(const struct socket_name *name);

/* Removes the name if it is still ours. */
void socket_name_remove(const struct socket_name *name);

#endif
