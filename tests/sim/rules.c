/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules, see rules.h: whether all agree, and the list of what is checked then.
 */
#include "rules.h"

#include <stdio.h>
#include <string.h>

#include "chaos.h"
#include "host.h"
#include "maps.h"

const char *rules_name(int rule)
{
    static const char *const names[] = {
        [RULE_AGREEMENT] = "soon after the heal all nodes hold the same",
        [RULE_STRIKE] = "a committed line is exactly one strike everywhere",
        [RULE_COUNT] = "the count equals the distinct lines in the window",
        [RULE_BAN] = "banned at exactly the Nth hit",
        [RULE_UNBAN] = "an unban lifts all that is older",
        [RULE_OPERATOR] = "the highest stamp is in force",
        [RULE_GARBAGE] = "state shrinks by the garbage rule only",
        [RULE_COMMIT] = "nothing leaves before its commit",
        [RULE_DIGEST] = "the digest equals the recomputed one",
        [RULE_ALLOW] = "no map holds an allowed address",
        [RULE_LIMITS] = "everything stays within its bounds",
        [RULE_MEMBER] = "a hostile member has no power over others",
        [RULE_QUIET] = "a quiet cluster repairs nothing",
        [RULE_DIFFERENCE] = "any difference is soon gone",
        [RULE_TOLD] = "an operator is told who has a change",
        [RULE_SPEECH] = "a frame says what was put into it",
        [RULE_CLONE] = "a clone is seen",
        [RULE_BRAKE] = "the brake holds what it should, and nothing else",
        [RULE_AUDIT] = "the audit has what was commanded, and nothing else",
    };

    return rule > 0 && (size_t)rule < sizeof(names) / sizeof(names[0]) ? names[rule] : "none";
}

struct host *rules_first(const struct sim *sim)
{
    for (size_t i = 0; i < sim->host_count; i++)
        if (sim->hosts[i]->up)
            return sim->hosts[i];
    return NULL;
}

/* The name of what differs between the two, NULL if nothing does. */
static const char *difference(struct host *a, struct host *b)
{
    static const char *const kinds[] = {"strikes", "records", "allow entries", "audit entries",
                                        "alert marks"};
    const struct map_text *map_a = host_map(a), *map_b = host_map(b);

    if (node_wants_allow(&a->node))
        return "leases, which wait";
    if (a->node.state.tick != b->node.state.tick)
        return "ticks";
    for (enum entry_kind kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++) {
        struct hash128 root_a = state_root(&a->node.state, kind);
        struct hash128 root_b = state_root(&b->node.state, kind);

        if (!hash128_equal(&root_a, &root_b))
            return kinds[kind - 1];
    }
    if (map_a->size != map_b->size || memcmp(map_a->bytes, map_b->bytes, map_a->size) != 0)
        return "maps";
    if (a->map_size != map_a->size || memcmp(a->map, map_a->bytes, map_a->size) != 0)
        return "map and its file";
    map_a = node_usermap(&a->node);
    map_b = node_usermap(&b->node);
    if (map_a->size != map_b->size || memcmp(map_a->bytes, map_b->bytes, map_a->size) != 0)
        return "user maps";
    if (a->users_size != map_a->size || memcmp(a->users, map_a->bytes, map_a->size) != 0)
        return "user map and its file";
    return NULL;
}

bool rules_agree(struct sim *sim)
{
    struct host *first = rules_first(sim);

    for (size_t i = 0; i < sim->host_count && first != NULL; i++)
        if (sim->hosts[i]->up && difference(sim->hosts[i], first) != NULL)
            return false;
    return true;
}

void rules_describe_difference(struct sim *sim, char *text, size_t size)
{
    struct host *first = rules_first(sim);

    text[0] = '\0';
    for (size_t i = 0; i < sim->host_count && first != NULL; i++) {
        const char *what = sim->hosts[i]->up ? difference(sim->hosts[i], first) : NULL;
        size_t used = strlen(text);

        if (what != NULL)
            snprintf(text + used, size - used, "%smx%zu and mx%zu differ in %s",
                     used > 0 ? ", " : "", i + 1, first->index + 1, what);
    }
}

void rules_check(struct sim *sim)
{
    struct host *first = rules_first(sim);

    if (first == NULL)
        return;
    sim->stats.checks++;
    rules_check_strikes(sim, first);
    rules_check_records(sim, first);
    rules_check_allows(sim, first);
    rules_check_levels(sim, first);
    rules_check_map(sim, first);
    rules_check_usermap(sim, first);
    for (size_t i = 0; i < sim->host_count; i++) {
        if (!sim->hosts[i]->up)
            continue;
        rules_check_digests(sim, sim->hosts[i]);
        rules_check_limits(sim, sim->hosts[i]);
        rules_check_times(sim, sim->hosts[i]);
        rules_check_clones(sim, sim->hosts[i]);
        rules_check_brake(sim, sim->hosts[i]);
        rules_check_audit(sim, sim->hosts[i]);
    }
    rules_check_holding(sim);
    rules_check_reload(sim, chaos_pick(sim, true));
}
