/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of the control socket: its buffers, its lines and its clock.
 *
 * A connection takes turns: it collects a request line, then it is busy until the answer is
 * complete, then it sends what is left of the answer; only then is the next line read. So a client
 * that does not read its answers cannot make more of them.
 *
 * Does not: know who the client is, or what a request or an answer says. Private to control.c.
 */
#ifndef BANSYNC_ADAPTER_CONTROL_CLIENT_H
#define BANSYNC_ADAPTER_CONTROL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct control_client {
    uint64_t id; /* 0: nobody */
    int fd;
    bool busy;           /* a request is being answered */
    bool ended;          /* it will send no more */
    bool gone;           /* to be closed: nothing is read or sent any more */
    bool fresh;          /* all of the answer was added since it was last tried to send some */
    int64_t patience_ms; /* how long it may be stuck */
    int64_t since_ms;    /* when it was last known not to be stuck, see control_client_is_late */
    char *in;            /* what was received: a request, perhaps whole, perhaps more behind it */
    size_t in_size;
    size_t in_scanned; /* bytes known to hold no LF */
    size_t in_capacity;
    size_t line_length; /* of the request that is being answered, without LF */
    char *out;          /* the answer; out_sent bytes of out_size have left */
    size_t out_sent;
    size_t out_size;
    size_t out_capacity;
};

enum control_client_news {
    CONTROL_CLIENT_QUIET,
    CONTROL_CLIENT_REQUEST,  /* in is a request of line_length bytes, NUL-terminated; busy is set */
    CONTROL_CLIENT_TOO_LONG, /* CONTROL_REQUEST_BYTES_MAX bytes and no end */
    CONTROL_CLIENT_MALFORMED,  /* a NUL in the request */
    CONTROL_CLIENT_INCOMPLETE, /* it ended in the middle of a request */
};

/* Takes over fd, which must not block. */
void control_client_open(struct control_client *client, uint64_t id, int fd);

/* Closes fd and frees; the client is nobody afterwards. */
void control_client_close(struct control_client *client);

/* What to poll for; hang-ups are reported in any case. */
short control_client_events(const struct control_client *client);

/* Sends and receives once at most, and tells what came of it: at most one request a turn. */
enum control_client_news control_client_turn(struct control_client *client, short revents);

/* The request has been handed over: its bytes are no longer needed. */
void control_client_take(struct control_client *client);

/* Appends to the answer. Without memory or above CONTROL_REPLY_BYTES_MAX unsent the client is gone.
 */
void control_client_reply(struct control_client *client, const char *bytes, size_t size);

/* The answer is complete: the client is no longer busy. Sends what can be sent now. */
void control_client_finish(struct control_client *client);

/* Sends what can be sent now. */
void control_client_flush(struct control_client *client);

/* The same, unless that was tried since and the reader is still behind. */
void control_client_send(struct control_client *client);

bool control_client_is_sending(const struct control_client *client);

/* The answer is a stream without end: its reader may be stuck for CONTROL_STREAM_IDLE_MS. */
void control_client_stream(struct control_client *client);

/* True if it has been silent, in the middle of a request, or not reading for CONTROL_IDLE_MS. A
 * request has so long from its first byte to its last, however often a byte comes. While the agent
 * owes it an answer and has nothing to send no time passes. Call it every turn. */
bool control_client_is_late(struct control_client *client, int64_t now_ms);

#endif
