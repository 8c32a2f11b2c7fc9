/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people are shown: the count of the strikes until a ban, the newest live fact while it bans,
 * and what an unban lifted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "turn.h"
#include "view.h"

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

static void two_strikes(struct turn *turn)
{
    turn_strike(turn, SUBJECT, 1, 2000);
    turn_peer_strike(turn, SUBJECT, 2, 2, TURN_WALL_MS - 1000);
    turn_end(turn, true);
}

static void ban(struct turn *turn)
{
    two_strikes(turn);
    turn_strike(turn, SUBJECT, 3, 0);
    turn_end(turn, true);
}

static void before_a_ban_the_strikes_are_counted(void **state)
{
    struct turn *turn = *state;
    struct view view;

    two_strikes(turn);
    view_make(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_false(view.banned || view.manual);
    assert_true(view.until_ms == 0);
    assert_int_equal(view.count, 2);
    assert_int_equal(view.node_count, 2);
    assert_true(view.nodes[0].node == 1 && view.nodes[0].strikes == 1);
    assert_true(view.nodes[1].node == 2 && view.nodes[1].strikes == 1);
    assert_int_equal(view.evidence.account_count, 1);
    assert_memory_equal(view.evidence.accounts[0].bytes, "alice", 5);
    assert_memory_equal(view.evidence.buckets[0].bytes, "user", 4);
    turn_pass(turn, 70000);
    view_make(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_int_equal(view.count + view.node_count + view.evidence.account_count, 0);
}

static void a_ban_shows_its_fact(void **state)
{
    struct turn *turn = *state;
    struct view view;

    ban(turn);
    turn_pass(turn, 120000); /* out of the window: what decided stays */
    view_make(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_true(view.banned && !view.manual);
    assert_true(view_since_ms(&turn->state, turn_subject(turn, SUBJECT)) == TURN_WALL_MS);
    assert_true(view.hit_ms == TURN_WALL_MS);
    assert_true(view.until_ms == TURN_WALL_MS + 3600000);
    assert_int_equal(view.count, 3);
    assert_int_equal(view.node_count, 2);
    assert_int_equal(view.nodes[0].strikes, 2);
    assert_memory_equal(view.evidence.accounts[0].bytes, "alice", 5);
}

/* Hits during a ban prolong it; it began with the one that decided, as long as that is known. */
static void hits_during_a_ban_do_not_begin_it(void **state)
{
    struct turn *turn = *state;
    const struct subject *subject;
    struct view view;

    ban(turn);
    turn_pass(turn, 20000);
    turn_strike(turn, SUBJECT, 4, 0);
    turn_end(turn, true);
    subject = turn_subject(turn, SUBJECT);
    view_make(&turn->state, subject, &view);
    assert_true(view.until_ms == TURN_WALL_MS + 20000 + 3600000);
    assert_true(view_since_ms(&turn->state, subject) == TURN_WALL_MS);
    assert_true(view.hit_ms == TURN_WALL_MS + 20000);
    turn_pass(turn, 600000);
    turn_strike(turn, SUBJECT, 5, 0); /* too few in its window: it prolongs nothing */
    turn_end(turn, true);
    subject = turn_subject(turn, SUBJECT);
    view_make(&turn->state, subject, &view);
    assert_true(view.until_ms == TURN_WALL_MS + 20000 + 3600000);
    assert_true(view_since_ms(&turn->state, subject) == TURN_WALL_MS);
    assert_true(view.hit_ms == TURN_WALL_MS + 620000);
}

static void an_operators_ban_shows_when_he_did_it(void **state)
{
    struct turn *turn = *state;
    struct view view;

    turn_command(turn, SUBJECT, TIME_NEVER_MS, 1);
    turn_end(turn, true);
    view_make(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_true(view.banned && view.manual);
    assert_true(view_since_ms(&turn->state, turn_subject(turn, SUBJECT)) == TURN_WALL_MS);
    assert_true(view.hit_ms == 0);
    assert_true(view.until_ms == TIME_NEVER_MS);
    assert_int_equal(view.count, 0);
}

static void an_unban_shows_what_it_lifted(void **state)
{
    struct turn *turn = *state;
    struct view view;

    ban(turn);
    turn_command(turn, SUBJECT, 0, 1);
    turn_end(turn, true);
    view_make(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_false(view.banned);
    assert_int_equal(view.count, 0);
    assert_true(view_since_ms(&turn->state, turn_subject(turn, SUBJECT)) == 0);
    assert_true(view.hit_ms == TURN_WALL_MS); /* void as it is */
    view_make_past(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_false(view.banned);
    assert_int_equal(view.count, 3);
    assert_int_equal(view.node_count, 2);
    assert_memory_equal(view.evidence.accounts[0].bytes, "alice", 5);
}

static void the_past_of_a_subject_without_facts_is_its_present(void **state)
{
    struct turn *turn = *state;
    struct view view;

    two_strikes(turn);
    view_make_past(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_int_equal(view.count, 2);
    assert_int_equal(view.node_count, 2);
}

/* Facts are ordered by their first strike, not by their last one. */
static void the_past_is_the_fact_with_the_newest_strike(void **state)
{
    struct turn *turn = *state;
    struct fact_node nodes[3] = {{1, 1}, {1, 2}, {1, 3}};
    const int64_t last_ms[3] = {3000, 5000, 4000};
    struct fact facts[3];
    struct view view;

    for (size_t i = 0; i < 3; i++)
        facts[i] = (struct fact){.first_ms = 100 + (int64_t)i,
                                 .last_ms = last_ms[i],
                                 .until_ms = 9000 - (int64_t)i,
                                 .forget_ms = TIME_NEVER_MS - (int64_t)i,
                                 .level = (uint8_t)(3 - i),
                                 .nodes = &nodes[i],
                                 .node_count = 1};
    turn_record(turn, SUBJECT, &(struct record){.facts = {facts, 3}}, 0);
    turn_end(turn, true);
    assert_int_equal(turn_subject(turn, SUBJECT)->record.facts.count, 3);
    view_make_past(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_int_equal(view.count, 2);
}

/* In force, then remembered, then forgotten. */
static void the_level_is_shown_until_it_is_forgotten(void **state)
{
    struct turn *turn = *state;
    struct policy policy = turn_policy;
    struct event event = {.type = EVENT_POLICY, .policy = &policy};
    struct view view;

    policy.memory_ms = 2 * 3600000;
    turn_step(turn, &event);
    for (uint64_t id = 1; id <= 3; id++)
        turn_strike(turn, SUBJECT, id, 0);
    turn_end(turn, true);
    view_make(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_true(view.level == 1 && view.ban_ms >= 3600000 && view.ban_ms < 3600000 + TICK_MS);
    assert_true(view.forget_ms == view.until_ms + 2 * 3600000);
    turn_pass(turn, 3600000 + TICK_MS);
    turn_end(turn, true);
    view_make(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_true(!view.banned && view.level == 1 && view.ban_ms == 0 && view.forget_ms > 0);
    turn_forget(turn, SUBJECT, 1);
    turn_end(turn, true);
    view_make(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_true(view.level == 0 && view.forget_ms == 0);
}

/* One own strike more, of that message. */
static void strike_of(struct turn *turn, uint64_t id, uint32_t message)
{
    uint8_t text[STRIKE_TEXT_BYTES_MAX];
    struct event event = {.type = EVENT_STRIKE,
                          .addr = turn_addr(SUBJECT),
                          .strike = {turn->wall_ms - 1000 + (int64_t)id, id, 0, text}};

    strike_text_write("user", 4, "alice", 5, message, text);
    turn_step(turn, &event);
}

static void the_messages_are_shown_beside_the_hits(void **state)
{
    struct turn *turn = *state;
    struct view view;

    strike_of(turn, 1, 7);
    strike_of(turn, 2, 7);
    turn_end(turn, true);
    view_make(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_true(view.count == 2 && view.hits == 2 && view.messages == 1);
    strike_of(turn, 3, 0);
    turn_end(turn, true);
    view_make(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_true(view.banned && view.count == 3 && view.hits == 3 && view.messages == 2);
    view_make_past(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_true(view.count == 3 && view.hits == 3 && view.messages == 2);
}

/* The count is what the threshold is compared with. */
static void where_messages_count_the_count_is_theirs(void **state)
{
    struct turn *turn = *state;
    struct policy policy = turn_policy;
    struct event event = {.type = EVENT_POLICY, .policy = &policy};
    struct view view;

    policy.count_messages = true;
    turn_step(turn, &event);
    for (uint64_t id = 1; id <= 4; id++)
        strike_of(turn, id, 7);
    strike_of(turn, 5, 8);
    turn_end(turn, true);
    view_make(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_true(!view.banned && view.count == 2 && view.hits == 5 && view.messages == 2);
    strike_of(turn, 6, 9);
    turn_end(turn, true);
    view_make(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_true(view.banned && view.count == 3 && view.hits == 6 && view.messages == 3);
}

/* A member may say what it likes, and one of former times says nothing. */
static void messages_are_one_to_the_number_of_hits(void **state)
{
    struct turn *turn = *state;
    struct fact_node nodes[] = {{7, 3}};
    uint8_t evidence[] = {0x80, 0, 0, 4, 0, 0};
    struct fact fact = {TURN_WALL_MS - 1, TURN_WALL_MS, TIME_NEVER_MS, TIME_NEVER_MS, 1, 1,
                        sizeof(evidence), nodes,        evidence};
    struct view view;

    turn_record(turn, SUBJECT, &(struct record){.facts = {&fact, 1}}, 0);
    turn_end(turn, true);
    view_make(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_true(view.hits == 3 && view.messages == 3);
    fact.last_ms++;
    fact.evidence_size = 2;
    fact.evidence = evidence + 4;
    turn_record(turn, SUBJECT, &(struct record){.facts = {&fact, 1}}, 0);
    turn_end(turn, true);
    view_make(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_true(view_since_ms(&turn->state, turn_subject(turn, SUBJECT)) == TURN_WALL_MS + 1);
    assert_true(view.hits == 3 && view.messages == 3);
}

static void a_fact_may_name_no_node(void **state)
{
    struct turn *turn = *state;
    struct fact fact = {1, TURN_WALL_MS, TIME_NEVER_MS, TIME_NEVER_MS, 1, 0, 0, NULL, NULL};
    struct view view;

    turn_record(turn, SUBJECT, &(struct record){.facts = {&fact, 1}}, 0);
    turn_end(turn, true);
    view_make(&turn->state, turn_subject(turn, SUBJECT), &view);
    assert_true(view.banned);
    assert_int_equal(view.count + view.node_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(before_a_ban_the_strikes_are_counted),
        TEST(a_ban_shows_its_fact),
        TEST(hits_during_a_ban_do_not_begin_it),
        TEST(an_operators_ban_shows_when_he_did_it),
        TEST(an_unban_shows_what_it_lifted),
        TEST(the_past_of_a_subject_without_facts_is_its_present),
        TEST(the_past_is_the_fact_with_the_newest_strike),
        TEST(the_level_is_shown_until_it_is_forgotten),
        TEST(the_messages_are_shown_beside_the_hits),
        TEST(where_messages_count_the_count_is_theirs),
        TEST(messages_are_one_to_the_number_of_hits),
        TEST(a_fact_may_name_no_node),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
