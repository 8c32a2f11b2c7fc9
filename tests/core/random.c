/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random entries from a seed, see random.h.
 */
#include "random.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "evidence.h"

static uint8_t texts[4][8] = {{0, 0}, {1, 'a', 0}, {1, 'a', 1, 'x'}, {2, 'a', 'b', 2, 'x', 'y'}};

/* xorshift64* */
uint32_t random_below(struct random *random, uint32_t bound)
{
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return (uint32_t)((random->state * 0x2545f4914f6cdd1dull) >> 33) % bound;
}

static struct stamp random_stamp(struct random *random)
{
    return (struct stamp){random_below(random, 4), random_below(random, 3) + 1};
}

static void add_fact(struct random *random, struct record *record)
{
    struct fact_node nodes[3];
    uint8_t evidence[EVIDENCE_BYTES_MAX];
    struct strike strike;
    struct fact fact = {.nodes = nodes, .evidence = evidence};

    fact.first_ms = 10 + random_below(random, 4);
    fact.last_ms = fact.first_ms + random_below(random, 4);
    fact.until_ms = 100 + random_below(random, 3);
    fact.forget_ms = 200 + random_below(random, 3);
    fact.level = (uint8_t)(1 + random_below(random, 2));
    for (uint64_t node = 1; node <= 3; node++)
        if (random_below(random, 2) == 0)
            nodes[fact.node_count++] = (struct fact_node){node, 1 + random_below(random, 3)};
    random_strike(random, &strike);
    fact.evidence_size = evidence_write(&strike, 1, evidence);
    assert(facts_merge(&record->facts, &fact) >= 0);
}

void random_record(struct random *random, struct record *record)
{
    static char *const words[] = {(char *)"", (char *)"a", (char *)"b"};
    struct manual manual = {.stamp = random_stamp(random),
                            .kind = (uint8_t)random_below(random, 2),
                            .until_ms = 50 + random_below(random, 3),
                            .reason = words[random_below(random, 3)],
                            .actor = words[random_below(random, 3)]};
    struct cut cut = {random_stamp(random), random_below(random, 16), 0};

    *record = (struct record){0};
    if (manual.stamp.hlc == 0) /* never set */
        manual = (struct manual){0};
    assert(record_merge_manual(record, &manual) >= 0);
    if (random_below(random, 2) == 0)
        cut.forget_ms = random_below(random, 1 + (uint32_t)cut.ms);
    if (cut.stamp.hlc != 0)
        record_merge_cut(record, &cut);
    for (uint32_t i = random_below(random, 4); i > 0; i--)
        add_fact(random, record);
}

void random_strike(struct random *random, struct strike *strike)
{
    strike->t_ms = 10 + random_below(random, 5);
    strike->id = random_below(random, 400);
    strike->origin = 1 + random_below(random, 2);
    strike->text = texts[random_below(random, 4)];
}

void random_allow(struct random *random, struct allow *allow)
{
    static char *const words[] = {(char *)"", (char *)"a", (char *)"b"};

    *allow = (struct allow){.owner = random_below(random, 2),
                            .stamp = random_stamp(random),
                            .on = random_below(random, 2) == 0,
                            .until_ms = 50 + random_below(random, 3),
                            .reason = words[random_below(random, 3)],
                            .actor = words[random_below(random, 3)]};
    allow->stamp.hlc++;
    allow->addr.kind = ADDR_IPV4;
    allow->addr.length = 32;
    allow->addr.bytes[0] = 192;
    allow->addr.bytes[3] = (uint8_t)random_below(random, 3);
}
