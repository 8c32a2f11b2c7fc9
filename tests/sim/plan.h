/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a seed does: how many hosts, who is whose peer, what is drawn how often. Half of the kinds
 * of faults are left out of each seed, and the rest get weights of their own, so that each seed has
 * a character ("swarm testing", Groce et al., 2012).
 */
#ifndef BANSYNC_SIM_PLAN_H
#define BANSYNC_SIM_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accounts.h"
#include "addr.h"
#include "policy.h"

#define PLAN_ADDRESSES_MAX 16
#define PLAN_PREFIXES_MAX 8

struct prng;

enum plan_shape { PLAN_MESH, PLAN_RING, PLAN_HUB, PLAN_SITES, PLAN_SHAPES };

/* What happens, one after the other. PLAN_ACTION(name, weight, fault, meaning) */
#define PLAN_ACTIONS                                                              \
    PLAN_ACTION(hit, 60, 0, "a ratelimit hit is logged")                          \
    PLAN_ACTION(burst, 12, 0, "as many hits as ban, on one host")                 \
    PLAN_ACTION(spread, 12, 0, "as many hits as ban, on all hosts")               \
    PLAN_ACTION(flood, 1, 1, "hundreds of hits at once")                          \
    PLAN_ACTION(old_hit, 2, 1, "a line with a time hours ago")                    \
    PLAN_ACTION(ban, 8, 0, "an operator bans")                                    \
    PLAN_ACTION(unban, 10, 0, "an operator unbans")                               \
    PLAN_ACTION(race, 4, 1, "two operators do opposite things at once")           \
    PLAN_ACTION(allow, 4, 0, "an operator adds to or removes from the allowlist") \
    PLAN_ACTION(lease, 4, 0, "a never-ban list changes, or a node is forgotten")  \
    PLAN_ACTION(policy, 2, 1, "a reload with another policy")                     \
    PLAN_ACTION(crash, 10, 1, "a process ends at some point of its turn")         \
    PLAN_ACTION(down, 6, 1, "a host is down for a while")                         \
    PLAN_ACTION(restart, 8, 0, "a host that is down comes back")                  \
    PLAN_ACTION(lost_disk, 2, 1, "a host comes back without its database")        \
    PLAN_ACTION(backup, 3, 0, "a database is backed up")                          \
    PLAN_ACTION(restore, 3, 1, "a host comes back with an old backup")            \
    PLAN_ACTION(clone, 1, 1, "a host is cloned, or its clone ends")               \
    PLAN_ACTION(join, 3, 1, "a host joins late")                                  \
    PLAN_ACTION(retire, 1, 1, "a host is gone for good")                          \
    PLAN_ACTION(partition, 8, 1, "the network falls apart some other way")        \
    PLAN_ACTION(heal, 5, 0, "the network is whole")                               \
    PLAN_ACTION(noise, 4, 1, "loss, duplicates and delays change")                \
    PLAN_ACTION(skew, 4, 1, "a clock is set, within what is allowed")             \
    PLAN_ACTION(leap, 2, 1, "a clock is an hour or a year off")                   \
    PLAN_ACTION(drift, 2, 1, "a clock begins to drift")                           \
    PLAN_ACTION(reread, 3, 1, "a log is read again from an old place")            \
    PLAN_ACTION(truncate, 2, 1, "a log is truncated")                             \
    PLAN_ACTION(full_disk, 3, 1, "commits fail, or work again")                   \
    PLAN_ACTION(suspend, 1, 1, "all hosts are suspended for a while")             \
    PLAN_ACTION(mischief, 10, 1, "the hostile member speaks")

enum plan_action {
#define PLAN_ACTION(name, weight, fault, meaning) ACTION_##name,
    PLAN_ACTIONS
#undef PLAN_ACTION
        PLAN_ACTION_COUNT
};

struct plan {
    enum plan_shape shape;
    size_t hosts;
    size_t late;                       /* of them, that join later */
    bool hostile;                      /* the last host is a hostile member */
    bool next;                         /* the first host is of the next version */
    bool one_way;                      /* some links go one way only */
    bool mixed;                        /* policies differ */
    bool wild;                         /* clocks may leap */
    uint32_t quota_burst, quota_per_s; /* 0: as shipped */
    uint32_t brake;                    /* subjects a minute that each log may ban; 0: any */
    bool damage;                       /* a bit of a node's memory flips when all is quiet */
    size_t rounds;                     /* of trouble, each with a heal and a check behind it */
    int64_t round_ms;       /* about so long is a round; it ends with its frames and faults */
    uint64_t frames;        /* of a round */
    uint64_t faults;        /* ... */
    int64_t gap_ms;         /* mean time between actions */
    int64_t granularity_ms; /* of log lines: 1, or 1000 as rspamd's */
    int64_t skew_ms;        /* clocks are off by up to so much */
    struct policy policy;
    uint32_t messages;                         /* Message-IDs of hits, at most */
    struct addr addresses[PLAN_ADDRESSES_MAX]; /* hosts that send */
    size_t address_count;
    struct addr prefixes[PLAN_PREFIXES_MAX]; /* what operators name beside them */
    size_t prefix_count;
    struct accounts accounts; /* as which senders log in; none: no line has a name */
    uint32_t weights[PLAN_ACTION_COUNT];
    uint32_t weight_sum;
    uint32_t loss, twice, late_frames; /* per million, at most */
    int64_t delay_ms, late_ms;
};

/* hosts: 0 to draw it. */
void plan_draw(struct plan *plan, struct prng *prng, size_t hosts);

/* One of the policies that the plan allows. */
struct policy plan_policy(const struct plan *plan, struct prng *prng);

enum plan_action plan_next(const struct plan *plan, struct prng *prng);

const char *plan_action_name(enum plan_action action);
bool plan_action_is_fault(enum plan_action action);
const char *plan_shape_name(enum plan_shape shape);

#endif
