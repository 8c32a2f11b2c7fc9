/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bans for a digest: what is there, its bound, and its text, which comes back whole, in part or
 * damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gathered.h"

#define DIGEST "00000000000000010000000000000002"
#define NOW_MS 1795427041000
#define LATER_MS (NOW_MS + 1000000)

static struct gathered gathered, again;
static char text[GATHERED_TEXT_SIZE];
static uint64_t counts[ALERTKIND_CHOICES];

static int set_up(void **state)
{
    (void)state;
    memset(&gathered, 0, sizeof(gathered));
    memset(&again, 0, sizeof(again));
    memset(counts, 0, sizeof(counts));
    return 0;
}

/* Ids that are made to be alike: their first bytes are the same for 16 of them. */
static const uint8_t *id(unsigned number)
{
    static uint8_t bytes[MARK_ID_BYTES];

    memset(bytes, 0, sizeof(bytes));
    bytes[0] = (uint8_t)(number >> 8);
    bytes[1] = (uint8_t)(number & 0xf0);
    bytes[14] = (uint8_t)(number >> 8);
    bytes[15] = (uint8_t)number;
    return bytes;
}

static bool add(unsigned number)
{
    char name[32];

    snprintf(name, sizeof(name), "sender %u", number);
    return gathered_add(&gathered, id(number), ALERTKIND_PERMANENT, name, NOW_MS + number);
}

static int64_t since(void)
{
    return gathered_since_ms(&gathered, LATER_MS);
}

static void one_is_there_once(void **state)
{
    (void)state;
    assert_true(add(1) && add(2) && add(1));
    assert_int_equal(gathered.open, 2);
    assert_true(since() == NOW_MS + 1);
    assert_true(gathered_drop(&gathered, id(1)));
    assert_false(gathered_drop(&gathered, id(1)));
    assert_false(gathered_drop(&gathered, id(3)));
    assert_int_equal(gathered.open, 1);
    assert_true(since() == NOW_MS + 2); /* the oldest one that is left */
    assert_true(gathered_since_ms(&gathered, NOW_MS - 5) ==
                NOW_MS - 5); /* the clock was set back */
    assert_true(since() == NOW_MS - 5);
    assert_int_equal(gathered.name_count, 1);
    assert_string_equal(gathered.names[0].text, "sender 2");
    gathered_count(&gathered, counts);
    assert_true(counts[ALERTKIND_PERMANENT] == 1 && counts[ALERTKIND_BAN] == 0);
}

/* Whatever ids look like, looking for one takes some slots: the key decides where each lies. */
static void ids_that_are_alike_lie_apart(void **state)
{
    const struct hash_key keys[2] = {{{1}}, {{2}}};
    size_t places[2], run = 0, longest = 0;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        memset(&gathered, 0, sizeof(gathered));
        gathered_open(&gathered, &keys[i]);
        add(1);
        for (places[i] = 0; gathered.slots[places[i]] == 0;)
            places[i]++;
    }
    assert_int_not_equal(places[0], places[1]);
    for (unsigned i = 2; i <= ALERT_GATHERED_MAX; i++)
        assert_true(add(i));
    for (size_t i = 0; i < GATHERED_SLOTS; i++) {
        run = gathered.slots[i] != 0 ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    assert_int_equal(gathered.open, ALERT_GATHERED_MAX);
    assert_true(longest < 256);
}

static void bounds_hold_and_room_comes_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ALERT_GATHERED_MAX; i++)
        assert_true(add(i));
    assert_false(add(ALERT_GATHERED_MAX));
    assert_int_equal(gathered.name_count, ALERT_DIGEST_NAMES_MAX);
    assert_true(gathered_print(&gathered, text) < sizeof(text));
    assert_true(gathered_drop(&gathered, id(17)));
    assert_true(add(ALERT_GATHERED_MAX));
    assert_false(gathered_drop(&gathered, id(17)));
    assert_true(gathered_drop(&gathered, id(18)) && gathered_drop(&gathered, id(16383)));
    assert_int_equal(gathered.open, ALERT_GATHERED_MAX - 2);
}

static void what_is_sent_is_taken_or_comes_back(void **state)
{
    uint8_t taken[MARK_ID_BYTES];
    size_t from = 0;

    (void)state;
    add(1);
    add(2);
    gathered_send(&gathered, DIGEST);
    add(3);
    assert_true(gathered.sent == 2 && gathered.open == 1 && since() == NOW_MS + 3);
    assert_true(gathered_take(&gathered, &from, taken));
    assert_memory_equal(taken, id(1), MARK_ID_BYTES);
    gathered_return(&gathered);
    assert_true(gathered.sent == 0 && gathered.open == 2 && gathered.digest[0] == '\0');
    assert_true(since() == NOW_MS + 2);
    from = 0;
    assert_false(gathered_take(&gathered, &from, taken));
}

static void assert_same(void)
{
    assert_true(again.open == gathered.open && again.sent == gathered.sent);
    assert_string_equal(again.digest, gathered.digest);
    assert_true(gathered_since_ms(&again, LATER_MS) == since());
    assert_int_equal(again.name_count, gathered.name_count);
    for (size_t i = 0; i < gathered.name_count; i++)
        assert_string_equal(again.names[i].text, gathered.names[i].text);
    for (size_t i = 0; i < gathered.count; i++)
        if (gathered.list[i].state != GATHERED_GONE)
            assert_true(gathered_drop(&again, gathered.list[i].id));
    assert_true(again.open == 0 && again.sent == 0);
}

static void its_text_comes_back(void **state)
{
    size_t used = 0, more;

    (void)state;
    for (unsigned i = 1; i <= 3; i++)
        add(i);
    while ((more = gathered_print_more(&gathered, text + used)) > 0)
        used += more;
    gathered_parse(&again, text, used, 0);
    assert_same();
    gathered_send(&gathered, DIGEST);
    add(4);
    gathered_drop(&gathered, id(2));
    used = gathered_print(&gathered, text);
    add(5);
    while ((more = gathered_print_more(&gathered, text + used)) > 0)
        used += more;
    memset(&again, 0, sizeof(again));
    gathered_parse(&again, text, used, 0);
    assert_same();
    assert_int_equal(gathered_print(&again, text), 0); /* nothing is left */
}

static void a_damaged_text_is_passed_over(void **state)
{
    static const char bad[] = "ban\nban x permanent 5\nban 0123456789abcdef0123456789abcdef\n"
                              "ban 0123456789abcdef0123456789abcdef bans 5\n"
                              "ban 0123456789abcdef0123456789abcdef ban 5 \x1b[2J\n"
                              "ban 0123456789abcdef0123456789abcdef ban -5\n"
                              "ban 0123456789abcdef0123456789abcdef ban 5x\n"
                              "told 12\n\n \nx y z\n"
                              "ban 0123456789abcdef0123456789abcdeg ban 5\n"
                              "ban 0123456789abcdef0123456789abcdef ban 5 192.0.2.1\n"
                              "ban 1123456789abcdef0123456789abcdef ban 5 cut";

    (void)state;
    gathered_parse(&gathered, bad, sizeof(bad) - 1, 0);
    assert_int_equal(gathered.open, 1);
    assert_string_equal(gathered.names[0].text, "192.0.2.1");
    assert_true(since() == 5);
}

/* On a node that tells no digest bans come and go, and the list is never empty. */
static void a_text_of_what_has_gone_is_overgrown(void **state)
{
    size_t lines = 0;

    (void)state;
    add(0);
    for (unsigned i = 1; !gathered_is_overgrown(&gathered); i++) {
        assert_true(i < 3000);
        add(i);
        while (gathered_print_more(&gathered, text) > 0)
            lines++;
        gathered_drop(&gathered, id(i - 1));
    }
    assert_int_equal(lines, 2 + 1024 + 1);
    assert_true(gathered_print(&gathered, text) > 0);
    assert_false(gathered_is_overgrown(&gathered));
}

/* Names are long, and those that go make room for those that come: the text is whole at its bound,
 * and never beyond it. */
static void a_text_at_its_bound_is_overgrown(void **state)
{
    char name[ADDR_TEXT_SIZE];
    size_t used = 0, more;

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    for (unsigned i = 1; i <= 8000; i++)
        add(i);
    while (gathered_print_more(&gathered, text) > 0)
        continue;
    used = gathered_print(&gathered, text);
    for (unsigned i = 8001; !gathered_is_overgrown(&gathered); i++) {
        assert_true(i < 16000);
        gathered.name_count = 0;
        gathered_add(&gathered, id(i), ALERTKIND_PERMANENT, name, NOW_MS);
        more = gathered_print_more(&gathered, text + used);
        used += more;
        assert_true(used < sizeof(text));
    }
    assert_true(used > sizeof(text) - 2 * GATHERED_LINE_SIZE);
    assert_true(gathered_print(&gathered, text) > 0);
    assert_false(gathered_is_overgrown(&gathered));
}

static void what_is_too_old_is_passed_over(void **state)
{
    size_t used;

    (void)state;
    for (unsigned i = 1; i <= 3; i++)
        add(i);
    used = gathered_print(&gathered, text);
    gathered_parse(&again, text, used, NOW_MS + 2);
    assert_int_equal(again.open, 2);
    assert_false(gathered_drop(&again, id(1)));
    assert_true(gathered_drop(&again, id(2)) && gathered_drop(&again, id(3)));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_is_there_once),
        TEST(ids_that_are_alike_lie_apart),
        TEST(bounds_hold_and_room_comes_back),
        TEST(what_is_sent_is_taken_or_comes_back),
        TEST(its_text_comes_back),
        TEST(a_damaged_text_is_passed_over),
        TEST(a_text_of_what_has_gone_is_overgrown),
        TEST(a_text_at_its_bound_is_overgrown),
        TEST(what_is_too_old_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
