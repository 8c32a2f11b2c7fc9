/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who would be banned: the same as core's state bans, hit by hit; and the other counts.
 */
#include "senders.h"

#include <bansync/limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"
#include "step.h"

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#define BEGIN_MS 1790000000000
enum { SENDERS = 6, HITS = 400, ROUNDS = 60 };

static uint32_t seed;

static uint32_t draw(uint32_t bound)
{
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)(((uint64_t)(seed >> 8) * bound) >> 24);
}

static struct detect_hit hit_of(const char *address, const char *message_id)
{
    struct detect_hit hit = {.bucket_count = 1, .buckets = {{"user", 4}}};
    assert_int_equal(addr_parse_host(address, strlen(address), &hit.addr), 0);
    if (message_id)
        hit.message_id = (struct line_text){message_id, strlen(message_id)};
    return hit;
}

/* Gives the hit to core as the agent does; true if its sender is banned then. */
static bool bans(struct state *state, const struct detect_hit *hit, uint64_t id, int64_t t_ms,
                 int64_t now_ms)
{
    static const enum event_type turn[] = {EVENT_STRIKE, EVENT_FLUSH, EVENT_COMMITTED};
    uint8_t text[STRIKE_TEXT_BYTES_MAX];
    struct effects effects = {0};
    uint32_t message = 0;
    for (size_t i = 0; i < hit->message_id.length; i++)
        message = message * 31 + (uint8_t)hit->message_id.bytes[i];
    strike_text_write("user", 4, "", 0, message, text);
    for (size_t i = 0; i < sizeof(turn) / sizeof(turn[0]); i++) {
        struct event event = {
            .type = turn[i],
            .wall_ms = now_ms,
            .ref_ms = now_ms,
            .addr = addr_subject(&hit->addr, 64),
            .strike = {.t_ms = t_ms, .id = id, .text = text},
        };
        step(state, &event, &effects);
    }
    effects_close(&effects);
    struct addr addr = addr_subject(&hit->addr, 64);
    struct subject *subject = state_wake(state, &addr);
    assert_non_null(subject);
    return record_is_banned(&subject->record, state_now_ms(state));
}

static const struct sender *find(struct senders *senders, const char *address)
{
    struct addr addr;
    assert_int_equal(addr_parse_host(address, strlen(address), &addr), 0);
    const struct sender *list = senders_sorted(senders);
    for (size_t i = 0; i < senders_count(senders); i++) {
        if (addr_compare(&list[i].subject, &addr) == 0)
            return &list[i];
    }
    return NULL;
}

/* Lines of several processes, out of order by less than a minute; pauses longer than a window. */
static void random_log(bool count_messages)
{
    struct policy policy = {1 + draw(6),          1000 * (1 + (int64_t)draw(1800)),
                            {{TIME_NEVER_MS}, 1}, MEMORY_MS,
                            count_messages,       ACCOUNTS_OFF};
    struct state state;
    struct senders *senders = senders_new(&policy, 64);
    uint64_t due[SENDERS] = {0};
    size_t due_count = 0;
    int64_t now_ms = BEGIN_MS;
    assert_int_equal(state_open(&state, "test", 1, &policy), 0);
    for (uint64_t line = 1; line <= HITS; line++) {
        char address[ADDR_TEXT_SIZE];
        char message[16];
        uint32_t sender = draw(SENDERS);
        now_ms += draw(20) == 0 ? draw(2000000) : draw(60000);
        int64_t t_ms = now_ms - draw(59000);
        snprintf(address, sizeof(address), "203.0.113.%u", sender);
        snprintf(message, sizeof(message), "m%u@x", draw(5));
        struct detect_hit hit = hit_of(address, draw(8) == 0 ? NULL : message);
        senders_add(senders, &hit, line, t_ms);
        if (bans(&state, &hit, line, t_ms, now_ms) && due[sender] == 0) {
            due[sender] = line;
            due_count++;
        }
    }
    assert_int_equal(senders_due(senders), due_count);
    for (uint32_t i = 0; i < SENDERS; i++) {
        char address[ADDR_TEXT_SIZE];
        snprintf(address, sizeof(address), "203.0.113.%u", i);
        const struct sender *sender = find(senders, address);
        assert_int_equal(sender ? sender->due_line : 0, due[i]);
    }
    senders_free(&senders);
    state_close(&state);
}

static void test_due_as_core_bans(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        seed = round;
        random_log(round % 2 == 1);
    }
}

static void test_counts(void **state)
{
    (void)state;
    const struct policy policy = {10, 600000, {{TIME_NEVER_MS}, 1}, MEMORY_MS, false, ACCOUNTS_OFF};
    struct senders *senders = senders_new(&policy, 64);
    struct detect_hit hits[] = {
        hit_of("203.0.113.1", "a@x"), hit_of("203.0.113.1", "a@x"), hit_of("203.0.113.1", "b@x"),
        hit_of("203.0.113.1", NULL),  hit_of("203.0.113.1", NULL),  hit_of("203.0.113.2", "a@x"),
        hit_of("2001:db8::1", "c@x"), hit_of("2001:db8::2", "c@x"),
    };
    hits[1].by_evidence = true;
    for (size_t i = 0; i < sizeof(hits) / sizeof(hits[0]); i++)
        senders_add(senders, &hits[i], i + 1, BEGIN_MS + (int64_t)i);
    const struct sender *list = senders_sorted(senders);
    assert_int_equal(senders_count(senders), 3);
    assert_int_equal(list[0].hits, 5);
    assert_int_equal(list[0].messages, 4);
    assert_int_equal(list[0].by_evidence, 1);
    assert_int_equal(list[0].first_line, 1);
    assert_int_equal(list[0].last_line, 5);
    assert_int_equal(list[0].last_ms, BEGIN_MS + 4);
    assert_int_equal(list[1].subject.kind, ADDR_IPV6);
    assert_int_equal(list[1].hits, 2);
    assert_int_equal(list[1].messages, 1);
    assert_int_equal(list[2].messages, 1);       /* another sender's is another message */
    senders_add(senders, &hits[5], 9, BEGIN_MS); /* is found again where it is now */
    assert_int_equal(find(senders, "203.0.113.2")->hits, 2);
    assert_int_equal(senders_count(senders), 3);
    senders_free(&senders);
}

/* An account is one sender whatever the address and the case; one that may be cut is none. */
static void test_accounts(void **state)
{
    (void)state;
    const struct policy policy = {3, 600000, {{TIME_NEVER_MS}, 1}, MEMORY_MS, false, ACCOUNTS_BAN};
    struct senders *accounts = senders_new(&policy, 64);
    static const struct {
        const char *address, *account, *message;
    } hits[] = {{"203.0.113.1", "bob", "a@x"}, {"203.0.113.2", "eve", "a@x"},
                {"203.0.113.3", "Bob", "a@x"}, {"2001:db8::1", "eve", "b@x"},
                {"203.0.113.4", "BOB", "c@x"}, {"203.0.113.5", "bob", "c@x"}};
    char cut[ACCOUNT_BYTES_MAX];
    struct detect_hit hit;
    for (size_t i = 0; i < sizeof(hits) / sizeof(hits[0]); i++) {
        hit = hit_of(hits[i].address, hits[i].message);
        hit.account = (struct line_text){hits[i].account, strlen(hits[i].account)};
        assert_true(senders_add_account(accounts, &hit, i + 1, BEGIN_MS + (int64_t)i));
    }
    memset(cut, 'n', sizeof(cut));
    hit.account = (struct line_text){cut, sizeof(cut)};
    assert_false(senders_add_account(accounts, &hit, 7, BEGIN_MS));
    const struct sender *list = senders_sorted(accounts);
    assert_int_equal(senders_count(accounts), 2);
    assert_int_equal(senders_due(accounts), 1);
    assert_int_equal(list[0].subject.kind, ADDR_ACCOUNT);
    assert_int_equal(list[0].subject.length, 3);
    assert_memory_equal(list[0].subject.bytes, "bob", 3);
    assert_int_equal(list[0].hits, 4);
    assert_int_equal(list[0].messages, 2);
    assert_int_equal(list[0].first_line, 1);
    assert_int_equal(list[0].due_line, 5);
    assert_int_equal(list[1].hits, 2);
    assert_int_equal(list[1].due_line, 0);
    senders_free(&accounts);
}

/* Where they are found again after they were put in order, and when there are many. */
static void test_many(void **state)
{
    (void)state;
    const struct policy policy = {10, 600000, {{TIME_NEVER_MS}, 1}, MEMORY_MS, false, ACCOUNTS_OFF};
    struct senders *senders = senders_new(&policy, 64);
    struct detect_hit hit = hit_of("10.0.0.0", NULL);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < SENDERS_MAX + 10; i++) {
            hit.addr.bytes[1] = (uint8_t)(i >> 16);
            hit.addr.bytes[2] = (uint8_t)(i >> 8);
            hit.addr.bytes[3] = (uint8_t)i;
            senders_add(senders, &hit, i + 1, BEGIN_MS);
        }
        assert_int_equal(senders_sorted(senders)[0].hits, round + 1);
        assert_int_equal(senders_sorted(senders)[SENDERS_MAX - 1].hits, round + 1);
    }
    assert_int_equal(senders_count(senders), SENDERS_MAX);
    assert_int_equal(senders_untold(senders), 20);
    senders_free(&senders);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due_as_core_bans),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_accounts),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
