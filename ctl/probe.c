/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a server answer? See probe.h.
 */
#include "probe.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "when.h"

enum { ADDRESS_SIZE = 512 };

/* One attempt. */
struct probe {
    int fd;
    int64_t deadline_ms;
    const char *problem;
};

static void connect_path(struct probe *probe, const char *path);
static void connect_host(struct probe *probe, const char *address, const char *default_port);
static bool split(const char *address, char *copy, const char **host, const char **port);
static int connect_to(struct probe *probe, const struct sockaddr *address, socklen_t length);
static int wait_for(const struct probe *probe, short events);
static void talk(struct probe *probe, const char *say, char *reply, size_t size);

const char *probe_ask(const char *address, const char *default_port, const char *say,
                      int timeout_ms, char *reply, size_t size)
{
    struct probe probe = {.fd = -1, .deadline_ms = when_monotonic_ms() + timeout_ms};
    reply[0] = '\0';
    if (address[0] == '/')
        connect_path(&probe, address);
    else
        connect_host(&probe, address, default_port);
    if (!probe.problem)
        talk(&probe, say, reply, size);
    if (probe.fd >= 0)
        close(probe.fd);
    return probe.problem;
}

static void connect_path(struct probe *probe, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path)) {
        probe->problem = "the path is too long";
        return;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect_to(probe, (const struct sockaddr *)&address, sizeof(address)) < 0)
        probe->problem = strerror(errno);
}

/* The first of its addresses that takes the connection. */
static void connect_host(struct probe *probe, const char *address, const char *default_port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    const char *host, *port = default_port;
    char copy[ADDRESS_SIZE];
    if (!split(address, copy, &host, &port)) {
        probe->problem = "it is no address of a server";
        return;
    }
    int error = getaddrinfo(host, port, &hints, &found);
    if (error != 0) {
        probe->problem = gai_strerror(error);
        return;
    }
    for (struct addrinfo *one = found; one; one = one->ai_next) {
        if (connect_to(probe, one->ai_addr, one->ai_addrlen) == 0) {
            probe->problem = NULL;
            break;
        }
        probe->problem = strerror(errno);
    }
    freeaddrinfo(found);
}

/* What follows a second colon (a weight, in rspamd's lists) is left out. */
static bool split(const char *address, char *copy, const char **host, const char **port)
{
    if (strlen(address) >= ADDRESS_SIZE)
        return false;
    memcpy(copy, address, strlen(address) + 1);
    char *end = copy[0] == '[' ? strchr(copy, ']') : strchr(copy, ':');
    *host = copy[0] == '[' ? copy + 1 : copy;
    if (copy[0] == '[' && !end)
        return false;
    if (!end)
        return copy[0] != '\0';
    char *colon = *end == ']' ? end + 1 : end;
    bool has_port = *colon == ':';
    *end = '\0';
    if (has_port) {
        *port = colon + 1;
        colon[1 + strcspn(colon + 1, ":")] = '\0';
    }
    return (*port)[0] != '\0';
}

static int connect_to(struct probe *probe, const struct sockaddr *address, socklen_t length)
{
    int error = 0;
    socklen_t size = sizeof(error);
    if (probe->fd >= 0)
        close(probe->fd);
    probe->fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe->fd < 0)
        return -1;
    if (connect(probe->fd, address, length) == 0)
        return 0;
    if (errno != EINPROGRESS || wait_for(probe, POLLOUT) < 0)
        return -1;
    getsockopt(probe->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    return error == 0 ? 0 : -1;
}

static int wait_for(const struct probe *probe, short events)
{
    struct pollfd fd = {.fd = probe->fd, .events = events};
    for (;;) {
        int64_t left_ms = probe->deadline_ms - when_monotonic_ms();
        int ready = left_ms > 0 ? poll(&fd, 1, (int)left_ms) : 0;
        if (ready > 0)
            return 0;
        if (ready == 0)
            errno = ETIMEDOUT;
        if (ready == 0 || errno != EINTR)
            return -1;
    }
}

static void talk(struct probe *probe, const char *say, char *reply, size_t size)
{
    if (say && say[0] != '\0' && send(probe->fd, say, strlen(say), MSG_NOSIGNAL) < 0) {
        probe->problem = strerror(errno);
        return;
    }
    if (wait_for(probe, POLLIN) < 0) {
        probe->problem = "it takes the connection and says nothing";
        return;
    }
    ssize_t taken = recv(probe->fd, reply, size - 1, 0);
    if (taken <= 0)
        probe->problem = "it closes the connection";
    reply[taken > 0 ? taken : 0] = '\0';
}
