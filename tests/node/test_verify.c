/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verify tells the equal from the different, fetches the text of a map that differs, and waits for
 * nobody who is not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "maps.h"
#include "solo.h"
#include "verify.h"

/* A node that has just asked its peers, all of them up. */
static struct solo *open_fresh(size_t peers)
{
    struct solo *solo = solo_open(peers);

    for (size_t i = 0; i < peers; i++)
        solo_greet(solo, i);
    assert_true(verify_start(&solo->node, &solo->now));
    solo_turn(solo);
    return solo;
}

/* Long enough ago for a difference to count. */
static struct solo *open_asking(size_t peers)
{
    struct solo *solo = open_fresh(peers);

    solo->node.verify->started_ms -= 1000;
    return solo;
}

static struct verify_peer *peer_of(const struct solo *solo, size_t peer)
{
    return &solo->node.verify->peers[peer];
}

static bool is_done(const struct solo *solo)
{
    return verify_is_done(&solo->node, &solo->now);
}

/* The number that peer was asked with. */
static uint64_t take_ask(struct solo *solo, size_t peer)
{
    while (solo_take(solo, peer, MESSAGE_PING))
        if (solo->message.ping.ask != 0)
            return solo->message.ping.ask;
    return 0;
}

/* An answer that agrees in everything, ready to be changed and given. */
static struct message_ping *answer_ping(struct solo *solo, size_t peer)
{
    uint64_t number = take_ask(solo, peer);
    struct message_ping *ping = solo_ping(solo);

    assert_true(number != 0);
    ping->boot = 5001 + peer;
    ping->answer = number;
    return ping;
}

static void give(struct solo *solo, size_t peer)
{
    solo_give(solo, peer);
    solo_turn(solo);
}

static void all_equal(void **state)
{
    struct solo *solo = open_asking(2);

    (void)state;
    assert_false(is_done(solo));
    answer_ping(solo, 0);
    give(solo, 0);
    assert_false(is_done(solo));
    answer_ping(solo, 1);
    give(solo, 1);
    assert_true(is_done(solo));
    assert_int_equal(peer_of(solo, 0)->outcome, VERIFY_EQUAL);
    assert_int_equal(peer_of(solo, 1)->outcome, VERIFY_EQUAL);
    verify_end(&solo->node);
    assert_null(solo->node.verify);
    solo_close(solo);
}

static void one_at_a_time(void **state)
{
    struct solo *solo = open_asking(1);
    uint64_t first = take_ask(solo, 0);

    (void)state;
    assert_false(verify_start(&solo->node, &solo->now));
    verify_end(&solo->node);
    assert_true(verify_start(&solo->node, &solo->now));
    solo_turn(solo);
    solo_ping(solo)->answer = first; /* to the one before */
    give(solo, 0);
    assert_int_equal(peer_of(solo, 0)->outcome, VERIFY_WAITING);
    solo_close(solo);
}

static void a_state_that_differs(void **state)
{
    struct solo *solo = open_asking(1);

    (void)state;
    answer_ping(solo, 0)->roots[ENTRY_RECORD - 1].lane[1]++;
    give(solo, 0);
    assert_int_equal(peer_of(solo, 0)->outcome, VERIFY_STATE);
    assert_true(is_done(solo));
    solo_close(solo);
}

static void a_difference_that_has_not_lasted_is_asked_for_again(void **state)
{
    struct solo *solo = open_fresh(1);

    (void)state;
    answer_ping(solo, 0)->roots[ENTRY_RECORD - 1].lane[1]++;
    give(solo, 0);
    assert_int_equal(peer_of(solo, 0)->outcome, VERIFY_WAITING);
    assert_false(is_done(solo));
    solo_close(solo);
}

static void a_file_that_is_not_its_map(void **state)
{
    struct solo *solo = open_asking(1);

    (void)state;
    answer_ping(solo, 0)->file_hash++;
    give(solo, 0);
    assert_int_equal(peer_of(solo, 0)->outcome, VERIFY_FILE);
    assert_true(peer_of(solo, 0)->fetching); /* its text, to tell what differs */
    solo_close(solo);
}

static void who_is_not_there_is_not_waited_for(void **state)
{
    struct solo *solo = solo_open(2);

    (void)state;
    solo_greet(solo, 0);
    assert_true(verify_start(&solo->node, &solo->now));
    solo_turn(solo);
    assert_true(take_ask(solo, 1) == 0);
    answer_ping(solo, 0);
    give(solo, 0);
    assert_true(is_done(solo));
    assert_int_equal(peer_of(solo, 1)->outcome, VERIFY_WAITING);
    solo_close(solo);
}

static void who_does_not_answer_is_waited_for_3_s(void **state)
{
    struct solo *solo = open_fresh(1);

    (void)state;
    solo_pass(solo, VERIFY_MS - 100);
    assert_false(is_done(solo));
    solo_pass(solo, 100);
    assert_true(is_done(solo));
    assert_int_equal(peer_of(solo, 0)->outcome, VERIFY_WAITING);
    solo_close(solo);
}

static void the_own_file_is_read_too(void **state)
{
    struct solo *solo = solo_open(0);

    (void)state;
    assert_true(verify_start(&solo->node, &solo->now));
    assert_true(node_wants_file(&solo->node));
    assert_false(is_done(solo));
    node_file(&solo->node, &solo->now, "x", 1, NULL, 0);
    assert_true(is_done(solo));
    assert_false(node_wants_file(&solo->node));
    solo_close(solo);
}

static void an_answer_of_another_tick_is_asked_for_again(void **state)
{
    struct solo *solo = open_asking(1);

    (void)state;
    answer_ping(solo, 0)->tick++;
    give(solo, 0);
    assert_int_equal(peer_of(solo, 0)->outcome, VERIFY_WAITING);
    solo_pass(solo, 300);
    answer_ping(solo, 0);
    give(solo, 0);
    assert_int_equal(peer_of(solo, 0)->outcome, VERIFY_EQUAL);
    assert_true(take_ask(solo, 0) == 0);
    solo_close(solo);
}

/* The map of that turn is drawn at its end: until then it must not be compared. */
static void entries_that_come_with_the_answer_are_no_difference(void **state)
{
    struct solo *solo = open_fresh(1), *other = solo_open(1);
    const struct addr addr = solo_addr("192.0.2.1");
    const struct record record = {.manual = {.stamp = {(uint64_t)SOLO_WALL_MS << 16, 2001},
                                             .kind = MANUAL_BAN,
                                             .until_ms = TIME_NEVER_MS}};
    uint8_t bytes[512];
    size_t size = entry_write_record(&addr, &record, bytes, sizeof(bytes));
    uint64_t number = take_ask(solo, 0);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct solo *to = i == 0 ? other : solo;
        struct message_push *push = &solo_message(to, MESSAGE_PUSH)->push;

        push->entries[0] = (struct message_entry){ENTRY_RECORD, bytes, size};
        push->entry_count = 1;
        solo_give(to, 0);
    }
    solo_turn(other);
    solo_ping(other)->answer = number;
    solo->message = other->message;
    give(solo, 0); /* in one turn with the entry */
    if (peer_of(solo, 0)->outcome == VERIFY_WAITING) {
        solo_pass(solo, 300);
        answer_ping(solo, 0);
        give(solo, 0);
    }
    assert_int_equal(peer_of(solo, 0)->outcome, VERIFY_EQUAL);
    solo_close(solo);
    solo_close(other);
}

/* --- A map that differs --- */

/* The only peer answered that its map is another; the node has asked for its text. */
static struct solo *open_fetching(void)
{
    struct solo *solo = open_asking(1);
    struct message_ping *ping = answer_ping(solo, 0);

    ping->map_hash++;
    ping->file_hash++;
    give(solo, 0);
    assert_int_equal(peer_of(solo, 0)->outcome, VERIFY_MAP);
    assert_false(is_done(solo));
    assert_true(solo_take(solo, 0, MESSAGE_MAP_GET));
    assert_true(solo->message.map.offset == 0);
    return solo;
}

/* A piece of the text, given to the node. */
static void piece(struct solo *solo, uint64_t offset, uint64_t total, const char *text)
{
    struct message_map *map = &solo_message(solo, MESSAGE_MAP)->map;

    map->number = solo->node.verify->number;
    map->offset = offset;
    map->total = total;
    map->bytes = (const uint8_t *)text;
    map->size = strlen(text);
    give(solo, 0);
}

/* Two nodes: 13,000 bans there, 150 kB. */
static void the_text_of_a_map_is_fetched_in_pieces(void **state)
{
    struct solo *solo = open_asking(1), *other = solo_open(1);
    const struct map_text *map;
    size_t pieces = 0;

    (void)state;
    solo_greet(other, 0);
    solo_bans(other, 13000);
    map = node_map(&other->node);
    assert_true(map->size > MAP_CHUNK_BYTES_MAX);
    solo_ping(other)->answer = take_ask(solo, 0);
    solo->message = other->message;
    give(solo, 0);
    while (solo_take(solo, 0, MESSAGE_MAP_GET)) {
        other->message = solo->message;
        give(other, 0);
        assert_true(solo_take(other, 0, MESSAGE_MAP));
        assert_true(other->message.map.size <= MAP_CHUNK_BYTES_MAX);
        assert_false(is_done(solo));
        solo->message = other->message;
        give(solo, 0);
        pieces++;
    }
    assert_int_equal(pieces, 2);
    assert_true(is_done(solo));
    assert_int_equal(peer_of(solo, 0)->outcome, VERIFY_MAP);
    assert_int_equal(peer_of(solo, 0)->text_size, map->size);
    assert_memory_equal(peer_of(solo, 0)->text, map->bytes, map->size);
    solo_close(solo);
    solo_close(other);
}

static void pieces_that_were_not_asked_for_are_ignored(void **state)
{
    struct solo *solo = open_fetching();

    (void)state;
    piece(solo, 1, 6, "x");
    assert_int_equal(peer_of(solo, 0)->text_size, 0);
    solo->node.verify->number++;
    piece(solo, 0, 6, "x");
    solo->node.verify->number--;
    assert_int_equal(solo_count(solo, 0, MESSAGE_MAP_GET), 1); /* it was a good piece of that */
    piece(solo, 0, 6, "abc");
    piece(solo, 0, 6, "abc");
    assert_false(is_done(solo));
    solo_close(solo);
}

static void the_text_is_put_together(void **state)
{
    struct solo *solo = open_fetching();

    (void)state;
    piece(solo, 0, 6, "abc");
    assert_true(solo_take(solo, 0, MESSAGE_MAP_GET));
    assert_true(solo->message.map.offset == 3);
    piece(solo, 3, 6, "def");
    assert_true(is_done(solo));
    assert_int_equal(peer_of(solo, 0)->text_size, 6);
    assert_memory_equal(peer_of(solo, 0)->text, "abcdef", 6);
    assert_int_equal(solo_count(solo, 0, MESSAGE_MAP_GET), 0);
    piece(solo, 6, 9, "ghi"); /* it is complete */
    assert_int_equal(peer_of(solo, 0)->text_size, 6);
    solo_close(solo);
}

static void pieces_that_cannot_be_end_the_fetching(void **state)
{
    static const struct {
        uint64_t total;
        const char *text;
    } bad[] = {{6, ""}, {2, "abc"}, {0, "abc"}, {67108865, "abc"}, {UINT64_MAX, "abc"}};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct solo *solo = open_fetching();

        piece(solo, 0, bad[i].total, bad[i].text);
        assert_int_equal(peer_of(solo, 0)->text_size, 0);
        assert_int_equal(solo_count(solo, 0, MESSAGE_MAP_GET), 0);
        assert_true(is_done(solo));
        solo_close(solo);
    }
}

/* The map changed there between two pieces: it is now shorter than what was fetched. */
static void a_piece_behind_the_end_is_not_taken(void **state)
{
    struct solo *solo = open_fetching();

    (void)state;
    piece(solo, 0, 6, "abc");
    piece(solo, 3, 2, "def");
    assert_int_equal(peer_of(solo, 0)->text_size, 3);
    assert_true(is_done(solo));
    solo_close(solo);
}

static void a_text_that_never_comes_is_waited_for_3_s(void **state)
{
    struct solo *solo = open_fetching();

    (void)state;
    solo_pass(solo, VERIFY_MS - 1000 - 100); /* one has passed already */
    assert_false(is_done(solo));
    solo_pass(solo, 100);
    assert_true(is_done(solo));
    solo_close(solo);
}

/* --- The side that is asked --- */

static void ask_map(struct solo *solo, uint64_t offset)
{
    solo_message(solo, MESSAGE_MAP_GET)->map.number = 4711;
    solo->message.map.offset = offset;
    give(solo, 0);
}

static void the_own_text_is_told_from_any_offset(void **state)
{
    struct solo *solo = solo_open(1);
    size_t size = node_map(&solo->node)->size;

    (void)state;
    ask_map(solo, 2);
    assert_true(solo_take(solo, 0, MESSAGE_MAP));
    assert_true(solo->message.map.number == 4711);
    assert_true(solo->message.map.offset == 2);
    assert_true(solo->message.map.total == size);
    assert_int_equal(solo->message.map.size, size - 2);
    assert_memory_equal(solo->message.map.bytes, MAP_HEADER + 2, size - 2);
    ask_map(solo, size);
    assert_true(solo_take(solo, 0, MESSAGE_MAP));
    assert_int_equal(solo->message.map.size, 0);
    ask_map(solo, size + 1);
    ask_map(solo, UINT64_MAX);
    assert_false(solo_take(solo, 0, MESSAGE_MAP));
    solo_close(solo);
}

/* Behind the map, and in its hash, if it has entries. */
static void the_user_map_is_told_behind_the_map(void **state)
{
    struct solo *solo = solo_open(1);
    size_t map_size = node_map(&solo->node)->size, size;
    uint64_t without = solo->node.map_hash;
    const struct map_text *users;
    struct addr account;

    (void)state;
    assert_int_equal(addr_parse_account("bob", 3, &account), 0);
    node_ban(&solo->node, &solo->now, 1, &account, TIME_NEVER_MS, "", "");
    solo_turn(solo);
    users = node_usermap(&solo->node);
    size = users->size;
    assert_int_equal(users->entries, 1);
    assert_int_equal(node_map(&solo->node)->size, map_size);
    assert_true(solo->node.map_hash != without);
    ask_map(solo, map_size - 1);
    assert_true(solo_take(solo, 0, MESSAGE_MAP));
    assert_true(solo->message.map.total == map_size + size);
    assert_int_equal(solo->message.map.size, 1); /* each piece is of one of them */
    ask_map(solo, map_size + 2);
    assert_true(solo_take(solo, 0, MESSAGE_MAP));
    assert_int_equal(solo->message.map.size, size - 2);
    assert_memory_equal(solo->message.map.bytes, users->bytes + 2, size - 2);
    ask_map(solo, map_size + size + 1);
    assert_false(solo_take(solo, 0, MESSAGE_MAP));
    solo_close(solo);
}

/* Asks for the text of the file; the answer is in solo->message. */
static void ask_file(struct solo *solo)
{
    solo_message(solo, MESSAGE_MAP_GET)->map.file = true;
    give(solo, 0);
    assert_true(solo_take(solo, 0, MESSAGE_MAP));
}

static void the_text_of_the_file_is_told_if_it_is_not_the_map(void **state)
{
    struct solo *solo = solo_open(1);
    const struct map_text *map;

    (void)state;
    node_file(&solo->node, &solo->now, "192.0.2.1\n", 10, NULL, 0);
    ask_file(solo);
    assert_int_equal(solo->message.map.size, 10);
    assert_true(solo->message.map.total == 10);
    assert_memory_equal(solo->message.map.bytes, "192.0.2.1\n", 10);
    node_file(&solo->node, &solo->now, NULL, 0, NULL, 0); /* it is gone */
    ask_file(solo);
    assert_int_equal(solo->message.map.size, 0);
    map = node_map(&solo->node);
    node_file(&solo->node, &solo->now, map->bytes, map->size, NULL, 0); /* not kept twice */
    ask_file(solo);
    assert_int_equal(solo->message.map.size, 0);
    solo_close(solo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_equal),
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(a_state_that_differs),
        cmocka_unit_test(a_difference_that_has_not_lasted_is_asked_for_again),
        cmocka_unit_test(a_file_that_is_not_its_map),
        cmocka_unit_test(who_is_not_there_is_not_waited_for),
        cmocka_unit_test(who_does_not_answer_is_waited_for_3_s),
        cmocka_unit_test(the_own_file_is_read_too),
        cmocka_unit_test(an_answer_of_another_tick_is_asked_for_again),
        cmocka_unit_test(entries_that_come_with_the_answer_are_no_difference),
        cmocka_unit_test(the_text_of_a_map_is_fetched_in_pieces),
        cmocka_unit_test(pieces_that_were_not_asked_for_are_ignored),
        cmocka_unit_test(the_text_is_put_together),
        cmocka_unit_test(pieces_that_cannot_be_end_the_fetching),
        cmocka_unit_test(a_piece_behind_the_end_is_not_taken),
        cmocka_unit_test(a_text_that_never_comes_is_waited_for_3_s),
        cmocka_unit_test(the_own_text_is_told_from_any_offset),
        cmocka_unit_test(the_user_map_is_told_behind_the_map),
        cmocka_unit_test(the_text_of_the_file_is_told_if_it_is_not_the_map),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
