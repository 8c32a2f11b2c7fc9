/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements that make a cluster, and change what belongs to it; see scenario_part.h.
 */
#include <string.h>

#include <bansync/limits.h>

#include "chaos.h"
#include "host.h"
#include "scenario_part.h"

#define HOSTS_MAX 9
#define DELAY_MS 5

void scenario_cluster(struct scenario *scenario)
{
    static const char *const shapes[] = {"mesh", "ring", "hub", "sites"};
    struct words *words = &scenario->words;
    struct sim *sim = scenario->sim;
    struct plan *plan = &sim->plan;

    if (sim->host_count > 0) {
        words->next = 0;
        words_expected(words, "a statement other than cluster, which is the first one only,");
        return;
    }
    plan->hosts = (size_t)words_number(words, 1, HOSTS_MAX, "");
    plan->shape = (enum plan_shape)words_choice(words, shapes, PLAN_SHAPES);
    if (!words_end(words))
        return;
    plan->granularity_ms = 1000; /* as rspamd logs */
    plan->policy =
        (struct policy){10, 600000, {{TIME_NEVER_MS}, 1}, MEMORY_MS, false, ACCOUNTS_OFF};
    sim->net.delay_ms = DELAY_MS;
    for (size_t i = 0; i < plan->hosts; i++)
        sim_add_host(sim);
    sim_link_all(sim);
    chaos_connect(sim);
}

/* "10s", "1h then 1d then permanent" */
static void take_durations(struct words *words, struct durations *durations)
{
    do {
        durations->ms[durations->count++] =
            words_take(words, "permanent") ? TIME_NEVER_MS : words_duration_ms(words);
    } while (durations->count < DURATIONS_MAX && words_take(words, "then"));
}

static int64_t take_window(struct words *words)
{
    int64_t ms = words_duration_ms(words);

    if (ms == 0 && !words->wrong) {
        words->next--;
        words_expected(words, "a window longer than 0s");
    }
    return ms;
}

void scenario_policy(struct scenario *scenario)
{
    static const char *const counts[] = {"hits", "messages"};
    static const char *const accounts[] = {"off", "count", "ban"};
    struct words *words = &scenario->words;
    struct sim *sim = scenario->sim;
    struct scenario_nodes nodes = {.count = sim->host_count};
    struct policy policy;

    memcpy(nodes.list, sim->hosts, sizeof(nodes.list));
    memset(&policy, 0, sizeof(policy)); /* compared as bytes */
    if (!words_take(words, "threshold")) {
        scenario_nodes(scenario, true, &nodes);
        words_need(words, "threshold");
    }
    policy.threshold = (uint32_t)words_number(words, 1, THRESHOLD_MAX, "");
    words_need(words, "window");
    policy.window_ms = take_window(words);
    words_need(words, "ban");
    take_durations(words, &policy.durations);
    policy.memory_ms = words_take(words, "memory") ? words_duration_ms(words) : MEMORY_MS;
    if (words_take(words, "count"))
        policy.count_messages = words_choice(words, counts, 2) == 1;
    if (words_take(words, "accounts"))
        policy.accounts = (enum policy_accounts)words_choice(words, accounts, 3);
    if (!words_end(words))
        return;
    for (size_t i = 0; i < nodes.count; i++)
        host_reload(sim, nodes.list[i], &policy);
}

void scenario_quota(struct scenario *scenario)
{
    struct words *words = &scenario->words;
    uint32_t burst = (uint32_t)words_number(words, 1, QUOTA_BURST, ""), per_s;

    words_need(words, "at-once");
    per_s = (uint32_t)words_number(words, 1, QUOTA_PER_S, "");
    words_need(words, "a-second");
    if (!words_end(words))
        return;
    scenario->sim->plan.quota_burst = burst;
    scenario->sim->plan.quota_per_s = per_s;
}

void scenario_brake(struct scenario *scenario)
{
    uint32_t max = (uint32_t)words_number(&scenario->words, 1, NEW_BANS_MAX, "");

    if (words_end(&scenario->words))
        scenario->sim->plan.brake = max;
}

void scenario_next_version(struct scenario *scenario)
{
    struct scenario_nodes nodes;

    scenario_nodes(scenario, true, &nodes);
    if (!words_end(&scenario->words))
        return;
    for (size_t i = 0; i < nodes.count; i++)
        nodes.list[i]->next = true;
}

void scenario_never_ban(struct scenario *scenario)
{
    struct words *words = &scenario->words;
    struct host *host = scenario_node(scenario);
    struct addr list[SIM_LEASES_MAX];
    size_t count = 0;

    if (!words_take(words, "nothing"))
        do
            list[count++] = scenario_addr(scenario);
        while (count < SIM_LEASES_MAX && *words_peek(words) != '\0');
    if (!words_end(words))
        return;
    memcpy(host->leases, list, count * sizeof(list[0]));
    host->lease_count = count;
    host->leases_ms = INT64_MIN;
    host->due = true;
}

void scenario_clone(struct scenario *scenario)
{
    struct host *host = scenario_node(scenario);
    bool blank = words_take(&scenario->words, "blank");

    if (words_end(&scenario->words))
        chaos_clone(scenario->sim, host, blank);
}

static void forget_peer(struct host *host, size_t peer)
{
    size_t kept = 0;

    for (size_t i = 0; i < host->peer_count; i++)
        if (host->peers[i] != peer)
            host->peers[kept++] = host->peers[i];
    host->peer_count = kept;
}

/* Peers are read at start, so the others start anew. */
void scenario_remove(struct scenario *scenario)
{
    struct host *host = scenario_node(scenario);
    struct sim *sim = scenario->sim;

    if (!words_end(&scenario->words))
        return;
    host->retired = true;
    for (size_t i = 0; i < sim->host_count; i++) {
        struct host *other = sim->hosts[i];

        if (other == host || !other->up)
            continue;
        host_kill(sim, other);
        forget_peer(other, host->index);
        host_start(sim, other);
    }
}

void scenario_retire(struct scenario *scenario)
{
    struct host *host = scenario_node(scenario);

    if (words_end(&scenario->words))
        chaos_retire(scenario->sim, host);
}
