/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators commanded: canonical bytes, made with the command and durable with it, the same
 * on all nodes, until it is forgotten.
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

#define WALL_HLC ((uint64_t)TURN_WALL_MS << 16)

static struct turn turn;

static int begin(void **state)
{
    (void)state;
    turn_open(&turn, 1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    turn_close(&turn);
    return 0;
}

static struct audit ban_of(const char *address)
{
    return (struct audit){.stamp = {WALL_HLC, 2},
                          .forget_ms = TURN_WALL_MS + 1000000,
                          .action = AUDIT_BAN,
                          .uid = 1000,
                          .until_ms = TIME_NEVER_MS,
                          .count = 1,
                          .has_subject = true,
                          .addr = turn_addr(address),
                          .actor = "alice",
                          .reason = "spam",
                          .object = ""};
}

static const struct chronicle *entries(void)
{
    return state_chronicle(&turn.state, ENTRY_AUDIT);
}

/* The only entry there is. */
static struct audit only(void)
{
    struct audit audit;

    assert_int_equal(entries()->count, 1);
    assert_int_equal(audit_read(entries()->heap[0]->bytes, entries()->heap[0]->size, &audit), 0);
    return audit;
}

static enum step_result hear(const struct audit *audit)
{
    uint8_t bytes[AUDIT_BYTES_MAX];

    return turn_entry(&turn, ENTRY_AUDIT, bytes, audit_write(audit, bytes, sizeof(bytes)));
}

/* --- Bytes --- */

/* As docs/bansync-protocol.7 lays them out. */
static void the_bytes_are_these(void **state)
{
    static const uint8_t expected[] = {
        0x01, 0xa0, 0xc4, 0x50, 0x6c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x02, 0x00, 0x00, 0x01, 0xa0, 0xc4, 0x5f, 0xae, 0x40, 0x01, 0x00, 0x00, 0x03, 0xe8, 0x7f,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01, 0x05, 0x61, 0x6c, 0x69,
        0x63, 0x65, 0x04, 0x73, 0x70, 0x61, 0x6d, 0x00, 0x01, 0x04, 0x20, 0xc0, 0x00, 0x02, 0x01,
    };
    struct audit audit = ban_of("192.0.2.1"), again;
    uint8_t bytes[AUDIT_BYTES_MAX];
    size_t size = audit_write(&audit, bytes, sizeof(bytes));

    (void)state;
    assert_int_equal(size, sizeof(expected));
    assert_memory_equal(bytes, expected, sizeof(expected));
    assert_int_equal(chronicle_hlc(bytes), WALL_HLC);
    assert_int_equal(bytes[15], 2);
    assert_true(chronicle_forget_ms(bytes) == audit.forget_ms);
    assert_int_equal(audit_read(bytes, size, &again), 0);
    assert_string_equal(again.actor, "alice");
    assert_string_equal(again.reason, "spam");
    assert_int_equal(again.uid, 1000);
    assert_int_equal(addr_compare(&again.addr, &audit.addr), 0);
}

static void the_largest_has_room(void **state)
{
    struct audit audit = ban_of("2001:db8::/128"), again;
    uint8_t bytes[AUDIT_BYTES_MAX];
    size_t size;

    (void)state;
    memset(audit.actor, 'a', ACTOR_BYTES_MAX);
    memset(audit.reason, 'r', REASON_BYTES_MAX);
    memset(audit.object, 'o', OBJECT_BYTES_MAX);
    size = audit_write(&audit, bytes, sizeof(bytes));
    assert_true(size > 0);
    assert_int_equal(audit_read(bytes, size, &again), 0);
    assert_string_equal(again.actor, audit.actor);
    assert_string_equal(again.reason, audit.reason);
    assert_string_equal(again.object, audit.object);
    assert_int_equal(addr_compare(&again.addr, &audit.addr), 0);
    for (size_t room = 0; room < size; room++)
        assert_int_equal(audit_write(&audit, bytes, room), 0);
}

static void only_one_form_is_read(void **state)
{
    struct audit audit = ban_of("192.0.2.1"), again;
    uint8_t bytes[AUDIT_BYTES_MAX] = {0};
    size_t size = audit_write(&audit, bytes, sizeof(bytes));

    (void)state;
    for (size_t less = 0; less < size; less++)
        assert_int_equal(audit_read(bytes, less, &again), -1);
    assert_int_equal(audit_read(bytes, size + 1, &again), -1);
    bytes[size - 7] = 2; /* whether there is a subject */
    assert_int_equal(audit_read(bytes, size, &again), -1);
    bytes[size - 7] = 0;
    assert_int_equal(audit_read(bytes, size, &again), -1);
    assert_int_equal(audit_read(bytes, size - 6, &again), 0);
    assert_false(again.has_subject);
    bytes[43] = '\n'; /* in the actor */
    assert_int_equal(audit_read(bytes, size - 6, &again), -1);
}

static void assert_refused(const struct audit *audit)
{
    uint8_t bytes[AUDIT_BYTES_MAX];
    struct audit again;

    assert_int_equal(audit_read(bytes, audit_write(audit, bytes, sizeof(bytes)), &again), -1);
}

static void what_no_node_makes_is_refused(void **state)
{
    struct audit audit = ban_of("192.0.2.1");

    (void)state;
    audit.action = 0;
    assert_refused(&audit);
    audit = ban_of("192.0.2.1");
    audit.stamp.hlc = 0;
    assert_refused(&audit);
    audit = ban_of("192.0.2.1");
    audit.stamp.node = 0;
    assert_refused(&audit);
    audit = ban_of("192.0.2.1");
    audit.forget_ms = TURN_WALL_MS;
    assert_refused(&audit);
    audit.forget_ms = TURN_WALL_MS + MEMORY_MS_MAX + TICK_MS + 1; /* it would stay for ever */
    assert_refused(&audit);
    audit = ban_of("192.0.2.1");
    audit.until_ms = -1;
    assert_refused(&audit);
    audit = ban_of("192.0.2.1");
    audit.addr.kind = 5;
    assert_refused(&audit);
}

static void actions_have_the_names_of_their_commands(void **state)
{
    (void)state;
    for (uint8_t action = AUDIT_BAN; action <= AUDIT_IMPORT; action++)
        assert_non_null(audit_action_name(action));
    assert_string_equal(audit_action_name(AUDIT_ALLOW_ADD), "allow add");
    assert_null(audit_action_name(0));
    assert_null(audit_action_name(AUDIT_IMPORT + 1));
    assert_null(audit_action_name(255));
}

/* --- With the command --- */

static void a_command_and_its_entry_are_one_turn(void **state)
{
    struct audit audit = ban_of("192.0.2.1"), made;

    (void)state;
    turn_command(&turn, "192.0.2.1", TIME_NEVER_MS, 5);
    assert_int_equal(turn_audit(&turn, &audit, 5), STEP_CHANGED);
    assert_int_equal(entries()->count, 0); /* not before the commit */
    turn_end(&turn, true);
    made = only();
    assert_int_equal(made.stamp.node, 1);
    assert_int_equal(stamp_ms(made.stamp.hlc), TURN_WALL_MS);
    assert_true(made.forget_ms == policy_roundup(TURN_WALL_MS + turn_policy.memory_ms));
    assert_string_equal(made.reason, "spam");
    assert_int_equal(turn_count(&turn, EFFECT_DONE), 1);
    assert_int_equal(turn_count(&turn, EFFECT_PERSIST), 2);
    assert_int_equal(turn_count(&turn, EFFECT_PUSH), 2);
    turn_assert_digests(&turn);
}

static void what_is_not_durable_leaves_none(void **state)
{
    struct audit audit = ban_of("192.0.2.1");

    (void)state;
    turn_command(&turn, "192.0.2.1", TIME_NEVER_MS, 5);
    turn_audit(&turn, &audit, 5);
    turn_audit(&turn, &audit, 6);
    turn_end(&turn, false);
    assert_int_equal(entries()->count, 0);
    assert_int_equal(turn_count(&turn, EFFECT_PUSH), 0);
    assert_int_equal(turn_find(&turn, EFFECT_DONE, 1)->outcome, OUTCOME_FAILED);
    turn_end(&turn, true);
    assert_int_equal(entries()->count, 0);
}

/* The clock leaps between the request and the end of the turn. */
static void it_is_kept_from_when_it_is_durable(void **state)
{
    struct audit audit = ban_of("192.0.2.1");
    int64_t leap_ms = turn_policy.memory_ms + TICK_MS;

    (void)state;
    turn_command(&turn, "192.0.2.1", TIME_NEVER_MS, 5);
    turn_audit(&turn, &audit, 5);
    turn_pass(&turn, leap_ms);
    turn_end(&turn, true);
    assert_int_equal(turn.row_count, 2);
    assert_true(only().forget_ms > TURN_WALL_MS + leap_ms + turn_policy.memory_ms);
    turn_pass(&turn, turn_policy.memory_ms + TICK_MS);
    turn_end(&turn, true);
    assert_int_equal(entries()->count, 0);
    assert_int_equal(turn.row_count, 1); /* the ban's */
    turn_assert_digests(&turn);
}

static void what_no_entry_can_say_fails(void **state)
{
    struct audit audit = ban_of("192.0.2.1");

    (void)state;
    turn_command(&turn, "192.0.2.1", TIME_NEVER_MS, 5);
    turn_audit(&turn, &audit, 5);
    turn_pass(&turn, 2 * MEMORY_MS_MAX);
    turn_end(&turn, true);
    assert_int_equal(turn.row_count, 0);
    assert_int_equal(turn_find(&turn, EFFECT_DONE, 0)->outcome, OUTCOME_FAILED);
}

static void an_entry_may_come_alone(void **state)
{
    struct audit audit = {.action = AUDIT_RELEASE, .count = 100000, .actor = "root"};

    (void)state;
    turn_audit(&turn, &audit, 9);
    turn_end(&turn, true);
    assert_int_equal(only().count, 100000);
    assert_false(only().has_subject);
    assert_int_equal(turn_find(&turn, EFFECT_DONE, 0)->request, 9);
    assert_int_equal(turn_find(&turn, EFFECT_DONE, 0)->outcome, OUTCOME_CHANGED);
}

static void each_command_of_a_turn_has_its_own(void **state)
{
    struct audit audit = ban_of("192.0.2.1");

    (void)state;
    for (uint64_t request = 1; request <= 50; request++) {
        turn_command(&turn, "192.0.2.1", request % 2 != 0 ? TIME_NEVER_MS : 0, request);
        turn_audit(&turn, &audit, request);
        turn_allow(&turn, "192.0.2.1", TIME_NEVER_MS, 100 + request);
        turn_audit(&turn, &audit, 100 + request);
    }
    turn_end(&turn, true);
    assert_int_equal(entries()->count, 100);
    assert_int_equal(turn_count(&turn, EFFECT_DONE), 100);
    turn_assert_digests(&turn);
}

/* --- From others, and from the store --- */

static void it_is_merged_and_sent_on_once(void **state)
{
    struct audit audit = ban_of("192.0.2.1");

    (void)state;
    assert_int_equal(hear(&audit), STEP_CHANGED);
    assert_int_equal(hear(&audit), STEP_SAME);
    turn_end(&turn, true);
    assert_int_equal(turn_count(&turn, EFFECT_FORWARD), 1);
    assert_int_equal(turn_count(&turn, EFFECT_PERSIST), 1);
    assert_int_equal(turn_count(&turn, EFFECT_MAP), 0);
    turn_assert_digests(&turn);
}

static void a_time_that_is_not_yet_is_refused(void **state)
{
    struct audit audit = ban_of("192.0.2.1");

    (void)state;
    audit.stamp.hlc = (uint64_t)(TURN_WALL_MS + CLOCK_SKEW_MS_MAX + 1) << 16;
    assert_int_equal(hear(&audit), STEP_CLOCK);
    audit.stamp.hlc = (uint64_t)(TURN_WALL_MS + CLOCK_SKEW_MS_MAX) << 16;
    assert_int_equal(hear(&audit), STEP_CHANGED);
}

static void all_is_there_after_a_restart(void **state)
{
    struct audit audit = ban_of("192.0.2.1");
    struct turn fresh;

    (void)state;
    hear(&audit);
    audit.stamp.node = 3;
    turn_command(&turn, "192.0.2.1", TIME_NEVER_MS, 5);
    turn_audit(&turn, &audit, 5);
    turn_end(&turn, true);
    turn_reload(&turn, &fresh);
    assert_int_equal(state_chronicle(&fresh.state, ENTRY_AUDIT)->count, 2);
    assert_true(turn_roots_equal(&turn, &fresh));
    turn_close(&fresh);
}

static void it_is_forgotten_at_its_tick(void **state)
{
    struct audit audit = ban_of("192.0.2.1");

    (void)state;
    audit.forget_ms = TURN_WALL_MS + 3 * (int64_t)TICK_MS;
    hear(&audit);
    turn_end(&turn, true);
    turn_pass(&turn, 3 * (int64_t)TICK_MS - 1);
    turn_end(&turn, true);
    assert_int_equal(entries()->count, 1);
    turn_pass(&turn, 1);
    turn_end(&turn, true);
    assert_int_equal(entries()->count, 0);
    assert_int_equal(turn.row_count, 0);
    assert_int_equal(hear(&audit), STEP_EXPIRED); /* nor does it come back */
    turn_assert_digests(&turn);
}

/* --- The newest of them --- */

static void fill(uint64_t first, size_t count)
{
    struct audit audit = ban_of("192.0.2.1");

    for (size_t i = 0; i < count; i++) {
        audit.stamp.hlc = WALL_HLC + first + i;
        assert_int_equal(hear(&audit), STEP_CHANGED);
    }
}

static void the_newest_are_kept_and_the_rest_is_counted(void **state)
{
    struct audit audit = ban_of("192.0.2.1");
    struct event event = {.type = EVENT_FLUSH};

    (void)state;
    fill(1000, AUDIT_MAX);
    assert_int_equal(entries()->count, AUDIT_MAX);
    assert_int_equal(turn.state.counters.audits_displaced, 0);
    audit.stamp.hlc = WALL_HLC + 5;
    assert_int_equal(hear(&audit), STEP_EXPIRED);
    effects_clear(&turn.effects);
    audit.stamp.hlc = WALL_HLC + 200000;
    assert_int_equal(hear(&audit), STEP_CHANGED);
    assert_int_equal(entries()->count, AUDIT_MAX);
    assert_int_equal(turn.state.counters.audits_displaced, 1);
    assert_int_equal(turn_count(&turn, EFFECT_DELETE), 1);
    assert_int_equal(chronicle_hlc(entries()->heap[0]->bytes), WALL_HLC + 1001);
    /* An own command finds room before its row is written. */
    turn_pass(&turn, 20000);
    turn_audit(&turn, &audit, 1);
    turn_audit(&turn, &audit, 2);
    effects_clear(&turn.effects);
    turn_step(&turn, &event);
    assert_int_equal(turn_count(&turn, EFFECT_DELETE), 2);
    event.type = EVENT_COMMITTED;
    turn_step(&turn, &event);
    assert_int_equal(entries()->count, AUDIT_MAX);
    assert_int_equal(turn.state.counters.audits_displaced, 3);
    turn_assert_digests(&turn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_these),
        cmocka_unit_test(the_largest_has_room),
        cmocka_unit_test(only_one_form_is_read),
        cmocka_unit_test(what_no_node_makes_is_refused),
        cmocka_unit_test(actions_have_the_names_of_their_commands),
        cmocka_unit_test_setup_teardown(a_command_and_its_entry_are_one_turn, begin, end),
        cmocka_unit_test_setup_teardown(what_is_not_durable_leaves_none, begin, end),
        cmocka_unit_test_setup_teardown(it_is_kept_from_when_it_is_durable, begin, end),
        cmocka_unit_test_setup_teardown(what_no_entry_can_say_fails, begin, end),
        cmocka_unit_test_setup_teardown(an_entry_may_come_alone, begin, end),
        cmocka_unit_test_setup_teardown(each_command_of_a_turn_has_its_own, begin, end),
        cmocka_unit_test_setup_teardown(it_is_merged_and_sent_on_once, begin, end),
        cmocka_unit_test_setup_teardown(a_time_that_is_not_yet_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(all_is_there_after_a_restart, begin, end),
        cmocka_unit_test_setup_teardown(it_is_forgotten_at_its_tick, begin, end),
        cmocka_unit_test_setup_teardown(the_newest_are_kept_and_the_rest_is_counted, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
