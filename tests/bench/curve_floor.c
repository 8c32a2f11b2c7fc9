/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libzmq with CURVE costs by itself, over loopback, from one process to another.
 *
 * curve_floor rate COUNT BYTES        CPU of the receiver for each message, as fast as they come
 * curve_floor latency COUNT FILE      one every 5 ms: from the beginning of a commit (4 KiB
 * appended to FILE, fdatasync) to the receiver behind it
 */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "address.h"
#include "median.h"

enum { KEY_TEXT = 41, ENDPOINT_BYTES = 256, COMMIT_BYTES = 4096, GAP_MS = 5, MESSAGE_MAX = 65536 };

struct keys {
    char server_public[KEY_TEXT], server_secret[KEY_TEXT];
    char client_public[KEY_TEXT], client_secret[KEY_TEXT];
};

static void must(int good)
{
    if (!good) {
        perror("curve_floor");
        exit(1);
    }
}

static void commit(int fd)
{
    static const char block[COMMIT_BYTES];

    must(write(fd, block, sizeof(block)) == (ssize_t)sizeof(block) && fdatasync(fd) == 0);
}

/* The sender: reads the endpoint, greets once, then sends. fd -1: without commits and pauses. */
static void send_all(const struct keys *keys, int from, size_t count, size_t size, int fd)
{
    static char message[MESSAGE_MAX];
    char endpoint[ENDPOINT_BYTES] = "";
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_DEALER);
    int unlimited = 0;

    must(read(from, endpoint, sizeof(endpoint)) > 0);
    zmq_setsockopt(socket, ZMQ_SNDHWM, &unlimited, sizeof(unlimited));
    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, keys->server_public, KEY_TEXT);
    zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys->client_public, KEY_TEXT);
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->client_secret, KEY_TEXT);
    must(zmq_connect(socket, endpoint) == 0);
    must(zmq_send(socket, "", 0, 0) == 0 && zmq_recv(socket, message, sizeof(message), 0) == 0);
    for (size_t i = 0; i < count; i++) {
        double now;

        if (fd >= 0)
            poll(NULL, 0, GAP_MS);
        now = wall_s();
        memcpy(message, &now, sizeof(now));
        if (fd >= 0)
            commit(fd);
        must(zmq_send(socket, message, size, 0) == (int)size);
    }
    zmq_close(socket);
    zmq_ctx_term(context);
}

static void *bind_server(void *context, const struct keys *keys, int to)
{
    void *socket = zmq_socket(context, ZMQ_ROUTER);
    char endpoint[ENDPOINT_BYTES] = "";
    size_t endpoint_size = sizeof(endpoint);
    int unlimited = 0, yes = 1;

    zmq_setsockopt(socket, ZMQ_RCVHWM, &unlimited, sizeof(unlimited));
    zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &yes, sizeof(yes));
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->server_secret, KEY_TEXT);
    must(zmq_bind(socket, "tcp://127.0.0.1:*") == 0);
    must(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &endpoint_size) == 0);
    must(write(to, endpoint, sizeof(endpoint)) > 0);
    return socket;
}

/* Identity and payload. */
static void receive(void *socket, char *id, size_t *id_size, char *message, int *size)
{
    int taken = zmq_recv(socket, id, ENDPOINT_BYTES, 0);

    must(taken > 0);
    *id_size = (size_t)taken;
    *size = zmq_recv(socket, message, MESSAGE_MAX, 0);
    must(*size >= 0);
}

static void receive_all(const struct keys *keys, int to, size_t count, bool rate)
{
    static char message[MESSAGE_MAX];
    static struct median latency;
    void *context = zmq_ctx_new(), *socket = bind_server(context, keys, to);
    char id[ENDPOINT_BYTES];
    size_t id_size, bytes = 0;
    double used, begin, sent;
    int size;

    receive(socket, id, &id_size, message, &size);
    must(zmq_send(socket, id, id_size, ZMQ_SNDMORE) >= 0 && zmq_send(socket, "", 0, 0) == 0);
    used = cpu_s();
    begin = wall_s();
    for (size_t i = 0; i < count; i++) {
        receive(socket, id, &id_size, message, &size);
        memcpy(&sent, message, sizeof(sent));
        bytes += (size_t)size;
        if (!rate)
            median_add(&latency, (wall_s() - sent) * 1e3);
    }
    printf("count=%zu bytes=%zu", count, bytes);
    if (rate)
        printf(" cpu_us=%.4f rate=%.0f\n", (cpu_s() - used) * 1e6 / (double)count,
               (double)count / (wall_s() - begin));
    else
        printf(" wall_ms=%.4f p90_ms=%.4f\n", median_take(&latency), median_part(&latency, 0.9));
    zmq_close(socket);
    zmq_ctx_term(context);
}

int main(int argc, char **argv)
{
    bool rate = argc == 4 && strcmp(argv[1], "rate") == 0;
    struct keys keys;
    size_t count;
    int ends[2], status;
    pid_t sender;

    if (!rate && (argc != 4 || strcmp(argv[1], "latency") != 0)) {
        fprintf(stderr, "usage: curve_floor rate COUNT BYTES | curve_floor latency COUNT FILE\n");
        return 2;
    }
    count = strtoul(argv[2], NULL, 10);
    must(zmq_curve_keypair(keys.server_public, keys.server_secret) == 0 &&
         zmq_curve_keypair(keys.client_public, keys.client_secret) == 0 && pipe(ends) == 0);
    sender = fork();
    must(sender >= 0);
    if (sender == 0) {
        size_t size = rate ? strtoul(argv[3], NULL, 10) : 64;
        int fd = rate ? -1 : open(argv[3], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

        must(rate || fd >= 0);
        send_all(&keys, ends[0], count, size < sizeof(double) ? sizeof(double) : size, fd);
        _exit(0);
    }
    receive_all(&keys, ends[1], count, rate);
    must(waitpid(sender, &status, 0) == sender);
    return status != 0;
}
