/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold, whatever happens. Each rule is computed slowly and plainly from the ledger, and
 * compared with what the nodes hold.
 */
#ifndef BANSYNC_SIM_RULES_H
#define BANSYNC_SIM_RULES_H

#include "sim.h"

enum rule {
    RULE_AGREEMENT = 1,   /* soon after the heal roots and map bytes are equal, at equal T */
    RULE_STRIKE = 2,      /* every committed line is exactly one strike everywhere */
    RULE_COUNT = 3,       /* the count equals the distinct lines in the window after the cut */
    RULE_BAN = 4,         /* banned at exactly the Nth hit */
    RULE_UNBAN = 5,       /* an unban lifts all that is older than it, in any order of arrival */
    RULE_OPERATOR = 6,    /* the highest stamp of an operator's command is in force */
    RULE_GARBAGE = 7,     /* state shrinks by the garbage rule only */
    RULE_COMMIT = 8,      /* nothing leaves, and no command is answered, before it is durable */
    RULE_DIGEST = 9,      /* the digest equals the recomputed one; a reload gives the same */
    RULE_ALLOW = 10,      /* no map holds an allowed address */
    RULE_LIMITS = 11,     /* frames, queues and lists stay within their bounds */
    RULE_MEMBER = 12,     /* a hostile member removes nothing, moves no clock, keeps its quota */
    RULE_QUIET = 13,      /* a quiet healthy cluster repairs nothing */
    RULE_DIFFERENCE = 14, /* any difference is soon gone */
    RULE_TOLD = 15,       /* who has a change, as its operator is told */
    RULE_SPEECH = 16,     /* a frame says what was put into it */
    RULE_CLONE = 17,      /* two live nodes with one key are seen by all who hear both */
    RULE_BRAKE = 18,      /* what is held is outside the state, not lost, and of a storm */
    RULE_AUDIT = 19,      /* each command is in the audit until it is forgotten, nothing else is */
};
#define RULE_RELOAD RULE_DIGEST

/* One line on the rule for people. */
const char *rules_name(int rule);

/* True if all live nodes hold the same at equal T. */
bool rules_agree(struct sim *sim);

/* What differs, for people. */
void rules_describe_difference(struct sim *sim, char *text, size_t size);

/* Everything that must hold once the nodes agree. */
void rules_check(struct sim *sim);

/* The parts of rules_check; host: any of those that agree. */
void rules_check_strikes(struct sim *sim, struct host *host);
void rules_check_records(struct sim *sim, struct host *host);
void rules_check_allows(struct sim *sim, struct host *host);
void rules_check_map(struct sim *sim, struct host *host);
void rules_check_usermap(struct sim *sim, struct host *host);
void rules_check_digests(struct sim *sim, struct host *host);
void rules_check_reload(struct sim *sim, struct host *host);
void rules_check_limits(struct sim *sim, struct host *host);
void rules_check_levels(struct sim *sim, struct host *host);
void rules_check_times(struct sim *sim, struct host *host);
void rules_check_brake(struct sim *sim, const struct host *host);
void rules_check_clones(struct sim *sim, const struct host *host);
void rules_check_audit(struct sim *sim, const struct host *host);

/* Compares what a host held earlier with what it holds now; rules_hold also takes down what some
 * host holds now. At any time between turns. */
void rules_check_holding(struct sim *sim);
void rules_hold(struct sim *sim);

/* While it runs: so many frames leave a host and so many turns begin; a frame that leaves, rows to
 * be written, a turn that was committed, a frame that came in, an answer to an operator. */
void rules_watch_flow(struct sim *sim, struct host *host, uint64_t frames, uint64_t turns);
void rules_watch_frame(struct sim *sim, struct host *host, const uint8_t *bytes, size_t size);
void rules_watch_hostile(struct sim *sim, struct host *host, size_t first);
void rules_watch_waiting(struct sim *sim, struct host *host);
void rules_watch_held(struct sim *sim, const struct host *host);
void rules_watch_rows(struct sim *sim, struct host *host);
void rules_watch_commit(struct sim *sim, struct host *host, size_t first, bool durable);
void rules_watch_answer(struct sim *sim, struct host *host, const struct host_command *command,
                        const struct node_done *done);

void rules_watch_speech(struct sim *sim, const struct host *host, const uint8_t *bytes,
                        size_t size);
void rules_watch_clone(struct sim *sim, struct host *host, size_t from, const uint8_t *bytes,
                       size_t size);
void rules_watch_told(struct sim *sim, const struct host *host, const struct node_done *done);

/* The command of that request was given to host while all was well, and had its time. */
void rules_check_told(struct sim *sim, const struct host *host, uint64_t request);

/* Messages that were counted, by number or by hash. */
struct rules_messages {
    size_t count;
    uint32_t list[LEDGER_MESSAGES_MAX + 2]; /* the hostile member says two */
};

/* Whether a line or strike of that message, one after the other, counts: each does, but where
 * messages count those of one that was counted before. 0: it is not known. */
bool rules_counts(struct rules_messages *messages, const struct policy *policy, uint32_t message);

/* What the policy counts of the strikes after the cut that are newer than from_ms, up to the one
 * with that index. */
size_t rules_count(const struct subject *subject, const struct policy *policy, int64_t from_ms,
                   size_t last);

/* By looking at every entry: whether something allows it, or bans it. */
bool rules_is_allowed(const struct state *state, const struct addr *addr);
bool rules_is_banned(const struct state *state, const struct addr *addr);

/* Whether strikes against addr ban under that policy: not those of accounts that it only counts. */
bool rules_bans(const struct policy *policy, const struct addr *addr);

/* The end of a ban of that level, from 1 on, whose newest strike is at last_ms. */
int64_t rules_until_ms(const struct policy *policy, unsigned level, int64_t last_ms);

/* The first live honest host, NULL if none is up. */
struct host *rules_first(const struct sim *sim);

#endif
