/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A member gone mad: it has a listed key, so it gets in, and then talks nonsense of one kind.
 *
 * usage: garbage KIND ENDPOINT PUBLICKEY KEYFILE CLUSTER COUNT
 *   sends COUNT messages to the agent with that endpoint and public key, and reads no answer
 * usage: garbage serve ENDPOINT - KEYFILE CLUSTER COUNT
 *   listens instead, and answers COUNT messages of those who connect, with nonsense of every kind
 *
 * Prints how many messages were taken by libzmq. Does not: lie in well-formed entries that could be
 * true; members are trusted (docs/DESIGN.md section 4).
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "entry.h"
#include "hash.h"
#include "keyfile.h"
#include "message.h"

#define SEND_MS_MAX 5000
#define LINGER_MS 3000
#define ANSWERS 5
#define HUGE_BYTES 1048576
#define YEAR_2100_MS 4102444800000
#define TYPE_UNKNOWN 99
#define KIND_UNKNOWN 77

struct garbage {
    uint8_t *bytes;
    size_t size;
    bool multipart;
};

typedef void make_fn(uint64_t cluster, unsigned number, struct garbage *out);

static void fill(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(random() >> 8);
}

static void take_random(struct garbage *out, size_t size)
{
    out->size = size;
    out->bytes = malloc(size + 1);
    if (out->bytes == NULL)
        abort();
    fill(out->bytes, size);
}

static void encode(const struct message *message, struct garbage *out)
{
    if (message_encode(message, &out->bytes, &out->size) != 0)
        abort();
}

static struct message *blank(uint64_t cluster, enum message_type type)
{
    static struct message message; /* large */

    memset(&message, 0, sizeof(message));
    message.version = MESSAGE_VERSION;
    message.type = (uint8_t)type;
    message.cluster = cluster;
    return &message;
}

static void make_random(uint64_t cluster, unsigned number, struct garbage *out)
{
    (void)cluster;
    take_random(out, number % 5 == 0 ? 0 : (size_t)random() % 4096);
}

/* A good frame that was cut, lengthened, or promises 2^32 - 1 elements. */
static void make_malformed(uint64_t cluster, unsigned number, struct garbage *out)
{
    static const uint8_t promise[] = {0xdd, 0xff, 0xff, 0xff, 0xff, MESSAGE_VERSION};
    static const enum message_type types[] = {MESSAGE_HELLO, MESSAGE_PING, MESSAGE_TREE_GET,
                                              MESSAGE_LEAF_GET, MESSAGE_NACK};

    if (number % 3 == 0) {
        take_random(out, 64);
        memcpy(out->bytes, promise, sizeof(promise));
        return;
    }
    encode(blank(cluster, types[number % 5]), out);
    if (number % 3 == 1) {
        out->size = 1 + (size_t)random() % (out->size - 1);
        return;
    }
    out->bytes = realloc(out->bytes, out->size + 1);
    if (out->bytes == NULL)
        abort();
    out->bytes[out->size++] = 0xc0;
}

/* A good frame with a few bytes of its body changed; some of them still decode. */
static void make_mutated(uint64_t cluster, unsigned number, struct garbage *out)
{
    static const enum message_type types[] = {
        MESSAGE_HELLO, MESSAGE_TREE_GET, MESSAGE_TREE,    MESSAGE_LEAF_GET, MESSAGE_LEAF,
        MESSAGE_PULL,  MESSAGE_ACK,      MESSAGE_MAP_GET, MESSAGE_MAP,      MESSAGE_BULK_GET};
    struct message *message = blank(cluster, types[number % (sizeof(types) / sizeof(types[0]))]);
    size_t head = 13; /* version, type, cluster, hlc of 0 */

    if (message->type == MESSAGE_TREE_GET || message->type == MESSAGE_TREE)
        message->tree.count = 2;
    encode(message, out);
    for (int i = 0; i < 3 && out->size > head; i++)
        out->bytes[head + (size_t)random() % (out->size - head)] = (uint8_t)random();
}

static void make_version(uint64_t cluster, unsigned number, struct garbage *out)
{
    struct message *message = blank(cluster, MESSAGE_PING);

    message->version = (uint8_t)(2 + number % 100);
    encode(message, out);
}

static void make_unknown(uint64_t cluster, unsigned number, struct garbage *out)
{
    (void)number;
    encode(blank(cluster, MESSAGE_PING), out);
    out->bytes[2] = TYPE_UNKNOWN; /* behind the head of the array and the version */
}

/* Entries that do not decode, of no known kind, or of a time that is far away. */
static void make_entries(uint64_t cluster, unsigned number, struct garbage *out)
{
    static uint8_t bytes[2][256];
    struct message *message = blank(cluster, MESSAGE_PUSH);
    struct message_push *push = &message->push;
    uint8_t text[] = {0, 0};
    struct strike strike = {
        .t_ms = YEAR_2100_MS, .id = number + 1, .origin = number + 1, .text = text};
    struct addr addr;

    if (addr_parse("203.0.113.99", 12, false, &addr) != 0)
        abort();
    fill(bytes[0], sizeof(bytes[0]));
    for (uint8_t kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++)
        push->entries[push->entry_count++] = (struct message_entry){kind, bytes[0], 200};
    push->entries[push->entry_count++] = (struct message_entry){KIND_UNKNOWN, bytes[0], 20};
    push->entries[push->entry_count++] = (struct message_entry){
        ENTRY_STRIKE, bytes[1], entry_write_strike(&addr, &strike, bytes[1], sizeof(bytes[1]))};
    encode(message, out);
}

static void make_multipart(uint64_t cluster, unsigned number, struct garbage *out)
{
    (void)number;
    encode(blank(cluster, MESSAGE_PING), out);
    out->multipart = true;
}

/* One byte too many: it still arrives. */
static void make_oversized(uint64_t cluster, unsigned number, struct garbage *out)
{
    (void)cluster;
    (void)number;
    take_random(out, FRAME_BYTES_MAX + 1);
}

/* Far too many: it ends the connection. */
static void make_huge(uint64_t cluster, unsigned number, struct garbage *out)
{
    (void)cluster;
    (void)number;
    take_random(out, HUGE_BYTES);
}

/* The last one is huge. */
static const struct {
    const char *name;
    make_fn *make;
} kinds[] = {
    {"random", make_random},       {"malformed", make_malformed}, {"mutated", make_mutated},
    {"version", make_version},     {"unknown", make_unknown},     {"entries", make_entries},
    {"multipart", make_multipart}, {"oversized", make_oversized}, {"huge", make_huge},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool send_one(void *socket, make_fn *make, uint64_t cluster, unsigned number)
{
    struct garbage garbage = {0};
    bool sent = true;

    make(cluster, number, &garbage);
    for (int part = 0; part < (garbage.multipart ? 3 : 1) && sent; part++)
        sent = zmq_send(socket, garbage.bytes, garbage.size,
                        garbage.multipart && part < 2 ? ZMQ_SNDMORE : 0) >= 0;
    free(garbage.bytes);
    return sent;
}

static bool set_number(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0;
}

static void *open_socket(void *context, bool serve, const struct keyfile_pair *own)
{
    void *socket = zmq_socket(context, serve ? ZMQ_ROUTER : ZMQ_DEALER);

    if (socket == NULL || !set_number(socket, ZMQ_LINGER, LINGER_MS) ||
        !set_number(socket, ZMQ_SNDTIMEO, SEND_MS_MAX) || !set_number(socket, ZMQ_IMMEDIATE, 1) ||
        (serve && !set_number(socket, ZMQ_CURVE_SERVER, 1)) ||
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, own->secret_key, NODE_KEY_BYTES) != 0 ||
        (!serve &&
         zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, own->public_key, NODE_KEY_BYTES) != 0))
        return NULL;
    return socket;
}

static unsigned talk(void *socket, make_fn *make, uint64_t cluster, unsigned count)
{
    unsigned sent = 0;

    for (unsigned number = 0; number < count; number++)
        sent += send_one(socket, make, cluster, number);
    return sent;
}

/* Answers each message with a few, none of them huge: who connects and is told such a thing closes,
 * and does not come again for a while. */
static unsigned answer(void *socket, uint64_t cluster, unsigned count)
{
    unsigned sent = 0;

    while (sent < count) {
        uint8_t route[256], rest[65536];
        int route_size = zmq_recv(socket, route, sizeof(route), 0);
        size_t more_size = sizeof(int);
        int more = 1;

        while (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &more_size) == 0 && more)
            if (zmq_recv(socket, rest, sizeof(rest), 0) < 0)
                return sent;
        for (int i = 0; i < ANSWERS && route_size > 0; i++, sent++)
            if (zmq_send(socket, route, (size_t)route_size, ZMQ_SNDMORE) >= 0)
                send_one(socket, kinds[(size_t)random() % (KINDS - 1)].make, cluster, sent);
    }
    return sent;
}

static uint64_t cluster_hash(const char *name)
{
    struct hash_key key = hash_derive("bansync cluster", name, strlen(name));
    uint64_t number = 0;

    for (size_t i = 0; i < sizeof(number); i++)
        number |= (uint64_t)key.bytes[i] << (8 * i);
    return number;
}

static int run(void *socket, char **argv, uint64_t cluster, unsigned count)
{
    uint8_t server_key[NODE_KEY_BYTES];

    if (strcmp(argv[1], "serve") == 0) {
        if (zmq_bind(socket, argv[2]) != 0)
            return -1;
        puts("listening");
        fflush(stdout);
        return (int)answer(socket, cluster, count);
    }
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(argv[1], kinds[i].name) == 0)
            return keyfile_text_parse(argv[3], server_key) != 0 ||
                           zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_key,
                                          NODE_KEY_BYTES) != 0 ||
                           zmq_connect(socket, argv[2]) != 0
                       ? -1
                       : (int)talk(socket, kinds[i].make, cluster, count);
    return -1;
}

int main(int argc, char **argv)
{
    struct keyfile_pair own;
    char error[512];
    void *context, *socket;
    int sent;

    if (argc != 7) {
        fputs("usage: garbage KIND|serve ENDPOINT PUBLICKEY|- KEYFILE CLUSTER COUNT\n", stderr);
        return 2;
    }
    if (keyfile_read(argv[4], &own, error, sizeof(error)) != 0) {
        fprintf(stderr, "garbage: %s\n", error);
        return 1;
    }
    context = zmq_ctx_new();
    socket = open_socket(context, strcmp(argv[1], "serve") == 0, &own);
    if (socket == NULL) {
        fprintf(stderr, "garbage: %s\n", zmq_strerror(zmq_errno()));
        return 1;
    }
    sent = run(socket, argv, cluster_hash(argv[5]), (unsigned)strtoul(argv[6], NULL, 10));
    if (sent < 0)
        fprintf(stderr, "garbage: %s: %s\n", argv[2], zmq_strerror(zmq_errno()));
    else
        printf("sent %d\n", sent);
    zmq_close(socket);
    zmq_ctx_term(context);
    keyfile_wipe(&own);
    return sent < 0;
}
