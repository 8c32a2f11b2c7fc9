/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entry of a map that covers an address: by halving, compared with reading all of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "map.h"
#include "map_cover.h"
#include "map_read.h"
#include "random.h"
#include "turn.h"

static void assert_cover(const struct map_text *map, const char *address, const char *wanted)
{
    struct addr addr = turn_addr(address), entry;
    char text[ADDR_TEXT_SIZE] = "";

    if (map_cover(map->bytes, map->size, &addr, 0, &entry))
        addr_print(&entry, text);
    assert_string_equal(text, wanted);
}

static void make(struct map_text *map, size_t count, const char *const *entries)
{
    struct prefixes prefixes = {0};

    for (size_t i = 0; i < count; i++) {
        struct addr addr = turn_addr(entries[i]);

        assert_int_equal(prefixes_append(&prefixes, &addr), 0);
    }
    assert_int_equal(map_from_prefixes(&prefixes, map), 0);
    prefixes_clear(&prefixes);
}

static void test_known(void **context)
{
    static const char *const entries[] = {
        "198.51.100.0/24", "198.51.100.7", "198.51.100.128/25", "203.0.113.1",
        "203.0.113.3",     "10.0.0.0/8",   "2001:db8::/32",     "2001:db8:7::/64",
    };
    struct map_text map;

    (void)context;
    make(&map, 8, entries);
    assert_cover(&map, "203.0.113.1", "203.0.113.1");
    assert_cover(&map, "203.0.113.2", "");
    assert_cover(&map, "203.0.113.3", "203.0.113.3");
    assert_cover(&map, "203.0.113.4", "");
    assert_cover(&map, "198.51.100.7", "198.51.100.0/24"); /* the widest */
    assert_cover(&map, "198.51.100.200", "198.51.100.0/24");
    assert_cover(&map, "198.51.101.0", "");
    assert_cover(&map, "10.255.255.255", "10.0.0.0/8");
    assert_cover(&map, "9.255.255.255", "");
    assert_cover(&map, "2001:db8:7::1", "2001:db8::/32");
    assert_cover(&map, "2001:db9::", "");
    assert_cover(&map, "198.51.100.0/25", "198.51.100.0/24"); /* a prefix as a whole */
    assert_cover(&map, "198.51.0.0/16", "");
    map_free(&map);
    make(&map, 0, NULL);
    assert_cover(&map, "203.0.113.1", "");
    map_free(&map);
}

/* From the widest to the narrowest. */
static void test_all(void **context)
{
    static const char *const entries[] = {"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "10.1.3.0/24"};
    struct addr addr = turn_addr("10.1.2.3"), entry;
    struct map_text map;
    size_t found = 0;

    (void)context;
    make(&map, 4, entries);
    for (unsigned shortest = 0; map_cover(map.bytes, map.size, &addr, shortest, &entry);
         shortest = entry.length + 1u)
        assert_int_equal(entry.length, ((const unsigned[]){8, 16, 32})[found++]);
    assert_int_equal(found, 3);
    map_free(&map);
}

/* A map that is not whole, or was never drawn, covers nothing and is not read beyond. */
static void test_damage(void **context)
{
    struct addr addr = turn_addr("203.0.113.9"), entry;
    static const char text[] = MAP_HEADER "198.51.100.7\nnonsense\n203.0.113.9";

    (void)context;
    assert_false(map_cover(NULL, 0, &addr, 0, &entry));
    for (size_t size = 0; size < sizeof(text); size++) {
        char *copy = malloc(size + 1);

        assert_non_null(copy);
        memcpy(copy, text, size);
        map_cover(copy, size, &addr, 0, &entry);
        free(copy);
    }
}

static bool slow(const struct map_text *map, const struct addr *addr, struct addr *widest)
{
    struct map_lines lines = {map->bytes, map->size};
    struct addr entry;
    bool found = false;

    while (map_lines_next(&lines, &entry))
        if (addr_covers(&entry, addr) && (!found || entry.length < widest->length)) {
            *widest = entry;
            found = true;
        }
    return found;
}

static struct addr any(struct random *random, unsigned shortest)
{
    struct addr addr = turn_addr("203.0.112.0");

    addr.bytes[2] = (uint8_t)(112 + random_below(random, 2));
    addr.bytes[3] = (uint8_t)random_below(random, 256);
    addr_widen(&addr, shortest + (unsigned)random_below(random, 33 - shortest));
    return addr;
}

static void test_random(void **context)
{
    struct random random = {1};

    (void)context;
    for (unsigned round = 0; round < 200; round++) {
        struct prefixes prefixes = {0};
        struct map_text map;

        for (size_t i = random_below(&random, 40); i > 0; i--) {
            struct addr addr = any(&random, 24);

            assert_int_equal(prefixes_append(&prefixes, &addr), 0);
        }
        assert_int_equal(map_from_prefixes(&prefixes, &map), 0);
        for (unsigned i = 0; i < 50; i++) {
            struct addr addr = any(&random, 32), entry, wanted;
            bool found = map_cover(map.bytes, map.size, &addr, 0, &entry);

            assert_int_equal(found, slow(&map, &addr, &wanted));
            if (found)
                assert_int_equal(addr_compare(&entry, &wanted), 0);
        }
        prefixes_clear(&prefixes);
        map_free(&map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
