/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The allowlist: one entry a prefix and owner, the larger stamp wins, leases end and are forgotten.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "allow.h"
#include "scarce.h"

static struct addr addr_of(const char *text)
{
    struct addr addr;

    assert_int_equal(addr_parse(text, strlen(text), false, &addr), 0);
    return addr;
}

static struct allow allow_of(const char *text, uint64_t owner, uint64_t hlc)
{
    return (struct allow){.addr = addr_of(text),
                          .owner = owner,
                          .stamp = {hlc, owner},
                          .on = true,
                          .until_ms = TIME_NEVER_MS,
                          .reason = (char *)(uintptr_t) "why",
                          .actor = (char *)(uintptr_t) "alice"};
}

static void put(struct allows *allows, const struct allow *allow)
{
    struct allow old;

    assert_int_equal(allows_merge(allows, allow, &old), 1);
    assert_true(old.stamp.hlc == 0);
    assert_null(old.reason);
}

static void the_larger_stamp_wins(void **state)
{
    struct allows allows = {0};
    struct allow first = allow_of("192.0.2.1", 5, 10), later = allow_of("192.0.2.1", 5, 11), old;

    (void)state;
    put(&allows, &first);
    later.on = false;
    later.reason = NULL;
    assert_int_equal(allows_merge(&allows, &first, &old), 0);
    assert_null(old.reason);
    assert_int_equal(allows_merge(&allows, &later, &old), 1);
    assert_true(old.stamp.hlc == 10 && old.on);
    assert_string_equal(old.reason, "why");
    allow_clear(&old);
    assert_null(old.reason);
    assert_int_equal(allows_merge(&allows, &first, &old), 0);
    assert_int_equal(allows.count, 1);
    assert_false(allows.list[0].on);
    allows_clear(&allows);
}

static void equal_stamps_are_broken_by_content(void **state)
{
    struct allow rising[5];

    (void)state;
    for (size_t i = 0; i < 5; i++)
        rising[i] = allow_of("192.0.2.1", 5, 10);
    rising[0].on = false;
    rising[1].until_ms = 7;
    rising[2].reason = (char *)(uintptr_t) "a";
    rising[4].actor = (char *)(uintptr_t) "bob";
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < 5; k++) {
            struct allows allows = {0};
            struct allow old;

            put(&allows, &rising[i]);
            assert_int_equal(allows_merge(&allows, &rising[k], &old), i < k);
            allow_clear(&old);
            allows_clear(&allows);
        }
}

static void each_owner_has_an_entry_of_its_own(void **state)
{
    struct allows allows = {0};
    const struct allow of_node = allow_of("192.0.2.1", 5, 10),
                       of_operator = allow_of("192.0.2.1", ALLOW_OPERATOR, 10);

    (void)state;
    put(&allows, &of_node);
    put(&allows, &of_operator);
    assert_int_equal(allows.count, 2);
    assert_true(allows_find(&allows, &of_node.addr, 5)->owner == 5);
    assert_true(allows_find(&allows, &of_node.addr, ALLOW_OPERATOR)->owner == ALLOW_OPERATOR);
    assert_null(allows_find(&allows, &of_node.addr, 6));
    allows_clear(&allows);
}

static void what_is_merged_is_a_copy(void **state)
{
    struct allows allows = {0};
    char reason[] = "why", actor[] = "bob";
    struct allow allow = allow_of("192.0.2.1", 5, 10);

    (void)state;
    allow.reason = reason;
    allow.actor = actor;
    put(&allows, &allow);
    memset(reason, 'x', 3);
    memset(actor, 'x', 3);
    assert_string_equal(allows.list[0].reason, "why");
    assert_string_equal(allows.list[0].actor, "bob");
    allows_clear(&allows);
}

static void an_entry_is_live_until_its_end(void **state)
{
    struct allow allow = allow_of("192.0.2.1", ALLOW_OPERATOR, 10);

    (void)state;
    assert_true(allow_is_live(&allow, TIME_NEVER_MS - 1));
    allow.until_ms = 1000;
    assert_true(allow_is_live(&allow, 999));
    assert_false(allow_is_live(&allow, 1000));
    allow.on = false;
    assert_false(allow_is_live(&allow, 0));
}

static void too_wide_an_entry_has_no_effect(void **state)
{
    const struct allow wide = allow_of("0.0.0.0/7", ALLOW_OPERATOR, 10),
                       widest = allow_of("2001:d80::/31", ALLOW_OPERATOR, 10),
                       allowed = allow_of("198.0.0.0/8", ALLOW_OPERATOR, 10),
                       allowed6 = allow_of("2001:db8::/32", ALLOW_OPERATOR, 10);
    struct allows allows = {0};
    struct addr inside = addr_of("1.2.3.4");

    (void)state;
    assert_false(allow_is_live(&wide, 0));
    assert_false(allow_is_live(&widest, 0));
    assert_true(allow_is_live(&allowed, 0));
    assert_true(allow_is_live(&allowed6, 0));
    put(&allows, &wide);
    assert_null(allows_cover(&allows, &inside, 0));
    assert_null(allows_cover(&allows, &wide.addr, 0));
    allows_clear(&allows);
}

static void leases_are_forgotten_and_orders_are_not(void **state)
{
    struct allow lease = allow_of("192.0.2.1", 5, (uint64_t)1000 << 16),
                 order = allow_of("192.0.2.1", ALLOW_OPERATOR, (uint64_t)1000 << 16);

    (void)state;
    assert_false(allow_is_garbage(&lease, 1000 + ALLOW_FORGET_MS - 1));
    assert_true(allow_is_garbage(&lease, 1000 + ALLOW_FORGET_MS));
    assert_false(allow_is_live(&lease, 1000 + ALLOW_FORGET_MS));
    assert_false(allow_is_garbage(&order, TIME_NEVER_MS));
}

static void a_prefix_is_covered_by_any_owners_live_entry(void **state)
{
    struct allows allows = {0};
    struct allow ended = allow_of("192.0.2.0/24", ALLOW_OPERATOR, 10),
                 live = allow_of("192.0.2.0/24", 5, 10);
    struct addr host = addr_of("192.0.2.77"), same = addr_of("192.0.2.0/24"),
                wider = addr_of("192.0.2.0/23"), other = addr_of("192.0.3.1"),
                other6 = addr_of("2001:db8::1");

    (void)state;
    assert_null(allows_cover(&allows, &host, 0));
    ended.until_ms = 50;
    put(&allows, &ended);
    assert_non_null(allows_cover(&allows, &host, 49));
    assert_null(allows_cover(&allows, &host, 50));
    put(&allows, &live);
    assert_true(allows_cover(&allows, &host, 50)->owner == 5);
    assert_true(allows_cover(&allows, &same, 50)->owner == 5);
    assert_null(allows_cover(&allows, &wider, 50));
    assert_null(allows_cover(&allows, &other, 50));
    assert_null(allows_cover(&allows, &other6, 50));
    allows_clear(&allows);
}

static void all_that_cover_a_prefix_are_named_the_widest_first(void **state)
{
    struct allows allows = {0};
    const struct allow *list[6];
    struct allow narrow = allow_of("192.0.2.7", ALLOW_OPERATOR, 10),
                 last = allow_of("192.0.2.7", UINT64_MAX, 10),
                 middle = allow_of("192.0.2.0/24", ALLOW_OPERATOR, 10),
                 other = allow_of("192.0.2.0/24", 5, 10), wide = allow_of("192.0.0.0/16", 6, 10),
                 off = allow_of("192.0.2.0/25", ALLOW_OPERATOR, 10);
    struct addr host = addr_of("192.0.2.7");

    (void)state;
    off.on = false;
    put(&allows, &narrow);
    put(&allows, &last);
    put(&allows, &middle);
    put(&allows, &other);
    put(&allows, &wide);
    put(&allows, &off);
    assert_int_equal(allows_covers(&allows, &host, 0, list, 6), 5);
    assert_true(list[0]->owner == 6 && list[1]->owner == ALLOW_OPERATOR && list[2]->owner == 5);
    assert_int_equal(list[3]->addr.length, 32);
    assert_true(list[4]->owner == UINT64_MAX);
    assert_int_equal(allows_covers(&allows, &host, 0, list, 2), 2);
    assert_int_equal(list[1]->addr.length, 24);
    assert_int_equal(allows_covers(&allows, &middle.addr, 0, list, 6), 3);
    allows_clear(&allows);
}

static void what_lies_inside_is_found(void **state)
{
    struct allows allows = {0};
    struct allow around = allow_of("192.0.0.0/16", 5, 10), same = allow_of("192.0.2.0/24", 5, 10),
                 inside = allow_of("192.0.2.255", 5, 10), behind = allow_of("192.0.3.0/24", 5, 10);
    struct addr prefix = addr_of("192.0.2.0/24");

    (void)state;
    put(&allows, &around);
    put(&allows, &same);
    put(&allows, &behind);
    assert_false(allows_inside(&allows, &prefix, 0));
    inside.until_ms = 50;
    put(&allows, &inside);
    assert_true(allows_inside(&allows, &prefix, 49));
    assert_false(allows_inside(&allows, &prefix, 50));
    assert_false(allows_inside(&allows, &inside.addr, 0));
    allows_clear(&allows);
}

static void the_list_is_in_order_and_entries_can_be_taken(void **state)
{
    static const char *const texts[] = {"2001:db8::1", "192.0.2.7", "192.0.2.0/24", "192.0.2.0"};
    struct allows allows = {0};
    struct allow taken;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct allow allow = allow_of(texts[i], 5, 10);

        put(&allows, &allow);
    }
    for (size_t i = 1; i < 4; i++)
        assert_true(addr_compare(&allows.list[i - 1].addr, &allows.list[i].addr) < 0);
    taken = allows_take(&allows, 1);
    assert_int_equal(taken.addr.length, 32);
    assert_int_equal(taken.addr.bytes[3], 0);
    assert_int_equal(allows.count, 3);
    assert_null(allows_find(&allows, &taken.addr, 5));
    assert_string_equal(taken.reason, "why");
    allow_clear(&taken);
    allows_clear(&allows);
}

static void a_full_list_refuses_one_more(void **state)
{
    struct allows allows = {0};
    struct allow allow = allow_of("10.0.0.0", 5, 10), old;

    (void)state;
    for (uint32_t i = 0; i < ALLOWS_MAX; i++) {
        allow.addr.bytes[1] = (uint8_t)(i >> 16);
        allow.addr.bytes[2] = (uint8_t)(i >> 8);
        allow.addr.bytes[3] = (uint8_t)i;
        assert_int_equal(allows_merge(&allows, &allow, &old), 1);
    }
    allow.stamp.hlc++;
    assert_int_equal(allows_merge(&allows, &allow, &old), 1);
    allow_clear(&old);
    allow.addr.bytes[1] = 1;
    assert_int_equal(allows_merge(&allows, &allow, &old), -1);
    assert_null(old.reason);
    assert_int_equal(allows.count, ALLOWS_MAX);
    allows_clear(&allows);
}

struct visit {
    const struct allow *list[8];
    size_t count;
};

static void note(void *context, const struct allow *allow)
{
    struct visit *visit = context;

    assert_true(visit->count < 8);
    visit->list[visit->count++] = allow;
}

/* Those of leaf 7, as the owners of them. */
static void assert_leaf_7(struct allows *allows, const char *owners)
{
    struct visit visit = {.count = 0};
    char text[8] = "";

    allows_visit_leaf(allows, 7, note, &visit);
    for (size_t i = 0; i < visit.count; i++)
        text[i] = (char)('0' + visit.list[i]->owner);
    assert_string_equal(text, owners);
}

static void put_with_leaf(struct allows *allows, const char *text, uint64_t owner, uint16_t leaf)
{
    struct allow allow = allow_of(text, owner, 10);

    allow.leaf = leaf;
    put(allows, &allow);
}

static void those_of_a_leaf_are_visited_in_order_whatever_came_and_went(void **state)
{
    struct allows allows = {0};
    struct allow taken;

    (void)state;
    assert_leaf_7(&allows, "");
    put_with_leaf(&allows, "192.0.2.3", 3, 7);
    put_with_leaf(&allows, "192.0.2.1", 1, 65535);
    assert_leaf_7(&allows, "3");
    put_with_leaf(&allows, "192.0.2.2", 2, 7); /* moves the other's place */
    put_with_leaf(&allows, "192.0.2.4", 4, 0);
    assert_leaf_7(&allows, "23");
    taken = allows_take(&allows, 0);
    allow_clear(&taken);
    assert_leaf_7(&allows, "23");
    taken = allows_take(&allows, 1);
    allow_clear(&taken);
    assert_leaf_7(&allows, "2");
    allows.list[1].leaf = 7;
    allows_forget_leaves(&allows);
    assert_leaf_7(&allows, "24");
    allows_clear(&allows);
    assert_leaf_7(&allows, "");
}

static void without_memory_the_whole_list_is_looked_through(void **state)
{
    struct allows allows = {0};

    (void)state;
    put_with_leaf(&allows, "192.0.2.1", 1, 7);
    put_with_leaf(&allows, "192.0.2.2", 2, 9);
    put_with_leaf(&allows, "192.0.2.3", 3, 7);
    scarce_begin(0, 1);
    assert_leaf_7(&allows, "13");
    assert_int_equal(scarce_end(), 1);
    assert_null(allows.by_leaf);
    allows_clear(&allows);
}

/* It would lead out of the list. */
static void a_damaged_place_is_passed_over(void **state)
{
    struct allows allows = {0};

    (void)state;
    put_with_leaf(&allows, "192.0.2.1", 1, 7);
    put_with_leaf(&allows, "192.0.2.2", 2, 7);
    assert_leaf_7(&allows, "12");
    allows.by_leaf[0] ^= 0x8000;
    assert_leaf_7(&allows, "2");
    allows_clear(&allows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_larger_stamp_wins),
        cmocka_unit_test(equal_stamps_are_broken_by_content),
        cmocka_unit_test(each_owner_has_an_entry_of_its_own),
        cmocka_unit_test(what_is_merged_is_a_copy),
        cmocka_unit_test(an_entry_is_live_until_its_end),
        cmocka_unit_test(too_wide_an_entry_has_no_effect),
        cmocka_unit_test(leases_are_forgotten_and_orders_are_not),
        cmocka_unit_test(a_prefix_is_covered_by_any_owners_live_entry),
        cmocka_unit_test(all_that_cover_a_prefix_are_named_the_widest_first),
        cmocka_unit_test(what_lies_inside_is_found),
        cmocka_unit_test(the_list_is_in_order_and_entries_can_be_taken),
        cmocka_unit_test(a_full_list_refuses_one_more),
        cmocka_unit_test(those_of_a_leaf_are_visited_in_order_whatever_came_and_went),
        cmocka_unit_test(without_memory_the_whole_list_is_looked_through),
        cmocka_unit_test(a_damaged_place_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
