/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fact: what the strikes of a subject prove. Data once made; it replicates, so that every node
 * draws the same map even after the strikes have aged out and where policies differ.
 *
 * Merge (docs/DESIGN.md section 4): the maximal facts under the five coordinates are kept; facts
 * equal in all five join their payload: per node the larger number of strikes, and the larger
 * evidence bytes. No cap: cutting an antichain is not associative.
 */
#ifndef BANSYNC_CORE_FACT_H
#define BANSYNC_CORE_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fact_node {
    uint64_t node;
    uint32_t strikes;
};

struct fact {
    /* the five coordinates */
    int64_t first_ms; /* of the strikes that prove it */
    int64_t last_ms;
    int64_t until_ms;  /* end of the ban; TIME_NEVER_MS: permanent */
    int64_t forget_ms; /* when the fact is garbage */
    uint8_t level;     /* 1 = first ban */
    /* the payload; owned */
    uint8_t node_count; /* up to FACT_NODES_MAX, ascending by node */
    uint8_t evidence_size;
    struct fact_node *nodes;
    uint8_t *evidence; /* see evidence.h */
};

struct facts {
    struct fact *list; /* ascending by coordinates; an antichain */
    size_t count;
};

/* Order by the five coordinates, most significant first. */
int fact_compare(const struct fact *a, const struct fact *b);

/* True if every coordinate of a is <= that of b. */
bool fact_is_dominated(const struct fact *a, const struct fact *b);

/* Merges a copy of fact. 1: changed; 0: it brought nothing new; -1: no memory or more than
 * FACTS_MAX, nothing changed. */
int facts_merge(struct facts *facts, const struct fact *fact);

/* Removes facts with forget_ms <= now_ms. Returns true if any went. */
bool facts_forget(struct facts *facts, int64_t now_ms);

/* Deep copy to *copy: 0, or -1 without memory. */
int facts_copy(const struct facts *facts, struct facts *copy);

/* Frees the payload of one fact; frees all of facts. */
void fact_clear(struct fact *fact);
void facts_clear(struct facts *facts);

#endif
