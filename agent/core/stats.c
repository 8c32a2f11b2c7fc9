/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the state holds of a span of time, see stats.h.
 */
#include "stats.h"

#include <stdlib.h>
#include <string.h>

#include "audit.h"

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
static size_t count_strikes(struct stats *stats, const struct subject *subject, bool banned,
                            bool allowed)
{
    const struct strikes *strikes = &subject->strikes;
    const size_t first = strikes_after(strikes, stats->since_ms);
    struct stats_sender sender = {subject->addr, 0, banned, allowed};

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

static void count_ended(struct stats *stats, const struct record *record)
{
    const struct manual *manual = &record->manual;

    if (manual->kind == MANUAL_BAN && is_inside(stats, manual->until_ms))
        stats->ended++;
}

/* A record knows the last command alone: what was banned and lifted again, the history tells. */
static void count_command(struct stats *stats, const struct audit *audit)
{
    switch (audit->action) {
    case AUDIT_BAN:
    case AUDIT_IMPORT:
    case AUDIT_MAP_ADOPT:
        stats->bans_manual += audit->count;
        stats->bans_by[step_of(stats, stamp_ms(audit->stamp.hlc))] += audit->count;
        break;
    case AUDIT_UNBAN:
    case AUDIT_FORGET:
    case AUDIT_BY_NODE:
    case AUDIT_UNBAN_ALL:
        stats->unbans += audit->count;
        break;
    default:
        break;
    }
}

/* Returns what that cost. */
static size_t count_commands(struct stats *stats, const struct chronicle_bucket *bucket)
{
    for (uint32_t i = 0; i < bucket->count; i++) {
        const struct chronicle_entry *entry = bucket->list[i];
        struct audit audit;

        if (is_inside(stats, stamp_ms(chronicle_hlc(entry->bytes))) &&
            audit_read(entry->bytes, entry->size, &audit) == 0)
            count_command(stats, &audit);
    }
    return 1 + bucket->count;
}

/* A walk and the state that it goes over. */
struct walk {
    struct stats *stats;
    const struct state *state;
};

static size_t count_subject(void *context, const struct subject *subject)
{
    const struct walk *walk = context;
    struct stats *stats = walk->stats;
    const int64_t now_ms = state_now_ms(walk->state);
    const bool banned = record_is_banned(&subject->record, now_ms);
    const bool allowed =
        banned && allows_cover(&walk->state->allows, &subject->addr, now_ms) != NULL;

    stats->banned += banned;
    stats->allowed += allowed;
    count_facts(stats, &subject->record);
    count_ended(stats, &subject->record);
    if (subject->addr.kind == ADDR_ACCOUNT)
        return 1 + subject->record.facts.count; /* its hits are those of addresses, too */
    return 1 + subject->record.facts.count + count_strikes(stats, subject, banned, allowed);
}

bool stats_walk(struct stats *stats, const struct state *state, size_t *work)
{
    const struct chronicle *commands = state_chronicle(state, ENTRY_AUDIT);
    struct walk walk = {stats, state};

    if (!table_slice(&state->table, &stats->leaf, work, count_subject, &walk))
        return false;
    while (*work > 0 && stats->bucket < CHRONICLE_BUCKETS) {
        size_t cost = count_commands(stats, chronicle_bucket(commands, stats->bucket++));

        *work -= cost < *work ? cost : *work;
    }
    return stats->bucket == CHRONICLE_BUCKETS;
}
