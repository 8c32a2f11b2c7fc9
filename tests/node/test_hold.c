/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strikes of the own log outside the state: held, kept over a restart, released or dropped in
 * slices, and never doubled by a log that is read again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hold.h"
#include "maps.h"
#include "scarce.h"
#include "solo.h"

#define THRESHOLD 3
#define ROWS_MAX 4096

/* The rows of a store, and the log. */
struct store {
    struct {
        uint8_t kind, key[ENTRY_KEY_BYTES_MAX], bytes[512];
        size_t key_size, size;
    } rows[ROWS_MAX];
    size_t count;
};

static struct solo *solo;
static struct store store;

static size_t find(const uint8_t *key, size_t size)
{
    size_t i = 0;

    while (i < store.count &&
           (store.rows[i].key_size != size || memcmp(store.rows[i].key, key, size) != 0))
        i++;
    return i;
}

static void commit(void)
{
    const struct effects *effects = &solo->node.effects;

    for (size_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->list[i];
        bool keyed = effect->key_size > 0;
        size_t place = keyed ? find(effect_key(effects, effect), effect->key_size) : store.count;

        if (effect->type == EFFECT_DELETE && place < store.count) {
            store.rows[place] = store.rows[--store.count];
        } else if (effect->type == EFFECT_PERSIST) {
            assert_true(place < ROWS_MAX);
            store.count += place == store.count;
            store.rows[place].kind = effect->kind;
            store.rows[place].size = effect->body_size;
            store.rows[place].key_size = effect->key_size;
            memcpy(store.rows[place].bytes, effect_body(effects, effect), effect->body_size);
            if (keyed)
                memcpy(store.rows[place].key, effect_key(effects, effect), effect->key_size);
        }
    }
}

static void turn(void)
{
    node_tick(&solo->node, &solo->now);
    node_flush(&solo->node, &solo->now);
    commit();
    node_committed(&solo->node, &solo->now, true);
    node_turn_end(&solo->node);
}

static void finish(void)
{
    do
        turn();
    while (node_is_letting_go(&solo->node));
}

static void restart(void)
{
    solo_close(solo);
    solo = solo_open(0);
    node_brake(&solo->node, 2);
    for (size_t i = 0; i < store.count; i++)
        assert_true(
            node_load(&solo->node, store.rows[i].kind, store.rows[i].bytes, store.rows[i].size));
    node_loaded(&solo->node, &solo->now, 0);
    turn();
}

static int set_up(void **state)
{
    (void)state;
    store.count = 0;
    solo = solo_open(0);
    node_brake(&solo->node, 2);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    solo_close(solo);
    return 0;
}

static struct addr sender(unsigned number)
{
    return (struct addr){.kind = ADDR_IPV4,
                         .length = 32,
                         .bytes = {203, 0, (uint8_t)(number >> 8), (uint8_t)number}};
}

/* The line is its number; read twice it is the same hit. */
static void line(unsigned number, unsigned line)
{
    char text[16];
    struct node_hit hit = {.source = 1,
                           .offset = line,
                           .line = text,
                           .line_size = (size_t)snprintf(text, sizeof(text), "%u", line),
                           .addr = sender(number),
                           .t_ms = SOLO_WALL_MS + line,
                           .bucket = "user",
                           .bucket_size = 4};

    node_hit(&solo->node, &solo->now, &hit);
}

/* Lines of senders 1 to count, as many each as ban; in the order of time. */
static void log_of(unsigned count)
{
    for (unsigned number = 1; number <= count; number++)
        for (unsigned i = 0; i < THRESHOLD; i++)
            line(number, number * THRESHOLD + i);
}

static size_t held(void)
{
    return solo->node.hold.held.sets[HELD_WAITING].count;
}

static size_t bans(void)
{
    const struct map_text *map = node_map(&solo->node);

    assert_non_null(map);
    return map->entries;
}

static size_t rows_held(bool dropped)
{
    size_t count = 0;

    for (size_t i = 0; i < store.count; i++)
        count += store.rows[i].kind == ENTRY_HELD &&
                 store.rows[i].bytes[store.rows[i].size - 1] == dropped;
    return count;
}

/* Of the third sender the first two hits had passed. */
static void above_the_limit_strikes_are_held(void **state)
{
    const struct counters *counters = &solo->node.state.counters;

    (void)state;
    log_of(20);
    turn();
    assert_int_equal(bans(), 2);
    assert_int_equal(held(), 18 * THRESHOLD - 2);
    assert_int_equal(solo->node.state.strike_count, 2 * THRESHOLD + 2);
    assert_int_equal(rows_held(false), held());
    assert_int_equal(counters->brakes, 1);
    assert_int_equal(counters->strikes_held, held());
    assert_int_equal(counters->strikes_own, 2 * THRESHOLD + 2);
}

/* Hits of one account from as many addresses: none of those would be banned. */
static void account_log(const char *name, unsigned from, unsigned hits)
{
    for (unsigned i = 0; i < hits; i++) {
        char text[16];
        struct node_hit hit = {.source = 1,
                               .offset = from + i,
                               .line = text,
                               .line_size = (size_t)snprintf(text, sizeof(text), "%u", from + i),
                               .addr = sender(from + i),
                               .t_ms = SOLO_WALL_MS + from + i,
                               .account = name,
                               .account_size = strlen(name)};

        node_hit(&solo->node, &solo->now, &hit);
    }
}

static void accounts_are_held_kept_and_released(void **state)
{
    struct addr third;

    (void)state;
    solo->node.state.policy.accounts = ACCOUNTS_BAN;
    account_log("a@example.org", 100, THRESHOLD);
    account_log("b@example.org", 200, THRESHOLD);
    account_log("C@example.org", 300, THRESHOLD);
    turn();
    assert_int_equal(node_usermap(&solo->node)->entries, 2);
    assert_true(held() > 0);
    assert_int_equal(rows_held(false), held());
    restart();
    solo->node.state.policy.accounts = ACCOUNTS_BAN;
    assert_int_equal(rows_held(false), held());
    third = solo_addr("account c@example.org");
    assert_int_equal(node_release(&solo->node, &third), 1);
    finish();
    assert_int_equal(node_usermap(&solo->node)->entries, 3);
    assert_int_equal(bans(), 0);
}

static void a_log_that_is_read_again_doubles_nothing(void **state)
{
    size_t before;

    (void)state;
    log_of(20);
    turn();
    before = held();
    log_of(20);
    turn();
    assert_int_equal(held(), before);
    assert_int_equal(rows_held(false), before);
    assert_int_equal(solo->node.state.counters.strikes_held, before);
    restart();
    log_of(20);
    turn();
    assert_int_equal(held(), before);
    assert_int_equal(bans(), 2);
    assert_int_equal(solo->node.state.counters.brakes, 0); /* it was engaged before */
}

static void release_bans_them_all_in_slices(void **state)
{
    (void)state;
    log_of(500);
    turn();
    assert_int_equal(node_release(&solo->node, NULL), 498);
    assert_int_equal(held(), 0);
    turn();
    assert_true(node_is_letting_go(&solo->node));
    assert_int_equal(solo->node.state.counters.strikes_released, HOLD_SLICE_MAX);
    line(499, 5000); /* passes: its sender is on the way */
    finish();
    assert_int_equal(bans(), 500);
    assert_int_equal(rows_held(false) + rows_held(true), 0);
    assert_int_equal(solo->node.state.strike_count, 500 * THRESHOLD + 1);
    log_of(500);
    turn();
    assert_int_equal(solo->node.state.strike_count, 500 * THRESHOLD + 1);
    assert_int_equal(held(), 0);
}

static void one_can_be_released_alone(void **state)
{
    struct addr net = sender(7);

    (void)state;
    log_of(20);
    turn();
    assert_int_equal(node_release(&solo->node, &net), 1);
    line(7, 999); /* is let go, too */
    finish();
    assert_int_equal(bans(), 3);
    assert_int_equal(held(), 17 * THRESHOLD - 2);
    line(7, 1000); /* is banned: counts */
    line(8, 1001);
    turn();
    assert_int_equal(held(), 17 * THRESHOLD - 2 + 1);
    net = sender(99);
    assert_int_equal(node_release(&solo->node, &net), 0);
}

static void what_is_dropped_stays_away(void **state)
{
    (void)state;
    log_of(500);
    turn();
    assert_int_equal(node_drop(&solo->node, NULL), 498);
    finish();
    assert_int_equal(rows_held(false), 0);
    assert_int_equal(rows_held(true), 498 * THRESHOLD - 2);
    assert_int_equal(solo->node.state.counters.strikes_dropped, 498 * THRESHOLD - 2);
    log_of(500); /* again */
    turn();
    assert_int_equal(bans(), 2);
    assert_int_equal(held(), 0);
    restart();
    log_of(500);
    turn();
    assert_int_equal(bans(), 2);
    assert_int_equal(held(), 0);
}

/* After a minute: before that the limit is used up. */
static void who_was_dropped_begins_anew(void **state)
{
    (void)state;
    log_of(20);
    turn();
    node_drop(&solo->node, NULL);
    finish();
    for (unsigned i = 1; i <= THRESHOLD; i++) {
        assert_int_equal(bans(), 2);
        line(7, 60000 + i);
        turn();
    }
    assert_int_equal(bans(), 3);
}

/* As after a crash between two slices of a drop: what was not dropped yet is held. */
static void a_drop_that_was_cut_short_is_no_drop_of_the_rest(void **state)
{
    (void)state;
    log_of(500);
    turn();
    node_drop(&solo->node, NULL);
    turn();
    restart();
    assert_int_equal(rows_held(true), HOLD_SLICE_MAX);
    assert_int_equal(held(), 498 * THRESHOLD - 2 - HOLD_SLICE_MAX);
}

static void after_a_day_nobody_asks_any_more(void **state)
{
    (void)state;
    log_of(20);
    turn();
    line(30, 1000);
    node_drop(&solo->node, &(struct addr){.kind = ADDR_IPV4, .bytes = {0}});
    finish();
    line(31, 1001);
    log_of(20);
    turn();
    solo->now.wall_ms += STRIKE_HORIZON_MS + 20000;
    solo->now.mono_ms += STRIKE_HORIZON_MS + 20000;
    turn();
    assert_int_equal(held(), 0);
    assert_int_equal(rows_held(false) + rows_held(true), 0);
}

/* A strike that is held comes from a peer, with a time that is so much later. Which one it is. */
static struct strike hear_of_a_held_one(char text[ADDR_TEXT_SIZE], int64_t later_ms)
{
    struct table_walk walk = {0};
    const struct subject *subject =
        table_next(&solo->node.hold.held.sets[HELD_WAITING].subjects, &walk);
    struct strike strike = subject->strikes.list[0];

    addr_print(&subject->addr, text);
    assert_int_equal(solo_strike(solo, text, SOLO_NODE, strike.id, strike.t_ms + later_ms),
                     STEP_CHANGED);
    solo->now.wall_ms += 10000;
    solo->now.mono_ms += 10000;
    turn();
    return strike;
}

static void what_came_in_by_another_way_is_held_no_more(void **state)
{
    char text[ADDR_TEXT_SIZE];
    size_t before;

    (void)state;
    log_of(20);
    turn();
    before = held();
    hear_of_a_held_one(text, 0);
    assert_int_equal(held(), before - 1);
    assert_int_equal(rows_held(false), before - 1);
}

/* Of two times the later one stays, so a release still brings something. */
static void what_came_in_with_an_earlier_time_stays_held(void **state)
{
    const struct subject *subject;
    char text[ADDR_TEXT_SIZE];
    struct unpacked room;
    struct strike strike;
    struct addr addr;
    size_t before;

    (void)state;
    log_of(20);
    turn();
    before = held();
    strike = hear_of_a_held_one(text, -3600000);
    assert_int_equal(held(), before);
    assert_int_equal(rows_held(false), before);
    node_release(&solo->node, NULL);
    finish();
    assert_int_equal(addr_parse(text, strlen(text), false, &addr), 0);
    subject = state_find(&solo->node.state, &addr, &room);
    assert_true(subject->strikes.list[strikes_find(&subject->strikes, &strike)].t_ms ==
                strike.t_ms);
}

static void of_one_sender_as_many_are_held_as_the_state_keeps(void **state)
{
    (void)state;
    log_of(3);
    for (unsigned i = 0; i < STRIKES_PER_ORIGIN_MAX + 50; i++)
        line(9, 1000 + i);
    turn();
    assert_int_equal(held(), 1 + STRIKES_PER_ORIGIN_MAX);
    assert_int_equal(rows_held(false), held());
}

static void rows_that_are_none_are_refused(void **state)
{
    static const uint8_t row[] = {4, 32, 203, 0, 113, 7, 9};

    (void)state;
    assert_false(hold_load(&solo->node, row, sizeof(row)));
    assert_false(hold_load(&solo->node, row, 0));
    log_of(3);
    turn();
    for (size_t i = 0; i < store.count; i++) {
        if (store.rows[i].kind != ENTRY_HELD)
            continue;
        store.rows[i].bytes[store.rows[i].size - 1] = 2;
        assert_false(hold_load(&solo->node, store.rows[i].bytes, store.rows[i].size));
    }
}

struct visited {
    size_t count, held;
};

static void visit(void *context, const struct node_held *row)
{
    struct visited *visited = context;
    size_t place = find(row->key, row->key_size);

    assert_true(place < store.count);
    assert_int_equal(store.rows[place].size, row->size);
    assert_memory_equal(store.rows[place].bytes, row->bytes, row->size);
    visited->count++;
    visited->held += row->bytes[row->size - 1] == 0;
}

/* For a database that is written anew. */
static void every_row_can_be_visited(void **state)
{
    struct visited visited = {0, 0};
    struct addr net = sender(7);

    (void)state;
    log_of(20);
    turn();
    node_drop(&solo->node, &net);
    finish();
    node_visit_held(&solo->node, visit, &visited);
    assert_int_equal(visited.held, held());
    assert_int_equal(visited.count, held() + THRESHOLD);
}

/* Whichever allocation fails: a strike is held, in the state, or counted as lost. */
static void without_memory_what_is_lost_is_counted(void **state)
{
    (void)state;
    for (size_t spared = 0, refused = 1; refused > 0; spared++) {
        const struct counters *counters = &solo->node.state.counters;
        uint64_t lost;

        log_of(2);
        line(3, 100);
        line(3, 101);
        turn();
        scarce_begin(spared, 1);
        line(3, 102);
        line(4, 103);
        refused = scarce_end();
        lost = counters->strikes_unheld + counters->entries_memory;
        assert_true(held() + solo->node.state.strike_count + lost >= 2 * THRESHOLD + 4);
        finish();
        assert_int_equal(rows_held(false), held());
        tear_down(NULL);
        set_up(NULL);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(above_the_limit_strikes_are_held),
        TEST(accounts_are_held_kept_and_released),
        TEST(a_log_that_is_read_again_doubles_nothing),
        TEST(release_bans_them_all_in_slices),
        TEST(one_can_be_released_alone),
        TEST(what_is_dropped_stays_away),
        TEST(who_was_dropped_begins_anew),
        TEST(a_drop_that_was_cut_short_is_no_drop_of_the_rest),
        TEST(after_a_day_nobody_asks_any_more),
        TEST(what_came_in_by_another_way_is_held_no_more),
        TEST(what_came_in_with_an_earlier_time_stays_held),
        TEST(of_one_sender_as_many_are_held_as_the_state_keeps),
        TEST(rows_that_are_none_are_refused),
        TEST(every_row_can_be_visited),
        TEST(without_memory_what_is_lost_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
