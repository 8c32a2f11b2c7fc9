/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The readers of lists: what each takes, what it refuses and with which line, and what a list is.
 */
#include "import_format.h"

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

#include <bansync/limits.h>

static struct failure failure;

static bool accounts_only;

static int read_list(enum import_format format, const char *text, struct import_list *list)
{
    size_t size = strlen(text);
    char *exact = malloc(size > 0 ? size : 1); /* a read behind its end is noticed */
    int result = 0;
    assert_non_null(exact);
    memcpy(exact, text, size);
    *list = (struct import_list){.accounts_only = accounts_only};
    if (format == IMPORT_PLAIN)
        import_read_plain(exact, size, list);
    else if (format == IMPORT_MAP)
        import_read_map(exact, size, list);
    else if (format == IMPORT_CSV)
        result = import_read_csv(exact, size, list, &failure);
    else
        result = import_read_json(exact, size, list, &failure);
    free(exact);
    return result;
}

/* The list as text: "LINE WHOM UNTIL REASON|" for an entry, "LINE CODE|" for what is bad, "N left
 * out|". */
static void expect(enum import_format format, const char *text, const char *wanted)
{
    struct import_list list;
    char found[4096] = "", whom[ADDR_TEXT_SIZE];
    size_t used = 0;
    assert_int_equal(read_list(format, text, &list), 0);
    for (size_t i = 0; i < list.count; i++) {
        const struct import_entry *entry = &list.entries[i];
        const char *reason = import_list_reason(&list, entry);
        struct addr addr = import_list_subject(&list, entry);
        addr_print_subject(&addr, whom);
        used += (size_t)snprintf(
            found + used, sizeof(found) - used, "%u %s%s %lld%s%s|", (unsigned)entry->line, whom,
            entry->is_sender ? "*" : "",
            entry->until_ms == TIME_NEVER_MS ? -1LL : (long long)entry->until_ms / 1000,
            reason ? " " : "", reason ? reason : "");
    }
    for (size_t i = 0; i < list.bad_count; i++)
        used += (size_t)snprintf(found + used, sizeof(found) - used, "%u %s|",
                                 (unsigned)list.bad[i].line, list.bad[i].code);
    if (list.left_out > 0)
        snprintf(found + used, sizeof(found) - used, "%zu left out|", list.left_out);
    assert_string_equal(found, wanted);
    import_list_clear(&list);
}

static void refuse(enum import_format format, const char *text, const char *code)
{
    struct import_list list;
    assert_int_equal(read_list(format, text, &list), -1);
    assert_string_equal(failure.code, code);
    assert_int_equal(failure.exit, EXIT_REJECTED);
    import_list_clear(&list);
}

static void test_plain(void **state)
{
    (void)state;
    expect(IMPORT_PLAIN, "", "");
    expect(IMPORT_PLAIN, "192.0.2.7", "1 192.0.2.7 0|");
    expect(IMPORT_PLAIN,
           "# list\n\n 192.0.2.7 ; SBL1\r\n;x\n2001:db8::1\n2001:db8::1/128\t#\n192.0.2.0/24#x\n",
           "3 192.0.2.7 0|5 2001:db8::1/128* 0|6 2001:db8::1/128 0|7 192.0.2.0/24 0|");
    expect(IMPORT_PLAIN,
           "\xef\xbb\xbf"
           "192.0.2.7\n",
           "1 192.0.2.7 0|");
    expect(IMPORT_PLAIN, "192.0.2.7 192.0.2.8\n192.0.2.7/24\n::ffff:192.0.2.9\n300.0.0.1\n",
           "3 192.0.2.9 0|1 bad_address|2 bad_address|4 bad_address|");
}

static void test_map(void **state)
{
    (void)state;
    expect(IMPORT_MAP,
           "# bansync\n192.0.2.7 # x\n192.0.2.9/24\n2001:db8::1\n192.0.2.8,192.0.2.10\n",
           "2 192.0.2.7 0|3 192.0.2.0/24 0|4 2001:db8::1/128 0|5 192.0.2.8 0|5 192.0.2.10 0|");
    expect(IMPORT_MAP, "nobody\n0.0.0.0/0\n", "1 bad_address|2 bad_address|");
}

static void test_csv(void **state)
{
    (void)state;
    expect(IMPORT_CSV, "", "");
    expect(IMPORT_CSV, "ip\n192.0.2.7\n", "2 192.0.2.7 0|");
    expect(IMPORT_CSV,
           "# made\nReason,NET,Expires\n\"a \"\"b\"\", c\",192.0.2.0/24,2026-11-30T12:00:00Z\n"
           "# x\n\n,192.0.2.7,permanent\nx,192.0.2.8\n",
           "3 192.0.2.0/24 1796040000 a \"b\", c|6 192.0.2.7 -1|7 192.0.2.8 0 x|");
    expect(IMPORT_CSV, "\xef\xbb\xbfip;until\r\n192.0.2.7;1796040000\r\n\"192.0.2.8\" ; never\r\n",
           "2 192.0.2.7 1796040000|3 192.0.2.8 -1|");
    expect(IMPORT_CSV, "ip\treason\tsince\tactor\n192.0.2.7\ta, b\t1795000000\tbob\n",
           "2 192.0.2.7 0 a, b [since 2026-11-18T11:06:40Z by bob]|");
    expect(
        IMPORT_CSV,
        "ip,until,reason\n192.0.2.7,soon,\n192.0.2.7,0,\n192.0.2.7,,\"a\nb\"\n192.0.2.8,,,\n,,x\n"
        "192.0.2.9,,\"open\n192.0.2.10,,",
        "2 bad_end|3 bad_end|4 bad_reason|6 bad_row|7 bad_address|8 bad_row|");
    expect(IMPORT_CSV,
           "ip,until\n192.0.2.7,2026-02-30T00:00:00Z\n192.0.2.7,2026-11-30T12:00:00.5Z\n"
           "192.0.2.7,2026-11-30T12:00:00+01:00\n192.0.2.7,2026-11-30\n",
           "3 192.0.2.7 1796040000|2 bad_end|4 bad_end|5 bad_end|");
    refuse(IMPORT_CSV, "address,until\n192.0.2.7,\n", "no_column");
}

/* What "banctl list --json" writes: why hits banned is told, and a ban that was imported keeps
 * since when and by whom it was before. */
static void test_json_of_list(void **state)
{
    (void)state;
    expect(
        IMPORT_JSON,
        "{\"schema\":\"banctl.list/1\",\"bans\":[\n"
        "{\"net\":\"203.0.113.7/32\",\"count\":10,\"hits\":10,\"messages\":2,\"accounts\":"
        "[\"bob@example.org\"],\"since\":\"2026-11-20T07:44:00Z\",\"expires\":null,\"source\":"
        "\"auto\",\"actor\":null,\"reason\":null},\n"
        "{\"net\":null,\"account\":\"eve\",\"hits\":9,\"messages\":9,\"accounts\":[],\"addresses\":"
        "[\"192.0.2.1\"],\"since\":\"2026-11-20T07:44:00Z\",\"expires\":null,\"source\":\"auto\"},"
        "\n"
        "{\"net\":\"203.0.113.8/32\",\"hits\":0,\"messages\":0,\"accounts\":[],\"since\":"
        "\"2026-11-20T07:44:00Z\",\"expires\":null,\"source\":\"manual\",\"actor\":\"alice\","
        "\"reason\":null},\n"
        "{\"net\":\"203.0.113.9/32\",\"hits\":0,\"messages\":0,\"accounts\":[],\"since\":"
        "\"2026-11-20T07:44:00Z\",\"expires\":null,\"source\":\"manual\",\"actor\":\"alice\","
        "\"reason\":\"stolen [since 2026-11-01T00:00:00Z by bob]\"}]}",
        "2 203.0.113.7 -1 10 hits, 2 messages, bob@example.org [since "
        "2026-11-20T07:44:00Z]|"
        "3 account eve -1 9 hits, from 192.0.2.1 [since 2026-11-20T07:44:00Z]|"
        "4 203.0.113.8 -1 [since 2026-11-20T07:44:00Z by alice]|"
        "5 203.0.113.9 -1 stolen [since 2026-11-01T00:00:00Z by bob]|");
}

static void test_json(void **state)
{
    (void)state;
    expect(IMPORT_JSON, "[]", "");
    expect(IMPORT_JSON, " [ \"192.0.2.7\" ,\n\"2001:db8::1\"]\n",
           "1 192.0.2.7 0|2 2001:db8::1/128* 0|");
    expect(IMPORT_JSON,
           "{\"schema\":\"x\",\"total\":[{\"bans\":[1]}],\"bans\":[\n{\"net\":\"192.0.2.0/"
           "24\",\"until\":null,"
           "\"reason\":\"a [b]\"},\n{\"ip\":\"192.0.2.7\",\"expires\":1796040000},"
           "{\"prefix\":\"192.0.2.8\"}]}",
           "2 192.0.2.0/24 -1 a [b]|3 192.0.2.7 1796040000|3 192.0.2.8 0|");
    expect(IMPORT_JSON,
           "[7,\nnull,{},{\"net\":7},\n{\"net\":\"nobody\"},{\"net\":\"192.0.2.7\",\"until\":true},"
           "{\"a\":1 2},\"\\u0000\"]",
           "1 bad_element|2 bad_element|2 bad_element|2 bad_element|3 bad_address|3 bad_end|"
           "3 bad_element|3 bad_element|");
    static const char *const broken[] = {
        "",
        "7",
        "[",
        "[,]",
        "[1,]",
        "[1}",
        "[\"a",
        "[1] x",
        "{\"bans\":[1]",
        "{\"bans\":[1],}",
        "{bans:[]}",
        "[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]",
    };
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        refuse(IMPORT_JSON, broken[i], "bad_json");
    refuse(IMPORT_JSON, "{\"a\":1,\"ban\":[]}", "no_list");
}

/* In the same lists as networks; nothing that stands where an address must is one. */
static void test_accounts(void **state)
{
    (void)state;
    expect(IMPORT_CSV,
           "net,account,reason\n,Bob@Example.org,x\n192.0.2.7,,y\n,\" "
           "a,\"\"b\"\"#\",\n192.0.2.7,bob,\n"
           ",a\tb,\n,,\n",
           "2 account bob@example.org 0 x|3 192.0.2.7 0 y|4 account  a,\"b\"# 0|5 bad_row|"
           "6 bad_account|7 bad_address|");
    expect(IMPORT_CSV, "account\n127.0.0.1\nDOM\\User\nDOM\\xavier\n\\\\x41\n\\xFF\n\\xff\n",
           "2 account 127.0.0.1 0|3 account dom\\x5Cuser 0|4 account dom\\x5Cxavier 0|"
           "5 account \\x5Cx41 0|6 account \\xFF 0|7 account \\x5Cxff 0|");
    expect(IMPORT_JSON,
           "[{\"net\":null,\"account\":\"Bob\",\"until\":null},{\"account\":\"\\u00e4\"},\"bob\","
           "{\"net\":\"192.0.2.7\",\"account\":\"bob\"},{\"account\":\"\"},{\"account\":7}]",
           "1 account bob -1|1 account \\xC3\\xA4 0|1 bad_address|1 bad_row|1 bad_address|"
           "1 bad_element|");
    expect(IMPORT_PLAIN, "bob@example.org\n192.0.2.7\n", "2 192.0.2.7 0|1 bad_address|");
    expect(IMPORT_MAP, "# bansync\nbob@example.org\n", "2 bad_address|");
}

/* Of a list that cannot tell each line is one; of others they are taken alone. */
static void test_accounts_only(void **state)
{
    (void)state;
    accounts_only = true;
    expect(IMPORT_PLAIN, " Bob # x\n;\n192.0.2.7\na b\n\\x23\\x20\n\xff\na\001\n",
           "1 account bob 0|3 account 192.0.2.7 0|4 account a b 0|5 account #  0|"
           "6 account \\xFF 0|7 bad_account|");
    expect(IMPORT_PLAIN,
           "\xef\xbb\xbf"
           "bob\n",
           "1 account bob 0|");
    expect(IMPORT_MAP, "# bansync\nbob\n\"a b\" \r\n\n\"bob\"\nbob # x\n/x/\n\"a\nend\\\n",
           "2 account bob 0|3 account a b 0|5 account bob 0|9 account end\\x5C 0|6 bad_account|"
           "7 bad_account|8 bad_account|");
    expect(IMPORT_CSV, "ip,account\n192.0.2.7,\nnobody,\n,bob\n", "4 account bob 0|2 left out|");
    expect(IMPORT_JSON, "[\"192.0.2.7\",{\"net\":\"192.0.2.8\"},{\"account\":\"bob\"}]",
           "1 account 192.0.2.7 0|1 account bob 0|1 left out|");
    accounts_only = false;
}

static void test_what_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum import_format format;
    } lists[] = {
        {"", IMPORT_PLAIN},
        {"192.0.2.7\n", IMPORT_PLAIN},
        {"# ip,until\n192.0.2.7\n", IMPORT_PLAIN},
        {"; x\n\n ip,until\n", IMPORT_CSV},
        {"Account\nbob\n", IMPORT_CSV},
        {"bob@example.org\n", IMPORT_PLAIN},
        {"\xef\xbb\xbfIP\n", IMPORT_CSV},
        {"ip;until\n", IMPORT_PLAIN},
        {"\"ip\"\n", IMPORT_CSV},
        {"\n\t{\"bans\":[]}", IMPORT_JSON},
        {"[\"192.0.2.7\"]", IMPORT_JSON},
        {"# bansync blacklist map. Written by bansyncd: changes made here are lost; use banctl.\n",
         IMPORT_MAP},
        {"# bansync\n192.0.2.7\n", IMPORT_PLAIN},
    };
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        assert_int_equal(import_format_of(lists[i].text, strlen(lists[i].text)), lists[i].format);
    assert_int_equal(import_format_of("SQLite format 3\0rest", 20), IMPORT_FAIL2BAN);
}

/* Of one network that stays which ends last; senders of one prefix are one network. */
static void test_settle(void **state)
{
    (void)state;
    struct import_list list;
    assert_int_equal(read_list(IMPORT_CSV,
                               "ip,until,reason\n192.0.2.9,1796040000,a\n192.0.2.7,1796040001,b\n"
                               "192.0.2.7,1796040002,c\n192.0.2.7,1796040002,d\n2001:db8::1,,e\n"
                               "2001:db8::2,1796040000,f\n2001:db8::2/128,,g\n",
                               &list),
                     0);
    assert_int_equal(import_list_settle(&list, 64, TIME_NEVER_MS), 3);
    static const struct {
        const char *net, *reason;
    } wanted[] = {
        {"192.0.2.7", "c"}, {"192.0.2.9", "a"}, {"2001:db8::/64", "e"}, {"2001:db8::2/128", "g"}};
    assert_int_equal(list.count, 4);
    for (size_t i = 0; i < 4; i++) {
        char net[ADDR_TEXT_SIZE];
        struct addr addr = addr_of_prefix(&list.entries[i].net);
        addr_print_operand(&addr, net);
        assert_string_equal(net, wanted[i].net);
        assert_string_equal(import_list_reason(&list, &list.entries[i]), wanted[i].reason);
    }
    import_list_clear(&list);
}

/* Accounts come behind all networks; of one name, whatever its case, that which ends last. */
static void test_settle_accounts(void **state)
{
    (void)state;
    static const char *const wanted[] = {"2001:db8::2/128", "account ann", "account bob"};
    struct import_list list;
    assert_int_equal(
        read_list(IMPORT_CSV,
                  "account,ip,until,reason\nbob,,1796040000,a\nBOB,,1796040001,b\nann,,,c\n"
                  ",2001:db8::2/128,,d\n",
                  &list),
        0);
    assert_int_equal(import_list_settle(&list, 64, TIME_NEVER_MS), 1);
    assert_int_equal(list.count, 3);
    for (size_t i = 0; i < 3; i++) {
        char whom[ADDR_TEXT_SIZE];
        struct addr addr = import_list_subject(&list, &list.entries[i]);
        addr_print_subject(&addr, whom);
        assert_string_equal(whom, wanted[i]);
    }
    assert_string_equal(import_list_reason(&list, &list.entries[2]), "b");
    import_list_clear(&list);
}

static void test_too_many(void **state)
{
    (void)state;
    struct import_list list = {.entries = NULL};
    struct addr addr;
    assert_int_equal(addr_parse("192.0.2.0/24", 12, false, &addr), 0);
    for (uint32_t i = 0; i < IMPORT_ENTRIES_MAX; i++)
        import_list_add(&list, i + 1, &addr);
    assert_false(list.is_full);
    import_list_bad(&list, IMPORT_ENTRIES_MAX + 1, "x", 1, "bad_address", "no");
    assert_true(list.is_full);
    assert_int_equal(list.count + list.bad_count, IMPORT_ENTRIES_MAX);
    import_list_clear(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),         cmocka_unit_test(test_map),
        cmocka_unit_test(test_csv),           cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_of_list),  cmocka_unit_test(test_accounts),
        cmocka_unit_test(test_accounts_only), cmocka_unit_test(test_what_it_is),
        cmocka_unit_test(test_settle),        cmocka_unit_test(test_settle_accounts),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
