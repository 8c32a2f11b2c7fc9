/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A repair in which memory runs out, here or there, at each allocation in turn: it ends, and the
 * next ones bring what it left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pair.h"
#include "scarce.h"

/* Requests and answers, as long as there are any. */
static void carry_all(struct pair *pair)
{
    for (size_t rounds = 0; pair_carry_requests(pair); rounds++) {
        assert_true(rounds < 200);
        pair_carry_answers(pair);
    }
}

static void pass(struct pair *pair, int64_t ms)
{
    solo_pass(pair->here, ms);
    solo_pass(pair->there, ms);
}

/* PINGs until both hold the same; what timed out is begun anew. */
static void catch_up(struct pair *pair)
{
    for (size_t tries = 0; !pair_roots_equal(pair); tries++) {
        assert_true(tries < 20);
        pair_ping(pair);
        carry_all(pair);
        pass(pair, 2000);
    }
    assert_true(pair->here->node.descent.peer == NODE_PEER_NONE);
}

typedef struct pair open_fn(void);

/* A few bans, and strikes of one sender. */
static void fill(struct pair *pair, uint32_t bans)
{
    solo_bans(pair->there, bans);
    for (uint64_t id = 0; id < 3; id++)
        solo_strike(pair->there, "192.0.2.1", 3000, id, SOLO_WALL_MS - 5000 - (int64_t)id);
    solo_allows(pair->there, "203.0.113.0/24", 3);
}

static struct pair open_blank(void)
{
    struct pair pair = pair_open();

    fill(&pair, 40);
    return pair;
}

/* Here descends by the tree: the leaves are listed and the entries pulled one by one. */
static struct pair open_listing(void)
{
    struct pair pair = pair_open();

    pair_list(&pair);
    fill(&pair, 40);
    return pair;
}

static void sweep(open_fn *open)
{
    size_t refused = 1, sweeps = 0;

    for (size_t spared = 0; refused > 0; spared++, sweeps++) {
        struct pair pair = open();

        scarce_begin(spared, 1);
        pair_ping(&pair);
        carry_all(&pair);
        refused = scarce_end();
        pass(&pair, 2000);
        catch_up(&pair);
        pair_close(&pair);
    }
    assert_true(sweeps > 20);
}

static void a_blank_node_catches_up_later(void **state)
{
    (void)state;
    sweep(open_blank);
}

static void a_difference_is_found_again(void **state)
{
    (void)state;
    sweep(open_listing);
}

/* Without any memory nothing happens, and nothing is counted as a repair that ended. */
static void without_any_memory_there_is_no_repair(void **state)
{
    struct pair pair = open_listing();

    (void)state;
    scarce_begin(0, SIZE_MAX);
    pair_ping(&pair);
    assert_false(pair_carry_requests(&pair));
    assert_true(scarce_end() > 0);
    assert_int_equal(pair_counters(&pair)->repairs_finished, 0);
    assert_true(pair_counters(&pair)->entries_memory > 0);
    pass(&pair, 2000);
    catch_up(&pair);
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blank_node_catches_up_later),
        cmocka_unit_test(a_difference_is_found_again),
        cmocka_unit_test(without_any_memory_there_is_no_repair),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
