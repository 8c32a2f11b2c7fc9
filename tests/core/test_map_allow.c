/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random bans and allow entries: the map holds exactly the addresses that a slow oracle names, in
 * the fewest prefixes of each ban.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <bansync/limits.h>

#include "map.h"
#include "turn.h"

#define ROUNDS 300
#define HOSTS 256 /* of one /24, the only place where anything happens */

/* Prefixes of the /24 by length and last byte. */
struct lines {
    bool is[33][HOSTS];
};

/* What the oracle knows: every address by itself, and the lines it would write. */
struct oracle {
    bool banned[HOSTS];
    bool allowed[HOSTS];
    struct lines lines;
};

/* A prefix of 24 to 32 bits in 192.0.2.0/24. */
static struct addr random_net(struct random *random)
{
    struct addr addr = {ADDR_IPV4, 32, {192, 0, 2, (uint8_t)random_below(random, HOSTS)}};

    addr_widen(&addr, 24 + (unsigned)random_below(random, 9));
    return addr;
}

static void mark(bool *hosts, const struct addr *net, bool value)
{
    for (size_t i = net->bytes[3]; i < net->bytes[3] + ((size_t)1 << (32 - net->length)); i++)
        hosts[i] = value;
}

/* All addresses and lines of the map's text; each must be canonical, and they ascend. */
static void read_map(const struct map_text *map, bool *hosts, struct lines *lines)
{
    const char *text = map->bytes + strlen(MAP_HEADER), *end = map->bytes + map->size;
    struct addr before = {0};

    while (text < end) {
        size_t length = (size_t)((const char *)memchr(text, '\n', (size_t)(end - text)) - text);
        struct addr addr;

        assert_int_equal(addr_parse(text, length, false, &addr), 0);
        assert_true(before.kind == 0 || addr_compare(&before, &addr) < 0);
        mark(hosts, &addr, true);
        lines->is[addr.length][addr.bytes[3]] = true;
        before = addr;
        text += length + 1;
    }
}

static void change(struct turn *turn, struct random *random)
{
    struct event event = {.addr = random_net(random), .until_ms = TIME_NEVER_MS};
    static const enum event_type types[] = {EVENT_BAN,       EVENT_BAN,       EVENT_UNBAN,
                                            EVENT_ALLOW_ADD, EVENT_ALLOW_ADD, EVENT_ALLOW_REMOVE,
                                            EVENT_ALLOW};

    event.type = types[random_below(random, 7)];
    event.on = random_below(random, 2) == 0;
    if (random_below(random, 3) == 0)
        event.until_ms = turn->wall_ms + TICK_MS * (1 + (int64_t)random_below(random, 4));
    turn_step(turn, &event);
    if (random_below(random, 4) == 0)
        turn_pass(turn, (int64_t)random_below(random, TICK_MS));
    turn_end(turn, true);
}

/* The fewest prefixes of what is banned from first on and not allowed: whole if nothing of it is
 * allowed, else its halves. */
static void split(struct oracle *oracle, size_t first, unsigned length)
{
    size_t count = (size_t)1 << (32 - length), allowed = 0;

    for (size_t i = first; i < first + count; i++)
        allowed += oracle->allowed[i];
    if (allowed == count)
        return;
    if (allowed == 0) {
        oracle->lines.is[length][first] = true;
        return;
    }
    split(oracle, first, length + 1);
    split(oracle, first + count / 2, length + 1);
}

/* From the entries alone, address by address. */
static void ask_oracle(const struct turn *turn, struct oracle *oracle)
{
    const struct state *state = &turn->state;
    const struct subject *subject;

    *oracle = (struct oracle){0};
    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;)
        if (record_is_banned(&subject->record, state_now_ms(state)))
            mark(oracle->banned, &subject->addr, true);
    for (size_t i = 0; i < state->allows.count; i++)
        if (state->allows.list[i].on && state->allows.list[i].until_ms > state_now_ms(state))
            mark(oracle->allowed, &state->allows.list[i].addr, true);
    for (struct table_walk walk = {0}; (subject = table_next(&state->table, &walk)) != NULL;)
        if (record_is_banned(&subject->record, state_now_ms(state)))
            split(oracle, subject->addr.bytes[3], subject->addr.length);
}

static void the_map_is_what_an_oracle_says(void **state)
{
    size_t cut = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct random random = {seed};
        struct turn turn;

        turn_open(&turn, 1);
        for (unsigned i = 0; i < 12; i++) {
            bool hosts[HOSTS] = {false};
            struct lines lines = {0};
            struct oracle oracle;
            struct map_text map;

            change(&turn, &random);
            ask_oracle(&turn, &oracle);
            assert_int_equal(map_render(&turn.state, &map, NULL), 0);
            read_map(&map, hosts, &lines);
            map_free(&map);
            assert_memory_equal(&lines, &oracle.lines, sizeof(lines));
            for (size_t host = 0; host < HOSTS; host++) {
                assert_int_equal(hosts[host], oracle.banned[host] && !oracle.allowed[host]);
                cut += oracle.banned[host] && oracle.allowed[host];
            }
        }
        turn_assert_digests(&turn);
        turn_close(&turn);
    }
    assert_true(cut > ROUNDS); /* the rounds are worth something */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_map_is_what_an_oracle_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
