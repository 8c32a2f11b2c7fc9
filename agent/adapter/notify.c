/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd_notify(3) in one datagram; abstract ('@') and path sockets.
 * Does not: keep a socket: the messages are few.
 */
#include "notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define NOTIFY_WAIT_US 100000

/* Length of *address, or 0 if the name is none that can be used. */
static socklen_t fill_address(struct sockaddr_un *address, const char *name)
{
    size_t length = strlen(name);

    if ((name[0] != '/' && name[0] != '@') || length < 2 || length >= sizeof(address->sun_path))
        return 0;
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, name, length);
    if (name[0] == '@') {
        address->sun_path[0] = '\0'; /* abstract: no NUL at its end */
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    }
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
}

void notify_send(const char *state)
{
    int saved_errno = errno;
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t address_length = name == NULL ? 0 : fill_address(&address, name);

    if (address_length == 0)
        return;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        /* READY=1 must not get lost because the manager is busy for a moment; hanging would be
         * worse. */
        struct timeval wait = {.tv_usec = NOTIFY_WAIT_US};
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
        sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, address_length);
        close(fd);
    }
    errno = saved_errno;
}
