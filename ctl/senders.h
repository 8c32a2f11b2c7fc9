/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who was over a limit, how often, and when each would have been banned.
 *
 * Whether and when is decided by core's own strikes and facts (strike.h, derive.h) as the agent
 * does; that of one node and with nobody unbanning. Bounded: SENDERS_MAX senders and
 * SENDERS_MESSAGES_MAX messages; hits of further senders are only counted.
 */
#ifndef BANSYNC_CTL_SENDERS_H
#define BANSYNC_CTL_SENDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect.h"
#include "policy.h"
#include "strike.h"

#define SENDERS_MAX 262144
#define SENDERS_MESSAGES_MAX 4194304

struct sender {
    struct addr subject; /* that counts: a prefix or an account */
    uint64_t hits;
    uint64_t messages;    /* distinct ones; one that cannot be told counts as its own */
    uint64_t by_evidence; /* hits that the message line alone would not have shown */
    uint64_t first_line, last_line;
    int64_t first_ms, last_ms; /* of these lines */
    uint64_t due_line;         /* the hit that would ban it; 0: none */
    int64_t due_ms;
    struct strikes strikes; /* those of the last window, until it is due */
};

struct senders;

/* policy is kept, not copied; its duration must be TIME_NEVER_MS. Without memory the process ends
 * (memory.h), as it does in senders_add. */
struct senders *senders_new(const struct policy *policy, unsigned ipv6_prefix);
void senders_free(struct senders **senders);

/* Counts a hit of a countable address at t_ms, in line line, against that address. */
void senders_add(struct senders *senders, const struct detect_hit *hit, uint64_t line,
                 int64_t t_ms);

/* Counts it against its account. False: its name is none that can be banned (addr_parse_account).
 */
bool senders_add_account(struct senders *senders, const struct detect_hit *hit, uint64_t line,
                         int64_t t_ms);

size_t senders_count(const struct senders *senders);
size_t senders_due(const struct senders *senders);
/* Hits of senders beyond the bound; hits whose message may have been counted twice. */
uint64_t senders_untold(const struct senders *senders);
uint64_t senders_unsure(const struct senders *senders);

/* All of them, most hits first, equal ones by addr_compare; valid until the next senders_add. */
const struct sender *senders_sorted(struct senders *senders);

#endif
