/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd_notify(3) in one datagram; abstract ('@') and path sockets.
 * Does not: keep a socket: the messages are few.
 */
#include "notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define NOTIFY_WAIT_US 100000
#define WATCHDOG_US_MAX (INT64_C(1) << 53) /* centuries: "infinity" is none */

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

/* The digits of a variable as a number from 1 to WATCHDOG_US_MAX. */
static bool read_number(const char *name, int64_t *number)
{
    const char *text = getenv(name);
    char *end;
    intmax_t value;

    if (text == NULL || text[0] < '0' || text[0] > '9')
        return false;
    value = strtoimax(text, &end, 10);
    if (*end != '\0' || value <= 0 || value > WATCHDOG_US_MAX)
        return false;
    *number = value;
    return true;
}

int64_t notify_watchdog_ms(void)
{
    int saved_errno = errno;
    int64_t us, pid, ms = 0;
    bool mine = getenv("WATCHDOG_PID") == NULL ||
                (read_number("WATCHDOG_PID", &pid) && pid == (int64_t)getpid());

    if (mine && read_number("WATCHDOG_USEC", &us))
        ms = us >= 2000 ? us / 2000 : 1;
    errno = saved_errno;
    return ms;
}
