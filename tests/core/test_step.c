/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of the core: what a turn promises, what is refused at it, and that the digests are always
 * those of the entries.
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
#define HOUR_MS 3600000

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

static bool same_body(const struct turn *turn, const struct effect *a, const struct effect *b)
{
    return a->kind == b->kind && a->body_size == b->body_size &&
           memcmp(effect_body(&turn->effects, a), effect_body(&turn->effects, b), a->body_size) ==
               0;
}

/* Nothing is told before the row that makes it durable. */
static void assert_rows_come_first(const struct turn *turn)
{
    for (size_t i = 0; i < turn->effects.count; i++) {
        const struct effect *effect = &turn->effects.list[i];
        bool found = effect->type != EFFECT_PUSH;

        for (size_t k = 0; k < i && !found; k++)
            found = turn->effects.list[k].type == EFFECT_PERSIST &&
                    same_body(turn, effect, &turn->effects.list[k]);
        assert_true(found);
    }
}

/* --- Random histories --- */

static const char *const subjects[] = {SUBJECT,        "192.0.2.2",         "198.51.100.0/24",
                                       "203.0.113.77", "2001:db8:1:2::/64", "198.51.100.7"};

static void random_policy(struct turn *turn, struct random *random)
{
    struct policy policy = turn_policy;
    struct event event = {.type = EVENT_POLICY, .policy = &policy};

    policy.threshold = 2 + random_below(random, 3);
    turn_step(turn, &event);
}

static void random_entry_of_a_peer(struct turn *turn, struct random *random)
{
    struct addr addr = turn_addr(subjects[random_below(random, 6)]);
    uint8_t bytes[4096];
    struct record record;
    struct allow allow;

    if (random_below(random, 2) == 0) {
        random_record(random, &record); /* of long ago: mostly cuts, and facts that are garbage */
        for (size_t i = 0; i < record.facts.count; i++)
            record.facts.list[i].forget_ms = turn->wall_ms + random_below(random, 2 * HOUR_MS);
        turn_entry(turn, ENTRY_RECORD, bytes,
                   entry_write_record(&addr, &record, bytes, sizeof(bytes)));
        record_clear(&record);
    } else {
        random_allow(random, &allow);
        allow.stamp.hlc = (uint64_t)(turn->wall_ms - random_below(random, HOUR_MS)) << 16;
        allow.until_ms = turn->wall_ms + random_below(random, HOUR_MS);
        turn_entry(turn, ENTRY_ALLOW, bytes, entry_write_allow(&allow, bytes, sizeof(bytes)));
    }
}

static void random_event(struct turn *turn, struct random *random, uint64_t id)
{
    const char *address = subjects[random_below(random, 6)];
    struct event allow = {.type = EVENT_ALLOW,
                          .addr = turn_addr(address),
                          .on = random_below(random, 2) == 0,
                          .until_ms = turn->wall_ms + HOUR_MS};

    switch (random_below(random, 12)) {
    case 0:
        turn_command(turn, address, turn->wall_ms + random_below(random, HOUR_MS), id);
        break;
    case 1:
        turn_command(turn, address, 0, id);
        break;
    case 2:
        turn_step(turn, &allow);
        break;
    case 3:
        random_policy(turn, random);
        break;
    case 4:
    case 5:
        random_entry_of_a_peer(turn, random);
        break;
    case 6:
    case 7:
    case 8:
        turn_peer_strike(turn, address, 2 + random_below(random, 2), random_below(random, 5000),
                         turn->wall_ms + 60000 - random_below(random, 90000000));
        break;
    default:
        turn_strike(turn, address, id, random_below(random, 90000));
    }
}

static void random_turn(struct turn *turn, struct random *random, uint64_t id, bool committed)
{
    for (uint32_t i = random_below(random, 6); i > 0; i--)
        random_event(turn, random, 10 * id + i);
    if (random_below(random, 3) == 0)
        turn_pass(turn, random_below(random, 20) == 0 ? random_below(random, 10 * HOUR_MS)
                                                      : random_below(random, 60000));
    turn_end(turn, committed);
    assert_rows_come_first(turn);
}

static void digests_are_those_of_the_entries_after_any_history(void **state)
{
    struct turn *turn = *state;
    struct random random = {99};
    uint64_t expired = 0;

    for (uint64_t i = 1; i <= 3000; i++) {
        size_t before = turn->state.strike_count;

        random_turn(turn, &random, i, random_below(&random, 10) != 0);
        expired += turn->state.strike_count < before;
        if (i % 20 == 0)
            turn_assert_digests(turn);
    }
    turn_assert_digests(turn);
    assert_true(expired > 10); /* the history had time to forget */
    assert_true(turn->state.counters.unbans > 100);
    assert_true(turn->state.counters.entries_memory == 0);
}

static void the_rows_give_the_same_state(void **state)
{
    struct turn *turn = *state;
    struct random random = {7};
    struct event policy = {.type = EVENT_POLICY, .policy = &turn_policy};

    for (uint64_t i = 1; i <= 1200; i++) {
        struct turn fresh;

        random_turn(turn, &random, i, true);
        if (i % 100 != 0)
            continue;
        turn_step(turn, &policy);
        turn_end(turn, true);
        turn_reload(turn, &fresh);
        assert_int_equal(fresh.state.counters.bans, 0); /* restored bans are no news */
        turn_pass(turn, TICK_MS);
        turn_pass(&fresh, TICK_MS);
        turn_end(turn, true);
        turn_end(&fresh, true);
        assert_true(turn_roots_equal(turn, &fresh));
        turn_assert_digests(&fresh);
        turn_close(&fresh);
    }
}

/* What is pushed, once everywhere, gives equal states: no repair is needed for it. */
static void pushes_give_the_same_state_elsewhere(void **state)
{
    struct turn *turn = *state, other;

    turn_open(&other, 2);
    for (uint64_t i = 1; i <= 40; i++) {
        turn_strike(turn, subjects[i % 6], i, 0);
        if (i % 9 == 0)
            turn_command(turn, subjects[i % 6], i % 2 == 0 ? TIME_NEVER_MS : 0, i);
        turn_pass(turn, 700);
        turn_pass(&other, 700);
        turn_end(turn, true);
        for (size_t k = 0; k < turn_count(turn, EFFECT_PUSH); k++) {
            const struct effect *push = turn_find(turn, EFFECT_PUSH, k);

            turn_entry(&other, push->kind, effect_body(&turn->effects, push), push->body_size);
        }
        turn_end(&other, true);
        assert_true(turn_roots_equal(turn, &other));
    }
    assert_true(turn->state.counters.bans > 3);
    turn_close(&other);
}

/* --- Time --- */

static void a_strike_over_60_s_ahead_is_skipped_and_counted(void **state)
{
    struct turn *turn = *state;

    assert_int_equal(
        turn_peer_strike(turn, SUBJECT, 2, 1, TURN_WALL_MS + CLOCK_SKEW_MS_MAX + 1), STEP_CLOCK);
    assert_int_equal(turn->effects.count, 0);
    assert_int_equal(turn->state.table.count, 0);
    assert_true(turn->state.counters.entries_clock == 1);
    assert_int_equal(turn_peer_strike(turn, SUBJECT, 2, 2, TURN_WALL_MS + CLOCK_SKEW_MS_MAX),
                     STEP_CHANGED);
    assert_int_equal(turn->state.strike_count, 1);
}

static enum step_result take_record(struct turn *turn, const struct record *record, int64_t ref_ms)
{
    struct addr addr = turn_addr(SUBJECT);
    uint8_t bytes[512];
    struct event event = {.type = EVENT_ENTRY,
                          .kind = ENTRY_RECORD,
                          .bytes = bytes,
                          .size = entry_write_record(&addr, record, bytes, sizeof(bytes)),
                          .ref_ms = ref_ms};

    assert_true(event.size > 0);
    return turn_step(turn, &event);
}

static void a_record_with_any_time_ahead_is_skipped(void **state)
{
    struct turn *turn = *state;
    int64_t late_ms = TURN_WALL_MS + CLOCK_SKEW_MS_MAX + 1;
    struct fact fact = {.last_ms = late_ms,
                        .until_ms = TIME_NEVER_MS,
                        .forget_ms = TIME_NEVER_MS,
                        .level = 1};
    const struct record late[] = {
        {.cut = {.stamp = {(uint64_t)late_ms << 16, 2}}},
        {.cut = {.stamp = {1, 2}, .ms = late_ms}},
        {.manual = {.stamp = {(uint64_t)late_ms << 16, 2}}},
        {.facts = {&fact, 1}},
    };

    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(take_record(turn, &late[i], TURN_WALL_MS), STEP_CLOCK);
        assert_int_equal(turn->state.table.count, 0);
        assert_true(turn->state.counters.entries_clock == i + 1);
    }
    for (size_t i = 0; i < 4; i++) /* judged by the cluster's clock, not by the own one */
        assert_int_equal(take_record(turn, &late[i], TURN_WALL_MS + 1), STEP_CHANGED);
}

static enum step_result take_allow(struct turn *turn, int64_t stamp_at_ms, int64_t until_ms)
{
    const struct allow allow = {.addr = turn_addr(SUBJECT),
                                .owner = 2,
                                .stamp = {(uint64_t)stamp_at_ms << 16, 2},
                                .on = true,
                                .until_ms = until_ms};
    uint8_t bytes[512];

    return turn_entry(turn, ENTRY_ALLOW, bytes, entry_write_allow(&allow, bytes, sizeof(bytes)));
}

static void an_allow_entry_stamped_ahead_is_skipped(void **state)
{
    struct turn *turn = *state;

    assert_int_equal(take_allow(turn, TURN_WALL_MS + CLOCK_SKEW_MS_MAX + 1, TIME_NEVER_MS),
                     STEP_CLOCK);
    assert_int_equal(turn->state.allows.count, 0);
    assert_int_equal(take_allow(turn, TURN_WALL_MS + CLOCK_SKEW_MS_MAX, TIME_NEVER_MS),
                     STEP_CHANGED);
}

/* Garbage is refused on arrival and removed at the tick, so that both nodes hold the same. */
static void garbage_is_refused_where_it_is_removed_elsewhere(void **state)
{
    struct turn *early = *state, late;
    struct fact fact = {.last_ms = TURN_WALL_MS,
                        .until_ms = TURN_WALL_MS + HOUR_MS,
                        .forget_ms = TURN_WALL_MS + STRIKE_HORIZON_MS,
                        .level = 1};
    const struct record record = {.facts = {&fact, 1}};
    int64_t stamp_at_ms = TURN_WALL_MS + STRIKE_HORIZON_MS - ALLOW_FORGET_MS;

    turn_open(&late, 2);
    assert_int_equal(turn_peer_strike(early, SUBJECT, 3, 1, TURN_WALL_MS), STEP_CHANGED);
    assert_int_equal(take_record(early, &record, 0), STEP_CHANGED);
    assert_int_equal(take_allow(early, stamp_at_ms, TIME_NEVER_MS), STEP_CHANGED);
    turn_end(early, true);
    turn_pass(early, STRIKE_HORIZON_MS);
    turn_pass(&late, STRIKE_HORIZON_MS);
    assert_int_equal(turn_peer_strike(&late, SUBJECT, 3, 1, TURN_WALL_MS), STEP_EXPIRED);
    assert_int_equal(take_record(&late, &record, 0), STEP_EXPIRED);
    assert_int_equal(take_allow(&late, stamp_at_ms, TIME_NEVER_MS), STEP_EXPIRED);
    assert_true(late.state.counters.entries_expired == 3);
    turn_end(early, true);
    turn_end(&late, true);
    assert_true(turn_roots_equal(early, &late));
    assert_int_equal(early->state.table.count + early->state.allows.count, 0);
    assert_int_equal(late.state.table.count + late.state.allows.count, 0);
    turn_close(&late);
}

static void a_tick_earlier_nothing_is_garbage(void **state)
{
    struct turn *turn = *state;

    turn_pass(turn, STRIKE_HORIZON_MS - 1);
    assert_int_equal(turn_peer_strike(turn, SUBJECT, 3, 1, TURN_WALL_MS), STEP_CHANGED);
}

/* Told and due in the same turn: gone with that tick, not with the next. */
static void garbage_of_the_turn_itself_goes_too(void **state)
{
    struct turn *turn = *state;

    turn_peer_strike(turn, SUBJECT, 3, 1, TURN_WALL_MS + TICK_MS - STRIKE_HORIZON_MS);
    turn_pass(turn, TICK_MS);
    turn_end(turn, true);
    assert_int_equal(turn->state.strike_count, 0);
}

static void of_a_record_the_forgotten_facts_are_left_out(void **state)
{
    struct turn *turn = *state;
    struct fact facts[] = {{.until_ms = 9, .forget_ms = TURN_WALL_MS, .level = 9},
                           {.first_ms = 1,
                            .last_ms = 1,
                            .until_ms = 9,
                            .forget_ms = TURN_WALL_MS + 1,
                            .level = 1}};
    const struct record record = {.facts = {facts, 2}};

    assert_int_equal(take_record(turn, &record, 0), STEP_CHANGED);
    assert_int_equal(turn_subject(turn, SUBJECT)->record.facts.count, 1);
    assert_int_equal(turn_subject(turn, SUBJECT)->record.facts.list[0].level, 1);
}

static enum step_result take_clock(struct turn *turn, int64_t ms)
{
    struct event event = {.type = EVENT_CLOCK, .hlc = (uint64_t)ms << 16 | 3};

    return turn_step(turn, &event);
}

static void the_clock_follows_the_others_and_never_runs_back(void **state)
{
    struct turn *turn = *state;
    struct event tick = {.type = EVENT_TICK};

    assert_int_equal(take_clock(turn, TURN_WALL_MS + 12000), STEP_CHANGED);
    assert_true(state_now_ms(&turn->state) == TURN_WALL_MS + TICK_MS);
    assert_int_equal(take_clock(turn, TURN_WALL_MS + 13000), STEP_SAME);
    assert_true(stamp_ms(turn->state.hlc) == TURN_WALL_MS + 13000);
    assert_int_equal(take_clock(turn, TURN_WALL_MS), STEP_SAME);
    assert_int_equal(turn_step(turn, &tick), STEP_SAME);
    assert_true(stamp_ms(turn->state.hlc) == TURN_WALL_MS + 13000);
    assert_true(state_now_ms(&turn->state) == TURN_WALL_MS + TICK_MS);
}

static void a_clock_over_60_s_ahead_is_not_believed(void **state)
{
    struct turn *turn = *state;
    uint64_t hlc = turn->state.hlc;

    assert_int_equal(take_clock(turn, TURN_WALL_MS + CLOCK_SKEW_MS_MAX + 1), STEP_CLOCK);
    assert_true(turn->state.hlc == hlc);
    assert_int_equal(take_clock(turn, TURN_WALL_MS + CLOCK_SKEW_MS_MAX), STEP_CHANGED);
}

static void a_command_is_stamped_later_than_all_it_saw(void **state)
{
    struct turn *turn = *state;

    take_clock(turn, TURN_WALL_MS + 50000);
    turn_command(turn, SUBJECT, TIME_NEVER_MS, 1);
    turn_command(turn, "192.0.2.2", TIME_NEVER_MS, 2);
    turn_end(turn, true);
    assert_true(turn_subject(turn, SUBJECT)->record.manual.stamp.hlc ==
                ((uint64_t)(TURN_WALL_MS + 50000) << 16 | 4));
    assert_true(turn_subject(turn, "192.0.2.2")->record.manual.stamp.hlc ==
                ((uint64_t)(TURN_WALL_MS + 50000) << 16 | 5));
}

/* --- What else is refused --- */

static void what_does_not_decode_is_counted_and_skipped(void **state)
{
    struct turn *turn = *state;

    for (uint8_t kind = ENTRY_STRIKE; kind <= ENTRY_ALLOW; kind++)
        assert_int_equal(turn_entry(turn, kind, (const uint8_t *)"\4\40\300", 3), STEP_MALFORMED);
    assert_int_equal(turn_entry(turn, ENTRY_ALLOW + 1, (const uint8_t *)"", 0), STEP_UNKNOWN);
    assert_int_equal(turn_entry(turn, 0, (const uint8_t *)"", 0), STEP_UNKNOWN);
    assert_true(turn->state.counters.entries_malformed == 3);
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

        assert_int_equal(take_record(turn, &record, 0),
                         i < FACTS_MAX ? STEP_CHANGED : STEP_MEMORY);
    }
    turn_end(turn, true);
    assert_true(turn->state.counters.entries_memory == 1);
    turn_assert_digests(turn);
}

static void assert_map(const struct turn *turn, const char *lines)
{
    struct map_text map;

    assert_int_equal(map_render(&turn->state, &map), 0);
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
    take_record(turn, &record, 0);
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
    assert_rows_come_first(turn);
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
    assert_int_equal(
        entry_read_allow(effect_body(&turn->effects, push), push->body_size, &allow), 0);
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_own_strike_is_kept_then_told),
        TEST(what_a_peer_told_is_kept_then_told_on),
        TEST(the_deciding_strike_makes_a_row_a_push_and_a_ban),
        TEST(a_command_enters_the_state_with_its_commit_only),
        TEST(a_failed_turn_keeps_strikes_and_drops_commands),
        TEST(digests_are_those_of_the_entries_after_any_history),
        TEST(the_rows_give_the_same_state),
        TEST(pushes_give_the_same_state_elsewhere),
        TEST(a_strike_over_60_s_ahead_is_skipped_and_counted),
        TEST(a_record_with_any_time_ahead_is_skipped),
        TEST(an_allow_entry_stamped_ahead_is_skipped),
        TEST(garbage_is_refused_where_it_is_removed_elsewhere),
        TEST(a_tick_earlier_nothing_is_garbage),
        TEST(garbage_of_the_turn_itself_goes_too),
        TEST(of_a_record_the_forgotten_facts_are_left_out),
        TEST(the_clock_follows_the_others_and_never_runs_back),
        TEST(a_clock_over_60_s_ahead_is_not_believed),
        TEST(a_command_is_stamped_later_than_all_it_saw),
        TEST(what_does_not_decode_is_counted_and_skipped),
        TEST(too_many_facts_are_refused_and_counted),
        TEST(equal_digests_mean_equal_maps_whatever_was_sent),
        TEST(another_policy_is_applied_to_what_is_known),
        TEST(an_allow_entry_is_this_nodes_own),
        TEST(a_long_reason_of_an_allow_entry_is_cut),
        TEST(loading_is_quiet_and_makes_lost_facts_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
