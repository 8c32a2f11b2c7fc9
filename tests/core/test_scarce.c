/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out: each allocation of a turn is refused in turn, alone and with all that
 * follow. What is in the state is then still what its digests say and what the store has; and when
 * there is memory again and the same comes in once more, as it does by repair, all is as it would
 * have been.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "damage.h"
#include "map.h"
#include "preview.h"
#include "scarce.h"
#include "turn.h"

#define FAR_MS (TURN_WALL_MS + 3600000)

typedef void deed_fn(struct turn *turn);

/* --- What may run out of memory ----------------------------------------------------------------
 */

static void nothing(struct turn *turn)
{
    (void)turn;
}

static void two_hits(struct turn *turn)
{
    turn_strike(turn, "192.0.2.1", 1, 2000);
    turn_strike(turn, "192.0.2.1", 2, 1000);
}

static void the_third_hit(struct turn *turn)
{
    turn_strike(turn, "192.0.2.1", 3, 0);
}

static void hits_of_peers(struct turn *turn)
{
    for (uint64_t id = 1; id <= 5; id++) /* one more than the first list holds */
        turn_peer_strike(turn, "198.51.100.7", 2, id, TURN_WALL_MS - (int64_t)id * 1000);
}

/* Two episodes, so that two facts come of them. */
static void two_episodes(struct turn *turn)
{
    for (uint64_t id = 1; id <= 3; id++) {
        turn_peer_strike(turn, "198.51.100.7", 2, id, TURN_WALL_MS - (int64_t)id * 1000);
        turn_peer_strike(turn, "198.51.100.7", 2, 10 + id,
                         TURN_WALL_MS - 7200000 - (int64_t)id * 1000);
    }
}

static struct fact fact_of(int64_t last_ms, struct fact_node *node, uint8_t level)
{
    return (struct fact){.first_ms = last_ms - 2000,
                         .last_ms = last_ms,
                         .until_ms = last_ms + 3600000 - level, /* lower levels last longer */
                         .forget_ms = last_ms + 7200000,
                         .level = level,
                         .nodes = node,
                         .node_count = 1};
}

static void records_of_peers(struct turn *turn)
{
    struct fact_node nodes[3] = {{2, 3}, {3, 4}, {2, 5}};
    struct fact facts[2] = {fact_of(TURN_WALL_MS - 9000, &nodes[0], 2),
                            fact_of(TURN_WALL_MS - 5000, &nodes[1], 1)};
    struct record record = {
        .facts = {facts, 2},
        .manual = {{(uint64_t)TURN_WALL_MS << 16, 2}, MANUAL_BAN, FAR_MS, NULL, NULL}};

    turn_record(turn, "203.0.113.1", &record, 0);
    record.cut = (struct cut){{1, 2}, 1, 0};
    turn_record(turn, "203.0.113.2", &record, 0);
    facts[0].nodes = &nodes[2]; /* the same fact, with more strikes */
    turn_record(turn, "203.0.113.2", &record, 0);
}

static void allows_of_all(struct turn *turn)
{
    struct event event = {.type = EVENT_ALLOW,
                          .addr = turn_addr("198.51.100.0/24"),
                          .on = true,
                          .until_ms = FAR_MS,
                          .reason = "own"};
    char text[] = "theirs";
    struct allow allow = {.addr = turn_addr("192.0.2.0/24"),
                          .owner = ALLOW_OPERATOR,
                          .stamp = {(uint64_t)TURN_WALL_MS << 16, 2},
                          .on = true,
                          .until_ms = FAR_MS,
                          .reason = text,
                          .actor = text};
    uint8_t bytes[512];

    turn_step(turn, &event);
    turn_entry(turn, ENTRY_ALLOW, bytes, entry_write_allow(&allow, bytes, sizeof(bytes)));
}

static void allow_many(struct turn *turn, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char net[32];

        snprintf(net, sizeof(net), "203.0.113.%u", 2 * i);
        turn_allow(turn, net, FAR_MS, i + 1);
    }
}

static void sixteen_allows(struct turn *turn) /* the list is full */
{
    allow_many(turn, 15);
    turn_allow(turn, "192.0.2.0/24", FAR_MS, 16);
}

static void add_without_reason(struct turn *turn, const char *net, int64_t until_ms,
                               uint64_t request)
{
    struct event event = {
        .type = EVENT_ALLOW_ADD, .addr = turn_addr(net), .until_ms = until_ms, .request = request};

    turn_step(turn, &event);
}

#define COMMANDS 7

static void commands(struct turn *turn)
{
    turn_command(turn, "192.0.2.9", FAR_MS, 101);
    turn_command(turn, "192.0.2.9", FAR_MS + 10000, 102);
    turn_command(turn, "192.0.2.1", 0, 103);
    turn_allow(turn, "192.0.2.0/25", FAR_MS, 104);
    turn_allow(turn, "192.0.2.0/25", TURN_WALL_MS + 10000, 105);
    turn_allow(turn, "192.0.2.128/25", 0, 106);
    add_without_reason(turn, "192.0.2.0/25", TURN_WALL_MS + 10000, 107); /* the reason is kept */
}

#define MANY_COMMANDS 40 /* the list of effects grows in the middle of one */

static void many_allows(struct turn *turn)
{
    allow_many(turn, MANY_COMMANDS);
}

/* In two turns, so that the list of what is dirty never grew beyond its first size. */
static void seventy_subjects(struct turn *turn)
{
    for (uint32_t i = 0; i < 70; i++) {
        char address[32];

        snprintf(address, sizeof(address), "198.51.100.%u", i);
        turn_strike(turn, address, 2 * i, 2000);
        turn_strike(turn, address, 2 * i + 1, 1000);
        if (i == 35)
            turn_end(turn, true);
    }
}

static void a_day(struct turn *turn)
{
    turn_pass(turn, STRIKE_HORIZON_MS + 10000);
}

static void nine_days(struct turn *turn)
{
    turn_pass(turn, ALLOW_FORGET_MS + 10000);
}

static void a_stricter_policy(struct turn *turn)
{
    static const struct policy strict = {2, 60000, {{3600000}, 1}, MEMORY_MS, false, ACCOUNTS_OFF};
    struct event event = {.type = EVENT_POLICY, .policy = &strict};

    turn_step(turn, &event);
}

static void a_bit_of_everything(struct turn *turn)
{
    two_hits(turn);
    hits_of_peers(turn);
    records_of_peers(turn);
    allows_of_all(turn);
}

/* --- The sweep ---------------------------------------------------------------------------------
 */

static void begin(struct turn *turn, deed_fn *prepare)
{
    turn_open(turn, 1);
    prepare(turn);
    turn_end(turn, true);
}

static void assert_map_equal(const struct turn *a, const struct turn *b)
{
    struct map_text x, y;

    assert_int_equal(map_render(&a->state, &x, NULL), 0);
    assert_int_equal(map_render(&b->state, &y, NULL), 0);
    assert_int_equal(x.size, y.size);
    assert_memory_equal(x.bytes, y.bytes, x.size);
    map_free(&x);
    map_free(&y);
}

/* What the store has makes the same state. */
static void assert_stored(const struct turn *turn)
{
    struct turn fresh;

    turn_reload(turn, &fresh);
    assert_true(turn_roots_equal(turn, &fresh));
    assert_map_equal(turn, &fresh);
    turn_close(&fresh);
}

static void assert_all_told(const struct turn *turn)
{
    const struct subject *subject;

    for (struct table_walk walk = {0}; (subject = table_next(&turn->state.table, &walk)) != NULL;) {
        assert_false(subject->dirty || subject->changed);
        assert_int_equal(subject->banned,
                         record_is_banned(&subject->record, state_now_ms(&turn->state)));
    }
    assert_int_equal(turn->state.dirty_count, 0);
}

/* A command that memory ran out for between its row and its answer has failed, but is stored. */
static bool has_failed(const struct turn *turn, size_t commands)
{
    for (size_t i = 0; i < commands; i++) {
        const struct effect *done = turn_find(turn, EFFECT_DONE, i);

        if (done == NULL || done->outcome == OUTCOME_FAILED)
            return true;
    }
    return false;
}

/* One turn in which memory runs out; returns how often. */
static size_t run(deed_fn *prepare, deed_fn *deed, size_t spared, size_t refused,
                  const struct turn *reference)
{
    struct turn turn;
    bool failed;
    size_t count;

    begin(&turn, prepare);
    effects_close(&turn.effects);
    scarce_begin(spared, refused);
    deed(&turn);
    turn_end(&turn, true);
    count = scarce_end();
    failed = (deed == commands && has_failed(&turn, COMMANDS)) ||
             (deed == many_allows && has_failed(&turn, MANY_COMMANDS));
    turn_assert_digests(&turn);
    turn_end(&turn, true);
    assert_all_told(&turn);
    damage_settle(&turn);
    turn_assert_digests(&turn);
    if (!failed)
        assert_stored(&turn);
    deed(&turn);
    turn_end(&turn, true);
    damage_settle(&turn);
    turn_assert_digests(&turn);
    assert_all_told(&turn);
    assert_stored(&turn);
    assert_map_equal(&turn, reference);
    turn_close(&turn);
    return count;
}

static void sweep(deed_fn *prepare, deed_fn *deed)
{
    struct turn reference;
    size_t refused = 1, sweeps = 0;

    begin(&reference, prepare);
    for (int times = 0; times < 2; times++) {
        deed(&reference);
        turn_end(&reference, true);
        damage_settle(&reference);
    }
    for (size_t spared = 0; refused > 0; spared++, sweeps++) {
        refused = run(prepare, deed, spared, 1, &reference);
        run(prepare, deed, spared, SIZE_MAX, &reference);
    }
    assert_true(sweeps > 1);
    turn_close(&reference);
}

static void of_an_own_strike(void **state)
{
    (void)state;
    sweep(two_hits, the_third_hit);
    sweep(nothing, two_hits);
}

static void of_a_peers_strikes(void **state)
{
    (void)state;
    sweep(nothing, hits_of_peers);
    sweep(nothing, two_episodes);
}

static void of_records(void **state)
{
    (void)state;
    sweep(nothing, records_of_peers);
    sweep(two_hits, records_of_peers);
}

static void of_allow_entries(void **state)
{
    (void)state;
    sweep(nothing, allows_of_all);
    sweep(sixteen_allows, allows_of_all);
}

static void of_commands(void **state)
{
    (void)state;
    sweep(nothing, commands);
    sweep(a_bit_of_everything, commands);
    sweep(sixteen_allows, commands);
    sweep(nothing, many_allows);
}

static void of_time(void **state)
{
    (void)state;
    sweep(a_bit_of_everything, a_day);
    sweep(a_bit_of_everything, nine_days);
    sweep(seventy_subjects, a_day);
}

static void of_another_policy(void **state)
{
    (void)state;
    sweep(a_bit_of_everything, a_stricter_policy);
    sweep(seventy_subjects, a_stricter_policy);
}

/* An unban for whose row there was no memory, and a ban behind it: what is stored of the ban must
 * not hold the cut of the unban, as the state does not. */
static void a_command_that_failed_is_not_built_upon(void **state)
{
    size_t refused = 1, seen = 0;

    (void)state;
    for (size_t spared = 0; refused > 0; spared++) {
        struct turn turn;

        begin(&turn, two_hits);
        turn_command(&turn, "192.0.2.1", 0, 1);
        turn_command(&turn, "192.0.2.1", FAR_MS, 2);
        effects_close(&turn.effects);
        scarce_begin(spared, 1);
        turn_end(&turn, true);
        refused = scarce_end();
        if (turn_count(&turn, EFFECT_PERSIST) == 1 && turn_is_banned(&turn, "192.0.2.1")) {
            assert_int_equal(turn_find(&turn, EFFECT_DONE, 0)->outcome, OUTCOME_FAILED);
            assert_stored(&turn);
            seen++;
        }
        turn_close(&turn);
    }
    assert_true(seen > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_an_own_strike),
        cmocka_unit_test(of_a_peers_strikes),
        cmocka_unit_test(of_records),
        cmocka_unit_test(of_allow_entries),
        cmocka_unit_test(of_commands),
        cmocka_unit_test(of_time),
        cmocka_unit_test(of_another_policy),
        cmocka_unit_test(a_command_that_failed_is_not_built_upon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
