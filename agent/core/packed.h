/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subject at rest: without strikes, and with nothing to be done for it. It is kept as a few dozen
 * bytes in its leaf and unpacked to be read or changed (table.h).
 *
 * The bytes are this process's own, neither stored nor sent, so their form may change at will.
 * Times are differences, words that many records have are numbers, what is usual is left out:
 *
 *     2    enum packed_head, enum packed_told
 *     4, 8 or more    the address
 *     8    seal: the first lane of the record's hash, by which peers ask for it
 *     ...  the note of its deadline and the stamp announced, if they are unlike anything else
 *     ...  manual slot, cut, facts
 *
 * What was unpacked and does not have the hash that the seal is of is damaged, by whatever bit. One
 * damage in 2^64 is not noticed that way, and is by the digest of the leaf.
 */
#ifndef BANSYNC_CORE_PACKED_H
#define BANSYNC_CORE_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "dictionary.h"
#include "subject.h"

/* A subject with more does not rest. */
#define PACKED_FACTS_MAX 4
#define PACKED_NODES_MAX 32 /* of all its facts */
#define PACKED_BYTES_MAX 2048
#define PACKED_SEAL_BYTES 8

/* The words of one table's subjects. */
struct packed_words {
    struct dictionary nodes, actors, reasons, buckets, domains;
};

/* An unpacked subject, with all that it points to: so reading takes no memory. It must not be
 * moved, changed or freed; subject_copy makes one that may. */
struct unpacked {
    struct subject subject; /* sealed */
    struct fact facts[PACKED_FACTS_MAX];
    struct fact_node nodes[PACKED_NODES_MAX];
    size_t node_count;
    uint8_t evidence[PACKED_FACTS_MAX][EVIDENCE_BYTES_MAX];
    char reason[REASON_BYTES_MAX + 1];
    char actor[ACTOR_BYTES_MAX + 1];
};

enum packed_head {
    PACKED_ADDR = 3, /* these bits: enum packed_addr */
    PACKED_BANNED = 4,
    PACKED_MANUAL = 8, /* there is a manual slot, a cut */
    PACKED_CUT = 16,
    PACKED_FACTS = 32 /* times their number */
};

enum packed_addr {
    PACKED_IPV4,  /* a host: 4 bytes */
    PACKED_IPV6,  /* a /64: 8 bytes */
    PACKED_OTHER, /* kind, length, bytes */
};

/* The deadline is the time with that number among those of the record, see packed_time_at; the
 * stamp that was announced none, that of the manual slot, or another. */
enum packed_told {
    PACKED_NEVER = 0,
    PACKED_DEADLINE = 15, /* these bits, and if all are set: 8 bytes and their seal follow */
    PACKED_ANNOUNCED = 16,
    PACKED_ANNOUNCED_OTHER = 32, /* 8 bytes follow */
};

/* The first byte of a fact; of its evidence. */
enum packed_fact {
    PACKED_LEVEL = 7,          /* these bits; all set: it follows */
    PACKED_FACT_NODES = 8,     /* times their number, which has 3 bits; all set: it follows */
    PACKED_FOR_GOOD = 64,      /* neither ends nor is forgotten: neither time follows */
    PACKED_EVIDENCE_RAW = 128, /* evidence as it is, in no form that is known: size, bytes */
};
enum packed_evidence {
    PACKED_ACCOUNTS = 3, /* these bits: their number */
    PACKED_MESSAGES = 4, /* their number follows */
};

/* A word stands as its number in a dictionary, or as one of these. */
#define PACKED_SPELLED 0 /* size and bytes follow */
#define PACKED_EMPTY 255
#define PACKED_EPOCH_MS INT64_C(1700000000000) /* times stand as differences from it */

/* Unpacks a subject of that hash. False: the bytes are malformed. */
bool packed_read(const uint8_t *bytes, size_t size, uint64_t hash, const struct packed_words *words,
                 struct unpacked *out);

/* Packs and returns the number of bytes; 0: it cannot rest, see the top. */
size_t packed_write(const struct subject *subject, struct packed_words *words,
                    uint8_t bytes[PACKED_BYTES_MAX]);

/* What is known of a subject at a glance, in a tenth of the time. False: the bytes are malformed.
 */
struct packed_glance {
    struct addr addr;
    uint64_t seal;
    bool banned; /* was told so: until its deadline */
    bool stays;  /* it has none: a ban is permanent */
};
bool packed_glance(const uint8_t *bytes, size_t size, struct packed_glance *glance);

void packed_words_clear(struct packed_words *words);

/* The time of the record with that number, for both directions: 0: never. False: there is none. */
bool packed_time_at(const struct record *record, unsigned number, int64_t *ms);

#endif
