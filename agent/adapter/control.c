/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket, see control.h: who is connected, whose turn it is, who is turned away.
 *
 * A client that has to go is only marked while events are handled, and closed when all have been:
 * so no pointer and no descriptor changes its meaning under a caller. New clients are accepted
 * last, and served at once: most of them have asked already.
 *
 * Does not: know the lines of a connection (control_client.c), the name of the socket
 * (control_socket.c) or how roles are found (control_peer.c).
 */
#include "control.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bansync/control.h>
#include <bansync/limits.h>

#include "control_client.h"
#include "control_peer.h"
#include "control_socket.h"

#define ACCEPT_PAUSE_MS 1000 /* without descriptors, if no client leaves before */

/* What a client is told before it is closed; the same form as the errors of a command. */
#define ERROR_LINE(code, message) \
    "{\"error\":{\"code\":\"" code "\",\"exit\":8,\"message\":\"" message "\",\"hint\":null}}\n"
_Static_assert(EXIT_INTERNAL == 8, "the exit code in ERROR_LINE");

static const char too_long[] = ERROR_LINE("request_too_long", "the request is too long");
static const char malformed[] = ERROR_LINE("request_malformed", "the request contains a NUL byte");
static const char incomplete[] =
    ERROR_LINE("request_incomplete", "the request did not end with a newline in time");
static const char overload[] = ERROR_LINE("too_many_clients", "too many clients are connected");

struct control {
    struct control_socket listener;
    gid_t admin_group;
    gid_t read_group;
    struct control_client clients[CONTROL_CLIENTS_MAX];
    uint64_t last_id;
    bool is_paused; /* no descriptor was left for a new client */
    int64_t accept_again_ms;
    struct control_stats stats;
};

static struct control_client *find(const struct control *control, uint64_t id);
static void serve(struct control *control, struct control_client *client, short revents,
                  int64_t now_ms, control_request_fn *request, void *context);
static void hand_over(struct control *control, struct control_client *client,
                      control_request_fn *request, void *context);
static void dismiss(struct control_client *client, const char *line);
static void reap(struct control *control);
static void serve_new(struct control *control, int64_t now_ms, control_request_fn *request,
                      void *context);
static void accept_clients(struct control *control, int64_t now_ms);
static void welcome(struct control *control, int fd);
static struct control_client *find_place(struct control *control, enum control_role role);

struct control *control_open(const char *path, const char *admin_group, const char *read_group,
                             char *error, size_t error_size)
{
    struct control *control = calloc(1, sizeof(*control));

    if (control == NULL) {
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
        return NULL;
    }
    if (control_socket_open(&control->listener, path, error, error_size) != 0) {
        free(control);
        return NULL;
    }
    control_groups(control, admin_group, read_group);
    return control;
}

void control_close(struct control **control)
{
    if (*control == NULL)
        return;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if ((*control)->clients[i].id != 0)
            control_client_close(&(*control)->clients[i]);
    control_socket_close(&(*control)->listener);
    free(*control);
    *control = NULL;
}

void control_groups(struct control *control, const char *admin_group, const char *read_group)
{
    control->admin_group = control_peer_group(admin_group);
    control->read_group = control_peer_group(read_group);
}

size_t control_poll(struct control *control, struct pollfd *fds, size_t fds_max)
{
    size_t count = 0;

    reap(control);
    if (!control->is_paused && count < fds_max)
        fds[count++] = (struct pollfd){.fd = control->listener.fd, .events = POLLIN};
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX && count < fds_max; i++)
        if (control->clients[i].id != 0)
            fds[count++] = (struct pollfd){.fd = control->clients[i].fd,
                                           .events = control_client_events(&control->clients[i])};
    return count;
}

void control_handle(struct control *control, const struct pollfd *fds, size_t fd_count,
                    int64_t now_ms, control_request_fn *request, void *context)
{
    bool is_someone_waiting = false;

    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct control_client *client = &control->clients[i];
        short revents = 0;

        if (client->id == 0)
            continue;
        for (size_t place = 0; place < fd_count; place++)
            if (fds[place].fd == client->fd)
                revents = fds[place].revents;
        serve(control, client, revents, now_ms, request, context);
    }
    reap(control);

    for (size_t place = 0; place < fd_count; place++)
        if (fds[place].fd == control->listener.fd && fds[place].revents != 0)
            is_someone_waiting = true;
    if (is_someone_waiting)
        serve_new(control, now_ms, request, context);
    else if (now_ms >= control->accept_again_ms)
        control->is_paused = false;
}

void control_reply(struct control *control, uint64_t client, const char *bytes, size_t size)
{
    struct control_client *to = find(control, client);

    if (to == NULL)
        return;
    assert(to->busy);
    control_client_reply(to, bytes, size);
}

void control_stream(struct control *control, uint64_t client)
{
    struct control_client *to = find(control, client);

    if (to != NULL)
        control_client_stream(to);
}

void control_send(struct control *control, uint64_t client)
{
    struct control_client *to = find(control, client);

    if (to != NULL)
        control_client_send(to);
}

size_t control_unsent(const struct control *control, uint64_t client)
{
    const struct control_client *to = find(control, client);

    return to != NULL ? to->out_size - to->out_sent : 0;
}

void control_end(struct control *control, uint64_t client)
{
    struct control_client *to = find(control, client);

    if (to == NULL)
        return;
    assert(to->busy);
    control_client_finish(to);
}

bool control_is_connected(const struct control *control, uint64_t client)
{
    return find(control, client) != NULL;
}

void control_statistics(const struct control *control, struct control_stats *stats)
{
    *stats = control->stats;
}

/* NULL if that client has gone. */
static struct control_client *find(const struct control *control, uint64_t id)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (id != 0 && control->clients[i].id == id && !control->clients[i].gone)
            return (struct control_client *)&control->clients[i];
    return NULL;
}

static void serve(struct control *control, struct control_client *client, short revents,
                  int64_t now_ms, control_request_fn *request, void *context)
{
    const char *mistake = NULL;

    if (client->gone)
        return;
    switch (control_client_turn(client, revents)) {
    case CONTROL_CLIENT_QUIET:
        break;
    case CONTROL_CLIENT_REQUEST:
        hand_over(control, client, request, context);
        break;
    case CONTROL_CLIENT_TOO_LONG:
        mistake = too_long;
        break;
    case CONTROL_CLIENT_MALFORMED:
        mistake = malformed;
        break;
    case CONTROL_CLIENT_INCOMPLETE:
        mistake = incomplete;
        break;
    }
    if (mistake == NULL && control_client_is_late(client, now_ms)) {
        if (!control_client_is_sending(client) && client->in_size > 0)
            mistake = incomplete;
        else
            client->gone = true; /* it does not read, or has nothing to say */
    }
    if (mistake != NULL) {
        control->stats.malformed++;
        dismiss(client, mistake);
    }
}

static void hand_over(struct control *control, struct control_client *client,
                      control_request_fn *request, void *context)
{
    const struct control_peer peer =
        control_peer_of(client->fd, control->admin_group, control->read_group);
    const struct control_request handed = {
        .client = client->id,
        .uid = peer.uid,
        .pid = peer.pid,
        .role = peer.role,
        .line = client->in,
        .length = client->line_length,
    };

    request(context, &handed);
    control_client_take(client);
}

/* Tells a client why, as far as it can be told without waiting, and lets it go. */
static void dismiss(struct control_client *client, const char *line)
{
    control_client_reply(client, line, strlen(line));
    control_client_flush(client);
    client->gone = true;
}

/* Closes those that are gone. */
static void reap(struct control *control)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i].id != 0 && control->clients[i].gone) {
            control_client_close(&control->clients[i]);
            control->is_paused = false;
        }
}

static bool is_full(const struct control *control)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i].id == 0)
            return false;
    return true;
}

static void serve_new(struct control *control, int64_t now_ms, control_request_fn *request,
                      void *context)
{
    uint64_t last_id = control->last_id;

    accept_clients(control, now_ms);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i].id > last_id)
            serve(control, &control->clients[i], POLLIN, now_ms, request, context);
}

/* Stops when the last place is taken: some may have hung up while they waited, which the next turn
 * finds before anybody is turned away for their sake. */
static void accept_clients(struct control *control, int64_t now_ms)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        const int fd = accept4(control->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            welcome(control, fd);
            if (is_full(control))
                return;
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            control->is_paused = true; /* no descriptor or no memory: polling again would spin */
            control->accept_again_ms = now_ms + ACCEPT_PAUSE_MS;
            return;
        }
    }
}

/* Gives the new client a place, or turns it away. */
static void welcome(struct control *control, int fd)
{
    const struct control_peer peer = control_peer_of(fd, control->admin_group, control->read_group);
    struct control_client *place = find_place(control, peer.role);

    if (place != NULL) {
        control_client_open(place, ++control->last_id, fd);
        return;
    }
    control->stats.overload++;
    (void)send(fd, overload, sizeof(overload) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)close(fd);
}

/* A free place. If there is none, one who may do something takes the place of one who may not:
 * otherwise any local user could keep the operator out. NULL if nobody has to give way. */
static struct control_client *find_place(struct control *control, enum control_role role)
{
    struct control_client *oldest = NULL;

    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i].id == 0)
            return &control->clients[i];
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX && role != CONTROL_NOBODY; i++) {
        struct control_client *client = &control->clients[i];
        const struct control_peer peer =
            control_peer_of(client->fd, control->admin_group, control->read_group);

        if (peer.role == CONTROL_NOBODY && (oldest == NULL || client->id < oldest->id))
            oldest = client;
    }
    if (oldest != NULL) {
        control->stats.overload++;
        dismiss(oldest, overload);
        control_client_close(oldest);
    }
    return oldest;
}
