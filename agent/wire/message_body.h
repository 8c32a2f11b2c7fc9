/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What message.c needs to know of each type of message: its name, its fields and how they are put
 * and got.
 *
 * Private to the messages; everybody else uses message.h.
 */
#ifndef BANSYNC_WIRE_MESSAGE_BODY_H
#define BANSYNC_WIRE_MESSAGE_BODY_H

#include <stddef.h>
#include <stdint.h>

#include "message.h"

#define MESSAGE_HASH_BYTES 16

struct codec_reader;
struct codec_writer;

struct message_body {
    const char *name; /* for people */
    size_t fields;    /* elements behind the head; more are ignored */
    /* Puts the fields. Counts over the bounds of limits.h are a mistake of the caller. */
    void (*put)(struct codec_writer *writer, const struct message *message);
    /* Gets the fields; what breaks a bound marks the reader failed, and nothing is written beyond
     * an array. */
    void (*get)(struct codec_reader *reader, struct message *message);
};

/* message_news.c */
extern const struct message_body message_body_hello;
extern const struct message_body message_body_ping;
extern const struct message_body message_body_push;
extern const struct message_body message_body_ack;
extern const struct message_body message_body_nack;

/* message_repair.c */
extern const struct message_body message_body_tree_get;
extern const struct message_body message_body_tree;
extern const struct message_body message_body_leaf_get;
extern const struct message_body message_body_leaf;
extern const struct message_body message_body_pull;
extern const struct message_body message_body_bulk_get;
extern const struct message_body message_body_map_get;
extern const struct message_body message_body_map;

/* A hash as MESSAGE_HASH_BYTES: both lanes big-endian. */
void message_hash_store(uint8_t *bytes, const struct message_hash *hash);
struct message_hash message_hash_load(const uint8_t *bytes);

#endif
