/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One conversation with the agent over its Unix socket, bounded in time and size.
 *
 * One deadline holds for all of it, but for a stream: there it holds for the first line. Half of a
 * large request may be refused with an answer, so an agent that closes while we send is still read.
 * Does not: parse JSON, retry.
 */
#include "client.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <bansync/limits.h>

#include "memory.h"
#include "when.h"

enum { READ_BYTES = 65536 };

struct client {
    const struct client_options *options;
    int fd;
    int64_t deadline_ms;
    struct failure *failure;
    char *text; /* received and not yet handed out */
    size_t text_size;
    size_t text_room;
    size_t scanned; /* of text_size: known to hold no LF */
    size_t total;   /* bytes received; of a stream those of unfinished lines */
    bool streams;   /* the first line of a stream has come */
};

static int open_connection(struct client *client);
static int connect_failed(const struct client *client, int error);
static int permission_denied(const struct client *client);
static int send_request(struct client *client, const char *request, size_t size);
static int read_answer(struct client *client, client_line_fn *line, void *context);
static int hand_out(struct client *client, client_line_fn *line, void *context);
static int make_room(struct client *client);
static int wait_for(struct client *client, short events);
static int timed_out(const struct client *client);
static bool has_enough(const struct client *client);
static int gone(const struct client *client);
static int broken_off(const struct client *client);

int client_ask(const struct client_options *options, const char *request, size_t request_size,
               client_line_fn *line, void *context, struct failure *failure)
{
    struct client client = {.options = options, .fd = -1, .failure = failure};
    client.deadline_ms = when_monotonic_ms() + options->timeout_s * 1000;
    int result = open_connection(&client);
    if (result == 0)
        result = send_request(&client, request, request_size);
    if (result == 0)
        result = read_answer(&client, line, context);
    if (client.fd >= 0)
        close(client.fd);
    free(client.text);
    return result;
}

/* A full backlog makes connect wait; SO_SNDTIMEO bounds that. */
static int open_connection(struct client *client)
{
    const char *path = client->options->socket_path;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return failure_set(client->failure, "usage", EXIT_USAGE,
                           "the socket path is longer than %zu bytes: %s",
                           sizeof(address.sun_path) - 1, path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        return connect_failed(client, errno);
    struct timeval timeout = {.tv_sec = client->options->timeout_s};
    setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    if (connect(client->fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return connect_failed(client, errno);
    return 0;
}

static int connect_failed(const struct client *client, int error)
{
    if (error == EACCES || error == EPERM)
        return permission_denied(client);
    if (error == EAGAIN)
        return timed_out(client);
    const char *why = strerror(error);
    if (error == ENOENT)
        why = "no such file";
    if (error == ECONNREFUSED)
        why = "nobody answers";
    failure_set(client->failure, "unreachable", EXIT_UNREACHABLE,
                "cannot reach the agent at %s: %s", client->options->socket_path, why);
    return failure_hint(client->failure, "is it running?  systemctl status bansyncd");
}

static int permission_denied(const struct client *client)
{
    const struct passwd *user = getpwuid(geteuid());
    failure_set(client->failure, "permission", EXIT_PERMISSION, "permission denied on %s",
                client->options->socket_path);
    return failure_hint(client->failure,
                        "your user is not in group \"bansync-admin\":  "
                        "sudo usermod -aG bansync-admin %s   (then log in again)",
                        user ? user->pw_name : "USER");
}

static int send_request(struct client *client, const char *request, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(client->fd, request, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            request += sent;
            size -= (size_t)sent;
        } else if (errno == EPIPE || errno == ECONNRESET) {
            return 0; /* its answer may say why */
        } else if (errno != EAGAIN && errno != EINTR) {
            return connect_failed(client, errno);
        } else if (wait_for(client, POLLOUT) < 0) {
            return -1;
        }
    }
    return 0;
}

static int read_answer(struct client *client, client_line_fn *line, void *context)
{
    for (;;) {
        if (has_enough(client))
            return 0;
        if (make_room(client) < 0)
            return -1;
        ssize_t got = recv(client->fd, client->text + client->text_size,
                           client->text_room - client->text_size, MSG_DONTWAIT);
        if (got > 0) {
            client->text_size += (size_t)got;
            client->total += (size_t)got;
            if (hand_out(client, line, context) > 0)
                return 0;
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            return client->streams ? gone(client) : broken_off(client);
        } else if (wait_for(client, POLLIN) < 0) {
            return -1;
        }
    }
}

/* Hands out the whole lines received so far; 1 if one was the last. */
static int hand_out(struct client *client, client_line_fn *line, void *context)
{
    size_t begin = 0;
    int done = 0;
    for (;;) {
        size_t from = begin > client->scanned ? begin : client->scanned;
        const char *end = memchr(client->text + from, '\n', client->text_size - from);
        if (!end || done)
            break;
        size_t length = (size_t)(end - client->text) - begin;
        done = line(context, client->text + begin, length);
        begin += length + 1;
        client->streams = client->options->stream;
    }
    client->text_size -= begin;
    memmove(client->text, client->text + begin, client->text_size);
    client->scanned = client->text_size;
    if (client->streams)
        client->total = client->text_size;
    return done;
}

static int make_room(struct client *client)
{
    if (client->total >= CONTROL_REPLY_BYTES_MAX)
        return failure_set(client->failure, "protocol", EXIT_INTERNAL,
                           "the answer is longer than %d bytes", CONTROL_REPLY_BYTES_MAX);
    if (client->text_room - client->text_size >= READ_BYTES / 2)
        return 0;
    size_t room = 2 * client->text_room + READ_BYTES;
    char *text = realloc(client->text, room);
    if (!text)
        memory_exhausted();
    client->text = text;
    client->text_room = room;
    return 0;
}

static int wait_for(struct client *client, short events)
{
    const bool stream = client->options->stream;
    struct pollfd fds[] = {
        {.fd = client->fd, .events = events},
        {.fd = stream ? client->options->stop_fd : -1, .events = POLLIN},
    };
    int64_t left_ms = client->streams ? -1 : client->deadline_ms - when_monotonic_ms();
    if (!client->streams && left_ms <= 0)
        return timed_out(client);
    int ready = poll(fds, sizeof(fds) / sizeof(fds[0]), (int)left_ms);
    if (ready == 0)
        return timed_out(client);
    assert(ready > 0 || errno == EINTR);
    return 0;
}

static int timed_out(const struct client *client)
{
    failure_set(client->failure, "timeout", EXIT_UNREACHABLE,
                "the agent did not answer within %d s", (int)client->options->timeout_s);
    return failure_hint(client->failure, "is it stuck?  systemctl status bansyncd");
}

/* Looked at before each read: a stream that never pauses must be stopped, too. */
static bool has_enough(const struct client *client)
{
    struct pollfd stop = {.fd = client->options->stop_fd, .events = POLLIN};
    return client->options->stream && poll(&stop, 1, 0) > 0;
}

static int gone(const struct client *client)
{
    failure_set(client->failure, "unreachable", EXIT_UNREACHABLE, "the agent went away");
    return failure_hint(client->failure, "is it running?  systemctl status bansyncd");
}

static int broken_off(const struct client *client)
{
    failure_set(client->failure, "protocol", EXIT_INTERNAL,
                "the agent closed the connection before its answer was complete");
    return failure_hint(client->failure, "its log may tell why:  journalctl -u bansyncd -n 20");
}
