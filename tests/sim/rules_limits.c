/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules 9, 11 and 12: digests, bounds and the clock.
 */
#include <string.h>

#include <bansync/limits.h>

#include "host.h"
#include "rules.h"

static void add_bytes(const struct state *state, const uint8_t *bytes, size_t size,
                      struct hash128 *sum)
{
    struct hash128 hash = hash128(&state->key, bytes, size);

    hash128_add(sum, &hash);
}

/* The sums of all entries, each encoded anew. */
static void recompute(const struct state *state, struct hash128 roots[ENTRY_KINDS])
{
    static uint8_t bytes[ENTRY_BYTES_MAX];
    const struct subject *subject;

    memset(roots, 0, ENTRY_KINDS * sizeof(*roots));
    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;) {
        for (size_t i = 0; i < subject->strikes.count; i++)
            add_bytes(
                state, bytes,
                entry_write_strike(&subject->addr, &subject->strikes.list[i], bytes, sizeof(bytes)),
                &roots[ENTRY_STRIKE - 1]);
        if (!record_is_empty(&subject->record))
            add_bytes(state, bytes,
                      entry_write_record(&subject->addr, &subject->record, bytes, sizeof(bytes)),
                      &roots[ENTRY_RECORD - 1]);
    }
    for (size_t i = 0; i < state->allows.count; i++)
        add_bytes(state, bytes, entry_write_allow(&state->allows.list[i], bytes, sizeof(bytes)),
                  &roots[ENTRY_ALLOW - 1]);
    for (enum entry_kind kind = ENTRY_AUDIT; kind <= ENTRY_KINDS; kind++) {
        const struct chronicle *chronicle = state_chronicle(state, kind);

        for (size_t i = 0; i < chronicle->count; i++)
            add_bytes(state, chronicle->heap[i]->bytes, chronicle->heap[i]->size, &roots[kind - 1]);
    }
}

static void compare_roots(struct sim *sim, const struct host *host, const struct state *state,
                          const char *what)
{
    struct hash128 roots[ENTRY_KINDS];

    recompute(&host->node.state, roots);
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        struct hash128 root = state_root(state, kind);

        if (!hash128_equal(&root, &roots[kind - 1]))
            sim_break(sim, RULE_DIGEST, "mx%zu: %s differs from its entries of kind %d",
                      host->index + 1, what, (int)kind);
    }
}

/* A process that starts from that disk now holds the same. */
void rules_check_reload(struct sim *sim, struct host *host)
{
    struct now now = host_now(sim, host);
    struct node_options options = {.name = "again",
                                   .version = "simulated",
                                   .cluster = "simulation",
                                   .id = host->node.state.node,
                                   .policy = host->policy,
                                   .ipv6_prefix = host->ipv6_prefix};
    struct node again;

    if (host->rebuild || host->due || node_open(&again, &options) != 0)
        return;
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        const struct disk_table *table = &host->disk.tables[kind - 1];

        for (size_t i = 0; i < table->count; i++)
            node_load(&again, (uint8_t)kind, table->rows[i].body, table->rows[i].size);
    }
    node_loaded(&again, &now, host->node.state.hlc);
    node_flush(&again, &now);
    if (again.state.tick == host->node.state.tick)
        compare_roots(sim, host, &again.state, "what it would be after a restart");
    node_close(&again);
}

/* The self-check finds nothing where nothing was damaged. */
static void check_selfcheck(struct sim *sim, const struct host *host)
{
    const struct counters *counters = &host->node.state.counters;

    if (!sim->damaged && counters->selfcheck_repaired != 0)
        sim_break(sim, RULE_DIGEST, "mx%zu repaired its memory %llu times, and it was sound",
                  host->index + 1, (unsigned long long)counters->selfcheck_repaired);
}

/* Each root is the sum of its leaves: repair lists those of a sparse tree unseen, and would find
 * what is missing whatever they say. */
static void check_leaves(struct sim *sim, const struct host *host)
{
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        const struct digest *digest = &host->node.state.digests[kind - 1];
        struct hash128 root = state_root(&host->node.state, kind), sum = {{0, 0}};

        for (uint32_t leaf = digest_next_leaf(digest, 0); leaf < DIGEST_LEAVES;
             leaf = digest_next_leaf(digest, leaf + 1))
            hash128_add(&sum, digest_node(digest, DIGEST_LEVELS - 1, leaf));
        if (!hash128_equal(&root, &sum))
            sim_break(sim, RULE_DIGEST, "mx%zu: the leaves of kind %d are not what the root tells",
                      host->index + 1, (int)kind);
    }
}

void rules_check_digests(struct sim *sim, struct host *host)
{
    check_selfcheck(sim, host);
    check_leaves(sim, host);
    compare_roots(sim, host, &host->node.state, "the digest");
}

static void check_lists(struct sim *sim, const struct host *host)
{
    const struct state *state = &host->node.state;
    size_t known = sim->ledger.line_count + sim->ledger.command_count;
    const struct subject *subject;

    if (!sim->plan.hostile && state->table.count > known)
        sim_break(sim, RULE_LIMITS, "mx%zu: %zu subjects of %zu lines and commands",
                  host->index + 1, state->table.count, known);
    if (state->expiry.count > 64 + 8 * (state->table.count + state->strike_count))
        sim_break(sim, RULE_LIMITS, "mx%zu: %zu deadlines for %zu subjects", host->index + 1,
                  state->expiry.count, state->table.count);
    if (host->node.batch_count > SIM_COMMANDS_MAX)
        sim_break(sim, RULE_LIMITS, "mx%zu: %zu batches wait", host->index + 1,
                  host->node.batch_count);
    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;)
        if (subject->record.facts.count > FACTS_MAX)
            sim_break(sim, RULE_LIMITS, "mx%zu: %zu facts", host->index + 1,
                      subject->record.facts.count);
}

/* No clock is farther ahead than the fastest that may be believed. */
static void check_clock(struct sim *sim, const struct host *host)
{
    int64_t ahead_ms = stamp_ms(host->node.state.hlc) - sim->now_ms;

    if (ahead_ms > 2 * CLOCK_SKEW_MS_MAX || ahead_ms < -2 * CLOCK_SKEW_MS_MAX)
        sim_break(sim, RULE_MEMBER, "the clock of mx%zu is off by %lld s", host->index + 1,
                  (long long)ahead_ms / 1000);
}

void rules_check_limits(struct sim *sim, struct host *host)
{
    check_lists(sim, host);
    check_clock(sim, host);
}
