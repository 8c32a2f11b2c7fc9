/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leases: published, renewed after a day, withdrawn when they are no longer configured, and never
 * stamped by a clock that is off.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "solo.h"

static const struct allow *find(const struct solo *solo, const char *address)
{
    struct addr addr = solo_addr(address);

    return allows_find(&solo->node.state.allows, &addr, SOLO_NODE);
}

/* The configuration names these two; NULL: one less. */
static void configure(struct solo *solo, const char *first, const char *second)
{
    struct addr list[2];
    size_t count = 0;

    if (first != NULL)
        list[count++] = solo_addr(first);
    if (second != NULL)
        list[count++] = solo_addr(second);
    node_allow(&solo->node, &solo->now, list, count, "never-ban");
    solo_turn(solo);
}

static void leases_are_published_to_the_peers(void **state)
{
    struct solo *solo = solo_open(1);
    struct allow allow;

    (void)state;
    solo_greet(solo, 0);
    configure(solo, "192.0.2.1", "2001:db8::/32");
    assert_int_equal(solo->node.state.allows.count, 2);
    assert_true(find(solo, "192.0.2.1")->on);
    assert_true(find(solo, "192.0.2.1")->until_ms == SOLO_WALL_MS + ALLOW_LEASE_MS);
    assert_string_equal(find(solo, "192.0.2.1")->reason, "never-ban");
    assert_string_equal(find(solo, "192.0.2.1")->actor, "");
    assert_true(solo_take(solo, 0, MESSAGE_PUSH));
    assert_int_equal(solo->message.push.entry_count, 2);
    assert_int_equal(solo->message.push.entries[1].kind, ENTRY_ALLOW);
    assert_int_equal(entry_read_allow(solo->message.push.entries[1].bytes,
                                      solo->message.push.entries[1].size, &allow),
                     0);
    assert_int_equal(allow.addr.length, 32);
    assert_true(allow.owner == SOLO_NODE && allow.on);
    allow_clear(&allow);
    solo_close(solo);
}

static void the_end_of_a_lease_is_a_whole_tick(void **state)
{
    struct solo *solo = solo_open(0);

    (void)state;
    solo->now.wall_ms += 1;
    configure(solo, "192.0.2.1", NULL);
    assert_true(find(solo, "192.0.2.1")->until_ms == SOLO_WALL_MS + ALLOW_LEASE_MS + TICK_MS);
    solo_close(solo);
}

static void they_are_renewed_after_a_day_and_not_before(void **state)
{
    struct solo *solo = solo_open(0);
    uint64_t hlc;

    (void)state;
    configure(solo, "192.0.2.1", NULL);
    hlc = find(solo, "192.0.2.1")->stamp.hlc;
    configure(solo, "192.0.2.1", NULL);
    solo->now.wall_ms += ALLOW_RENEW_MS - 1;
    configure(solo, "192.0.2.1", NULL);
    assert_true(find(solo, "192.0.2.1")->stamp.hlc == hlc);
    solo->now.wall_ms += 1;
    configure(solo, "192.0.2.1", NULL);
    assert_true(find(solo, "192.0.2.1")->stamp.hlc > hlc);
    assert_true(find(solo, "192.0.2.1")->until_ms ==
                SOLO_WALL_MS + ALLOW_RENEW_MS + ALLOW_LEASE_MS);
    assert_int_equal(solo->node.state.allows.count, 1);
    solo_close(solo);
}

static void what_is_gone_at_a_reload_is_withdrawn(void **state)
{
    struct solo *solo = solo_open(1);
    uint64_t hlc;

    (void)state;
    solo_greet(solo, 0);
    configure(solo, "192.0.2.1", "192.0.2.2");
    solo_forget(solo);
    configure(solo, "192.0.2.2", NULL);
    assert_false(find(solo, "192.0.2.1")->on);
    assert_true(find(solo, "192.0.2.2")->on);
    assert_true(solo_take(solo, 0, MESSAGE_PUSH));
    assert_int_equal(solo->message.push.entry_count, 1);
    hlc = find(solo, "192.0.2.1")->stamp.hlc;
    configure(solo, "192.0.2.2", NULL);
    assert_true(find(solo, "192.0.2.1")->stamp.hlc == hlc); /* once is enough */
    configure(solo, "192.0.2.1", NULL);
    assert_true(find(solo, "192.0.2.1")->on);
    assert_false(find(solo, "192.0.2.2")->on);
    solo_close(solo);
}

static void entries_of_other_owners_are_left_alone(void **state)
{
    struct solo *solo = solo_open(0);
    const struct allow allow = {.addr = solo_addr("192.0.2.1"),
                                .owner = 2001,
                                .stamp = {(uint64_t)SOLO_WALL_MS << 16, 2001},
                                .on = true,
                                .until_ms = TIME_NEVER_MS};
    uint8_t bytes[512];
    struct event event = {.type = EVENT_ENTRY,
                          .wall_ms = SOLO_WALL_MS,
                          .ref_ms = SOLO_WALL_MS,
                          .kind = ENTRY_ALLOW,
                          .bytes = bytes,
                          .size = entry_write_allow(&allow, bytes, sizeof(bytes))};

    (void)state;
    assert_int_equal(step(&solo->node.state, &event, &solo->node.effects), STEP_CHANGED);
    configure(solo, NULL, NULL);
    assert_true(allows_find(&solo->node.state.allows, &allow.addr, 2001)->on);
    assert_null(find(solo, "192.0.2.1"));
    solo_close(solo);
}

/* Peer 0 tells of that entry. */
static void tell(struct solo *solo, const struct allow *allow)
{
    struct message_push *push = &solo_message(solo, MESSAGE_PUSH)->push;
    uint8_t bytes[512];

    push->entries[0] =
        (struct message_entry){ENTRY_ALLOW, bytes, entry_write_allow(allow, bytes, sizeof(bytes))};
    push->entry_count = 1;
    solo_give(solo, 0);
    solo_turn(solo);
}

/* ... of 192.0.2.1 with that owner, stamped so long ago. */
static void tell_of(struct solo *solo, uint64_t owner, int64_t age_ms)
{
    const struct allow allow = {.addr = solo_addr("192.0.2.1"),
                                .owner = owner,
                                .stamp = {(uint64_t)(solo->now.wall_ms - age_ms) << 16, owner},
                                .on = true,
                                .until_ms = SOLO_WALL_MS + ALLOW_LEASE_MS};

    tell(solo, &allow);
}

/* The database was lost, and with it that this was once published. */
static void an_own_entry_that_a_peer_brings_back_is_looked_at_again(void **state)
{
    struct solo *solo = solo_open(1);

    (void)state;
    solo_greet(solo, 0);
    configure(solo, "192.0.2.2", NULL);
    assert_false(node_wants_allow(&solo->node));
    tell_of(solo, SOLO_NODE, 60000);
    assert_true(find(solo, "192.0.2.1")->on);
    assert_true(node_wants_allow(&solo->node));
    configure(solo, "192.0.2.2", NULL);
    assert_false(find(solo, "192.0.2.1")->on);
    assert_false(node_wants_allow(&solo->node));
    tell_of(solo, SOLO_NODE, 60000); /* it is known by now */
    assert_false(node_wants_allow(&solo->node));
    assert_false(find(solo, "192.0.2.1")->on);
    solo_close(solo);
}

/* It was stamped when this node's clock was ahead, or by a node that has its key. */
static void an_own_entry_of_a_faster_clock_is_replaced_at_once(void **state)
{
    struct solo *solo = solo_open(1);
    uint64_t hlc;

    (void)state;
    solo_greet(solo, 0);
    tell_of(solo, SOLO_NODE, -50000);
    hlc = find(solo, "192.0.2.1")->stamp.hlc;
    configure(solo, "192.0.2.2", NULL);
    assert_false(find(solo, "192.0.2.1")->on);
    assert_true(find(solo, "192.0.2.1")->stamp.hlc == hlc + 1);
    assert_true(solo->node.state.hlc < hlc); /* the own clock does not follow it */
    solo_close(solo);
}

/* It would not be renewed, and yet be garbage 8 d after its stamp. */
static void a_lease_that_ends_too_late_is_published_anew(void **state)
{
    struct solo *solo = solo_open(1);
    struct allow allow = {.addr = solo_addr("192.0.2.1"),
                          .owner = SOLO_NODE,
                          .stamp = {(uint64_t)(SOLO_WALL_MS + 1) << 16, SOLO_NODE},
                          .on = true,
                          .until_ms = SOLO_WALL_MS + ALLOW_LEASE_MS + CLOCK_SKEW_MS_MAX + TICK_MS};

    (void)state;
    solo_greet(solo, 0);
    tell(solo, &allow); /* of a clock that was so far ahead */
    configure(solo, "192.0.2.1", NULL);
    assert_true(find(solo, "192.0.2.1")->until_ms == allow.until_ms);
    allow.until_ms++;
    allow.stamp.hlc++;
    tell(solo, &allow);
    configure(solo, "192.0.2.1", NULL);
    assert_true(find(solo, "192.0.2.1")->until_ms == SOLO_WALL_MS + ALLOW_LEASE_MS);
    solo_close(solo);
}

static void a_clock_that_is_off_stamps_no_lease(void **state)
{
    struct solo *solo = solo_open(2);

    (void)state;
    configure(solo, "192.0.2.1", NULL);
    for (size_t i = 0; i < 2; i++) {
        solo_greet(solo, i);
        solo_ping(solo)->wall_ms += 61000;
        solo_give(solo, i);
    }
    configure(solo, "192.0.2.2", NULL);
    assert_null(find(solo, "192.0.2.2"));
    assert_true(find(solo, "192.0.2.1")->on);
    assert_true(node_wants_allow(&solo->node)); /* as soon as it is right */
    solo->now.wall_ms += 60000;
    configure(solo, "192.0.2.2", NULL);
    assert_non_null(find(solo, "192.0.2.2"));
    assert_false(find(solo, "192.0.2.1")->on);
    assert_false(node_wants_allow(&solo->node));
    solo_close(solo);
}

/* The operators' entries bear the id 0, which is no node's. */
static void forgetting_no_node_ends_nothing_of_the_operators(void **state)
{
    struct solo *solo = solo_open(0);
    struct addr addr = solo_addr("192.0.2.1");

    (void)state;
    node_allow_add(&solo->node, &solo->now, 1, &addr, TIME_NEVER_MS, "", "root");
    solo_turn(solo);
    assert_int_not_equal(
        node_lease_end(&solo->node, &solo->now, 2, &addr, ALLOW_OPERATOR, "", "root"),
        STEP_CHANGED);
    solo_turn(solo);
    assert_true(allows_find(&solo->node.state.allows, &addr, ALLOW_OPERATOR)->on);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leases_are_published_to_the_peers),
        cmocka_unit_test(the_end_of_a_lease_is_a_whole_tick),
        cmocka_unit_test(they_are_renewed_after_a_day_and_not_before),
        cmocka_unit_test(what_is_gone_at_a_reload_is_withdrawn),
        cmocka_unit_test(entries_of_other_owners_are_left_alone),
        cmocka_unit_test(an_own_entry_that_a_peer_brings_back_is_looked_at_again),
        cmocka_unit_test(an_own_entry_of_a_faster_clock_is_replaced_at_once),
        cmocka_unit_test(a_lease_that_ends_too_late_is_published_anew),
        cmocka_unit_test(a_clock_that_is_off_stamps_no_lease),
        cmocka_unit_test(forgetting_no_node_ends_nothing_of_the_operators),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
