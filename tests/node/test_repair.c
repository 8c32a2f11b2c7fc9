/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The side of repair that asks: it finds exactly what differs, and gives up on those who do not
 * answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "maps.h"
#include "pair.h"

#define SUBJECT "192.0.2.1"

/* --- What it is for --- */

static void one_difference_in_5000_is_found_by_one_descent(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    pair_list(&pair);
    solo_bans(pair.here, 5000);
    solo_bans(pair.there, 5000);
    assert_true(pair_roots_equal(&pair));
    solo_strike(pair.there, "10.0.7.7", 3000, 1, SOLO_WALL_MS - 5000);
    solo_turn(pair.there);
    pair_repair(&pair);
    assert_true(pair_roots_equal(&pair));
    assert_int_equal(pair.asked, 5); /* three levels, 16 leaves, an entry */
    assert_true(pair_counters(&pair)->repairs_started == 1);
    assert_true(pair_counters(&pair)->repairs_finished == 1);
    assert_true(pair_counters(&pair)->repair_entries == 1);
    pair_close(&pair);
}

static void one_record_in_5000_is_found_by_one_descent(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    solo_bans(pair.here, 5000);
    solo_bans(pair.there, 5001);
    pair_repair(&pair);
    assert_true(pair_roots_equal(&pair));
    assert_int_equal(pair.asked, 5);
    assert_true(pair_counters(&pair)->repair_entries == 1);
    assert_int_equal(node_map(&pair.here->node)->entries, 5001);
    pair_close(&pair);
}

static void of_a_leaf_only_what_is_missing_is_fetched(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    for (uint64_t id = 0; id < 8; id++) {
        if (id % 2 == 0)
            solo_strike(pair.here, SUBJECT, 3000, id, SOLO_WALL_MS - 1000000 * (int64_t)(id + 1));
        if (id != 4)
            solo_strike(pair.there, SUBJECT, 3000, id, SOLO_WALL_MS - 1000000 * (int64_t)(id + 1));
    }
    solo_turn(pair.here);
    solo_turn(pair.there);
    pair_repair(&pair);
    assert_int_equal(pair.here->node.state.strike_count, 8);
    assert_true(pair_counters(&pair)->repair_entries == 4);
    pair_close(&pair);
}

static void a_blank_node_fetches_everything_once(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    solo_bans(pair.there, 3000);
    for (uint64_t i = 0; i < 100; i++)
        solo_strike(pair.there, SUBJECT, 3000, i, SOLO_WALL_MS - 500000 + (int64_t)i * 1000);
    solo_turn(pair.there);
    pair_repair(&pair);
    assert_true(pair_roots_equal(&pair));
    /* the record of SUBJECT, and what derived from its strikes, came first */
    assert_true(pair_counters(&pair)->repair_entries == 3101);
    assert_true(pair_counters(&pair)->repairs_finished == 2);
    pair_close(&pair);
}

/* Strikes, bans and allow entries of accounts, beside those of addresses. */
static void hold_accounts(struct solo *solo, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char name[32];
        struct addr addr;

        snprintf(name, sizeof(name), "account user%u", i);
        addr = solo_addr(name);
        for (uint64_t id = 0; id < 3; id++)
            solo_strike(solo, name, 3000 + i % 2, id, SOLO_WALL_MS - 5000 - (int64_t)id);
        if (i % 3 == 0)
            solo_allows(solo, name, 1);
        if (i % 5 == 0)
            node_ban(&solo->node, &solo->now, i + 1, &addr, TIME_NEVER_MS, "stolen", "alice");
    }
    solo_turn(solo);
}

static void accounts_are_repaired(bool by_tree)
{
    struct pair pair = pair_open();
    const struct map_text *here, *there;

    if (by_tree)
        pair_list(&pair);
    pair.here->node.state.policy.accounts = ACCOUNTS_BAN;
    pair.there->node.state.policy.accounts = ACCOUNTS_BAN;
    solo_bans(pair.there, 100);
    hold_accounts(pair.there, 120);
    pair_repair(&pair);
    assert_true(pair_roots_equal(&pair));
    here = node_usermap(&pair.here->node);
    there = node_usermap(&pair.there->node);
    assert_int_equal(here->entries, 80); /* all but each third one, which is allowed */
    assert_int_equal(here->size, there->size);
    assert_memory_equal(here->bytes, there->bytes, here->size);
    assert_int_equal(node_map(&pair.here->node)->entries, 100);
    pair_close(&pair);
}

static void accounts_are_repaired_by_the_tree(void **state)
{
    (void)state;
    accounts_are_repaired(true);
}

static void accounts_are_repaired_in_bulk(void **state)
{
    (void)state;
    accounts_are_repaired(false);
}

/* Nodes of the last level above the leaves, or leaves (depth 0), that hold a subject. */
static size_t held(const struct solo *solo, unsigned depth)
{
    size_t count = 0, last = SIZE_MAX;

    for (size_t leaf = 0; leaf < DIGEST_LEAVES; leaf++) {
        if (table_leaf_count(&solo->node.state.table, (uint16_t)leaf) == 0 ||
            leaf >> (4 * depth) == last)
            continue;
        last = leaf >> (4 * depth);
        count++;
    }
    return count;
}

static size_t frames(size_t count, size_t each)
{
    return (count + each - 1) / each;
}

/* Each answer to a PULL is a commit: entries of many leaves are asked for together. */
static void entries_are_asked_for_by_full_pulls(void **state)
{
    struct pair pair = pair_open();
    size_t wanted = 0;

    (void)state;
    pair_list(&pair);
    solo_bans(pair.there, 2 * FRAME_ENTRIES_MAX + 500);
    pair_repair(&pair);
    assert_true(pair_roots_equal(&pair));
    for (unsigned depth = 2; depth < DIGEST_LEVELS; depth++)
        wanted += frames(held(pair.there, depth), FRAME_NODES_MAX);
    wanted += frames(held(pair.there, 1) * DIGEST_FANOUT, FRAME_LEAVES_MAX);
    assert_int_equal(pair.asked, wanted + 3);
    pair_close(&pair);
}

/* Carries the lists over in the opposite order; returns how many. */
static size_t carry_lists_back_to_front(struct pair *pair)
{
    size_t count = 0;

    for (size_t i = pair->there->frame_count; i-- > 0;) {
        struct solo_frame *frame = &pair->there->frames[i];

        if (frame->taken ||
            message_decode(frame->bytes, frame->size, &pair->here->message) != MESSAGE_OK ||
            pair->here->message.type != MESSAGE_LEAF)
            continue;
        node_frame(&pair->here->node, &pair->here->now, 0, frame->bytes, frame->size);
        frame->taken = true;
        count++;
    }
    return count;
}

/* Few round trips: only the first frame of leaves is waited for alone. */
static void several_lists_are_asked_for_at_once_and_come_in_any_order(void **state)
{
    struct pair pair = pair_open();
    size_t most = 0, first = 0;

    (void)state;
    solo_bans(pair.here, 2500);
    solo_bans(pair.there, 3200);
    pair_ping(&pair);
    while (pair_carry_requests(&pair)) {
        size_t count = carry_lists_back_to_front(&pair);

        most = count > most ? count : most;
        first = first == 0 ? count : first;
        pair_carry_answers(&pair);
    }
    assert_true(pair_roots_equal(&pair));
    assert_int_equal(first, 1);
    assert_int_equal(most, 8);
    assert_true(pair_counters(&pair)->repairs_started == 1);
    assert_true(pair_counters(&pair)->repair_entries == 700);
    pair_close(&pair);
}

/* The allowlist has many entries to a leaf, one of each owner: all four levels are looked at. */
static void of_the_allowlist_no_leaf_is_listed_in_vain(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    solo_allows(pair.here, SUBJECT, 100);
    solo_allows(pair.there, SUBJECT, 101);
    pair_repair(&pair);
    assert_true(pair_roots_equal(&pair));
    assert_int_equal(pair.asked, 6);
    pair_close(&pair);
}

/* More pairs than one LEAF holds, more entries than one PULL asks for and one PUSH brings. */
static void a_leaf_larger_than_a_frame_is_fetched(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    pair_list(&pair);
    solo_allows(pair.there, SUBJECT, FRAME_PAIRS_MAX + 500);
    pair_repair(&pair);
    assert_true(pair_roots_equal(&pair));
    assert_int_equal(pair.here->node.state.allows.count, FRAME_PAIRS_MAX + 500);
    assert_true(pair_counters(&pair)->repair_entries == FRAME_PAIRS_MAX + 500);
    pair_close(&pair);
}

/* Pull only: what the other lacks is left for it to fetch. */
static void what_only_we_have_stays_and_nothing_is_fetched(void **state)
{
    struct pair pair = pair_open();

    (void)state;
    solo_strike(pair.here, SUBJECT, 3000, 1, SOLO_WALL_MS - 5000);
    solo_turn(pair.here);
    pair_repair(&pair);
    assert_int_equal(pair.asked, 0); /* it has got nothing since both held the same */
    pair_repair(&pair);
    assert_int_equal(pair.here->node.state.strike_count, 1);
    assert_int_equal(pair.asked, 1); /* the root: below it the other has nothing */
    assert_true(pair_counters(&pair)->repair_entries == 0);
    pair_close(&pair);
}

/* --- Those who do not answer --- */

static void a_descent_without_an_answer_is_given_up(void **state)
{
    struct pair pair = pair_descend();
    uint64_t number;

    (void)state;
    assert_true(solo_take(pair.here, 0, MESSAGE_TREE_GET));
    number = pair.here->message.tree.number;
    solo_pass(pair.here, 10000);
    assert_true(pair.here->node.descent.peer == NODE_PEER_NONE);
    assert_true(pair_counters(&pair)->repairs_timed_out == 1);
    assert_true(pair_counters(&pair)->repairs_finished == 0);
    solo_pass(pair.there, 10000);
    pair_ping(&pair); /* and begun anew */
    assert_true(solo_take(pair.here, 0, MESSAGE_TREE_GET));
    assert_true(pair.here->message.tree.number != number);
    solo_give(pair.there, 0);
    pair_close(&pair);
}

static void an_answer_that_comes_too_late_is_left_alone(void **state)
{
    struct pair pair = pair_descend();

    (void)state;
    pair_carry_requests(&pair);
    solo_pass(pair.here, 10000);
    pair_carry_answers(&pair);
    assert_true(pair.here->node.descent.peer == NODE_PEER_NONE);
    assert_int_equal(solo_count(pair.here, 0, MESSAGE_TREE_GET), 0);
    pair_close(&pair);
}

/* A difference is repaired within 3 s of connectivity. */
static void a_peer_that_restarts_meanwhile_is_asked_again_within_3_s(void **state)
{
    struct pair pair = pair_descend();
    size_t asked = 0;

    (void)state;
    solo_forget(pair.here); /* the request is lost */
    solo_message(pair.here, MESSAGE_HELLO)->hello.boot = 6000;
    solo_give(pair.here, 0);
    for (size_t i = 0; i < 3; i++) {
        solo_pass(pair.here, 1000);
        solo_pass(pair.there, 1000);
        pair_ping(&pair);
        asked += solo_count(pair.here, 0, MESSAGE_BULK_GET); /* perhaps it speaks that now */
    }
    assert_true(asked > 0);
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_difference_in_5000_is_found_by_one_descent),
        cmocka_unit_test(one_record_in_5000_is_found_by_one_descent),
        cmocka_unit_test(of_a_leaf_only_what_is_missing_is_fetched),
        cmocka_unit_test(a_blank_node_fetches_everything_once),
        cmocka_unit_test(accounts_are_repaired_by_the_tree),
        cmocka_unit_test(accounts_are_repaired_in_bulk),
        cmocka_unit_test(entries_are_asked_for_by_full_pulls),
        cmocka_unit_test(several_lists_are_asked_for_at_once_and_come_in_any_order),
        cmocka_unit_test(of_the_allowlist_no_leaf_is_listed_in_vain),
        cmocka_unit_test(a_leaf_larger_than_a_frame_is_fetched),
        cmocka_unit_test(what_only_we_have_stays_and_nothing_is_fetched),
        cmocka_unit_test(a_descent_without_an_answer_is_given_up),
        cmocka_unit_test(an_answer_that_comes_too_late_is_left_alone),
        cmocka_unit_test(a_peer_that_restarts_meanwhile_is_asked_again_within_3_s),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
