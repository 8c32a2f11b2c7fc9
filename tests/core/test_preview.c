/* SPDX-License-Identifier: Apache-2.0 */
/*
 * preview.h: what is counted beforehand is what EVENT_POLICY then does, on a second state with the
 * same rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "preview.h"
#include "turn.h"

#define NODE 7
#define SUBJECTS 40
#define OWN_MAX 3

static void count(const struct turn *turn, struct policy policy, struct preview *preview)
{
    assert_int_equal(preview_policy(&turn->state, &policy, NULL, 0, preview), 0);
}

static void assert_name(const struct preview *preview, size_t index, const char *text)
{
    struct addr addr = turn_addr(text);

    assert_int_equal(addr_compare(&preview->names[index], &addr), 0);
}

/* Two strikes each of count senders 203.0.113.N, from the highest N down. */
static void strike_twice(struct turn *turn, unsigned senders)
{
    char address[32];

    for (unsigned i = senders; i > 0; i--) {
        snprintf(address, sizeof(address), "203.0.113.%u", i);
        turn_strike(turn, address, 2 * i, 2000);
        turn_strike(turn, address, 2 * i + 1, 1000);
    }
    turn_end(turn, true);
}

static void test_threshold(void **context)
{
    struct policy two = turn_policy, one = turn_policy;
    struct preview preview;
    struct turn turn;

    (void)context;
    two.threshold = 2;
    one.threshold = 1;
    turn_open(&turn, NODE);
    count(&turn, one, &preview);
    assert_int_equal(preview.count, 0);
    strike_twice(&turn, 7);
    turn_strike(&turn, "203.0.113.9", 99, 0);
    count(&turn, turn_policy, &preview);
    assert_int_equal(preview.count, 0);
    count(&turn, two, &preview);
    assert_int_equal(preview.count, 7);
    assert_name(&preview, 0, "203.0.113.1");
    assert_name(&preview, 4, "203.0.113.5");
    count(&turn, one, &preview);
    assert_int_equal(preview.count, 8);
    assert_false(turn_is_banned(&turn, "203.0.113.1")); /* nothing was done */
    turn_close(&turn);
}

/* From messages to hits: what one mail that was tried again would ban at once. */
static void test_count(void **context)
{
    struct policy messages = turn_policy;
    struct event event = {.type = EVENT_POLICY, .policy = &messages};
    uint8_t text[STRIKE_TEXT_BYTES_MAX];
    struct preview preview;
    struct turn turn;

    (void)context;
    messages.count_messages = true;
    turn_open(&turn, NODE);
    turn_step(&turn, &event);
    strike_text_write("user", 4, "alice", 5, 7, text);
    for (uint64_t id = 1; id <= 4; id++) {
        struct event hit = {.type = EVENT_STRIKE,
                            .addr = turn_addr("203.0.113.1"),
                            .strike = {turn.wall_ms - 1000, id, 0, text}};

        turn_step(&turn, &hit);
    }
    turn_end(&turn, true);
    assert_false(turn_is_banned(&turn, "203.0.113.1"));
    count(&turn, messages, &preview);
    assert_int_equal(preview.count, 0);
    count(&turn, turn_policy, &preview);
    assert_int_equal(preview.count, 1);
    turn_close(&turn);
}

static void test_banned_or_unbanned(void **context)
{
    struct policy two = turn_policy;
    struct preview preview;
    struct turn turn;

    (void)context;
    two.threshold = 2;
    turn_open(&turn, NODE);
    strike_twice(&turn, 3);
    turn_command(&turn, "203.0.113.1", TIME_NEVER_MS, 1); /* is banned already */
    turn_command(&turn, "203.0.113.2", 0, 2);             /* an unban voids the strikes */
    turn_end(&turn, true);
    count(&turn, two, &preview);
    assert_int_equal(preview.count, 1);
    assert_name(&preview, 0, "203.0.113.3");
    turn_close(&turn);
}

/* A ban that would be over already is none. */
static void test_over(void **context)
{
    struct policy two = turn_policy;
    struct preview preview;
    struct turn turn;

    (void)context;
    two.threshold = 2;
    turn_open(&turn, NODE);
    strike_twice(&turn, 3);
    turn_pass(&turn, two.durations.ms[0] + 2 * TICK_MS);
    turn_end(&turn, true);
    count(&turn, two, &preview);
    assert_int_equal(preview.count, 0);
    two.durations.ms[0] *= 2;
    count(&turn, two, &preview);
    assert_int_equal(preview.count, 3);
    turn_close(&turn);
}

static void allow(struct turn *turn, const struct addr *addr, bool on)
{
    struct event event = {
        .type = EVENT_ALLOW, .addr = *addr, .on = on, .until_ms = turn->wall_ms + ALLOW_LEASE_MS};

    turn_step(turn, &event);
}

/* The own entries that a reload drops or adds count as dropped or added. */
static void test_allowed(void **context)
{
    struct addr net = turn_addr("203.0.113.2"), other = turn_addr("203.0.113.0/31");
    struct policy two = turn_policy;
    struct preview preview;
    struct turn turn;

    (void)context;
    two.threshold = 2;
    turn_open(&turn, NODE);
    strike_twice(&turn, 3);
    allow(&turn, &net, true);
    turn_end(&turn, true);
    assert_int_equal(preview_policy(&turn.state, &two, &net, 1, &preview), 0);
    assert_int_equal(preview.count, 2);
    assert_int_equal(preview_policy(&turn.state, &two, &other, 1, &preview), 0);
    assert_int_equal(preview.count, 2);
    assert_name(&preview, 0, "203.0.113.2");
    assert_name(&preview, 1, "203.0.113.3");
    turn_close(&turn);
}

/* The oracle. */

static struct addr sender(unsigned index)
{
    char address[32];

    snprintf(address, sizeof(address), "203.0.113.%u", index);
    return turn_addr(address);
}

static bool in_force(const struct state *state, unsigned index)
{
    struct addr addr = sender(index);
    struct unpacked room_of_subject;
    const struct subject *subject = state_find(state, &addr, &room_of_subject);

    return subject != NULL && record_is_banned(&subject->record, state_now_ms(state)) &&
           allows_cover(&state->allows, &addr, state_now_ms(state)) == NULL;
}

static void random_turn(struct random *random, struct turn *turn)
{
    static uint64_t id;
    struct addr own = sender(random_below(random, SUBJECTS));
    char address[32];

    snprintf(address, sizeof(address), "203.0.113.%u", random_below(random, SUBJECTS));
    switch (random_below(random, 12)) {
    case 0:
        turn_command(turn, address, 0, ++id);
        break;
    case 1:
        turn_command(turn, address, turn->wall_ms + 60000, ++id);
        break;
    case 2:
        turn_pass(turn, random_below(random, 1800000));
        break;
    case 3:
        allow(turn, &own, random_below(random, 2) == 0);
        break;
    default:
        turn_peer_strike(turn, address, random_below(random, 3), ++id,
                         turn->wall_ms - 1000 * (int64_t)random_below(random, 200));
        break;
    }
    turn_end(turn, true);
}

static struct policy random_policy(struct random *random)
{
    struct policy policy = turn_policy;

    policy.threshold = 1 + random_below(random, 5);
    policy.count_messages = random_below(random, 2) == 0;
    policy.window_ms = 1000 * (1 + random_below(random, 200));
    policy.durations.ms[0] = random_below(random, 4) == 0
                                 ? TIME_NEVER_MS
                                 : 60000 * (int64_t)(1 + random_below(random, 240));
    return policy;
}

/* The present state's preview, against the same rows in a second state that gets the policy. */
static void compare(const struct turn *turn, struct policy policy, const struct addr *own,
                    size_t own_count, size_t *total)
{
    struct event event = {.type = EVENT_POLICY, .policy = &policy};
    struct preview preview;
    struct turn fresh;
    size_t wanted = 0;

    assert_int_equal(preview_policy(&turn->state, &policy, own, own_count, &preview), 0);
    turn_reload(turn, &fresh);
    for (unsigned i = 0; i < SUBJECTS; i++) {
        struct addr addr = sender(i);

        if (allows_find(&fresh.state.allows, &addr, NODE) != NULL)
            allow(&fresh, &addr, false);
    }
    for (size_t i = 0; i < own_count; i++)
        allow(&fresh, &own[i], true);
    turn_step(&fresh, &event);
    assert_true(fresh.state.rederived <= preview.count);
    turn_end(&fresh, true);
    for (unsigned i = 0; i < SUBJECTS; i++) {
        struct addr addr = sender(i);

        if (in_force(&turn->state, i) || !in_force(&fresh.state, i))
            continue;
        if (wanted < PREVIEW_NAMES_MAX)
            assert_int_equal(addr_compare(&preview.names[wanted], &addr), 0);
        wanted++;
    }
    assert_int_equal(preview.count, wanted);
    *total += wanted;
    turn_close(&fresh);
}

static void test_oracle(void **context)
{
    struct random random = {1};
    size_t total = 0;

    (void)context;
    for (int round = 0; round < 20; round++) {
        struct turn turn;

        turn_open(&turn, NODE);
        for (int i = 0; i < 300; i++) {
            struct addr own[OWN_MAX];

            random_turn(&random, &turn);
            if (i % 10 != 0)
                continue;
            for (size_t k = 0; k < OWN_MAX; k++)
                own[k] = sender(random_below(&random, SUBJECTS));
            compare(&turn, random_policy(&random), own, random_below(&random, OWN_MAX + 1), &total);
        }
        turn_close(&turn);
    }
    assert_true(total > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_banned_or_unbanned),
        cmocka_unit_test(test_over),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_oracle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
