/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record: cut by maximum, manual slot by stamp, and what of it bans at a given time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "record.h"

static struct manual manual_of(uint64_t hlc, uint8_t kind, int64_t until_ms, const char *reason)
{
    return (struct manual){.stamp = {hlc, 1},
                           .kind = kind,
                           .until_ms = until_ms,
                           .reason = (char *)(uintptr_t)reason,
                           .actor = NULL};
}

static void add_fact(struct record *record, int64_t first_ms, int64_t last_ms, int64_t until_ms)
{
    const struct fact fact = {.first_ms = first_ms,
                              .last_ms = last_ms,
                              .until_ms = until_ms,
                              .forget_ms = TIME_NEVER_MS,
                              .level = 1};

    assert_int_equal(facts_merge(&record->facts, &fact), 1);
}

static void the_later_order_wins(void **state)
{
    struct record record = {0};
    struct manual ban = manual_of(5, MANUAL_BAN, 100, "spam");
    struct manual unban = manual_of(6, MANUAL_NONE, 0, "sorry");

    (void)state;
    assert_int_equal(record_merge_manual(&record, &unban), 1);
    assert_int_equal(record_merge_manual(&record, &ban), 0);
    assert_int_equal(record.manual.kind, MANUAL_NONE);
    assert_string_equal(record.manual.reason, "sorry");
    assert_string_equal(record.manual.actor, "");
    ban.stamp.node = 2, ban.stamp.hlc = 6;
    assert_int_equal(record_merge_manual(&record, &ban), 1);
    assert_int_equal(record_merge_manual(&record, &ban), 0);
    assert_true(record.manual.reason != ban.reason);
    record_clear(&record);
}

/* Only a node that broke its promise makes them; all nodes must still end up with the same. */
static void equal_stamps_are_broken_by_content(void **state)
{
    const struct manual rising[] = {
        manual_of(5, MANUAL_NONE, 9, "z"), manual_of(5, MANUAL_BAN, 8, "z"),
        manual_of(5, MANUAL_BAN, 9, "a"), manual_of(5, MANUAL_BAN, 9, "b")};

    (void)state;
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++) {
            struct record record = {0};

            assert_int_equal(record_merge_manual(&record, &rising[i]), 1);
            assert_int_equal(record_merge_manual(&record, &rising[k]), i < k);
            record_clear(&record);
        }
}

static void the_cut_takes_the_maximum_of_each_part(void **state)
{
    struct record record = {0};
    const struct cut late_stamp = {{9, 1}, 100, 60}, late_ms = {{8, 1}, 200, 50};

    (void)state;
    assert_int_equal(record_merge_cut(&record, &late_stamp), 1);
    assert_int_equal(record_merge_cut(&record, &late_ms), 1);
    assert_true(record.cut.stamp.hlc == 9);
    assert_true(record.cut.ms == 200);
    assert_true(record.cut.forget_ms == 60);
    assert_int_equal(record_merge_cut(&record, &late_stamp), 0);
    assert_int_equal(record_merge_cut(&record, &late_ms), 0);
}

static void a_record_without_content_is_empty(void **state)
{
    struct record record = {0};
    const struct cut cut = {{1, 1}, 0, 0}, cut_ms = {{0, 0}, 1, 0};
    struct manual manual = manual_of(1, MANUAL_NONE, 0, "");

    (void)state;
    assert_true(record_is_empty(&record));
    record_merge_cut(&record, &cut);
    assert_false(record_is_empty(&record));
    record_clear(&record);
    assert_true(record_is_empty(&record));
    record_merge_cut(&record, &cut_ms);
    assert_false(record_is_empty(&record));
    record_clear(&record);
    assert_int_equal(record_merge_manual(&record, &manual), 1);
    assert_false(record_is_empty(&record));
    record_clear(&record);
    add_fact(&record, 1, 2, 3);
    assert_false(record_is_empty(&record));
    record_clear(&record);
}

static void a_fact_bans_until_its_end_unless_it_is_cut(void **state)
{
    struct record record = {0};
    struct cut cut = {{1, 1}, 9, 0};

    (void)state;
    add_fact(&record, 10, 20, 1000);
    assert_true(record_is_banned(&record, 999));
    assert_false(record_is_banned(&record, 1000));
    record_merge_cut(&record, &cut);
    assert_true(record_is_banned(&record, 999));
    assert_true(record_fact_is_live(&record, &record.facts.list[0], 999));
    cut.ms = 10;
    record_merge_cut(&record, &cut);
    assert_false(record_is_banned(&record, 0));
    assert_false(record_fact_is_live(&record, &record.facts.list[0], 0));
    assert_null(record_newest_fact(&record, 0));
    assert_true(record_until_ms(&record, 0) == 0);
    record_clear(&record);
}

static void an_operators_ban_lasts_until_its_end_whatever_the_cut(void **state)
{
    struct record record = {.cut = {{1, 1}, TIME_NEVER_MS, 0}};
    struct manual manual = manual_of(5, MANUAL_BAN, 1000, "");

    (void)state;
    assert_int_equal(record_merge_manual(&record, &manual), 1);
    assert_true(record_is_banned(&record, 999));
    assert_true(record_manual_is_live(&record, 999));
    assert_true(record_until_ms(&record, 999) == 1000);
    assert_false(record_is_banned(&record, 1000));
    assert_false(record_manual_is_live(&record, 1000));
    manual = manual_of(6, MANUAL_BAN, TIME_NEVER_MS, "");
    assert_int_equal(record_merge_manual(&record, &manual), 1);
    assert_true(record_is_banned(&record, TIME_NEVER_MS - 1));
    record_clear(&record);
}

static void a_ban_ends_with_the_latest_of_what_is_live(void **state)
{
    struct record record = {0};
    struct manual manual = manual_of(5, MANUAL_BAN, 400, "");

    (void)state;
    add_fact(&record, 10, 20, 500);
    add_fact(&record, 30, 40, 300);
    assert_int_equal(record_merge_manual(&record, &manual), 1);
    assert_true(record_until_ms(&record, 0) == 500);
    assert_true(record_newest_fact(&record, 0)->last_ms == 40);
    assert_true(record_newest_fact(&record, 300)->last_ms == 20);
    record.cut.ms = 10;
    assert_true(record_until_ms(&record, 0) == 400);
    record.cut.ms = 30;
    assert_true(record_until_ms(&record, 399) == 400);
    assert_true(record_until_ms(&record, 400) == 0);
    record_clear(&record);
}

static void a_ban_that_ends_after_an_unban_was_not_lifted(void **state)
{
    struct record record = {0};
    struct manual unban = manual_of(6, MANUAL_NONE, 0, "sorry");
    struct cut cut = {{6, 1}, 500, 0};

    (void)state;
    add_fact(&record, 100, 200, 1000);
    assert_false(record_is_lifted(&record));
    assert_int_equal(record_merge_manual(&record, &unban), 1);
    assert_int_equal(record_merge_cut(&record, &cut), 1);
    assert_true(record_is_lifted(&record));
    add_fact(&record, 501, 600, 2000); /* new hits banned it again; now that is over */
    assert_false(record_is_lifted(&record));
    record_clear(&record);
}

static void merging_joins_all_three_parts(void **state)
{
    struct record a = {.cut = {{3, 1}, 5, 0}}, b = {.cut = {{2, 1}, 7, 0}}, copy;
    struct manual manual = manual_of(5, MANUAL_BAN, 400, "spam");

    (void)state;
    add_fact(&a, 10, 20, 500);
    add_fact(&b, 30, 40, 300);
    assert_int_equal(record_merge_manual(&b, &manual), 1);
    assert_int_equal(record_merge(&a, &b), 1);
    assert_int_equal(record_merge(&a, &b), 0);
    assert_int_equal(a.facts.count, 2);
    assert_true(a.cut.ms == 7 && a.cut.stamp.hlc == 3);
    assert_int_equal(record_copy(&a, &copy), 0);
    record_clear(&a);
    record_clear(&b);
    assert_int_equal(copy.facts.count, 2);
    assert_string_equal(copy.manual.reason, "spam");
    assert_true(copy.cut.ms == 7 && copy.cut.stamp.hlc == 3);
    record_clear(&copy);
}

/* Void and over as they may be, facts tell how often somebody was banned until they are forgotten,
 * by time or by an operator. */
static void the_level_is_the_highest_that_is_not_forgotten(void **state)
{
    struct fact facts[] = {{.first_ms = 5, .until_ms = 20, .forget_ms = 300, .level = 1},
                           {.first_ms = 10, .until_ms = 20, .forget_ms = 100, .level = 3},
                           {.first_ms = 20, .until_ms = 30, .forget_ms = 200, .level = 2},
                           {.first_ms = 30, .until_ms = 40, .forget_ms = 150, .level = 2}};
    struct record record = {.facts = {facts, 4}, .cut = {{1, 1}, 1000, 0}};
    int64_t forget_ms = 1;

    (void)state;
    assert_int_equal(record_level(&(struct record){0}, 0, &forget_ms), 0);
    assert_true(forget_ms == 0);
    assert_int_equal(record_level(&record, 99, &forget_ms), 3);
    assert_true(forget_ms == 100);
    assert_int_equal(record_level(&record, 100, &forget_ms), 2);
    assert_true(forget_ms == 200);
    record.cut.forget_ms = 9;
    assert_int_equal(record_level(&record, 99, &forget_ms), 3);
    record.cut.forget_ms = 10;
    assert_int_equal(record_level(&record, 99, &forget_ms), 2);
    record.cut.forget_ms = 20;
    assert_int_equal(record_level(&record, 99, &forget_ms), 2);
    assert_true(forget_ms == 150);
    record.cut.forget_ms = 30;
    assert_int_equal(record_level(&record, 99, &forget_ms), 0);
    assert_true(forget_ms == 0);
}

static void what_damage_left_in_an_empty_record_is_seen(void **state)
{
    static const struct record left[] = {
        {.cut = {.stamp = {0, 1}}},
        {.manual = {.stamp = {0, 1}}},
        {.manual = {.kind = MANUAL_BAN}},
        {.manual = {.until_ms = 1}},
    };
    struct record record = {0};

    (void)state;
    assert_true(record_is_blank(&record));
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
        assert_true(record_is_empty(&left[i]));
        assert_false(record_is_blank(&left[i]));
    }
    record.cut.ms = 1;
    assert_false(record_is_blank(&record));
    record.cut = (struct cut){.forget_ms = 1};
    assert_false(record_is_blank(&record));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_later_order_wins),
        cmocka_unit_test(equal_stamps_are_broken_by_content),
        cmocka_unit_test(the_cut_takes_the_maximum_of_each_part),
        cmocka_unit_test(a_record_without_content_is_empty),
        cmocka_unit_test(a_fact_bans_until_its_end_unless_it_is_cut),
        cmocka_unit_test(an_operators_ban_lasts_until_its_end_whatever_the_cut),
        cmocka_unit_test(a_ban_ends_with_the_latest_of_what_is_live),
        cmocka_unit_test(a_ban_that_ends_after_an_unban_was_not_lifted),
        cmocka_unit_test(merging_joins_all_three_parts),
        cmocka_unit_test(the_level_is_the_highest_that_is_not_forgotten),
        cmocka_unit_test(what_damage_left_in_an_empty_record_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
