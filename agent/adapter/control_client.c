/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of the control socket, see control_client.h.
 */
#include "control_client.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bansync/limits.h>

#define IN_CAPACITY_FIRST 4096
#define IN_CAPACITY_MAX (CONTROL_REQUEST_BYTES_MAX + 1) /* with LF */
#define OUT_CAPACITY_FIRST 4096
#define OUT_CAPACITY_KEPT 65536 /* a larger buffer is freed once it is sent */
#define SINCE_NOW INT64_MIN     /* the clock starts at the next look at it */

static bool is_listening(const struct control_client *client);
static void receive(struct control_client *client);
static enum control_client_news find_line(struct control_client *client);
static bool make_room(char **buffer, size_t *capacity, size_t wanted, size_t first);

void control_client_open(struct control_client *client, uint64_t id, int fd)
{
    assert(id != 0);
    *client = (struct control_client){
        .id = id, .fd = fd, .patience_ms = CONTROL_IDLE_MS, .since_ms = SINCE_NOW};
}

void control_client_close(struct control_client *client)
{
    (void)close(client->fd);
    free(client->in);
    free(client->out);
    *client = (struct control_client){.fd = -1};
}

short control_client_events(const struct control_client *client)
{
    if (control_client_is_sending(client))
        return POLLOUT;
    if (client->busy)
        return 0;
    /* with bytes not looked at yet, or no more to come, there is something to do at once */
    return is_listening(client) ? POLLIN : POLLOUT;
}

enum control_client_news control_client_turn(struct control_client *client, short revents)
{
    const short hung_up = POLLHUP | POLLERR | POLLNVAL;

    if (control_client_is_sending(client) && (revents & (POLLOUT | hung_up)) != 0)
        control_client_flush(client);
    if (is_listening(client) && (revents & (POLLIN | hung_up)) != 0)
        receive(client); /* also what was sent before a hang-up */
    else if ((revents & hung_up) != 0)
        client->gone = true;
    if (client->gone || client->busy || control_client_is_sending(client))
        return CONTROL_CLIENT_QUIET;
    return find_line(client);
}

void control_client_take(struct control_client *client)
{
    const size_t size = client->line_length + 1;

    assert(size <= client->in_size);
    client->in_size -= size;
    client->in_scanned = 0;
    client->line_length = 0;
    if (client->in_size > 0)
        memmove(client->in, client->in + size, client->in_size);
}

void control_client_reply(struct control_client *client, const char *bytes, size_t size)
{
    size_t unsent = client->out_size - client->out_sent;

    if (client->gone || size == 0)
        return;
    if (size > CONTROL_REPLY_BYTES_MAX - unsent) {
        client->gone = true;
        return;
    }
    if (unsent == 0) {
        client->since_ms = SINCE_NOW;
        client->fresh = true;
    }
    if (client->out_sent > 0 && client->out_size + size > client->out_capacity) {
        memmove(client->out, client->out + client->out_sent, unsent);
        client->out_sent = 0;
        client->out_size = unsent;
    }
    if (!make_room(&client->out, &client->out_capacity, client->out_size + size,
                   OUT_CAPACITY_FIRST)) {
        client->gone = true;
        return;
    }
    memcpy(client->out + client->out_size, bytes, size);
    client->out_size += size;
}

void control_client_stream(struct control_client *client)
{
    assert(client->busy);
    client->patience_ms = CONTROL_STREAM_IDLE_MS;
}

void control_client_finish(struct control_client *client)
{
    client->busy = false;
    client->patience_ms = CONTROL_IDLE_MS;
    if (!control_client_is_sending(client))
        client->since_ms = SINCE_NOW;
    control_client_flush(client);
}

void control_client_flush(struct control_client *client)
{
    ssize_t sent;

    client->fresh = false;
    if (client->gone || !control_client_is_sending(client))
        return;
    sent = send(client->fd, client->out + client->out_sent, client->out_size - client->out_sent,
                MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
        client->gone = errno != EAGAIN && errno != EINTR;
        return;
    }
    client->since_ms = SINCE_NOW;
    client->out_sent += (size_t)sent;
    if (control_client_is_sending(client))
        return;
    client->out_sent = 0;
    client->out_size = 0;
    if (client->out_capacity > OUT_CAPACITY_KEPT) {
        free(client->out);
        client->out = NULL;
        client->out_capacity = 0;
    }
}

void control_client_send(struct control_client *client)
{
    if (client->fresh)
        control_client_flush(client);
}

bool control_client_is_sending(const struct control_client *client)
{
    return client->out_sent < client->out_size;
}

bool control_client_is_late(struct control_client *client, int64_t now_ms)
{
    if (client->busy && !control_client_is_sending(client))
        client->since_ms = SINCE_NOW;
    else if (client->since_ms == SINCE_NOW)
        client->since_ms = now_ms;
    return client->since_ms != SINCE_NOW && now_ms - client->since_ms >= client->patience_ms;
}

static bool is_listening(const struct control_client *client)
{
    return !client->gone && !client->ended && !client->busy && !control_client_is_sending(client) &&
           client->in_scanned == client->in_size;
}

static void receive(struct control_client *client)
{
    size_t capacity = client->in_capacity;
    ssize_t received;

    if (client->in_size == capacity &&
        !make_room(&client->in, &client->in_capacity, capacity + 1, IN_CAPACITY_FIRST)) {
        client->gone = true;
        return;
    }
    capacity = client->in_capacity < IN_CAPACITY_MAX ? client->in_capacity : IN_CAPACITY_MAX;
    assert(client->in_size < capacity);
    received =
        recv(client->fd, client->in + client->in_size, capacity - client->in_size, MSG_DONTWAIT);
    if (received < 0) {
        client->gone = errno != EAGAIN && errno != EINTR;
        return;
    }
    if (received == 0)
        client->ended = true;
    else if (client->in_size == 0)
        client->since_ms = SINCE_NOW; /* the first byte of a request */
    client->in_size += (size_t)received;
}

static enum control_client_news find_line(struct control_client *client)
{
    char *end = NULL;

    if (client->in_scanned < client->in_size)
        end = memchr(client->in + client->in_scanned, '\n', client->in_size - client->in_scanned);
    client->in_scanned = client->in_size;
    if (end != NULL) {
        client->line_length = (size_t)(end - client->in);
        if (memchr(client->in, '\0', client->line_length) != NULL)
            return CONTROL_CLIENT_MALFORMED;
        *end = '\0';
        client->busy = true;
        return CONTROL_CLIENT_REQUEST;
    }
    if (client->in_size == IN_CAPACITY_MAX)
        return CONTROL_CLIENT_TOO_LONG;
    if (client->ended && client->in_size > 0)
        return CONTROL_CLIENT_INCOMPLETE;
    if (client->ended)
        client->gone = true;
    return CONTROL_CLIENT_QUIET;
}

/* Doubles buffer until wanted bytes fit. False without memory: it is as it was. */
static bool make_room(char **buffer, size_t *capacity, size_t wanted, size_t first)
{
    size_t grown = *capacity > 0 ? *capacity : first;
    char *bytes;

    if (wanted <= *capacity)
        return true;
    while (grown < wanted)
        grown *= 2;
    bytes = realloc(*buffer, grown);
    if (bytes == NULL)
        return false;
    *buffer = bytes;
    *capacity = grown;
    return true;
}
