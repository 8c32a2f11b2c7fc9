/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bans of the benchmarks: of the address with a number, for good, by ten hits of one account on one
 * node, a month ago, so that no strike of them is left.
 */
#ifndef BANSYNC_BENCH_BAN_H
#define BANSYNC_BENCH_BAN_H

#include <assert.h>
#include <string.h>

#include "address.h"
#include "entry.h"
#include "evidence.h"
#include "policy.h"

#define BAN_NODE 4711
#define BAN_HITS 10
#define BAN_AGE_MS 2592000000

/* Of a configuration without anything. */
static inline struct policy ban_policy(void)
{
    return (struct policy){.threshold = BAN_HITS,
                           .window_ms = 600000,
                           .durations = {.ms = {TIME_NEVER_MS}, .count = 1},
                           .memory_ms = MEMORY_MS};
}

static inline struct addr ban_addr(uint32_t number)
{
    struct addr addr = {.kind = ADDR_IPV4, .length = 32};
    uint32_t address = htonl(address_number(number));

    memcpy(addr.bytes, &address, sizeof(address));
    return addr;
}

/* Writes the canonical entry of ban number to bytes; returns its size. */
static inline size_t ban_entry(uint32_t number, int64_t now_ms, const struct addr *addr,
                               uint8_t *bytes, size_t size)
{
    uint8_t text[STRIKE_TEXT_BYTES_MAX], evidence[EVIDENCE_BYTES_MAX];
    char account[64];
    struct fact_node node = {.node = BAN_NODE, .strikes = BAN_HITS};
    struct strike strikes[BAN_HITS];
    struct fact fact = {.first_ms = now_ms - BAN_AGE_MS - BAN_HITS * 1000,
                        .last_ms = now_ms - BAN_AGE_MS,
                        .until_ms = TIME_NEVER_MS,
                        .forget_ms = TIME_NEVER_MS,
                        .level = 1,
                        .node_count = 1,
                        .nodes = &node,
                        .evidence = evidence};
    struct record record = {.facts = {.list = &fact, .count = 1}};

    snprintf(account, sizeof(account), "sender%u@example.org", number % 50000);
    strike_text_write("user", 4, account, strlen(account), 1, text);
    for (int i = 0; i < BAN_HITS; i++)
        strikes[i] = (struct strike){.t_ms = fact.first_ms + i, .text = text};
    fact.evidence_size = evidence_write(strikes, BAN_HITS, evidence);
    size = entry_write_record(addr, &record, bytes, size);
    assert(size > 0);
    return size;
}

static inline int64_t ban_now_ms(void)
{
    return (int64_t)(seconds_of(CLOCK_REALTIME) * 1000);
}

#endif
