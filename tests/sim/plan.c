/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a seed does, see plan.h.
 */
#include "plan.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <bansync/limits.h>

#include "prng.h"

#define MILLION 1000000
#define CALM_S 11      /* about so long is the calm behind a round */
#define FRAMES_MIN 120 /* of trouble */

struct action_info {
    const char *name;
    uint32_t weight;
    bool fault;
};

static const struct action_info actions[] = {
#define PLAN_ACTION(name, weight, fault, meaning) {#name, weight, fault},
    PLAN_ACTIONS
#undef PLAN_ACTION
};

const char *plan_action_name(enum plan_action action)
{
    return actions[action].name;
}

bool plan_action_is_fault(enum plan_action action)
{
    return actions[action].fault;
}

const char *plan_shape_name(enum plan_shape shape)
{
    static const char *const names[] = {"mesh", "ring", "hub", "sites"};

    return names[shape];
}

static struct addr parse(const char *text)
{
    struct addr addr;

    assert(addr_parse(text, strlen(text), true, &addr) == 0);
    return addr;
}

static void draw_addresses(struct plan *plan, struct prng *prng)
{
    static const char *const wide[] = {"198.51.100.0/24",  "198.51.100.0/28", "2001:db8:0:1::/64",
                                       "2001:db8:0::/60",  "198.51.100.4/31", "2001:db8:0:2::5",
                                       "198.51.100.64/26", "198.0.0.0/8"};
    char text[64];

    plan->address_count = (size_t)prng_range(prng, 1, PLAN_ADDRESSES_MAX);
    for (size_t i = 0; i < plan->address_count; i++) {
        if (prng_chance(prng, MILLION / 4)) /* several hosts of one /64 are one subject */
            snprintf(text, sizeof(text), "2001:db8:0:%u::%u", (unsigned)prng_below(prng, 4),
                     (unsigned)prng_below(prng, 9) + 1);
        else
            snprintf(text, sizeof(text), "198.51.100.%u", (unsigned)prng_below(prng, 24));
        plan->addresses[i] = parse(text);
    }
    plan->prefix_count = (size_t)prng_range(prng, 0, PLAN_PREFIXES_MAX);
    for (size_t i = 0; i < plan->prefix_count; i++)
        plan->prefixes[i] = parse(wide[prng_below(prng, sizeof(wide) / sizeof(wide[0]))]);
}

static void draw_weights(struct plan *plan, struct prng *prng)
{
    for (size_t i = 0; i < PLAN_ACTION_COUNT; i++) {
        uint32_t weight = actions[i].weight;

        if (actions[i].fault && prng_chance(prng, MILLION / 2))
            weight = 0;
        else
            weight = weight * (uint32_t)prng_range(prng, 1, 6) * (actions[i].fault ? 2 : 1);
        plan->weights[i] = weight;
    }
    if (!plan->hostile)
        plan->weights[ACTION_mischief] = 0;
    if (!plan->wild)
        plan->weights[ACTION_leap] = 0;
    for (size_t i = 0; i < PLAN_ACTION_COUNT; i++)
        plan->weight_sum += plan->weights[i];
}

/* More durations, each at least as long as the one before, perhaps a permanent one. */
static void draw_longer(struct prng *prng, struct durations *durations)
{
    size_t count = (size_t)prng_range(prng, 2, 4);

    while (durations->count < count) {
        int64_t before_ms = durations->ms[durations->count - 1];

        durations->ms[durations->count++] = before_ms + prng_range(prng, 0, 60) * 1000;
    }
    if (prng_chance(prng, MILLION / 4))
        durations->ms[count - 1] = TIME_NEVER_MS;
}

static struct policy draw_policy(struct prng *prng)
{
    static const uint32_t thresholds[] = {1, 2, 3, 3, 4, 5, 10};
    static const int64_t windows_s[] = {1, 5, 20, 60, 600, 43200};
    static const uint8_t modes[] = {ACCOUNTS_OFF, ACCOUNTS_OFF,   ACCOUNTS_OFF, ACCOUNTS_OFF,
                                    ACCOUNTS_OFF, ACCOUNTS_COUNT, ACCOUNTS_BAN, ACCOUNTS_BAN};
    struct prng aside = prng_aside(prng);
    struct policy policy;

    memset(&policy, 0, sizeof(policy)); /* compared as bytes */
    policy.threshold = thresholds[prng_below(prng, 7)];
    policy.window_ms = windows_s[prng_below(prng, 6)] * 1000;
    policy.durations.ms[0] =
        prng_chance(prng, MILLION / 2) ? TIME_NEVER_MS : prng_range(prng, 1, 120) * 1000;
    policy.durations.count = 1;
    policy.memory_ms = prng_chance(prng, MILLION / 4) ? 30000 : MEMORY_MS;
    policy.count_messages = prng_chance(&aside, MILLION / 3);
    if (policy.durations.ms[0] != TIME_NEVER_MS && prng_chance(&aside, 2 * MILLION / 3))
        draw_longer(&aside, &policy.durations);
    policy.accounts = modes[prng_below(&aside, 8)];
    return policy;
}

struct policy plan_policy(const struct plan *plan, struct prng *prng)
{
    return plan->mixed ? draw_policy(prng) : plan->policy;
}

/* Frames of a healthy cluster: small clusters get more time, so that all seeds have about as many.
 */
static int64_t pings_a_second(const struct plan *plan)
{
    int64_t hosts = (int64_t)plan->hosts, half = hosts / 2;

    switch (plan->shape) {
    case PLAN_MESH:
        return hosts * (hosts - 1);
    case PLAN_SITES:
        return 2 * half * half + 2;
    default:
        return 2 * hosts;
    }
}

/* Of trouble in one round: what is left when the calm behind it has had its PINGs. */
static uint64_t draw_frames(const struct plan *plan, struct prng *prng)
{
    int64_t frames = prng_range(prng, 540, 760) / (int64_t)plan->rounds;

    frames -= CALM_S * pings_a_second(plan);
    return (uint64_t)(frames > FRAMES_MIN ? frames : FRAMES_MIN);
}

/* Few hosts get more time and larger ones less; the shares of frames and faults make seeds about
 * as long. */
static void draw_length(struct plan *plan, struct prng *prng)
{
    static const int64_t percent[] = {0, 0, 220, 240, 110, 80, 50, 40, 30, 30};
    int64_t share = percent[plan->hosts < 9 ? plan->hosts : 9];

    plan->round_ms = prng_range(prng, 300, 700) * 10 * share / pings_a_second(plan);
    plan->gap_ms = plan->round_ms / (prng_range(prng, 60, 160) * (share < 100 ? 70 : 100) / 100);
    plan->frames = draw_frames(plan, prng);
    plan->faults = (uint64_t)prng_range(prng, 18, 38) / plan->rounds;
}

static void draw_quota(struct plan *plan, struct prng *prng)
{
    bool tight = prng_chance(prng, MILLION / 2);

    if (!prng_chance(prng, MILLION / (plan->hostile ? 2 : 8)))
        return;
    plan->quota_per_s = (uint32_t)prng_range(prng, tight ? 20 : 50, tight ? 50 : 200);
    plan->quota_burst = plan->quota_per_s + (uint32_t)prng_range(prng, 0, tight ? 10 : 300);
}

/* Both a host and its clone would hold a line, and each may let it go in another way. */
static void draw_brake(struct plan *plan, const struct prng *prng)
{
    struct prng aside = prng_aside(prng);

    if (!prng_chance(&aside, MILLION / 4))
        return;
    plan->brake = (uint32_t)prng_range(&aside, 1, 3);
    plan->weight_sum -= plan->weights[ACTION_clone];
    plan->weights[ACTION_clone] = 0;
}

void plan_draw(struct plan *plan, struct prng *prng, size_t hosts)
{
    static const size_t sizes[] = {2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 7, 9};
    struct prng aside = prng_aside(prng);

    memset(plan, 0, sizeof(*plan));
    plan->messages = (uint32_t)prng_range(&aside, 0, 12);
    plan->hosts = hosts != 0 ? hosts : sizes[prng_below(prng, sizeof(sizes) / sizeof(sizes[0]))];
    plan->shape = prng_chance(prng, MILLION / 2) ? PLAN_MESH : prng_below(prng, PLAN_SHAPES);
    plan->hostile = plan->hosts > 2 && prng_chance(prng, MILLION / 8);
    plan->late = prng_chance(prng, MILLION / 4) ? prng_below(prng, plan->hosts - 1) : 0;
    plan->next = prng_chance(prng, MILLION / 8);
    plan->one_way = plan->shape == PLAN_MESH && plan->hosts > 3 && prng_chance(prng, MILLION / 8);
    plan->mixed = prng_chance(prng, MILLION / 4);
    plan->wild = plan->hosts > 2 && prng_chance(prng, MILLION / 4);
    draw_quota(plan, prng);
    plan->damage = plan->hosts <= 4 && prng_chance(prng, MILLION / 16);
    plan->rounds = prng_chance(prng, MILLION / 4) ? 2 : 1;
    draw_length(plan, prng);
    plan->granularity_ms = prng_chance(prng, MILLION / 2) ? 1000 : 1;
    plan->skew_ms = prng_chance(prng, MILLION / 3) ? 0 : prng_range(prng, 1, 25000);
    plan->policy = draw_policy(prng);
    plan->loss = prng_chance(prng, MILLION / 2) ? (uint32_t)prng_below(prng, 400000) : 0;
    plan->twice = prng_chance(prng, MILLION / 2) ? (uint32_t)prng_below(prng, 200000) : 0;
    plan->late_frames = prng_chance(prng, MILLION / 2) ? (uint32_t)prng_below(prng, 200000) : 0;
    plan->late_ms = prng_range(prng, 100, 8000);
    plan->delay_ms = prng_range(prng, 1, 60);
    draw_addresses(plan, prng);
    if (plan->mixed || plan->policy.accounts != ACCOUNTS_OFF || prng_chance(&aside, MILLION / 4))
        accounts_draw(&plan->accounts, &aside);
    draw_weights(plan, prng);
    draw_brake(plan, prng);
}

enum plan_action plan_next(const struct plan *plan, struct prng *prng)
{
    uint64_t place = prng_below(prng, plan->weight_sum);
    size_t action = 0;

    while (place >= plan->weights[action])
        place -= plan->weights[action++];
    return (enum plan_action)action;
}
