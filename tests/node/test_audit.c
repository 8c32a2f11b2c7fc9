/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit entries between nodes: pushed with their command, repaired, in bulk, and no faster than
 * operators are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "pair.h"

/* What an operator elsewhere did, as a peer's entry. */
static size_t entry_of(uint64_t number, uint8_t bytes[AUDIT_BYTES_MAX])
{
    const struct audit audit = {.stamp = {((uint64_t)SOLO_WALL_MS << 16) + number, 3000},
                                .forget_ms = SOLO_WALL_MS + MEMORY_MS,
                                .action = AUDIT_RELEASE,
                                .count = 1,
                                .actor = "root",
                                .reason = "test"};

    return audit_write(&audit, bytes, AUDIT_BYTES_MAX);
}

static void know(struct solo *solo, uint64_t first, uint64_t count)
{
    for (uint64_t i = first; i < first + count; i++) {
        uint8_t bytes[AUDIT_BYTES_MAX];
        struct event event = {.type = EVENT_ENTRY,
                              .wall_ms = SOLO_WALL_MS,
                              .ref_ms = SOLO_WALL_MS,
                              .kind = ENTRY_AUDIT,
                              .bytes = bytes,
                              .size = entry_of(i, bytes)};

        assert_int_equal(step(&solo->node.state, &event, &solo->node.effects), STEP_CHANGED);
        effects_clear(&solo->node.effects);
    }
    solo_turn(solo);
    solo_forget(solo);
}

static size_t known(const struct solo *solo)
{
    return state_chronicle(&solo->node.state, ENTRY_AUDIT)->count;
}

static void it_travels_with_its_command(void **state)
{
    struct solo *solo = solo_open(2);
    struct addr addr = solo_addr("192.0.2.1");
    struct audit audit = {.action = AUDIT_BAN, .has_subject = true, .addr = addr, .actor = "root"};
    const struct message_push *push = &solo->message.push;

    (void)state;
    solo_greet(solo, 0);
    solo_greet(solo, 1);
    node_ban(&solo->node, &solo->now, 7, &addr, TIME_NEVER_MS, "why", "root");
    assert_int_equal(node_audit(&solo->node, &solo->now, 7, &audit), STEP_CHANGED);
    solo_turn(solo);
    assert_true(solo_take(solo, 1, MESSAGE_PUSH));
    assert_int_equal(push->entry_count, 2);
    assert_true(push->ack != 0);
    assert_int_equal(push->entries[0].kind + push->entries[1].kind, ENTRY_RECORD + ENTRY_AUDIT);
    assert_false(solo_take(solo, 1, MESSAGE_PUSH));
    assert_int_equal(known(solo), 1);
    solo_close(solo);
}

static void what_is_missing_is_repaired(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    know(pair.here, 0, 300);
    know(pair.there, 0, 310);
    assert_false(pair_roots_equal(&pair));
    pair_repair(&pair);
    assert_int_equal(known(pair.here), 310);
    assert_true(pair_roots_equal(&pair));
    assert_true(pair_counters(&pair)->repair_entries == 10);
    pair_close(&pair);
}

static void a_blank_node_fetches_them_in_bulk(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    know(pair.there, 0, 5000);
    pair_repair(&pair);
    assert_int_equal(known(pair.here), 5000);
    assert_true(pair_roots_equal(&pair));
    assert_true(pair_counters(&pair)->bulk_requests > 0);
    pair_close(&pair);
}

/* A ban must not wait for what changes no map. */
static void it_is_repaired_last(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    know(pair.there, 0, 5);
    solo_bans(pair.there, 5);
    pair_ping(&pair);
    solo_pass(pair.here, 1000);
    pair.there->now = pair.here->now;
    pair_ping(&pair);
    assert_int_not_equal(pair.here->node.descent.kind, ENTRY_AUDIT);
    pair_repair(&pair);
    assert_true(pair_roots_equal(&pair));
    pair_close(&pair);
}

static void push_one(struct solo *solo, uint64_t number)
{
    static uint8_t bytes[AUDIT_BYTES_MAX];
    struct message_push *push = &solo_message(solo, MESSAGE_PUSH)->push;

    push->entries[0] = (struct message_entry){ENTRY_AUDIT, bytes, entry_of(number, bytes)};
    push->entry_count = 1;
    solo_give(solo, 0);
}

static void a_member_adds_them_no_faster_than_operators(void **state)
{
    struct solo *solo = solo_open(1);
    uint64_t number = 0;

    (void)state;
    solo_greet(solo, 0);
    while (solo->node.state.counters.entries_quota == 0 && number < 2 * AUDIT_MAX) {
        push_one(solo, number++);
        effects_clear(&solo->node.effects);
    }
    assert_int_equal(number, AUDIT_MAX + 1);
    solo_turn(solo);
    solo_pass(solo, 1000);
    for (uint64_t i = 0; i < 2 * (uint64_t)AUDIT_QUOTA_PER_S + 50; i++)
        push_one(solo, number++);
    assert_in_range(solo->node.state.counters.audits_displaced, 1, AUDIT_QUOTA_PER_S + 50);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_travels_with_its_command),
        cmocka_unit_test(what_is_missing_is_repaired),
        cmocka_unit_test(a_blank_node_fetches_them_in_bulk),
        cmocka_unit_test(it_is_repaired_last),
        cmocka_unit_test(a_member_adds_them_no_faster_than_operators),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
