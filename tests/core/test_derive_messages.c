/* SPDX-License-Identifier: Apache-2.0 */
/*
 * count = messages: banned at exactly the Nth message, whatever the order of arrival and however
 * often each is tried again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "derive.h"
#include "evidence.h"
#include "random.h"

#define HOUR_MS 3600000

static const struct policy by_message = {3, 60000, {{HOUR_MS}, 1}, MEMORY_MS, true, ACCOUNTS_OFF};
static const struct record none;
static const struct policy by_hit = {3, 60000, {{HOUR_MS}, 1}, MEMORY_MS, false, ACCOUNTS_OFF};

static void add(struct strikes *strikes, int64_t t_ms, uint64_t id, uint32_t message)
{
    uint8_t text[STRIKE_TEXT_BYTES_MAX];
    struct strike strike = {t_ms, id, 1 + id % 2, text};
    struct strikes_change change;

    strike_text_write("user", 4, "alice", 5, message, text);
    assert_int_equal(strikes_merge(strikes, &strike, &change), 0);
    strikes_change_clear(&change);
}

static void a_mail_that_is_tried_again_bans_nobody(void **state)
{
    struct strikes strikes = {0};
    struct record record = {0};
    size_t first;

    (void)state;
    for (uint64_t i = 0; i < 20; i++)
        add(&strikes, 1000 + (int64_t)i * 1000, i, 7);
    assert_int_equal(derive_facts(&by_message, &strikes, 0, &record), 0);
    assert_false(derive_would_ban(&by_message, &strikes, &none, 0));
    assert_null(derive_deciding(&by_message, &strikes, &record, 0));
    assert_int_equal(derive_count(&by_message, &strikes, 0, 0, &first), 1);
    assert_int_equal(first, 0);
    assert_int_equal(derive_count(&by_hit, &strikes, 0, 0, NULL), 20);
    assert_true(derive_would_ban(&by_hit, &strikes, &none, 0));
    strikes_clear(&strikes);
}

/* The fact begins with the newest strike of the oldest of the three messages. */
static void the_third_message_bans(void **state)
{
    struct strikes strikes = {0};
    struct record record = {0};
    struct evidence evidence;
    const struct fact *fact;

    (void)state;
    add(&strikes, 1000, 1, 7);
    add(&strikes, 2000, 2, 7);
    add(&strikes, 3000, 3, 8);
    add(&strikes, 4000, 4, 8);
    assert_int_equal(derive_facts(&by_message, &strikes, 0, &record), 0);
    add(&strikes, 5000, 5, 9);
    assert_int_equal(derive_facts(&by_message, &strikes, 0, &record), 1);
    assert_int_equal(record.facts.count, 1);
    fact = &record.facts.list[0];
    assert_true(fact->first_ms == 2000 && fact->last_ms == 5000);
    assert_int_equal(fact->nodes[0].strikes + fact->nodes[1].strikes, 5);
    assert_true(evidence_read(fact->evidence, fact->evidence_size, &evidence));
    assert_int_equal(evidence.messages, 3);
    assert_true(derive_deciding(&by_message, &strikes, &record, 0)->t_ms == 5000);
    assert_true(derive_would_ban(&by_message, &strikes, &none, 0));
    record_clear(&record);
    strikes_clear(&strikes);
}

/* As before there were any: it may be a message of its own. */
static void messages_that_are_not_known_count_one_each(void **state)
{
    struct strikes strikes = {0};
    struct record record = {0};

    (void)state;
    for (uint64_t i = 1; i <= 2; i++)
        add(&strikes, 1000 * (int64_t)i, i, 0);
    assert_int_equal(derive_facts(&by_message, &strikes, 0, &record), 0);
    add(&strikes, 3000, 3, 0);
    assert_int_equal(derive_facts(&by_message, &strikes, 0, &record), 1);
    record_clear(&record);
    strikes_clear(&strikes);
}

static void messages_up_to_the_cut_do_not_count(void **state)
{
    struct strikes strikes = {0};
    struct record record = {.cut = {{1, 1}, 1000, 0}};

    (void)state;
    add(&strikes, 999, 1, 6);
    add(&strikes, 1000, 2, 7);
    add(&strikes, 1001, 3, 8);
    add(&strikes, 1002, 4, 9);
    assert_int_equal(derive_facts(&by_message, &strikes, 0, &record), 0);
    assert_int_equal(derive_count(&by_message, &strikes, 1000, 0, NULL), 2);
    add(&strikes, 1003, 5, 7); /* it counted before the cut, and counts anew */
    assert_int_equal(derive_facts(&by_message, &strikes, 0, &record), 1);
    record_clear(&record);
    strikes_clear(&strikes);
}

static void the_window_is_exact(void **state)
{
    (void)state;
    for (int64_t span_ms = 59999; span_ms <= 60000; span_ms++) {
        struct strikes strikes = {0};
        struct record record = {0};

        add(&strikes, 1000, 1, 7);
        add(&strikes, 1001, 2, 8);
        add(&strikes, 1002, 3, 8);
        add(&strikes, 1000 + span_ms, 4, 9);
        assert_int_equal(derive_facts(&by_message, &strikes, 0, &record), span_ms < 60000);
        assert_int_equal(derive_count(&by_message, &strikes, 0, 0, NULL), span_ms < 60000 ? 3 : 2);
        record_clear(&record);
        strikes_clear(&strikes);
    }
}

static size_t distinct(const struct strikes *strikes, int64_t from_ms, size_t last)
{
    size_t count = 0;

    for (size_t i = 0; i <= last; i++) {
        uint32_t message = strike_message(&strikes->list[i]);
        size_t k = 0;

        if (strikes->list[i].t_ms <= from_ms)
            continue;
        while (k < i && (message == 0 || strikes->list[k].t_ms <= from_ms ||
                         strike_message(&strikes->list[k]) != message))
            k++;
        count += k == i;
    }
    return count;
}

/* The end of the ban, by trying each strike as the last one. */
static int64_t until_plainly(const struct strikes *strikes)
{
    int64_t until_ms = 0;

    for (size_t i = 0; i < strikes->count; i++) {
        int64_t last_ms = strikes->list[i].t_ms;

        if (distinct(strikes, last_ms - by_message.window_ms, i) >= by_message.threshold)
            until_ms = policy_until_ms(&by_message, 1, last_ms);
    }
    return until_ms;
}

/* Facts from a part of the strikes never exceed, and in the end give way to, those of all. */
static void the_order_of_arrival_does_not_matter(void **state)
{
    struct random random = {13};
    int banned = 0;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct strikes all = {0}, piece = {0};
        struct record at_once = {0}, by_piece = {0};
        int64_t times[12];
        uint32_t messages[12];

        for (int i = 0; i < 12; i++) {
            times[i] = 1000 + random_below(&random, 600) * 1000;
            messages[i] = random_below(&random, 5);
        }
        for (int i = 0; i < 12; i++)
            add(&all, times[i], (uint64_t)i, messages[i]);
        for (int i = 11; i >= 0; i--) {
            add(&piece, times[i], (uint64_t)i, messages[i]);
            assert_true(derive_facts(&by_message, &piece, 0, &by_piece) >= 0);
        }
        assert_true(derive_facts(&by_message, &all, 0, &at_once) >= 0);
        assert_true(record_until_ms(&at_once, 0) == until_plainly(&all));
        assert_true(record_until_ms(&by_piece, 0) == until_plainly(&all));
        assert_int_equal(derive_deciding(&by_message, &all, &at_once, 0) == NULL,
                         until_plainly(&all) == 0);
        assert_int_equal(derive_would_ban(&by_message, &all, &none, 0), until_plainly(&all) > 0);
        banned += until_plainly(&all) > 0;
        record_clear(&at_once);
        record_clear(&by_piece);
        strikes_clear(&all);
        strikes_clear(&piece);
    }
    assert_true(banned > 200 && banned < 1990);
}

/* count >= N exactly when the newest strike bans: its end is then that of the ban. */
static void the_count_agrees_with_the_ban(void **state)
{
    struct random random = {17};

    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct strikes strikes = {0};
        struct record record = {0};
        int64_t last_ms;
        bool bans;

        for (uint64_t i = 0; i < 8; i++)
            add(&strikes, 1000 + random_below(&random, 120) * 1000, i, random_below(&random, 4));
        last_ms = strikes.list[strikes.count - 1].t_ms;
        assert_true(derive_facts(&by_message, &strikes, 0, &record) >= 0);
        bans =
            record.facts.count > 0 && record.facts.list[record.facts.count - 1].last_ms == last_ms;
        assert_int_equal(derive_count(&by_message, &strikes, 0, 0, NULL) >= by_message.threshold,
                         bans);
        record_clear(&record);
        strikes_clear(&strikes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mail_that_is_tried_again_bans_nobody),
        cmocka_unit_test(the_third_message_bans),
        cmocka_unit_test(messages_that_are_not_known_count_one_each),
        cmocka_unit_test(messages_up_to_the_cut_do_not_count),
        cmocka_unit_test(the_window_is_exact),
        cmocka_unit_test(the_order_of_arrival_does_not_matter),
        cmocka_unit_test(the_count_agrees_with_the_ban),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
