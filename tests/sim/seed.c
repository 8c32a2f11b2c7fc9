/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One seed, see seed.h.
 */
#include "seed.h"

#include <bansync/limits.h>

#include "chaos.h"
#include "damage.h"
#include "host.h"
#include "rules.h"

#define SETTLE_MS 6000        /* to find out that a peer is there again, and for a tick to pass */
#define SETTLE_DOUBT_MS 10000 /* a node that was away for long waits for other clocks, too */
#define SETTLE_LIES_MS 60000  /* so far ahead a hostile member may pull the clock of some nodes */
#define SETTLE_HOP_MS 3000    /* for what differs between two neighbors */
#define QUIET_MS 3000
#define MOMENT_MS 10000
#define PROMPT_MS 20         /* news are pushed, they do not wait for a PING */
#define CLOCKS_HEARD_MS 2500 /* a PING from everybody, after clocks were set */
#define MAIL_MS 2500
#define DIFFERENCE_MS 4000  /* rule 14: what any PING shows; it may just have been sent */
#define LET_GO 50000        /* per million: how often something is released or dropped */
#define HOLD 20000          /* per million: how often it is noted what a host holds */
#define SELFCHECK_MS 290000 /* ... and what only the self-check can see */

static void build(struct sim *sim)
{
    const struct plan *plan = &sim->plan;

    for (size_t i = 0; i < plan->hosts; i++) {
        struct host *host = sim_add_host(sim);

        host->policy = plan_policy(plan, &sim->prng);
        host->hostile = plan->hostile && i == plan->hosts - 1;
        host->awaited = !host->hostile && i > 0 && i <= plan->late;
        host->next = plan->next && i == 0;
        host_set_clock(sim, host, prng_range(&sim->prng, -plan->skew_ms, plan->skew_ms));
    }
    sim_link_all(sim);
    chaos_connect(sim);
    sim->net.delay_ms = prng_range(&sim->prng, 1, plan->delay_ms);
    for (size_t i = 0; i < plan->hosts; i++)
        if (!sim->hosts[i]->awaited && !sim->hosts[i]->hostile)
            host_start(sim, sim->hosts[i]);
    sim->cluster = sim->hosts[0]->node.cluster;
}

/* The time in which hosts ran. */
static int64_t awake_ms(const struct sim *sim)
{
    return sim->now_ms - SIM_EPOCH_MS - sim->stats.suspended_ms;
}

/* A round has had its share: seeds are about as long, whatever is drawn for them. */
static bool is_enough(const struct sim *sim, const struct sim_stats *before, int64_t passed_ms)
{
    const struct plan *plan = &sim->plan;
    uint64_t frames = sim->stats.frames - before->frames;
    uint64_t faults = sim->stats.faults - before->faults;

    if (passed_ms < plan->round_ms / 4)
        return false;
    return (frames >= plan->frames && faults >= plan->faults) || frames >= 2 * plan->frames ||
           faults >= 2 * plan->faults || passed_ms >= 3 * plan->round_ms;
}

static void trouble(struct sim *sim)
{
    const struct sim_stats before = sim->stats;
    int64_t began_ms = awake_ms(sim);

    while (sim->rule == 0 && !is_enough(sim, &before, awake_ms(sim) - began_ms)) {
        sim_run(sim, sim->now_ms + prng_range(&sim->prng, 0, 2 * sim->plan.gap_ms));
        if (sim->rule == 0)
            chaos_do(sim, plan_next(&sim->plan, &sim->prng));
        if (sim->rule == 0 && sim->plan.brake != 0 && prng_chance(&sim->prng, LET_GO))
            chaos_let_go(sim);
        if (sim->rule == 0 && prng_chance(&sim->prng, HOLD))
            rules_hold(sim);
    }
}

/* How many links lie between the two hosts that are farthest apart. */
static int64_t hops(const struct plan *plan)
{
    switch (plan->shape) {
    case PLAN_MESH:
        return plan->one_way ? 2 : 1;
    case PLAN_RING:
        return plan->hosts > 4 ? (int64_t)plan->hosts - 2 : 2; /* one may be gone: it is a line */
    case PLAN_HUB:
        return 2;
    default:
        return 3;
    }
}

/* How long it may take from the heal on until all hold the same. A descent costs six round trips a
 * kind, and the peers are asked one after the other. */
static int64_t settle_max_ms(const struct sim *sim)
{
    const struct plan *plan = &sim->plan;
    int64_t round_trip_ms = 2 * (sim->net.delay_ms + sim->net.jitter_ms);
    int64_t peers = plan->shape == PLAN_RING ? 2 : (int64_t)plan->hosts - 1;
    int64_t quota_ms =
        plan->quota_per_s != 0 ? (int64_t)sim->ledger.line_count * 1000 / plan->quota_per_s : 0;

    return SETTLE_MS + plan->late_ms + (sim->stats.suspended_ms > 0 ? SETTLE_DOUBT_MS : 0) +
           (plan->hostile ? SETTLE_LIES_MS : 0) +
           hops(plan) * (SETTLE_HOP_MS + quota_ms + 12 * round_trip_ms * peers);
}

static void settle(struct sim *sim)
{
    int64_t began_ms = sim->now_ms, max_ms = settle_max_ms(sim);
    char text[512];

    while (sim->rule == 0 && sim->now_ms < began_ms + max_ms) {
        sim_run(sim, sim->now_ms + 100);
        if (sim->now_ms - began_ms >= 1000 && rules_agree(sim))
            break;
    }
    if (sim->now_ms - began_ms > sim->stats.settle_ms_max)
        sim->stats.settle_ms_max = sim->now_ms - began_ms;
    if (sim->rule != 0 || rules_agree(sim))
        return;
    rules_describe_difference(sim, text, sizeof(text));
    sim_break(sim, RULE_AGREEMENT, "%lld s after the heal: %s", (long long)max_ms / 1000, text);
}

static uint64_t repairs(const struct sim *sim)
{
    uint64_t count = 0;

    for (size_t i = 0; i < sim->host_count; i++)
        if (sim->hosts[i]->up)
            count += sim->hosts[i]->node.state.counters.repairs_started;
    return count;
}

/* Nothing happens; a while after the agreement nothing is repaired any more. */
static void rest(struct sim *sim)
{
    uint64_t before;

    while (sim->rule == 0 &&
           net_has_later(&sim->net, sim->now_ms + sim->net.delay_ms + sim->net.jitter_ms))
        sim_run(sim, sim->now_ms + 100); /* late ones, which tell of a time before the heal */
    if (sim->rule == 0 && !rules_agree(sim))
        settle(sim); /* one told of what a lost disk had held */
    sim_run(sim, sim->now_ms + QUIET_MS);
    before = repairs(sim);
    sim_run(sim, sim->now_ms + QUIET_MS);
    if (repairs(sim) != before)
        sim_break(sim, RULE_QUIET, "%llu descents in a quiet cluster",
                  (unsigned long long)(repairs(sim) - before));
    for (int64_t end_ms = sim->now_ms + MOMENT_MS; sim->now_ms < end_ms && !rules_agree(sim);)
        sim_run(sim, sim->now_ms + 10); /* a tick may just have passed on some */
    if (sim->rule == 0 && !rules_agree(sim))
        sim_break(sim, RULE_QUIET, "nodes that agreed differ, and nothing has happened");
}

/* Whatever is held is let go, one way or the other, and then all must hold the same. */
static void let_go(struct sim *sim)
{
    for (size_t i = 0; i < sim->host_count; i++) {
        struct host *host = sim->hosts[i];

        if (!host->up || sim->rule != 0)
            continue;
        rules_check_brake(sim, host);
        host_let_go(sim, host, prng_chance(&sim->prng, 250000), NULL);
    }
    sim_run(sim, sim->now_ms + 2 * SIM_TURN_MS);
    for (size_t i = 0; i < sim->host_count && sim->rule == 0; i++)
        if (sim->hosts[i]->up && sim->hosts[i]->node.hold.held.sets[HELD_WAITING].count > 0)
            sim_break(sim, RULE_BRAKE, "mx%zu holds what was let go", i + 1);
    settle(sim);
}

void seed_calm(struct sim *sim)
{
    if (sim->rule == 0)
        chaos_heal(sim);
    settle(sim);
    if (sim->rule == 0 && sim->plan.brake != 0)
        let_go(sim);
    if (sim->rule == 0)
        rules_check(sim);
    if (sim->rule == 0)
        rest(sim);
}

/* A name of nobody else, for the one who counts it; 0: it does not. */
static size_t told_name(struct sim *sim, const struct host *teller)
{
    return teller->policy.accounts != ACCOUNTS_OFF ? accounts_add(&sim->plan.accounts, "told") : 0;
}

static bool knows(const struct host *host, const struct addr *addr, bool strike)
{
    struct unpacked room_of_subject;
    const struct subject *subject = state_find(&host->node.state, addr, &room_of_subject);

    return subject != NULL && (strike ? subject->strikes.count > 0 : subject->has_record);
}

/* A hostile member may have pulled its clock so far ahead that slower nodes refuse what it stamps.
 */
static bool is_ahead(const struct sim *sim, const struct host *teller)
{
    for (size_t i = 0; i < sim->host_count; i++)
        if (sim->hosts[i]->up &&
            stamp_ms(teller->node.state.hlc) > host_wall_ms(sim, sim->hosts[i]) + CLOCK_SKEW_MS_MAX)
            return true;
    return false;
}

/* In a healthy cluster news reach all by pushes, long before any PING, and nobody is told twice. */
static void tell(struct sim *sim)
{
    struct host *teller = chaos_pick(sim, false);
    int64_t way_ms = sim->net.delay_ms + sim->net.jitter_ms;
    uint64_t before = sim->stats.pushes, request = 0;
    size_t account;
    struct addr hit = sim->plan.addresses[0], ban = hit;

    hit.bytes[0] = ban.bytes[0] = 99; /* nobody else's */
    ban.bytes[1] = 100;
    hit = addr_subject(&hit, 64);
    ban = addr_subject(&ban, 64);
    if (teller == NULL || sim->plan.quota_per_s != 0 || !host_is_sane(sim, teller) ||
        is_ahead(sim, teller))
        return;
    sim_trace(sim, "mx%zu: an operator bans, and all must hear of it", teller->index + 1);
    account = told_name(sim, teller);
    host_hit(sim, teller, &hit, 0, 1, account);
    if (host_command(sim, teller, EVENT_BAN, &ban, TIME_NEVER_MS))
        request = sim->request;
    sim_run(sim, sim->now_ms + (hops(&sim->plan) + 1) * way_ms + PROMPT_MS);
    for (size_t i = 0; i < sim->host_count; i++) {
        if (sim->rule == 0 && sim->hosts[i]->up &&
            (!knows(sim->hosts[i], &hit, true) || !knows(sim->hosts[i], &ban, false) ||
             (account != 0 &&
              !knows(sim->hosts[i], &sim->plan.accounts.list[account - 1].counted, true))))
            sim_break(sim, RULE_QUIET, "mx%zu was not told of a hit or a ban at once", i + 1);
    }
    if (request != 0 && !sim->plan.one_way)
        rules_check_told(sim, teller, request);
    if (sim->plan.shape == PLAN_MESH && !sim->plan.one_way &&
        sim->stats.pushes - before > 4 * teller->peer_count)
        sim_break(sim, RULE_QUIET, "%llu pushes for two pieces of news",
                  (unsigned long long)(sim->stats.pushes - before));
}

/* One hit bans nobody there, and it keeps no wrong time of nodes that are gone. */
static bool is_patient(const struct sim *sim, const struct host *host)
{
    struct now now = host_now(sim, host);
    int64_t off_ms = node_ref_ms(&host->node, &now) - sim->now_ms;

    return host->policy.threshold > 1 && off_ms > -1000 && off_ms < 1000;
}

static bool are_patient(const struct sim *sim)
{
    for (size_t i = 0; i < sim->host_count; i++)
        if (sim->hosts[i]->up && !is_patient(sim, sim->hosts[i]))
            return false;
    return true;
}

/* Hits of one sender each, which ban nobody, come all the time in a healthy cluster whose clocks
 * are right, however far ahead they were before: what is in flight is no difference. */
static void mail(struct sim *sim)
{
    struct addr addr = sim->plan.addresses[0];
    struct host *host;
    uint64_t before;

    if (sim->plan.quota_per_s != 0 || sim->plan.mixed) /* what strict ones prove is repaired */
        return;
    for (size_t i = 0; i < sim->host_count; i++)
        host_set_clock(sim, sim->hosts[i], 0);
    sim_run(sim, sim->now_ms + CLOCKS_HEARD_MS);
    if (!are_patient(sim))
        return;
    before = repairs(sim);
    addr.bytes[0] = 99;
    addr.bytes[1] = 101;
    for (int64_t end_ms = sim->now_ms + MAIL_MS; sim->now_ms < end_ms && sim->rule == 0;) {
        host = chaos_pick(sim, false);
        addr.bytes[2] = (uint8_t)(sim->ledger.line_count >> 8);
        addr.bytes[3] = (uint8_t)sim->ledger.line_count;
        if (host != NULL)
            host_hit(sim, host, &addr, 0, 1, 0);
        sim_run(sim, sim->now_ms + prng_range(&sim->prng, 1, 80));
    }
    if (repairs(sim) != before)
        sim_break(sim, RULE_QUIET, "%llu descents while mail came",
                  (unsigned long long)(repairs(sim) - before));
}

/* All nodes must hold the same again, and what they held before. */
static void recover(struct sim *sim, int64_t max_ms, const char *what)
{
    int64_t end_ms = sim->now_ms + max_ms;

    sim_run(sim, sim->now_ms + 500); /* it is noticed */
    while (sim->rule == 0 && sim->now_ms < end_ms && !rules_agree(sim))
        sim_run(sim, sim->now_ms + 100);
    if (sim->rule == 0 && !rules_agree(sim))
        sim_break(sim, RULE_DIFFERENCE, "%s is not made good after %lld s", what,
                  (long long)max_ms / 1000);
}

static void damage(struct sim *sim)
{
    const char *what;

    sim->stats.faults++;
    if (damage_lose_strike(sim))
        recover(sim, DIFFERENCE_MS * hops(&sim->plan), "a lost strike");
    if (sim->rule == 0)
        rules_check(sim);
    what = damage_flip_bit(sim);
    if (what == NULL || sim->rule != 0)
        return;
    sim->stats.faults++;
    sim_run(sim, sim->now_ms + SELFCHECK_MS); /* one round, whatever the roots say */
    recover(sim, DIFFERENCE_MS * hops(&sim->plan), what);
    if (sim->rule == 0)
        rules_check(sim);
}

void seed_run(struct sim *sim, uint64_t seed, size_t hosts, double hours)
{
    size_t round = 0;

    sim_open(sim, seed);
    plan_draw(&sim->plan, &sim->prng, hosts);
    build(sim);
    while (sim->rule == 0) {
        trouble(sim);
        seed_calm(sim);
        if (sim->rule == 0 && sim->plan.damage)
            damage(sim);
        if (sim->rule == 0 && sim->plan.brake == 0) /* which might hold that hit */
            tell(sim);
        if (sim->rule == 0 && sim->plan.brake == 0 && prng_chance(&sim->prng, 250000))
            mail(sim);
        round++;
        if (hours > 0 ? (double)awake_ms(sim) >= hours * 3600000 : round >= sim->plan.rounds)
            break;
    }
}
