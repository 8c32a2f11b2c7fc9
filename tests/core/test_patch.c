/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps that are patched ban by ban are, byte for byte, what drawing all of them gives; and what
 * cannot be patched is said to be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "patch.h"
#include "turn.h"
#include "usermap.h"

#define ROUNDS 150
#define TURNS 20
#define FAR_MS (TURN_WALL_MS + 3600000)

struct maps {
    struct map_text map, usermap;
};

static void draw(const struct turn *turn, struct maps *maps)
{
    struct addrs accounts = {0};

    assert_int_equal(map_render(&turn->state, &maps->map, &accounts), 0);
    assert_int_equal(usermap_print(&accounts, &maps->usermap, NULL), 0);
    addrs_clear(&accounts);
}

static void maps_clear(struct maps *maps)
{
    map_free(&maps->map);
    map_free(&maps->usermap);
}

static void assert_same(const struct map_text *a, const struct map_text *b)
{
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a->bytes, b->bytes, a->size);
    assert_int_equal(a->entries, b->entries);
}

static void assert_drawn(const struct turn *turn, const struct maps *maps)
{
    struct maps drawn;

    draw(turn, &drawn);
    assert_same(&maps->map, &drawn.map);
    assert_same(&maps->usermap, &drawn.usermap);
    maps_clear(&drawn);
}

/* What the turn told, in the order in which it did. False: more than single bans. */
static bool list_changes(const struct turn *turn, struct addrs *changed)
{
    bool single = true;

    for (size_t i = 0; i < turn->effects.count; i++) {
        const struct effect *effect = &turn->effects.list[i];

        if (effect->type != EFFECT_MAP)
            continue;
        single &= effect->addr.kind != 0;
        assert_int_equal(addrs_append(changed, &effect->addr), 0);
    }
    return single;
}

/* Few bits of a /24 or of a /48, or one of a few accounts. */
static struct addr random_subject(struct random *random)
{
    struct addr addr = {ADDR_IPV4, 32, {192, 0, 2, (uint8_t)random_below(random, 32)}};
    char name[8];

    if (random_below(random, 4) == 0) {
        snprintf(name, sizeof(name), "user%u", random_below(random, 9));
        assert_int_equal(addr_parse_account(name, strlen(name), &addr), 0);
        return addr;
    }
    if (random_below(random, 3) == 0) {
        addr = turn_addr("2001:db8:1::/128");
        addr.bytes[15] = (uint8_t)random_below(random, 32);
    }
    addr_widen(&addr, addr_bits(&addr) - random_below(random, 7));
    return addr;
}

static void change(struct turn *turn, struct random *random)
{
    static const enum event_type types[] = {EVENT_BAN,       EVENT_BAN,   EVENT_BAN,
                                            EVENT_UNBAN,     EVENT_UNBAN, EVENT_UNBAN,
                                            EVENT_ALLOW_ADD, EVENT_BAN,   EVENT_ALLOW_REMOVE};

    for (size_t i = 1 + random_below(random, 4); i > 0; i--) {
        struct event event = {.type = types[random_below(random, 9)],
                              .addr = random_subject(random),
                              .until_ms = TIME_NEVER_MS};

        if (random_below(random, 3) == 0)
            event.until_ms = turn->wall_ms + TICK_MS * (1 + (int64_t)random_below(random, 4));
        turn_step(turn, &event);
    }
    if (random_below(random, 3) == 0)
        turn_pass(turn, (int64_t)random_below(random, 2 * TICK_MS));
    turn_end(turn, true);
}

static void patched_maps_are_the_drawn_ones(void **state)
{
    size_t patched = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct random random = {seed};
        struct turn turn;
        struct maps maps;

        turn_open(&turn, 1);
        draw(&turn, &maps);
        for (unsigned i = 0; i < TURNS; i++) {
            struct addrs changed = {0};

            change(&turn, &random);
            if (list_changes(&turn, &changed)) {
                assert_int_equal(patch_maps(&turn.state, &changed, &maps.map, &maps.usermap),
                                 PATCH_DONE);
                patched += changed.count > 0;
            } else {
                maps_clear(&maps);
                draw(&turn, &maps);
            }
            assert_drawn(&turn, &maps);
            addrs_clear(&changed);
        }
        maps_clear(&maps);
        turn_close(&turn);
    }
    assert_true(patched > ROUNDS * TURNS / 4); /* the rounds are worth something */
}

static enum patch_result patch(const struct turn *turn, struct maps *maps,
                               const char *const *subjects)
{
    struct addrs changed = {0};
    enum patch_result result;

    for (size_t i = 0; subjects[i] != NULL; i++) {
        struct addr addr = turn_addr(subjects[i]);

        assert_int_equal(addrs_append(&changed, &addr), 0);
    }
    result = patch_maps(&turn->state, &changed, &maps->map, &maps->usermap);
    addrs_clear(&changed);
    return result;
}

/* Told twice, undone since, too wide to be in any map, or never banned. */
static void what_is_told_in_vain_does_no_harm(void **state)
{
    static const char *const told[] = {
        "198.51.100.7", "192.0.2.1", "198.51.100.7", "0.0.0.0/0", "203.0.113.9",
        "192.0.2.0/24", NULL};
    struct turn turn;
    struct maps maps;

    (void)state;
    turn_open(&turn, 1);
    turn_command(&turn, "192.0.2.1", TIME_NEVER_MS, 1);
    turn_command(&turn, "0.0.0.0/0", TIME_NEVER_MS, 2);
    turn_end(&turn, true);
    draw(&turn, &maps);
    turn_command(&turn, "198.51.100.7", TIME_NEVER_MS, 3);
    turn_end(&turn, true);
    assert_int_equal(patch(&turn, &maps, told), PATCH_DONE);
    assert_int_equal(maps.map.entries, 2);
    assert_drawn(&turn, &maps);
    assert_int_equal(patch(&turn, &maps, told), PATCH_DONE);
    assert_drawn(&turn, &maps);
    maps_clear(&maps);
    turn_close(&turn);
}

/* The piece of a wider ban is the line of a narrower one, too. */
static void a_line_stays_while_a_wider_ban_has_it(void **state)
{
    static const char *const inner[] = {"192.0.2.0/25", NULL}, *const outer[] = {"192.0.2.0/24",
                                                                                 NULL};
    struct turn turn;
    struct maps maps;

    (void)state;
    turn_open(&turn, 1);
    turn_command(&turn, "192.0.2.0/24", TIME_NEVER_MS, 1);
    turn_command(&turn, "192.0.2.0/25", TIME_NEVER_MS, 2);
    turn_allow(&turn, "192.0.2.255", FAR_MS, 3);
    turn_end(&turn, true);
    draw(&turn, &maps);
    assert_int_equal(maps.map.entries, 8);
    turn_command(&turn, "192.0.2.0/25", 0, 4);
    turn_end(&turn, true);
    assert_int_equal(patch(&turn, &maps, inner), PATCH_DONE);
    assert_int_equal(maps.map.entries, 8);
    turn_command(&turn, "192.0.2.0/24", 0, 5);
    turn_end(&turn, true);
    assert_int_equal(patch(&turn, &maps, outer), PATCH_DONE);
    assert_int_equal(maps.map.entries, 0);
    assert_drawn(&turn, &maps);
    maps_clear(&maps);
    turn_close(&turn);
}

static void what_cannot_be_patched_is_left_as_it_was(void **state)
{
    static const char *const told[] = {"192.0.2.7", NULL};
    struct addrs changed = {0};
    struct maps maps, none = {{0}, {0}};
    struct addr account;
    struct turn turn;

    (void)state;
    turn_open(&turn, 1);
    turn_command(&turn, "192.0.2.1", TIME_NEVER_MS, 1);
    turn_command(&turn, "192.0.2.7", TIME_NEVER_MS, 2);
    turn_end(&turn, true);
    draw(&turn, &maps);
    assert_int_equal(patch(&turn, &none, told), PATCH_DRAW); /* never drawn */
    maps.map.bytes[maps.map.size - 3] ^= 0x40;               /* damage in a line that is read */
    assert_int_equal(patch(&turn, &maps, told), PATCH_DRAW);
    maps.map.bytes[maps.map.size - 3] ^= 0x40;
    maps.map.bytes[maps.map.size - 1] = '0'; /* no line feed behind the last one */
    assert_int_equal(patch(&turn, &maps, told), PATCH_DRAW);
    maps.map.bytes[maps.map.size - 1] = '\n';
    assert_int_equal(addr_parse_account(" \"", 2, &account), 0); /* no line can name it */
    assert_int_equal(addrs_append(&changed, &account), 0);
    assert_int_equal(patch_maps(&turn.state, &changed, &maps.map, &maps.usermap), PATCH_DRAW);
    assert_drawn(&turn, &maps);
    addrs_clear(&changed);
    maps_clear(&maps);
    turn_close(&turn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patched_maps_are_the_drawn_ones),
        cmocka_unit_test(what_is_told_in_vain_does_no_harm),
        cmocka_unit_test(a_line_stays_while_a_wider_ban_has_it),
        cmocka_unit_test(what_cannot_be_patched_is_left_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
