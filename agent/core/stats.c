/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the state holds of a span of time, see stats.h.
 */
#include "stats.h"

#include <stdlib.h>
#include <string.h>

int stats_begin(struct stats *stats, const struct hash_key *secret, int64_t span_ms, int64_t now_ms,
                size_t limit)
{
    *stats = (struct stats){.since_ms = now_ms - span_ms, .until_ms = now_ms, .limit = limit};
    ranking_open(&stats->networks, secret);
    ranking_open(&stats->accounts, secret);
    stats->senders = calloc(limit, sizeof(*stats->senders));
    return stats->senders != NULL ? 0 : -1;
}

void stats_clear(struct stats *stats)
{
    free(stats->senders);
    ranking_close(&stats->networks);
    ranking_close(&stats->accounts);
    *stats = (struct stats){0};
}

static bool is_inside(const struct stats *stats, int64_t ms)
{
    return ms > stats->since_ms && ms <= stats->until_ms;
}

/* The part of the span; ms is inside. */
static size_t step_of(const struct stats *stats, int64_t ms)
{
    const int64_t span_ms = stats->until_ms - stats->since_ms;

    return (size_t)((ms - stats->since_ms - 1) * STATS_STEPS / span_ms);
}

static void count_node(struct stats *stats, uint64_t node)
{
    size_t place = 0;

    while (place < stats->node_count && stats->nodes[place].node != node)
        place++;
    if (place == STATS_NODES_MAX) {
        stats->nodes_lost++;
        return;
    }
    stats->node_count += place == stats->node_count;
    stats->nodes[place].node = node;
    stats->nodes[place].strikes++;
}

static void count_account(struct stats *stats, const struct strike *strike)
{
    size_t size;
    const uint8_t *account = strike_account(strike, &size);

    if (size > 0)
        ranking_add(&stats->accounts, account, size, 1);
}

static void count_network(struct stats *stats, const struct addr *addr, uint64_t hits)
{
    uint8_t key[ENTRY_KEY_BYTES_MAX];
    struct addr network = *addr;

    addr_widen(&network, addr->kind == ADDR_IPV4 ? STATS_NETWORK4 : STATS_NETWORK6);
    ranking_add(&stats->networks, key, entry_write_addr(&network, key), hits);
}

static bool is_before(const struct stats_sender *a, const struct stats_sender *b)
{
    return a->hits != b->hits ? a->hits > b->hits : addr_compare(&a->addr, &b->addr) < 0;
}

static void rank_sender(struct stats *stats, const struct stats_sender *sender)
{
    struct stats_sender *list = stats->senders;
    size_t place = stats->sender_count;

    stats->senders_total++;
    if (place == stats->limit && !is_before(sender, &list[--place]))
        return;
    stats->sender_count = place + 1;
    for (; place > 0 && is_before(sender, &list[place - 1]); place--)
        list[place] = list[place - 1];
    list[place] = *sender;
}

/* Returns what that cost. */
static size_t count_strikes(struct stats *stats, const struct subject *subject, bool banned)
{
    const struct strikes *strikes = &subject->strikes;
    const size_t first = strikes_after(strikes, stats->since_ms);
    struct stats_sender sender = {subject->addr, 0, banned};

    for (size_t i = first; i < strikes->count; i++) {
        const struct strike *strike = &strikes->list[i];

        if (!is_inside(stats, strike->t_ms))
            continue;
        sender.hits++;
        stats->hits_by[step_of(stats, strike->t_ms)]++;
        count_node(stats, strike->origin);
        count_account(stats, strike);
    }
    if (sender.hits == 0)
        return strikes->count - first;
    stats->hits += sender.hits;
    count_network(stats, &subject->addr, sender.hits);
    rank_sender(stats, &sender);
    return strikes->count - first;
}

static void count_facts(struct stats *stats, const struct record *record)
{
    for (size_t i = 0; i < record->facts.count; i++) {
        const struct fact *fact = &record->facts.list[i];

        if (is_inside(stats, fact->last_ms)) {
            stats->bans_auto++;
            stats->bans_by[step_of(stats, fact->last_ms)]++;
        }
        if (is_inside(stats, fact->until_ms) && fact->first_ms > record->cut.ms)
            stats->ended++;
    }
}

static void count_operators(struct stats *stats, const struct record *record)
{
    const struct manual *manual = &record->manual;
    const int64_t stamped_ms = stamp_ms(manual->stamp.hlc);

    if (manual->stamp.hlc != 0 && manual->kind == MANUAL_BAN && is_inside(stats, stamped_ms)) {
        stats->bans_manual++;
        stats->bans_by[step_of(stats, stamped_ms)]++;
    }
    if (manual->kind == MANUAL_BAN && is_inside(stats, manual->until_ms))
        stats->ended++;
    if (record->cut.stamp.hlc != 0 && is_inside(stats, stamp_ms(record->cut.stamp.hlc)))
        stats->unbans++;
}

static size_t count_subject(struct stats *stats, const struct state *state,
                            const struct subject *subject)
{
    const bool banned = record_is_banned(&subject->record, state_now_ms(state));

    stats->banned += banned;
    count_facts(stats, &subject->record);
    count_operators(stats, &subject->record);
    if (subject->addr.kind == ADDR_ACCOUNT)
        return 1 + subject->record.facts.count; /* its hits are those of addresses, too */
    return 1 + subject->record.facts.count + count_strikes(stats, subject, banned);
}

bool stats_walk(struct stats *stats, const struct state *state, size_t *work)
{
    while (*work > 0 && stats->leaf < DIGEST_LEAVES) {
        struct table_walk walk;
        const struct subject *subject;
        size_t cost = 1;

        table_walk_leaf(&walk, (uint16_t)stats->leaf++);
        while ((subject = table_next_of_leaf(&state->table, &walk)) != NULL)
            cost += count_subject(stats, state, subject);
        *work -= cost < *work ? cost : *work;
    }
    return stats->leaf == DIGEST_LEAVES;
}
