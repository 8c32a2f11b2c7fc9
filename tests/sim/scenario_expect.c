/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must be so, see scenario_part.h. An expectation is read anew each time it is looked at.
 */
#include <stdio.h>
#include <string.h>

#include "chaos.h"
#include "derive.h"
#include "host.h"
#include "map_read.h"
#include "rules.h"
#include "scenario_part.h"
#include "usermap.h"
#include "view.h"

#define STEP_MS 50
#define REFUSAL_MS 60000 /* how long status shows one */
#define FOUND_BYTES_MAX 512

/* What was found instead. */
struct found {
    char text[FOUND_BYTES_MAX];
};

/* Each takes its words, and tells if what they say is so; false without having looked on a
 * mistake. */
typedef bool expect_fn(struct scenario *scenario, struct found *found);

#define EXPECT(word, function, usage, meaning) static expect_fn expect_##function;
SCENARIO_EXPECTS
#undef EXPECT

static const char *const words_of[] = {
#define EXPECT(word, function, usage, meaning) word,
    SCENARIO_EXPECTS
#undef EXPECT
};

static const char *const usages[] = {
#define EXPECT(word, function, usage, meaning) \
    "[not] " word " " usage " [within DURATION] [for DURATION]",
    SCENARIO_EXPECTS
#undef EXPECT
};

static expect_fn *const functions[] = {
#define EXPECT(word, function, usage, meaning) expect_##function,
    SCENARIO_EXPECTS
#undef EXPECT
};

/* Takes "within 3s" from the end of the line; 0 if it is not there. */
static int64_t take_end(struct words *words, const char *word)
{
    size_t next = words->next;
    int64_t ms;

    if (words->wrong || words->count < next + 2 || strcmp(words->list[words->count - 2], word) != 0)
        return 0;
    words->next = words->count - 1;
    ms = words_duration_ms(words);
    words->next = next;
    words->count -= 2;
    return ms;
}

static bool look(struct scenario *scenario, struct found *found)
{
    struct words *words = &scenario->words;
    size_t next = words->next;
    bool negated = words_take(words, "not");
    size_t kind = words_choice(words, words_of, sizeof(words_of) / sizeof(words_of[0]));
    bool so;

    if (!words->wrong)
        scenario->usage = usages[kind];
    so = !words->wrong && functions[kind](scenario, found);
    words->next = next;
    if (negated)
        snprintf(found->text, sizeof(found->text), "it is so");
    return !words->wrong && so != negated;
}

void scenario_expect(struct scenario *scenario)
{
    struct words *words = &scenario->words;
    struct sim *sim = scenario->sim;
    int64_t stays_ms = take_end(words, "for"), within_ms = take_end(words, "within"), end_ms;
    struct found found = {""};
    bool so = look(scenario, &found);

    for (end_ms = sim->now_ms + within_ms;
         !so && sim->now_ms < end_ms && !words->wrong && !scenario_has_failed(scenario);) {
        scenario_pass(scenario, STEP_MS);
        so = look(scenario, &found);
    }
    for (end_ms = sim->now_ms + stays_ms;
         so && sim->now_ms < end_ms && !scenario_has_failed(scenario);) {
        scenario_pass(scenario, STEP_MS);
        so = look(scenario, &found);
    }
    if (!so && !words->wrong)
        scenario_fail(scenario, "%s", found.text);
}

/* Takes NODES that have something to show. */
static void take_nodes(struct scenario *scenario, struct scenario_nodes *nodes)
{
    scenario_nodes(scenario, true, nodes);
    if (nodes->count == 0)
        words_expected(&scenario->words, "a node that is up");
}

static struct map_lines lines_of(const struct host *host)
{
    return (struct map_lines){host->map, host->map != NULL ? host->map_size : 0};
}

/* The text of a map in one line. */
static void describe_map(const struct host *host, char *text, size_t size)
{
    struct map_lines lines = lines_of(host);
    size_t used = (size_t)snprintf(text, size, "the map of mx%zu has", host->index + 1);
    char line[ADDR_TEXT_SIZE];
    struct addr addr;
    bool empty = true;

    for (; used < size && map_lines_next(&lines, &addr); empty = false) {
        addr_print(&addr, line);
        used += (size_t)snprintf(text + used, size - used, " %s", line);
    }
    if (empty && used < size)
        snprintf(text + used, size - used, " nothing");
}

static bool is_map(const struct host *host, const struct addr *list, size_t count)
{
    struct map_lines lines = lines_of(host);
    struct addr addr;
    size_t place = 0;

    while (map_lines_next(&lines, &addr))
        if (place == count || addr_compare(&addr, &list[place++]) != 0)
            return false;
    return place == count && host->map != NULL;
}

static bool expect_map(struct scenario *scenario, struct found *found)
{
    struct words *words = &scenario->words;
    struct scenario_nodes nodes;
    struct addr list[WORDS_MAX];
    size_t count = 0;

    take_nodes(scenario, &nodes);
    if (!words_take(words, "nothing"))
        do
            list[count++] = scenario_addr(scenario);
        while (!words->wrong && *words_peek(words) != '\0');
    if (!words_end(words))
        return false;
    for (size_t i = 0; i < nodes.count; i++)
        if (!is_map(nodes.list[i], list, count)) {
            describe_map(nodes.list[i], found->text, sizeof(found->text));
            return false;
        }
    return true;
}

static bool is_in_usermap(const struct host *host, const struct addr *account)
{
    struct map_lines lines = {host->users, host->users != NULL ? host->users_size : 0};
    struct addr line;

    while (usermap_lines_next(&lines, &line))
        if (addr_compare(&line, account) == 0)
            return true;
    return false;
}

static bool is_in_map(const struct host *host, const struct addr *addr)
{
    struct map_lines lines = lines_of(host);
    struct addr prefix;

    if (addr->kind == ADDR_ACCOUNT)
        return is_in_usermap(host, addr);

    while (map_lines_next(&lines, &prefix))
        if (addr_covers(&prefix, addr))
            return true;
    return false;
}

static bool expect_in_maps(struct scenario *scenario, struct found *found, bool there)
{
    struct scenario_nodes nodes;
    struct addr addr;

    take_nodes(scenario, &nodes);
    addr = scenario_addr(scenario);
    if (!words_end(&scenario->words))
        return false;
    for (size_t i = 0; i < nodes.count; i++)
        if (is_in_map(nodes.list[i], &addr) != there) {
            if (addr.kind == ADDR_ACCOUNT)
                snprintf(found->text, sizeof(found->text), "the user map of mx%zu has it%s",
                         nodes.list[i]->index + 1, there ? " not" : "");
            else
                describe_map(nodes.list[i], found->text, sizeof(found->text));
            return false;
        }
    return true;
}

static bool expect_banned(struct scenario *scenario, struct found *found)
{
    return expect_in_maps(scenario, found, true);
}

static bool expect_free(struct scenario *scenario, struct found *found)
{
    return expect_in_maps(scenario, found, false);
}

static size_t lines_in(const struct host *host)
{
    struct map_lines lines = lines_of(host);
    struct addr prefix;
    size_t count = 0;

    while (map_lines_next(&lines, &prefix))
        count++;
    return count;
}

static bool expect_entries(struct scenario *scenario, struct found *found)
{
    struct scenario_nodes nodes;
    size_t wanted;

    take_nodes(scenario, &nodes);
    wanted = (size_t)words_number(&scenario->words, 0, INT32_MAX, "");
    if (!words_end(&scenario->words))
        return false;
    for (size_t i = 0; i < nodes.count; i++)
        if (lines_in(nodes.list[i]) != wanted) {
            snprintf(found->text, sizeof(found->text), "the map of mx%zu has %zu lines",
                     nodes.list[i]->index + 1, lines_in(nodes.list[i]));
            return false;
        }
    return true;
}

static bool expect_held(struct scenario *scenario, struct found *found)
{
    const struct host *host = scenario_node(scenario);
    size_t wanted = (size_t)words_number(&scenario->words, 0, INT32_MAX, "");
    size_t count = host->up ? host->node.hold.held.sets[HELD_WAITING].subjects.count : 0;

    if (!words_end(&scenario->words))
        return false;
    snprintf(found->text, sizeof(found->text), "it holds hits of %zu", count);
    return count == wanted;
}

static size_t count_of(const struct state *state, const struct addr *addr)
{
    struct unpacked room_of_subject;
    const struct subject *subject = state_find(state, addr, &room_of_subject);

    return subject == NULL ? 0
                           : derive_count(&state->policy, &subject->strikes, subject->record.cut.ms,
                                          state_now_ms(state), NULL);
}

static size_t messages_of(const struct state *state, const struct addr *addr)
{
    static struct view view;
    struct unpacked room_of_subject;
    const struct subject *subject = state_find(state, addr, &room_of_subject);

    if (subject == NULL)
        return 0;
    view_make(state, subject, &view);
    return view.messages;
}

static size_t level_of(const struct state *state, const struct addr *addr)
{
    struct unpacked room_of_subject;
    const struct subject *subject = state_find(state, addr, &room_of_subject);
    int64_t forget_ms;

    return subject == NULL ? 0 : record_level(&subject->record, state_now_ms(state), &forget_ms);
}

/* Each node's number of something is the one that is wanted. */
static bool expect_number(struct scenario *scenario, struct found *found,
                          size_t (*number_of)(const struct state *state, const struct addr *addr),
                          const char *what)
{
    struct scenario_nodes nodes;
    struct addr addr;
    size_t wanted, count;

    take_nodes(scenario, &nodes);
    addr = scenario_subject(scenario);
    wanted = (size_t)words_number(&scenario->words, 0, INT32_MAX, "");
    if (!words_end(&scenario->words))
        return false;
    for (size_t i = 0; i < nodes.count; i++) {
        count = nodes.list[i]->up ? number_of(&nodes.list[i]->node.state, &addr) : 0;
        if (count == wanted)
            continue;
        snprintf(found->text, sizeof(found->text), "mx%zu counts %zu%s", nodes.list[i]->index + 1,
                 count, what);
        return false;
    }
    return true;
}

static bool expect_count(struct scenario *scenario, struct found *found)
{
    return expect_number(scenario, found, count_of, "");
}

static bool expect_messages(struct scenario *scenario, struct found *found)
{
    return expect_number(scenario, found, messages_of, " messages");
}

static bool expect_level(struct scenario *scenario, struct found *found)
{
    return expect_number(scenario, found, level_of, " as the level");
}

static bool expect_equal(struct scenario *scenario, struct found *found)
{
    if (!words_end(&scenario->words))
        return false;
    rules_describe_difference(scenario->sim, found->text, sizeof(found->text));
    return rules_agree(scenario->sim);
}

static bool is_same_file(const char *a, size_t a_size, const char *b, size_t b_size)
{
    return a == NULL || b == NULL || (a_size == b_size && memcmp(a, b, a_size) == 0);
}

/* The files of two nodes at the same tick differ, of the map or of the user map. */
static bool is_out_of_step(const struct host *a, const struct host *b)
{
    return a->up && b->up && a->node.state.tick == b->node.state.tick &&
           (!is_same_file(a->map, a->map_size, b->map, b->map_size) ||
            !is_same_file(a->users, a->users_size, b->users, b->users_size));
}

static bool expect_in_step(struct scenario *scenario, struct found *found)
{
    const struct sim *sim = scenario->sim;

    if (!words_end(&scenario->words))
        return false;
    for (size_t i = 0; i < sim->host_count; i++)
        for (size_t k = 0; k < i; k++)
            if (is_out_of_step(sim->hosts[i], sim->hosts[k])) {
                describe_map(sim->hosts[i], found->text, sizeof(found->text));
                return false;
            }
    return true;
}

static uint64_t repairs(const struct sim *sim)
{
    uint64_t count = 0;

    for (size_t i = 0; i < sim->host_count; i++)
        count += sim->hosts[i]->up ? sim->hosts[i]->node.state.counters.repairs_started : 0;
    return count;
}

static bool expect_quiet(struct scenario *scenario, struct found *found)
{
    int64_t ms = words_duration_ms(&scenario->words);
    uint64_t before = repairs(scenario->sim);

    if (!words_end(&scenario->words))
        return false;
    scenario_pass(scenario, ms);
    snprintf(found->text, sizeof(found->text), "%llu descents",
             (unsigned long long)(repairs(scenario->sim) - before));
    return repairs(scenario->sim) == before;
}

/* Takes N: what the host has counted. */
static bool is_counted(struct scenario *scenario, struct found *found, uint64_t count)
{
    uint64_t wanted = (uint64_t)words_number(&scenario->words, 0, INT32_MAX, "");

    if (!words_end(&scenario->words))
        return false;
    snprintf(found->text, sizeof(found->text), "it began %llu", (unsigned long long)count);
    return count == wanted;
}

static bool expect_descents(struct scenario *scenario, struct found *found)
{
    const struct host *host = scenario_node(scenario);

    return is_counted(scenario, found, host->up ? host->node.state.counters.repairs_started : 0);
}

static bool expect_bulk(struct scenario *scenario, struct found *found)
{
    const struct host *host = scenario_node(scenario);

    return is_counted(scenario, found, host->up ? host->node.state.counters.bulk_requests : 0);
}

static bool expect_confirmed(struct scenario *scenario, struct found *found)
{
    const struct host *host = scenario_node(scenario);
    size_t count = (size_t)words_number(&scenario->words, 1, SIM_HOSTS_MAX, "");
    const struct node_done *answer = &host->answer;

    if (!words_end(&scenario->words))
        return false;
    if (answer->request == 0)
        snprintf(found->text, sizeof(found->text), "no answer");
    else
        snprintf(found->text, sizeof(found->text), "outcome %d on %zu nodes", (int)answer->outcome,
                 answer->confirmed);
    return answer->request != 0 && answer->outcome != OUTCOME_FAILED && answer->confirmed == count;
}

static bool expect_not_durable(struct scenario *scenario, struct found *found)
{
    const struct host *host = scenario_node(scenario);

    if (!words_end(&scenario->words))
        return false;
    snprintf(found->text, sizeof(found->text), host->answer.request == 0 ? "no answer" : "it is");
    return host->answer.request != 0 && host->answer.outcome == OUTCOME_FAILED;
}

/* What the second host knows of the first; NULL on a mistake. */
static const struct node_peer *take_peer(struct scenario *scenario, const struct host *host,
                                         struct host **by)
{
    size_t peer;

    words_need(&scenario->words, "by");
    *by = scenario_node(scenario);
    peer = host_peer(scenario->sim, *by, host->index);
    if (peer == SIM_NONE || !(*by)->up)
        words_expected(&scenario->words, "a peer of it that is up");
    return words_end(&scenario->words) ? &(*by)->node.peers[peer] : NULL;
}

static bool is_recent(const struct scenario *scenario, const struct host *by, int64_t at_ms,
                      int64_t max_ms)
{
    return at_ms != 0 && host_now(scenario->sim, by).mono_ms - at_ms < max_ms;
}

static bool expect_clone(struct scenario *scenario, struct found *found)
{
    struct host *by;
    const struct node_peer *peer = take_peer(scenario, scenario_node(scenario), &by);

    snprintf(found->text, sizeof(found->text), "no clone is known");
    return peer != NULL && is_recent(scenario, by, peer->clone_ms, NODE_CLONE_MS);
}

static bool expect_refused(struct scenario *scenario, struct found *found)
{
    static const char *const reasons[] = {"version",   "cluster", "clock",
                                          "malformed", "memory",  "quota"};
    uint8_t reason = (uint8_t)(NACK_VERSION + words_choice(&scenario->words, reasons, 6));
    struct host *host = scenario_node(scenario), *by;
    const struct node_peer *peer;

    snprintf(found->text, sizeof(found->text), "nothing is refused for that");
    if (reason == NACK_CLOCK && *words_peek(&scenario->words) == '\0')
        return words_end(&scenario->words) && host->up && !host_is_sane(scenario->sim, host);
    peer = take_peer(scenario, host, &by);
    return peer != NULL &&
           (peer->refused == reason ||
            (peer->fault_reason == reason && is_recent(scenario, by, peer->fault_ms, REFUSAL_MS)));
}
