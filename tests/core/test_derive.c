/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ten hits become a ban: at exactly the Nth, within exactly the window, whatever the order of
 * arrival.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "derive.h"
#include "random.h"
#include "scarce.h"

#define HOUR_MS 3600000

static const struct policy forever = {10,        600000, {{TIME_NEVER_MS}, 1},
                                      MEMORY_MS, false,  ACCOUNTS_OFF};
static const struct policy hourly = {3, 60000, {{HOUR_MS}, 1}, MEMORY_MS, false, ACCOUNTS_OFF};
static const struct policy rising = {3,         60000, {{HOUR_MS, 4 * HOUR_MS, TIME_NEVER_MS}, 3},
                                     MEMORY_MS, false, ACCOUNTS_OFF};
static uint8_t text[] = {4, 'u', 's', 'e', 'r', 5, 'a', 'l', 'i', 'c', 'e'};

static void add(struct strikes *strikes, int64_t t_ms, uint64_t origin)
{
    struct strike strike = {t_ms, (uint64_t)t_ms, origin, text};
    struct strikes_change change;

    assert_int_equal(strikes_merge(strikes, &strike, &change), 0);
    strikes_change_clear(&change);
}

static void the_tenth_bans_and_the_ninth_does_not(void **state)
{
    struct strikes strikes = {0};
    struct record record = {0};

    (void)state;
    for (int64_t i = 0; i < 9; i++)
        add(&strikes, 1000000 + i * 1000, 1 + (uint64_t)i % 3);
    assert_int_equal(derive_facts(&forever, &strikes, 0, &record), 0);
    assert_false(record_is_banned(&record, 0));
    add(&strikes, 1009000, 1);
    assert_int_equal(derive_facts(&forever, &strikes, 0, &record), 1);
    assert_true(record_is_banned(&record, 0));
    assert_int_equal(record.facts.count, 1);
    assert_int_equal(record.facts.list[0].first_ms, 1000000);
    assert_int_equal(record.facts.list[0].last_ms, 1009000);
    assert_int_equal(record.facts.list[0].until_ms, TIME_NEVER_MS);
    assert_int_equal(record.facts.list[0].level, 1);
    assert_int_equal(record.facts.list[0].node_count, 3);
    assert_int_equal(record.facts.list[0].nodes[0].strikes, 4);
    assert_int_equal(derive_facts(&forever, &strikes, 0, &record), 0);
    record_clear(&record);
    strikes_clear(&strikes);
}

static bool bans(int64_t span_ms)
{
    struct strikes strikes = {0};
    struct record record = {0};
    bool banned;

    for (int64_t i = 0; i < 9; i++)
        add(&strikes, 1000000 + i, 1);
    add(&strikes, 1000000 + span_ms, 1);
    assert_true(derive_facts(&forever, &strikes, 0, &record) >= 0);
    banned = record_is_banned(&record, 0);
    record_clear(&record);
    strikes_clear(&strikes);
    return banned;
}

/* Of more nodes than can be named the lowest are, whatever the order of their strikes. */
static void the_lowest_nodes_are_named(void **state)
{
    struct fact_node nodes[FACT_NODES_MAX + 1] = {0};
    struct strike strikes[2 * FACT_NODES_MAX];

    (void)state;
    for (uint64_t i = 0; i < 2 * FACT_NODES_MAX; i++)
        strikes[i] = (struct strike){.id = i, .origin = 1 + i * 37 % (2 * FACT_NODES_MAX)};
    assert_int_equal(derive_nodes(strikes, 2 * FACT_NODES_MAX, nodes), FACT_NODES_MAX);
    for (uint64_t i = 0; i < FACT_NODES_MAX; i++)
        assert_true(nodes[i].node == 1 + i && nodes[i].strikes == 1);
    assert_true(nodes[FACT_NODES_MAX].node == 0);
}

static void the_window_is_exact(void **state)
{
    (void)state;
    assert_true(bans(599999));
    assert_false(bans(600000));
}

static void strikes_up_to_the_cut_do_not_count(void **state)
{
    struct strikes strikes = {0};
    struct record record = {.cut = {{1, 1}, 1000, 0}};

    (void)state;
    add(&strikes, 999, 1);
    add(&strikes, 1000, 1);
    add(&strikes, 1001, 1);
    add(&strikes, 1002, 1);
    assert_int_equal(derive_facts(&hourly, &strikes, 0, &record), 0);
    add(&strikes, 1003, 1);
    assert_int_equal(derive_facts(&hourly, &strikes, 0, &record), 1);
    assert_int_equal(record.facts.list[0].first_ms, 1001);
    record_clear(&record);
    strikes_clear(&strikes);
}

/* Hits during a ban prolong it; hits after it begin another, of the next level. */
static void episodes_make_facts_of_rising_level(void **state)
{
    struct strikes strikes = {0};
    struct record record = {0};

    (void)state;
    for (int64_t i = 0; i < 6; i++)
        add(&strikes, 10000 + i, 1);
    for (int64_t i = 0; i < 3; i++)
        add(&strikes, 3 * HOUR_MS + i, 1);
    assert_int_equal(derive_facts(&hourly, &strikes, 0, &record), 1);
    assert_int_equal(record.facts.count, 1); /* the later one dominates */
    assert_int_equal(record.facts.list[0].level, 2);
    assert_int_equal(record.facts.list[0].last_ms, 3 * HOUR_MS + 2);
    assert_int_equal(record.facts.list[0].until_ms, 4 * HOUR_MS + TICK_MS);
    record_clear(&record);
    strikes_clear(&strikes);
}

static void an_earlier_ban_whose_strikes_come_late_raises_the_level(void **state)
{
    struct strikes strikes = {0};
    struct record record = {0};

    (void)state;
    for (int64_t i = 0; i < 3; i++)
        add(&strikes, 3 * HOUR_MS + i, 1);
    assert_int_equal(derive_facts(&hourly, &strikes, 0, &record), 1);
    for (int64_t i = 0; i < 3; i++)
        add(&strikes, 10000 + i, 2);
    assert_int_equal(derive_facts(&hourly, &strikes, 0, &record), 1);
    assert_int_equal(record.facts.list[0].level, 2);
    assert_int_equal(derive_facts(&hourly, &strikes, 0, &record), 0);
    record_clear(&record);
    strikes_clear(&strikes);
}

/* Merges a fact of so many hours. */
static void remember(struct record *record, int64_t first, int64_t until, int64_t forget,
                     uint8_t level)
{
    const struct fact fact = {.first_ms = first * HOUR_MS,
                              .last_ms = first * HOUR_MS,
                              .until_ms = until * HOUR_MS,
                              .forget_ms = forget * HOUR_MS,
                              .level = level};

    assert_int_equal(facts_merge(&record->facts, &fact), 1);
}

/* The level of a fact that begins at hour 10, beside those remembered. */
static uint8_t level_beside(struct record *record)
{
    struct strikes strikes = {0};
    uint8_t level = 0;

    for (int64_t i = 0; i < 3; i++)
        add(&strikes, 10 * HOUR_MS + i, 1);
    assert_int_equal(derive_facts(&hourly, &strikes, 9 * HOUR_MS, record), 1);
    for (size_t i = 0; i < record->facts.count; i++)
        if (record->facts.list[i].first_ms == 10 * HOUR_MS &&
            record->facts.list[i].last_ms == 10 * HOUR_MS + 2)
            level = record->facts.list[i].level;
    record_clear(record);
    strikes_clear(&strikes);
    return level;
}

static void a_level_is_that_of_what_is_not_over_or_one_more(void **state)
{
    struct record record = {0};

    (void)state;
    assert_int_equal(level_beside(&record), 1);
    remember(&record, 5, 10, 100, 3); /* just not over */
    assert_int_equal(level_beside(&record), 3);
    remember(&record, 5, 9, 100, 3);
    assert_int_equal(level_beside(&record), 4);
    remember(&record, 5, 9, 100, 3);
    remember(&record, 1, 20, 100, 2);
    assert_int_equal(level_beside(&record), 4);
    remember(&record, 5, 9, 100, 3);
    remember(&record, 1, 20, 100, 7);
    assert_int_equal(level_beside(&record), 7);
    remember(&record, 11, 12, 200, 9); /* begins later */
    remember(&record, 5, 8, 9, 10);    /* is forgotten */
    assert_int_equal(level_beside(&record), 1);
    remember(&record, 5, 9, 100, UINT8_MAX);
    assert_int_equal(level_beside(&record), UINT8_MAX);
}

static void what_an_operator_made_forgotten_raises_no_level(void **state)
{
    struct record record = {0};

    (void)state;
    remember(&record, 5, 8, 100, 3);
    remember(&record, 6, 7, 100, 2);
    record.cut.forget_ms = 5 * HOUR_MS - 1;
    assert_int_equal(level_beside(&record), 4);
    remember(&record, 5, 8, 100, 3);
    remember(&record, 6, 7, 100, 2);
    record.cut.forget_ms = 5 * HOUR_MS;
    assert_int_equal(level_beside(&record), 3);
    remember(&record, 6, 20, 100, 7); /* not over */
    record.cut.forget_ms = 6 * HOUR_MS;
    assert_int_equal(level_beside(&record), 1);
}

/* Ends and what is remembered by the level of each ban; hits during one prolong it by as much. */
static void each_level_has_its_duration(void **state)
{
    static const struct {
        int64_t hit_ms, until_ms;
        uint8_t level;
    } bans[] = {
        {HOUR_MS, 2 * HOUR_MS, 1},        {3 * HOUR_MS, 7 * HOUR_MS, 2},
        {6 * HOUR_MS, 10 * HOUR_MS, 2}, /* within the second one, long after the first */
        {11 * HOUR_MS, TIME_NEVER_MS, 3}, {20 * HOUR_MS, TIME_NEVER_MS, 3},
    };
    struct strikes strikes = {0}, all = {0};
    struct record record = {0}, at_once = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(bans) / sizeof(bans[0]); i++) {
        const struct fact *fact;

        for (int64_t k = 2; k >= 0; k--) {
            add(&strikes, bans[i].hit_ms - k, 1);
            add(&all, bans[i].hit_ms - k, 1);
        }
        assert_int_equal(derive_facts(&rising, &strikes, 0, &record), 1);
        assert_int_equal(derive_facts(&rising, &strikes, 0, &record), 0);
        fact = &record.facts.list[record.facts.count - 1];
        assert_int_equal(record.facts.count, 1); /* each later one dominates */
        assert_true(fact->until_ms == bans[i].until_ms && fact->level == bans[i].level);
        assert_true(fact->forget_ms == policy_forget_ms(&rising, bans[i].until_ms));
        assert_true(derive_would_ban(&rising, &strikes, &record, bans[i].hit_ms + HOUR_MS - 1));
    }
    assert_int_equal(derive_facts(&rising, &all, 0, &at_once), 1);
    assert_int_equal(fact_compare(&at_once.facts.list[0], &record.facts.list[0]), 0);
    record_clear(&record);
    record_clear(&at_once);
    strikes_clear(&strikes);
    strikes_clear(&all);
}

/* What is remembered without its strikes makes the next ban longer, and a preview knows it. */
static void a_remembered_ban_makes_the_next_one_longer(void **state)
{
    struct strikes strikes = {0};
    struct record record = {0};

    (void)state;
    remember(&record, 1, 2, 100, 1);
    for (int64_t i = 0; i < 3; i++)
        add(&strikes, 10 * HOUR_MS - i, 1);
    assert_true(derive_would_ban(&rising, &strikes, &record, 14 * HOUR_MS - 1));
    assert_false(derive_would_ban(&rising, &strikes, &record, 14 * HOUR_MS));
    record.cut.forget_ms = HOUR_MS;
    assert_true(derive_would_ban(&rising, &strikes, &record, 11 * HOUR_MS - 1));
    assert_false(derive_would_ban(&rising, &strikes, &record, 11 * HOUR_MS));
    record_clear(&record);
    strikes_clear(&strikes);
}

/* An episode that is forgotten counts for none. */
static void after_what_is_forgotten_levels_start_over(void **state)
{
    const struct policy brief = {3,       60000, {{HOUR_MS, 4 * HOUR_MS}, 2},
                                 HOUR_MS, false, ACCOUNTS_OFF};
    struct strikes strikes = {0};
    struct record record = {0};

    (void)state;
    for (int64_t i = 0; i < 3; i++) {
        add(&strikes, HOUR_MS - i, 1);
        add(&strikes, 5 * HOUR_MS - i, 1);
    }
    assert_int_equal(derive_facts(&brief, &strikes, 3 * HOUR_MS, &record), 1);
    assert_int_equal(record.facts.list[0].level, 1);
    assert_true(record.facts.list[0].until_ms == 6 * HOUR_MS);
    record_clear(&record);
    assert_int_equal(derive_facts(&brief, &strikes, 3 * HOUR_MS - 1, &record), 1);
    assert_int_equal(record.facts.list[0].level, 2);
    assert_true(record.facts.list[0].until_ms == 9 * HOUR_MS);
    record_clear(&record);
    strikes_clear(&strikes);
}

/* A list may fall: levels rise all the same, and nothing is raised for ever. */
static void durations_may_fall(void **state)
{
    const struct policy falling = {3,         60000, {{4 * HOUR_MS, HOUR_MS}, 2},
                                   MEMORY_MS, false, ACCOUNTS_OFF};
    struct strikes strikes = {0};
    struct record record = {0};
    int changes = 0;

    (void)state;
    for (int64_t i = 0; i < 3; i++)
        add(&strikes, HOUR_MS - i, 1);
    assert_int_equal(derive_facts(&falling, &strikes, 0, &record), 1);
    assert_true(record.facts.list[0].until_ms == 5 * HOUR_MS);
    for (int64_t i = 0; i < 3; i++)
        add(&strikes, 6 * HOUR_MS - i, 1);
    for (int i = 0; i < 20; i++)
        changes += derive_facts(i % 2 == 0 ? &falling : &rising, &strikes, 0, &record);
    assert_int_equal(changes, 2); /* one of each policy */
    for (size_t i = 0; i < record.facts.count; i++)
        assert_int_equal(record.facts.list[i].level, 2);
    record_clear(&record);
    strikes_clear(&strikes);
}

/* Each node derives by its own policy beside what the other one proved, again and again. */
static void two_policies_do_not_raise_each_others_levels(void **state)
{
    const struct policy quick = {2, 5000, {{HOUR_MS}, 1}, MEMORY_MS, false, ACCOUNTS_OFF};
    const struct policy slow = {3, 15000, {{HOUR_MS}, 1}, MEMORY_MS, false, ACCOUNTS_OFF};
    struct strikes strikes = {0};
    struct record record = {0};
    int changes = 0;

    (void)state;
    add(&strikes, 10000, 1);
    add(&strikes, 12000, 1);
    add(&strikes, 20000, 2);
    for (int i = 0; i < 20; i++)
        changes += derive_facts(i % 2 == 0 ? &quick : &slow, &strikes, 0, &record);
    assert_int_equal(changes, 2); /* one of each */
    for (size_t i = 0; i < record.facts.count; i++)
        assert_int_equal(record.facts.list[i].level, 1);
    record_clear(&record);
    strikes_clear(&strikes);
}

/* Otherwise each tick would make anew what it has just collected. */
static void what_would_be_garbage_is_not_made(void **state)
{
    const struct policy brief = {3, 60000, {{HOUR_MS}, 1}, HOUR_MS, false, ACCOUNTS_OFF};
    struct strikes strikes = {0};
    struct record record = {0};

    (void)state;
    for (int64_t i = 0; i < 3; i++)
        add(&strikes, 10000 - i, 1); /* a ban until 1 h after, remembered for 2 h */
    assert_int_equal(derive_facts(&brief, &strikes, 10000 + 2 * HOUR_MS, &record), 0);
    assert_true(record_is_empty(&record));
    assert_int_equal(derive_facts(&brief, &strikes, 10000 + 2 * HOUR_MS - 1, &record), 1);
    record_clear(&record);
    strikes_clear(&strikes);
}

/* Facts from a part of the strikes never exceed, and in the end give way to, those of all. */
static void the_order_of_arrival_does_not_matter(void **state)
{
    struct random random = {7};

    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct strikes all = {0}, piece = {0};
        struct record at_once = {0}, by_piece = {0};
        int64_t times[12];

        for (int i = 0; i < 12; i++)
            times[i] = 1000 + random_below(&random, 120) * 1000;
        for (int i = 0; i < 12; i++)
            add(&all, times[i], 1 + (uint64_t)i % 2);
        for (int i = 11; i >= 0; i--) {
            add(&piece, times[i], 1 + (uint64_t)i % 2);
            assert_true(derive_facts(&hourly, &piece, 0, &by_piece) >= 0);
        }
        assert_true(derive_facts(&hourly, &all, 0, &at_once) >= 0);
        assert_int_equal(record_is_banned(&at_once, 0), record_is_banned(&by_piece, 0));
        assert_int_equal(record_until_ms(&at_once, 0), record_until_ms(&by_piece, 0));
        record_clear(&at_once);
        record_clear(&by_piece);
        strikes_clear(&all);
        strikes_clear(&piece);
    }
}

static void the_count_is_that_of_the_window_after_the_cut(void **state)
{
    struct strikes strikes = {0};
    size_t first;

    (void)state;
    add(&strikes, 1000, 1);
    add(&strikes, 30000, 1);
    add(&strikes, 61000, 1);
    assert_int_equal(derive_count(&hourly, &strikes, 0, 60000, &first), 2);
    assert_int_equal(first, 1);
    assert_int_equal(derive_count(&hourly, &strikes, 30000, 60000, NULL), 1);
    assert_int_equal(derive_count(&hourly, &strikes, 61000, 60000, NULL), 0);
    assert_int_equal(derive_count(&hourly, &strikes, 0, 121000, NULL), 0);
    assert_int_equal(derive_count(&hourly, &strikes, 0, 120000, NULL), 2);
    strikes_clear(&strikes);
}

static void the_count_at_a_hit_takes_in_those_of_the_same_time(void **state)
{
    struct strikes strikes = {0};

    (void)state;
    add(&strikes, 1000, 1);
    add(&strikes, 30000, 1);
    add(&strikes, 30000, 2);
    add(&strikes, 61000, 1);
    assert_int_equal(derive_count_at(&hourly, &strikes, 0, 1000), 1);
    assert_int_equal(derive_count_at(&hourly, &strikes, 0, 30000), 3);
    assert_int_equal(derive_count_at(&hourly, &strikes, 0, 61000), 3);
    assert_int_equal(derive_count_at(&hourly, &strikes, 1000, 30000), 2);
    assert_int_equal(derive_count_at(&hourly, &strikes, 30000, 30000), 0);
    assert_int_equal(derive_count_at(&hourly, &strikes, 0, 29999), 0);
    assert_int_equal(derive_count_at(&hourly, &strikes, 0, 999), 0);
    strikes_clear(&strikes);
}

static uint64_t decider(const struct policy *policy, const struct strikes *strikes,
                        const struct record *record, int64_t now_ms)
{
    const struct strike *strike = derive_deciding(policy, strikes, record, now_ms);

    return strike != NULL ? strike->origin : 0;
}

/* Hits during the ban do not change who decided it; a late one that comes before it does. */
static void the_strike_that_completes_the_first_window_decides(void **state)
{
    struct strikes strikes = {0};
    struct record record = {0};

    (void)state;
    add(&strikes, 1000, 1);
    add(&strikes, 2000, 2);
    assert_int_equal(decider(&hourly, &strikes, &record, 0), 0);
    add(&strikes, 3000, 3);
    assert_int_equal(derive_facts(&hourly, &strikes, 0, &record), 1);
    assert_int_equal(decider(&hourly, &strikes, &record, 0), 3);
    add(&strikes, 4000, 4);
    assert_int_equal(derive_facts(&hourly, &strikes, 0, &record), 1);
    assert_int_equal(decider(&hourly, &strikes, &record, 0), 3);
    add(&strikes, 1500, 5);
    derive_facts(&hourly, &strikes, 0, &record);
    assert_int_equal(decider(&hourly, &strikes, &record, 0), 2);
    assert_int_equal(decider(&hourly, &strikes, &record, 2 * HOUR_MS), 0); /* it is over */
    record_clear(&record);
    strikes_clear(&strikes);
}

/* Of two episodes the one that bans now; none of what an unban voided. */
static void each_episode_has_a_decider_of_its_own(void **state)
{
    struct strikes strikes = {0};
    struct record record = {0};

    (void)state;
    for (int64_t i = 0; i < 3; i++)
        add(&strikes, 1000 + i, 1 + (uint64_t)i);
    for (int64_t i = 0; i < 4; i++)
        add(&strikes, 3 * HOUR_MS + i, 11 + (uint64_t)i);
    assert_int_equal(derive_facts(&hourly, &strikes, 0, &record), 1);
    assert_int_equal(decider(&hourly, &strikes, &record, 0), 13);
    record.cut = (struct cut){{1, 1}, 3 * HOUR_MS, 0};
    assert_int_equal(derive_facts(&hourly, &strikes, 0, &record), 0);
    assert_int_equal(decider(&hourly, &strikes, &record, 0), 14);
    record_clear(&record);
    strikes_clear(&strikes);
}

/* What a stricter node proved, or what came before its strikes: the fact's own newest strike. */
static void a_fact_of_others_is_decided_by_its_newest_strike(void **state)
{
    const struct policy strict = {2, 60000, {{HOUR_MS}, 1}, MEMORY_MS, false, ACCOUNTS_OFF};
    struct strikes strikes = {0}, old = {0};
    struct record record = {0};

    (void)state;
    add(&strikes, 4 * HOUR_MS, 1);
    add(&strikes, 4 * HOUR_MS + 1, 2);
    assert_int_equal(derive_facts(&strict, &strikes, 0, &record), 1);
    assert_int_equal(decider(&hourly, &strikes, &record, 0), 2);
    for (int64_t i = 0; i < 3; i++)
        add(&old, 1000 + i, 3); /* an episode that was over long before */
    assert_int_equal(decider(&hourly, &old, &record, 0), 0);
    record_clear(&record);
    strikes_clear(&strikes);
    strikes_clear(&old);
}

/* Nodes that hold the same strikes name the same decider, in whatever order these came. */
static void the_decider_does_not_depend_on_the_order_of_arrival(void **state)
{
    struct random random = {11};

    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct strikes there = {0}, back = {0};
        struct record a = {0}, b = {0};
        int64_t times[12];

        for (int i = 0; i < 12; i++)
            times[i] = 1000 + random_below(&random, 120) * 1000;
        for (int i = 0; i < 12; i++) {
            add(&there, times[i], 1 + (uint64_t)i);
            assert_true(derive_facts(&hourly, &there, 0, &a) >= 0);
        }
        for (int i = 11; i >= 0; i--) {
            add(&back, times[i], 1 + (uint64_t)i);
            assert_true(derive_facts(&hourly, &back, 0, &b) >= 0);
        }
        assert_int_equal(decider(&hourly, &there, &a, 0), decider(&hourly, &back, &b, 0));
        assert_int_equal(decider(&hourly, &there, &a, 0) != 0, record_is_banned(&a, 0));
        record_clear(&a);
        record_clear(&b);
        strikes_clear(&there);
        strikes_clear(&back);
    }
}

/* As if it were among them already, wherever in time it belongs. */
static void one_more_strike_bans_or_not(void **state)
{
    static const struct record none;
    const struct record cut = {.cut = {.ms = 100000}};
    struct strikes strikes = {0};
    struct strike more = {.id = 77, .origin = 1, .text = text};

    (void)state;
    add(&strikes, 100000, 1);
    add(&strikes, 130000, 1);
    add(&strikes, 200000, 1);
    more.t_ms = 159999;
    assert_false(derive_would_ban(&hourly, &strikes, &none, 0));
    assert_true(derive_would_ban_with(&hourly, &strikes, &more, &none, 0));
    assert_false(derive_would_ban_with(&hourly, &strikes, &more, &cut, 0));
    assert_int_equal(strikes.count, 3);
    more.t_ms = 170000;
    assert_false(derive_would_ban_with(&hourly, &strikes, &more, &none, 0));
    more.t_ms = 90000;
    assert_true(derive_would_ban_with(&hourly, &strikes, &more, &none, 0));
    assert_false(derive_would_ban_with(&hourly, &strikes, &more, &none, 90000 + 2 * HOUR_MS));
    scarce_begin(0, 1);
    assert_false(derive_would_ban_with(&hourly, &strikes, &more, &none, 0));
    assert_int_equal(scarce_end(), 1);
    strikes_clear(&strikes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tenth_bans_and_the_ninth_does_not),
        cmocka_unit_test(the_lowest_nodes_are_named),
        cmocka_unit_test(the_window_is_exact),
        cmocka_unit_test(strikes_up_to_the_cut_do_not_count),
        cmocka_unit_test(episodes_make_facts_of_rising_level),
        cmocka_unit_test(an_earlier_ban_whose_strikes_come_late_raises_the_level),
        cmocka_unit_test(a_level_is_that_of_what_is_not_over_or_one_more),
        cmocka_unit_test(what_an_operator_made_forgotten_raises_no_level),
        cmocka_unit_test(each_level_has_its_duration),
        cmocka_unit_test(a_remembered_ban_makes_the_next_one_longer),
        cmocka_unit_test(after_what_is_forgotten_levels_start_over),
        cmocka_unit_test(durations_may_fall),
        cmocka_unit_test(two_policies_do_not_raise_each_others_levels),
        cmocka_unit_test(what_would_be_garbage_is_not_made),
        cmocka_unit_test(the_order_of_arrival_does_not_matter),
        cmocka_unit_test(the_strike_that_completes_the_first_window_decides),
        cmocka_unit_test(each_episode_has_a_decider_of_its_own),
        cmocka_unit_test(a_fact_of_others_is_decided_by_its_newest_strike),
        cmocka_unit_test(the_decider_does_not_depend_on_the_order_of_arrival),
        cmocka_unit_test(the_count_is_that_of_the_window_after_the_cut),
        cmocka_unit_test(the_count_at_a_hit_takes_in_those_of_the_same_time),
        cmocka_unit_test(one_more_strike_bans_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
