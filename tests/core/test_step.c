/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of the core: what a turn promises, what is refused at it, and that the digests are
 * always those of the entries.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "map.h"
#include "turn.h"

#define SUBJECT "192.0.2.1"

static int set_up(void **state)
{
    static struct turn turn;

    turn_open(&turn, 1);
    *state = &turn;
    return 0;
}

static int tear_down(void **state)
{
    turn_close(*state);
    return 0;
}

/* --- The turn --- */

static void an_own_strike_is_kept_then_told(void **state)
{
    struct turn *turn = *state;
    const struct effect *row, *push;

    assert_int_equal(turn_strike(turn, SUBJECT, 7, 0), STEP_CHANGED);
    row = turn_find(turn, EFFECT_PERSIST, 0);
    push = turn_find(turn, EFFECT_PUSH, 0);
    assert_true(row < push);
    assert_true(row->at_ms == TURN_WALL_MS);
    assert_int_equal(row->body_size, push->body_size);
    assert_memory_equal(effect_body(&turn->effects, row), effect_body(&turn->effects, push),
                        row->body_size);
    assert_true(row->hash == state_root(&turn->state, ENTRY_STRIKE).lane[0]);
    assert_true(turn_subject(turn, SUBJECT)->strikes.list[0].origin == 1);
    assert_true(turn->state.counters.strikes_own == 1);
    turn_end(turn, true);
    assert_int_equal(turn_strike(turn, SUBJECT, 7, 0), STEP_SAME); /* the line is read again */
    assert_int_equal(turn->effects.count, 0);
    assert_true(turn->state.counters.strikes_own == 1);
}

static void what_a_peer_told_is_kept_then_told_on(void **state)
{
    struct turn *turn = *state;
    const struct effect *row, *forward;

    assert_int_equal(turn_peer_strike(turn, SUBJECT, 2, 7, TURN_WALL_MS), STEP_CHANGED);
    row = turn_find(turn, EFFECT_PERSIST, 0);
    forward = turn_find(turn, EFFECT_FORWARD, 0);
    assert_true(row < forward);
    assert_int_equal(forward->kind, ENTRY_STRIKE);
    assert_int_equal(row->body_size, forward->body_size);
    assert_int_equal(turn_count(turn, EFFECT_PUSH), 0);
    assert_true(turn->state.counters.strikes_peer == 1);
    turn_end(turn, true);
    assert_int_equal(turn_peer_strike(turn, SUBJECT, 2, 7, TURN_WALL_MS), STEP_SAME);
    assert_int_equal(turn->effects.count, 0);
}

/* Only a fact that a strike of the own log completed is pushed: the others derive it themselves. */
static void the_deciding_strike_makes_a_row_a_push_and_a_ban(void **state)
{
    struct turn *turn = *state;

    turn_strike(turn, SUBJECT, 1, 0);
    turn_strike(turn, SUBJECT, 2, 0);
    turn_end(turn, true);
    assert_int_equal(turn_count(turn, EFFECT_MAP) + turn_count(turn, EFFECT_BANNED), 0);
    turn_strike(turn, SUBJECT, 3, 0);
    turn_end(turn, true);
    assert_int_equal(turn_count(turn, EFFECT_PERSIST), 2);
    assert_int_equal(turn_count(turn, EFFECT_PUSH), 2);
    assert_int_equal(turn_find(turn, EFFECT_PUSH, 1)->kind, ENTRY_RECORD);
    assert_int_equal(turn_count(turn, EFFECT_MAP), 1);
    assert_int_equal(turn_count(turn, EFFECT_BANNED), 1);
    assert_memory_equal(&turn_find(turn, EFFECT_BANNED, 0)->addr,
                        &turn_subject(turn, SUBJECT)->addr, sizeof(struct addr));
    assert_true(turn->state.counters.bans == 1);
    turn_end(turn, true);
    assert_int_equal(turn->effects.count, 0);
}

/* However many strikes a turn brings, there is one fact, one row and one push of it. */
static void facts_are_derived_when_the_turn_ends(void **state)
{
    struct turn *turn = *state;

    for (uint64_t id = 1; id <= 200; id++)
        turn_strike(turn, SUBJECT, id, 200 - (int64_t)id);
    assert_true(turn_subject(turn, SUBJECT)->underived);
    assert_int_equal(turn_subject(turn, SUBJECT)->record.facts.count, 0);
    turn_end(turn, true);
    assert_false(turn_subject(turn, SUBJECT)->underived);
    assert_int_equal(turn_subject(turn, SUBJECT)->record.facts.count, 1);
    assert_int_equal(turn_count(turn, EFFECT_PERSIST), 201);
    assert_int_equal(turn_count(turn, EFFECT_PUSH), 201);
    turn_assert_digests(turn);
}

/* Whichever of them came last. */
static void what_own_strikes_prove_with_others_of_that_turn_is_pushed(void **state)
{
    struct turn *turn = *state;

    turn_strike(turn, SUBJECT, 1, 0);
    turn_peer_strike(turn, SUBJECT, 2, 7, TURN_WALL_MS - 2000);
    turn_peer_strike(turn, SUBJECT, 3, 8, TURN_WALL_MS - 1000);
    turn_end(turn, true);
    assert_int_equal(turn_count(turn, EFFECT_PUSH), 2);
    assert_int_equal(turn_find(turn, EFFECT_PUSH, 1)->kind, ENTRY_RECORD);
    turn_peer_strike(turn, SUBJECT, 3, 9, TURN_WALL_MS); /* prolongs it, and is not ours */
    turn_end(turn, true);
    assert_int_equal(turn_count(turn, EFFECT_PERSIST), 2);
    assert_int_equal(turn_count(turn, EFFECT_PUSH), 0);
}

/* It was banned before, elsewhere; a node that was cut off learns of that after its own ban. */
static void an_earlier_fact_that_comes_late_raises_the_level(void **state)
{
    struct turn *turn = *state;
    struct fact fact = {.first_ms = TURN_WALL_MS - 10800000,
                        .last_ms = TURN_WALL_MS - 10800000,
                        .until_ms = TURN_WALL_MS - 7200000,
                        .forget_ms = TURN_WALL_MS + 3600000,
                        .level = 4};
    const struct record record = {.facts = {&fact, 1}};

    for (uint64_t id = 1; id <= 3; id++)
        turn_strike(turn, SUBJECT, id, 0);
    turn_end(turn, true);
    assert_int_equal(turn_subject(turn, SUBJECT)->record.facts.list[0].level, 1);
    turn_record(turn, SUBJECT, &record, 0);
    turn_end(turn, true);
    assert_int_equal(turn_subject(turn, SUBJECT)->record.facts.count, 1);
    assert_int_equal(turn_subject(turn, SUBJECT)->record.facts.list[0].level, 5);
    assert_int_equal(turn_count(turn, EFFECT_PUSH), 0); /* the others derive it, too */
    turn_assert_digests(turn);
}

/* Two nodes, the same strikes, another order: both name the same node. An own strike is told apart
 * from one that a peer gave back. */
static void a_ban_names_the_node_of_its_deciding_strike(void **state)
{
    struct turn *turn = *state, other;
    const struct effect *here, *there;

    turn_open(&other, 2);
    turn_peer_strike(turn, SUBJECT, 2, 7, TURN_WALL_MS - 2000);
    turn_peer_strike(turn, SUBJECT, 3, 8, TURN_WALL_MS - 1000);
    turn_end(turn, true);
    turn_strike(turn, SUBJECT, 9, 0);
    turn_end(turn, true);
    turn_peer_strike(&other, SUBJECT, 1, 9, TURN_WALL_MS);
    turn_peer_strike(&other, SUBJECT, 3, 8, TURN_WALL_MS - 1000);
    turn_end(&other, true);
    turn_peer_strike(&other, SUBJECT, 2, 7, TURN_WALL_MS - 2000); /* given back: not new */
    turn_end(&other, true);
    here = turn_find(turn, EFFECT_BANNED, 0);
    there = turn_find(&other, EFFECT_BANNED, 0);
    assert_non_null(here);
    assert_non_null(there);
    assert_int_equal(here->origin, turn->state.node);
    assert_int_equal(there->origin, turn->state.node);
    assert_true(here->at_ms == TURN_WALL_MS && there->at_ms == TURN_WALL_MS);
    assert_true(here->own);
    assert_false(there->own);
    turn_close(&other);
}

static void a_ban_by_an_operator_has_no_deciding_strike(void **state)
{
    struct turn *turn = *state;

    for (uint64_t id = 1; id <= 3; id++)
        turn_strike(turn, SUBJECT, id, 0);
    turn_end(turn, true);
    turn_command(turn, SUBJECT, TIME_NEVER_MS, 5);
    turn_end(turn, true);
    assert_int_equal(turn_count(turn, EFFECT_BANNED), 1);
    assert_int_equal(turn_find(turn, EFFECT_BANNED, 0)->origin, 0);
    assert_false(turn_find(turn, EFFECT_BANNED, 0)->own);
}

/* own is of the turn, not of all time. */
static void a_strike_of_an_earlier_turn_is_not_own_any_more(void **state)
{
    struct turn *turn = *state;

    turn_strike(turn, SUBJECT, 1, 0);
    turn_end(turn, true);
    turn_peer_strike(turn, SUBJECT, 2, 7, TURN_WALL_MS - 2000);
    turn_peer_strike(turn, SUBJECT, 2, 8, TURN_WALL_MS - 2000);
    turn_end(turn, true);
    assert_int_equal(turn_find(turn, EFFECT_BANNED, 0)->origin, turn->state.node);
    assert_false(turn_find(turn, EFFECT_BANNED, 0)->own);
}

static void a_command_enters_the_state_with_its_commit_only(void **state)
{
    struct turn *turn = *state;
    struct event event = {.type = EVENT_FLUSH};
    size_t flushed;

    turn_command(turn, SUBJECT, TIME_NEVER_MS, 5);
    assert_int_equal(turn->effects.count, 0);
    turn_step(turn, &event);
    flushed = turn->effects.count;
    assert_int_equal(flushed, 1);
    assert_int_equal(turn->effects.list[0].type, EFFECT_PERSIST);
    assert_null(turn_subject(turn, SUBJECT));
    assert_true(state_root(&turn->state, ENTRY_RECORD).lane[0] == 0);
    event.type = EVENT_COMMITTED;
    turn_step(turn, &event);
    assert_true(turn_is_banned(turn, SUBJECT));
    assert_int_equal(turn_count(turn, EFFECT_PERSIST), 1); /* it is durable already */
    assert_int_equal(turn_count(turn, EFFECT_PUSH), 1);
    assert_true(turn_find(turn, EFFECT_PUSH, 0) < turn_find(turn, EFFECT_DONE, 0));
    assert_int_equal(turn_count(turn, EFFECT_MAP), 1);
    assert_int_equal(turn_count(turn, EFFECT_BANNED), 1);
}

static void a_failed_turn_keeps_strikes_and_drops_commands(void **state)
{
    struct turn *turn = *state;

    turn_command(turn, SUBJECT, TIME_NEVER_MS, 5);
    turn_strike(turn, "192.0.2.2", 1, 0);
    turn_end(turn, false);
    assert_null(turn_subject(turn, SUBJECT));
    assert_int_equal(turn->state.table.count, 1);
    assert_int_equal(turn->state.strike_count, 1);
    assert_int_equal(turn_count(turn, EFFECT_PUSH), 1);
    assert_int_equal(turn_count(turn, EFFECT_MAP) + turn_count(turn, EFFECT_BANNED), 0);
    assert_true(state_root(&turn->state, ENTRY_RECORD).lane[0] == 0);
    assert_int_equal(turn_find(turn, EFFECT_DONE, 0)->outcome, OUTCOME_FAILED);
    turn_assert_digests(turn);
}

/* --- What else is refused --- */

static void what_does_not_decode_is_counted_and_skipped(void **state)
{
    struct turn *turn = *state;

    for (uint8_t kind = ENTRY_STRIKE; kind <= ENTRY_KINDS; kind++)
        assert_int_equal(turn_entry(turn, kind, (const uint8_t *)"\4\40\300", 3), STEP_MALFORMED);
    assert_int_equal(turn_entry(turn, ENTRY_KINDS + 1, (const uint8_t *)"", 0), STEP_UNKNOWN);
    assert_int_equal(turn_entry(turn, 0, (const uint8_t *)"", 0), STEP_UNKNOWN);
    assert_true(turn->state.counters.entries_malformed == ENTRY_KINDS);
    assert_true(turn->state.counters.entries_unknown == 2);
    assert_int_equal(turn->effects.count, 0);
    assert_int_equal(turn->state.table.count, 0);
}

static void too_many_facts_are_refused_and_counted(void **state)
{
    struct turn *turn = *state;

    for (int64_t i = 0; i <= FACTS_MAX; i++) {
        struct fact fact = {.first_ms = i,
                            .last_ms = i,
                            .until_ms = 100000 - i,
                            .forget_ms = TIME_NEVER_MS,
                            .level = 1};
        const struct record record = {.facts = {&fact, 1}};

        assert_int_equal(turn_record(turn, SUBJECT, &record, 0),
                         i < FACTS_MAX ? STEP_CHANGED : STEP_MEMORY);
    }
    turn_end(turn, true);
    assert_true(turn->state.counters.entries_memory == 1);
    for (uint64_t id = 1; id <= 3; id++) /* nor is there room for what is derived here */
        turn_strike(turn, SUBJECT, id, 0);
    turn_end(turn, true);
    assert_true(turn->state.counters.entries_memory == 2);
    assert_false(turn_subject(turn, SUBJECT)->underived); /* it would be tried for ever */
    turn_assert_digests(turn);
}

static void assert_map(const struct turn *turn, const char *lines)
{
    struct map_text map;

    assert_int_equal(map_render(&turn->state, &map, NULL), 0);
    assert_int_equal(map.size, strlen(MAP_HEADER) + strlen(lines));
    assert_memory_equal(map.bytes + strlen(MAP_HEADER), lines, strlen(lines));
    map_free(&map);
}

/* A member may send a ban that nobody ever stamped beside a fact that will be forgotten. */
static void equal_digests_mean_equal_maps_whatever_was_sent(void **state)
{
    struct turn *turn = *state, other;
    struct fact fact = {.until_ms = 9, .forget_ms = TURN_WALL_MS + TICK_MS, .level = 1};
    const struct record record = {.facts = {&fact, 1},
                                  .manual = {.kind = MANUAL_BAN, .until_ms = TIME_NEVER_MS}};

    turn_open(&other, 2);
    turn_record(turn, SUBJECT, &record, 0);
    turn_end(turn, true);
    turn_pass(turn, TICK_MS);
    turn_pass(&other, TICK_MS);
    turn_peer_strike(turn, SUBJECT, 3, 1, TURN_WALL_MS);
    turn_peer_strike(&other, SUBJECT, 3, 1, TURN_WALL_MS);
    turn_end(turn, true);
    turn_end(&other, true);
    assert_true(turn_roots_equal(turn, &other));
    assert_map(&other, "");
    assert_map(turn, "");
    turn_close(&other);
}

/* --- Policy, allow entries, loading --- */

static void another_policy_is_applied_to_what_is_known(void **state)
{
    struct turn *turn = *state;
    struct policy policy = turn_policy;
    struct event event = {.type = EVENT_POLICY, .policy = &policy};

    turn_strike(turn, SUBJECT, 1, 0);
    turn_strike(turn, SUBJECT, 2, 0);
    turn_end(turn, true);
    policy.threshold = 2;
    turn_step(turn, &event);
    turn_end(turn, true);
    assert_true(turn_is_banned(turn, SUBJECT));
    assert_int_equal(turn_count(turn, EFFECT_BANNED), 1);
    assert_int_equal(turn_count(turn, EFFECT_PERSIST), 1);
    policy.threshold = 10;
    turn_step(turn, &event);
    turn_end(turn, true);
    assert_true(turn_is_banned(turn, SUBJECT)); /* facts are data */
    turn_assert_digests(turn);
}

static void an_allow_entry_is_this_nodes_own(void **state)
{
    struct turn *turn = *state;
    struct event event = {.type = EVENT_ALLOW,
                          .addr = turn_addr(SUBJECT),
                          .on = true,
                          .until_ms = TIME_NEVER_MS,
                          .reason = "office"};
    const struct allow *allow;
    const struct effect *row;
    uint8_t key[ENTRY_KEY_BYTES_MAX];
    size_t size;

    assert_int_equal(turn_step(turn, &event), STEP_CHANGED);
    allow = allows_find(&turn->state.allows, &event.addr, 1);
    assert_string_equal(allow->reason, "office");
    assert_true(stamp_ms(allow->stamp.hlc) == TURN_WALL_MS && allow->stamp.node == 1);
    row = turn_find(turn, EFFECT_PERSIST, 0);
    size = entry_write_allow_key(allow, key);
    assert_int_equal(row->key_size, size);
    assert_memory_equal(effect_key(&turn->effects, row), key, size);
    turn_end(turn, true);
    assert_int_equal(turn_count(turn, EFFECT_PUSH), 1);
    assert_int_equal(turn_count(turn, EFFECT_MAP), 1);
    event.on = false;
    assert_int_equal(turn_step(turn, &event), STEP_CHANGED); /* a later stamp */
    assert_false(allows_find(&turn->state.allows, &event.addr, 1)->on);
}

static void a_long_reason_of_an_allow_entry_is_cut(void **state)
{
    struct turn *turn = *state;
    char reason[REASON_BYTES_MAX + 100];
    struct event event = {.type = EVENT_ALLOW,
                          .addr = turn_addr(SUBJECT),
                          .on = true,
                          .until_ms = TIME_NEVER_MS,
                          .reason = reason};
    const struct effect *push;
    struct allow allow;

    memset(reason, 'x', sizeof(reason) - 1);
    reason[sizeof(reason) - 1] = '\0';
    assert_int_equal(turn_step(turn, &event), STEP_CHANGED);
    push = turn_find(turn, EFFECT_PUSH, 0);
    assert_int_equal(entry_read_allow(effect_body(&turn->effects, push), push->body_size, &allow),
                     0);
    assert_int_equal(strlen(allow.reason), REASON_BYTES_MAX);
    allow_clear(&allow);
}

static void loading_is_quiet_and_makes_lost_facts_good(void **state)
{
    struct turn *turn = *state, fresh;

    for (uint64_t id = 1; id <= 3; id++)
        turn_strike(turn, SUBJECT, id, 0);
    turn_command(turn, "192.0.2.2", TIME_NEVER_MS, 1);
    turn_end(turn, true);
    assert_int_equal(turn->row_count, 5);
    free(turn->rows[3].body); /* the fact's row is lost */
    turn->rows[3] = turn->rows[--turn->row_count];
    turn_reload(turn, &fresh);
    assert_true(turn_is_banned(&fresh, SUBJECT));
    assert_true(turn_is_banned(&fresh, "192.0.2.2"));
    assert_true(turn_roots_equal(turn, &fresh));
    assert_int_equal(turn_count(&fresh, EFFECT_BANNED) + turn_count(&fresh, EFFECT_PUSH), 0);
    assert_int_equal(turn_count(&fresh, EFFECT_PERSIST), 1); /* only what was lost */
    assert_true(turn_count(&fresh, EFFECT_MAP) > 0);
    turn_close(&fresh);
}

/* The node was down meanwhile: all others have forgotten those strikes, and know of no ban. */
static void rows_that_have_become_garbage_prove_nothing(void **state)
{
    struct turn *turn = *state, fresh;

    turn_strike(turn, SUBJECT, 1, 5000);
    turn_strike(turn, SUBJECT, 2, 3000);
    turn_strike(turn, SUBJECT, 3, 1000);
    turn_end(turn, true);
    turn->row_count--; /* the fact's row is lost */
    free(turn->rows[turn->row_count].body);
    turn_pass(turn, STRIKE_HORIZON_MS);
    turn->ended = true; /* nothing of this is kept */
    turn_reload(turn, &fresh);
    assert_null(turn_subject(&fresh, SUBJECT));
    assert_true(state_root(&fresh.state, ENTRY_RECORD).lane[0] == 0);
    turn_close(&fresh);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_own_strike_is_kept_then_told),
        TEST(what_a_peer_told_is_kept_then_told_on),
        TEST(the_deciding_strike_makes_a_row_a_push_and_a_ban),
        TEST(facts_are_derived_when_the_turn_ends),
        TEST(what_own_strikes_prove_with_others_of_that_turn_is_pushed),
        TEST(an_earlier_fact_that_comes_late_raises_the_level),
        TEST(a_ban_names_the_node_of_its_deciding_strike),
        TEST(a_ban_by_an_operator_has_no_deciding_strike),
        TEST(a_strike_of_an_earlier_turn_is_not_own_any_more),
        TEST(a_command_enters_the_state_with_its_commit_only),
        TEST(a_failed_turn_keeps_strikes_and_drops_commands),
        TEST(what_does_not_decode_is_counted_and_skipped),
        TEST(too_many_facts_are_refused_and_counted),
        TEST(equal_digests_mean_equal_maps_whatever_was_sent),
        TEST(another_policy_is_applied_to_what_is_known),
        TEST(an_allow_entry_is_this_nodes_own),
        TEST(a_long_reason_of_an_allow_entry_is_cut),
        TEST(loading_is_quiet_and_makes_lost_facts_good),
        TEST(rows_that_have_become_garbage_prove_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
