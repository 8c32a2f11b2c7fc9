/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which a list is sent: that of the rows which the agent makes of it.
 */
#include "import_order.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>

#include "entry.h"
#include "hash.h"

enum { HOSTS = 500 };

static void add(struct import_list *list, const char *text)
{
    struct import_row row = {.line = (uint32_t)list->count + 1};
    *(strchr(text, '@') ? &row.account : &row.net) = (struct import_text){text, strlen(text)};
    import_list_row(list, &row);
}

/* Hosts, networks and accounts, mixed. */
static struct import_list make(void)
{
    struct import_list list = {.entries = NULL};
    char text[64];
    for (int i = 0; i < HOSTS; i++) {
        snprintf(text, sizeof(text), "198.51.%d.%d", 100 + i / 250, i % 250);
        add(&list, text);
        snprintf(text, sizeof(text), "user%d@example.org", i);
        add(&list, text);
    }
    add(&list, "203.0.113.0/24");
    add(&list, "192.0.0.0/16");
    assert_int_equal(list.bad_count, 0);
    assert_int_equal(import_list_settle(&list, 64, 0), 0);
    return list;
}

static size_t row_key(const struct import_list *list, size_t index, const char *cluster,
                      uint8_t key[ENTRY_KEY_BYTES_MAX])
{
    struct hash_key hash = hash_cluster(cluster);
    struct addr addr = import_list_subject(list, &list->entries[index]);
    return entry_write_record_key(&hash, &addr, key);
}

static void expect_rows_in_order(const struct import_list *list, const char *cluster, size_t first,
                                 size_t end)
{
    uint8_t left[ENTRY_KEY_BYTES_MAX] = {0}, right[ENTRY_KEY_BYTES_MAX] = {0};
    for (size_t i = first; i + 1 < end; i++) {
        row_key(list, i, cluster, left);
        row_key(list, i + 1, cluster, right);
        assert_true(memcmp(left, right, sizeof(uint64_t)) < 0);
    }
}

static void hosts_and_accounts_lie_as_the_rows_do(void **unused)
{
    static const char *const clusters[] = {"mail", "other"};
    struct import_list list = make();
    for (size_t i = 0; i < sizeof(clusters) / sizeof(clusters[0]); i++) {
        import_order(&list, clusters[i]);
        expect_rows_in_order(&list, clusters[i], 2, 2 + HOSTS);
        expect_rows_in_order(&list, clusters[i], 2 + HOSTS, list.count);
    }
    assert_int_equal(list.count, 2 * HOSTS + 2);
    import_list_clear(&list);
    (void)unused;
}

static void wider_networks_come_first_and_accounts_last(void **unused)
{
    struct import_list list = make();
    import_order(&list, "mail");
    assert_int_equal(list.entries[0].net.length, 16);
    assert_int_equal(list.entries[1].net.length, 24);
    for (size_t i = 0; i < list.count; i++)
        assert_int_equal(list.entries[i].account > 0, i >= 2 + HOSTS);
    import_list_clear(&list);
    (void)unused;
}

static void nothing_stays_nothing(void **unused)
{
    struct import_list list = {.entries = NULL};
    import_order(&list, "");
    assert_int_equal(list.count, 0);
    (void)unused;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_and_accounts_lie_as_the_rows_do),
        cmocka_unit_test(wider_networks_come_first_and_accounts_last),
        cmocka_unit_test(nothing_stays_nothing),
    };
    return cmocka_run_group_tests_name("import order", tests, NULL, NULL);
}
