/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of the core through random histories: the digests are always those of the entries, rows
 * and pushes rebuild the same state.
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
    case 6: /* the same strike with another time */
        turn_peer_strike(turn, address, 4, random_below(random, 9),
                         turn->wall_ms - random_below(random, 300000));
        break;
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

    for (uint64_t i = 1; i <= 1500; i++) {
        size_t before = turn->state.strike_count;

        random_turn(turn, &random, i, random_below(&random, 10) != 0);
        expired += turn->state.strike_count < before;
        if (i % 30 == 0)
            turn_assert_digests(turn);
    }
    turn_assert_digests(turn);
    assert_true(expired > 10); /* the history had time to forget */
    assert_true(turn->state.counters.unbans > 100);
    assert_true(turn->state.counters.entries_memory == 0);
}

/* Where something is on every turn, everywhere now and then. */
static void look_for_damage(struct turn *turn, bool everywhere)
{
    struct event event = {.type = EVENT_CHECK, .count = everywhere ? DIGEST_LEAVES : 1};

    turn_step(turn, &event);
    for (size_t i = 0; i < 6; i++) {
        struct addr addr = turn_addr(subjects[i]);

        event.leaf = state_leaf(&turn->state, &addr);
        event.count = 1;
        turn_step(turn, &event);
    }
}

static void a_healthy_state_is_never_touched(void **state)
{
    struct turn *turn = *state;
    struct random random = {31};

    for (uint64_t i = 1; i <= 2000; i++) {
        random_turn(turn, &random, i, random_below(&random, 10) != 0);
        look_for_damage(turn, i % 100 == 0);
        assert_int_equal(turn->effects.count, 0);
        assert_int_equal(turn->state.counters.selfcheck_repaired, 0);
    }
    assert_true(turn->state.counters.unbans > 100);
}

static void the_rows_give_the_same_state(void **state)
{
    struct turn *turn = *state;
    struct random random = {7};
    struct event policy = {.type = EVENT_POLICY, .policy = &turn_policy};

    for (uint64_t i = 1; i <= 800; i++) {
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(digests_are_those_of_the_entries_after_any_history),
        TEST(a_healthy_state_is_never_touched),
        TEST(the_rows_give_the_same_state),
        TEST(pushes_give_the_same_state_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
