/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State in readable form, see dump.h.
 */
#include "dump.h"

#include <stdio.h>

#include "rules.h"

static double seconds(int64_t ms)
{
    return (double)(ms - SIM_EPOCH_MS) / 1000;
}

/* 0: there is none. */
static void dump_time(const char *word, int64_t ms)
{
    if (ms == TIME_NEVER_MS)
        printf(" %s never", word);
    else if (ms != 0)
        printf(" %s %.3f", word, seconds(ms));
}

/* NULL: there is none. */
static const char *text_of(const char *text)
{
    return text != NULL ? text : "";
}

static void dump_record(const struct record *record)
{
    if (record->cut.stamp.hlc != 0)
        printf("    cut %.3f stamp %.3f/%u node %llu\n", seconds(record->cut.ms),
               seconds(stamp_ms(record->cut.stamp.hlc)), (unsigned)record->cut.stamp.hlc & 0xffff,
               (unsigned long long)record->cut.stamp.node);
    if (record->cut.forget_ms != 0)
        printf("    levels up to %.3f are forgotten\n", seconds(record->cut.forget_ms));
    if (record->manual.stamp.hlc != 0) {
        printf("    %s", record->manual.kind == MANUAL_BAN ? "ban" : "unban");
        dump_time("until", record->manual.until_ms);
        printf(" stamp %.3f/%u node %llu", seconds(stamp_ms(record->manual.stamp.hlc)),
               (unsigned)record->manual.stamp.hlc & 0xffff,
               (unsigned long long)record->manual.stamp.node);
        printf(" reason '%s' actor '%s'\n", text_of(record->manual.reason),
               text_of(record->manual.actor));
    }
    for (size_t i = 0; i < record->facts.count; i++) {
        const struct fact *fact = &record->facts.list[i];

        for (size_t k = 0; k < fact->node_count; k++)
            printf("    node %llu: %u", (unsigned long long)fact->nodes[k].node,
                   fact->nodes[k].strikes);
        printf(" '%.*s'\n", fact->evidence_size, (const char *)fact->evidence);
        printf("    fact %.3f to %.3f", seconds(fact->first_ms), seconds(fact->last_ms));
        dump_time("until", fact->until_ms);
        dump_time("forget", fact->forget_ms);
        printf(" level %u nodes %u evidence %u\n", fact->level, fact->node_count,
               fact->evidence_size);
    }
}

void dump_subject(const struct subject *subject)
{
    char text[ADDR_TEXT_SIZE];

    text[addr_print_net(&subject->addr, text)] = '\0';
    printf("  %s\n", text);
    dump_record(&subject->record);
    for (size_t i = 0; i < subject->strikes.count; i++) {
        const struct strike *strike = &subject->strikes.list[i];

        printf("    line %d of node %llu at %.3f message %08x\n",
               (int)ledger_line_of(&subject->addr, strike), (unsigned long long)strike->origin,
               seconds(strike->t_ms), strike_message(strike));
    }
}

static bool is_equal_everywhere(const struct sim *sim, const struct host *host,
                                const struct subject *subject)
{
    struct hash128 hash = state_record_hash(&host->node.state, subject);

    for (size_t i = 0; i < sim->host_count; i++) {
        const struct host *other = sim->hosts[i];
        struct unpacked room;
        const struct subject *theirs =
            other->up ? state_find(&other->node.state, &subject->addr, &room) : subject;
        struct hash128 their_hash;

        if (theirs == NULL)
            return false;
        their_hash = state_record_hash(&host->node.state, theirs);
        if (theirs->has_record != subject->has_record || !hash128_equal(&their_hash, &hash) ||
            theirs->strikes.count != subject->strikes.count)
            return false;
    }
    return host->up;
}

/* Whom the rule that was broken is about. */
static bool is_broken(const struct sim *sim, const struct subject *subject)
{
    return sim->rule != 0 && sim->is_about && addr_compare(&subject->addr, &sim->about) == 0;
}

static void dump_allows(const struct state *state)
{
    for (size_t i = 0; i < state->allows.count; i++) {
        const struct allow *allow = &state->allows.list[i];
        char text[ADDR_TEXT_SIZE];

        text[addr_print_net(&allow->addr, text)] = '\0';
        printf("  allow %s owner %llu %s", text, (unsigned long long)allow->owner,
               allow->on ? "on" : "off");
        dump_time("until", allow->until_ms);
        printf(" stamp %.3f/%u\n", seconds(stamp_ms(allow->stamp.hlc)),
               (unsigned)allow->stamp.hlc & 0xffff);
    }
}

static void dump_peers(const struct host *host)
{
    const struct node *node = &host->node;

    for (size_t i = 0; i < node->peer_count; i++) {
        const struct node_peer *peer = &node->peers[i];

        printf("  peer mx%zu: greeted %d compared %d same %d fresh %d differs %u %u %u descents %u "
               "refused %u",
               host->peers[i] + 1, peer->greeted, peer->compared, peer->same, peer->fresh,
               peer->differs[0], peer->differs[1], peer->differs[2], peer->descents, peer->refused);
        if (peer->ping_ms != 0)
            printf(" tick %+lld", (long long)(peer->ping.tick - node->state.tick));
        printf("\n");
    }
    if (node->clock_held || node->leases_due)
        printf("  clock held %d, leases due %d\n", node->clock_held, node->leases_due);
    if (node->descent.peer != NODE_PEER_NONE)
        printf("  descends with mx%zu\n", host->peers[node->descent.peer] + 1);
}

void dump_hosts(const struct sim *sim)
{
    for (size_t i = 0; i < sim->host_count; i++) {
        const struct host *host = sim->hosts[i];
        const struct state *state = &host->node.state;
        const struct subject *subject;

        if (!host->up)
            continue;
        printf("mx%zu: tick %.0f clock %.3f, wall clock %+lld ms, policy %u %s in %lld ms\n", i + 1,
               seconds(state_now_ms(state)), seconds(stamp_ms(state->hlc)),
               (long long)host->wall_off_ms, host->policy.threshold,
               host->policy.count_messages ? "messages" : "hits",
               (long long)host->policy.window_ms);
        dump_peers(host);
        for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;)
            if (is_broken(sim, subject) || !is_equal_everywhere(sim, host, subject))
                dump_subject(subject);
        dump_allows(state);
    }
}
