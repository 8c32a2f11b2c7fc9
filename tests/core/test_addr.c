/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses: what is read, what is refused, and that equal prefixes are equal bytes.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "addr.h"

static struct addr parse(const char *text)
{
    struct addr addr;
    assert_int_equal(addr_parse(text, strlen(text), false, &addr), 0);
    assert_true(addr_is_canonical(&addr));
    return addr;
}

static void expect_host(const char *text, const char *printed)
{
    struct addr addr;
    char out[ADDR_TEXT_SIZE];
    assert_int_equal(addr_parse_host(text, strlen(text), &addr), 0);
    assert_true(addr_is_host(&addr));
    assert_true(addr_is_canonical(&addr));
    assert_int_equal(addr_print(&addr, out), strlen(printed));
    assert_string_equal(out, printed);
}

static void expect_masked(const char *text, const char *printed)
{
    struct addr addr;
    char out[ADDR_TEXT_SIZE];
    assert_int_equal(addr_parse(text, strlen(text), true, &addr), 0);
    assert_true(addr_is_canonical(&addr));
    addr_print(&addr, out);
    assert_string_equal(out, printed);
}

static void hosts_are_printed_in_one_form(void **state)
{
    (void)state;
    expect_host("203.0.113.5", "203.0.113.5");
    expect_host("0.0.0.0", "0.0.0.0");
    expect_host("2001:DB8:0:0:0:0:0:9", "2001:db8::9");
    expect_host("2001:db8::0009", "2001:db8::9");
    expect_host("::ffff:203.0.113.9", "203.0.113.9");
    expect_host("::FFFF:cb00:7109", "203.0.113.9");
    expect_host("::", "::");
    expect_host("2001:db8:ffff:ffff:ffff:ffff:255.255.255.255",
                "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
}

static void equal_hosts_are_equal_bytes(void **state)
{
    (void)state;
    struct addr plain = parse("203.0.113.9");
    struct addr mapped;
    memset(&mapped, 0xaa, sizeof(mapped));
    assert_int_equal(addr_parse_host("::ffff:203.0.113.9", 18, &mapped), 0);
    assert_memory_equal(&plain, &mapped, sizeof(plain));
}

static void other_forms_are_refused_and_leave_the_value_alone(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " 203.0.113.5",
        "203.0.113.5 ",
        "203.0.113",
        "203.0.113.05",
        "203.0.113.500",
        "203.0.113.",
        "203.0.113.5.1",
        "203.0.113.5:25",
        "[2001:db8::1]",
        "2001:db8::1%lo",
        "IPv6:2001:db8::1",
        "2001:db8",
        "2001:db8:::1",
        "2001:db8::1::2",
        "0x1.2.3.4",
        "1.2.3.4,",
        "12345::",
        "localhost",
        "-1.2.3.4",
        "::ffff:203.0.113.256",
        ":",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct addr before;
        struct addr addr;
        memset(&addr, 0x5a, sizeof(addr));
        before = addr;
        assert_int_equal(addr_parse_host(bad[i], strlen(bad[i]), &addr), -1);
        assert_int_equal(addr_parse(bad[i], strlen(bad[i]), true, &addr), -1);
        assert_memory_equal(&addr, &before, sizeof(addr));
    }
}

static void a_text_is_read_to_its_length_and_no_further(void **state)
{
    (void)state;
    struct addr addr;
    assert_int_equal(addr_parse_host("203.0.113.55", 11, &addr), 0);
    assert_int_equal(addr.bytes[3], 5);
    assert_int_equal(addr_parse_host("203.0.113.5\0", 12, &addr), -1);
    assert_int_equal(addr_parse_host("203.0.113.5\0.example", 20, &addr), -1);
    char longest[200];
    memset(longest, '1', sizeof(longest));
    assert_int_equal(addr_parse_host(longest, sizeof(longest), &addr), -1);
    assert_int_equal(addr_parse_host("203.0.113.0/24", 14, &addr), -1);
}

static void prefixes_keep_their_length(void **state)
{
    (void)state;
    char out[ADDR_TEXT_SIZE];
    struct addr net = parse("203.0.113.0/24");
    assert_int_equal(net.length, 24);
    assert_false(addr_is_host(&net));
    assert_int_equal(addr_print(&net, out), 14);
    assert_string_equal(out, "203.0.113.0/24");
    struct addr host = parse("203.0.113.5/32");
    assert_true(addr_is_host(&host));
    addr_print(&host, out);
    assert_string_equal(out, "203.0.113.5");
    assert_int_equal(addr_print_net(&host, out), 14);
    assert_string_equal(out, "203.0.113.5/32");
    addr_print_operand(&host, out);
    assert_string_equal(out, "203.0.113.5");
    struct addr single = parse("2001:db8::7/128");
    addr_print_operand(&single, out);
    assert_string_equal(out, "2001:db8::7/128");
    struct addr all = parse("::/0");
    addr_print(&all, out);
    assert_string_equal(out, "::/0");
}

static void host_bits_are_refused_or_masked(void **state)
{
    (void)state;
    struct addr addr;
    assert_int_equal(addr_parse("203.0.113.5/24", 14, false, &addr), -1);
    assert_int_equal(addr_parse("2001:db8::1/127", 15, false, &addr), -1);
    expect_masked("203.0.113.5/24", "203.0.113.0/24");
    expect_masked("203.0.113.255/25", "203.0.113.128/25");
    expect_masked("203.0.113.255/0", "0.0.0.0/0");
    expect_masked("2001:db8:1:2:3::1/64", "2001:db8:1:2::/64");
    expect_masked("2001:db8::ff/121", "2001:db8::80/121");
}

static void bad_lengths_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "203.0.113.0/",
        "203.0.113.0/33",
        "203.0.113.0/024",
        "203.0.113.0/+24",
        "203.0.113.0/-1",
        "203.0.113.0/ 24",
        "203.0.113.0/24 ",
        "203.0.113.0/0x18",
        "203.0.113.0/255.255.255.0",
        "203.0.113.0/24/24",
        "2001:db8::/129",
        "2001:db8::/1000",
        "2001:db8::/18446744073709551680",
        "/24",
        "203.0.113.0/00",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct addr addr;
        assert_int_equal(addr_parse(bad[i], strlen(bad[i]), true, &addr), -1);
    }
}

static void mapped_prefixes_become_ipv4_or_are_refused(void **state)
{
    (void)state;
    struct addr addr;
    expect_masked("::ffff:203.0.113.0/120", "203.0.113.0/24");
    expect_masked("::ffff:203.0.113.9/128", "203.0.113.9");
    expect_masked("::ffff:0:0/96", "0.0.0.0/0");
    assert_int_equal(addr_parse("::ffff:203.0.113.0/95", 21, true, &addr), -1);
    assert_int_equal(addr_parse("::ffff:203.0.113.0/24", 21, true, &addr), -1);
}

static void widening_only_widens(void **state)
{
    (void)state;
    char out[ADDR_TEXT_SIZE];
    struct addr addr = parse("2001:db8:1:2:3:4:5:6");
    addr_widen(&addr, 128);
    addr_widen(&addr, 63);
    addr_print(&addr, out);
    assert_string_equal(out, "2001:db8:1:2::/63");
    addr_widen(&addr, 64);
    assert_int_equal(addr.length, 63);
    addr_widen(&addr, 0);
    assert_true(addr_is_canonical(&addr));
    addr_print(&addr, out);
    assert_string_equal(out, "::/0");
}

static void a_subject_is_an_ipv4_host_or_an_ipv6_prefix(void **state)
{
    (void)state;
    char out[ADDR_TEXT_SIZE];
    struct addr v4 = parse("203.0.113.5");
    struct addr v6 = parse("2001:db8:1:2:3::4");
    struct addr subject = addr_subject(&v4, 64);
    assert_memory_equal(&subject, &v4, sizeof(v4));
    subject = addr_subject(&v6, 64);
    addr_print(&subject, out);
    assert_string_equal(out, "2001:db8:1:2::/64");
    subject = addr_subject(&v6, 128);
    assert_memory_equal(&subject, &v6, sizeof(v6));
}

static void the_order_is_that_of_the_map(void **state)
{
    (void)state;
    static const char *const sorted[] = {"0.0.0.0/0",   "203.0.113.0/24", "203.0.113.0/25",
                                         "203.0.113.0", "203.0.113.1",    "203.0.114.0/24",
                                         "::/0",        "2001:db8::/32",  "2001:db8::/64",
                                         "2001:db8::",  "2001:db8::1"};
    size_t count = sizeof(sorted) / sizeof(sorted[0]);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            struct addr a = parse(sorted[i]);
            struct addr b = parse(sorted[j]);
            int order = addr_compare(&a, &b);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

static void covering_is_being_the_same_or_wider(void **state)
{
    (void)state;
    struct addr net = parse("203.0.113.128/25");
    struct addr inside = parse("203.0.113.129");
    struct addr outside = parse("203.0.113.127");
    struct addr wider = parse("203.0.113.0/24");
    struct addr lower_half = parse("203.0.113.0/25");
    struct addr all4 = parse("0.0.0.0/0");
    struct addr all6 = parse("::/0");
    assert_true(addr_covers(&net, &net));
    assert_true(addr_covers(&net, &inside));
    assert_false(addr_covers(&net, &outside));
    assert_false(addr_covers(&net, &wider));
    assert_false(addr_covers(&lower_half, &wider));
    assert_true(addr_covers(&wider, &net));
    assert_true(addr_covers(&all4, &net));
    assert_false(addr_covers(&all6, &net));
}

static void some_addresses_are_never_counted(void **state)
{
    (void)state;
    static const char *const never[] = {"127.0.0.1", "127.255.255.255", "0.0.0.0",
                                        "224.0.0.1", "239.255.255.255", "::1",
                                        "::",        "ff02::1",         "::ffff:127.0.0.1",
                                        "::2",       "::192.0.2.1",     "::1:0:0:5"};
    static const char *const counted[] = {"126.255.255.255", "128.0.0.1", "203.0.113.5",
                                          "223.255.255.255", "240.0.0.1", "0:1::2",
                                          "2001:db8::1",     "7f00::1",   "64:ff9b::c000:201"};
    struct addr addr;
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        assert_int_equal(addr_parse_host(never[i], strlen(never[i]), &addr), 0);
        assert_false(addr_is_countable(&addr));
    }
    for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
        addr = parse(counted[i]);
        assert_true(addr_is_countable(&addr));
    }
}

static void very_wide_prefixes_have_no_effect(void **state)
{
    (void)state;
    struct addr addr = parse("10.0.0.0/8");
    assert_true(addr_is_bannable(&addr));
    addr = parse("10.0.0.0/7");
    assert_false(addr_is_bannable(&addr));
    addr = parse("2001:db8::/32");
    assert_true(addr_is_bannable(&addr));
    addr = parse("2001:db8::/31");
    assert_false(addr_is_bannable(&addr));
    addr = parse("::fffe:0:0/95"); /* covers all of IPv4 for who maps it there */
    assert_false(addr_is_bannable(&addr));
    addr = parse("::/64");
    assert_false(addr_is_bannable(&addr));
    addr = parse("0:1::/32");
    assert_true(addr_is_bannable(&addr));
    addr = parse("192.0.2.1");
    addr.length++; /* damage */
    assert_false(addr_is_bannable(&addr));
    addr = parse("2001:db8::1");
    addr.length++;
    assert_false(addr_is_bannable(&addr));
}

static void only_canonical_values_are_canonical(void **state)
{
    (void)state;
    struct addr good = parse("203.0.113.0/24");
    struct addr bad = good;
    bad.kind = 5;
    assert_false(addr_is_canonical(&bad));
    bad = good;
    bad.length = 33;
    assert_false(addr_is_canonical(&bad));
    bad = good;
    bad.bytes[3] = 1;
    assert_false(addr_is_canonical(&bad));
    bad = good;
    bad.bytes[15] = 1;
    assert_false(addr_is_canonical(&bad));
    bad = parse("2001:db8::/32");
    bad.length = 255;
    assert_false(addr_is_canonical(&bad));
    struct addr mapped = {ADDR_IPV6, 128, {[10] = 0xff, [11] = 0xff, [12] = 203, [15] = 5}};
    assert_false(addr_is_canonical(&mapped));
    mapped.bytes[11] = 0xfe;
    assert_true(addr_is_canonical(&mapped));
}

static void printing_and_reading_are_inverse(void **state)
{
    (void)state;
    srandom(1);
    for (int i = 0; i < 20000; i++) {
        struct addr addr = {.kind = random() % 2 ? ADDR_IPV4 : ADDR_IPV6};
        unsigned bits = addr_bits(&addr);
        addr.length = (uint8_t)bits;
        for (unsigned byte = 0; byte < bits / 8; byte++)
            addr.bytes[byte] = random() % 3 ? (uint8_t)random() : 0;
        addr_widen(&addr, (unsigned)random() % (bits + 1));
        if (!addr_is_canonical(&addr))
            continue; /* a v4-mapped one */
        char text[ADDR_TEXT_SIZE];
        struct addr again = {0};
        size_t length = addr_print(&addr, text);
        assert_int_equal(addr_parse(text, length, false, &again), 0);
        assert_memory_equal(&addr, &again, sizeof(addr));
    }
}

static struct addr account(const char *name)
{
    struct addr addr;
    assert_int_equal(addr_parse_account(name, strlen(name), &addr), 0);
    assert_true(addr_is_canonical(&addr) && addr_is_host(&addr) && addr_is_bannable(&addr));
    return addr;
}

static void an_account_is_its_name_in_lower_case(void **state)
{
    struct addr bob = account("Bob@Example.org"), same = account("bob@example.org"), other;
    char longest[ACCOUNT_BYTES_MAX];
    (void)state;
    assert_memory_equal(&bob, &same, sizeof bob);
    same = account("AZaz@[`{");
    assert_memory_equal(same.bytes, "azaz@[`{", 9);
    same = account("bob@example.org");
    memset(longest, 'x', sizeof longest);
    assert_int_equal(addr_parse_account(longest, sizeof longest - 1, &other), 0);
    assert_int_equal(addr_parse_account(longest, sizeof longest, &other), -1);
    assert_int_equal(addr_parse_account("", 0, &other), -1);
    assert_int_equal(addr_parse_account("a\nb", 3, &other), -1);
    assert_int_equal(addr_parse_account("a\0b", 3, &other), -1);
    assert_int_equal(addr_parse_account("a\x7f", 2, &other), -1);
    bob.bytes[0] = 'B';
    assert_false(addr_is_canonical(&bob));
    same.bytes[ACCOUNT_BYTES_MAX - 1] = 'x'; /* behind its name */
    assert_false(addr_is_canonical(&same));
}

static void an_account_covers_itself_alone(void **state)
{
    struct addr bob = account("bob"), bobby = account("bobby"), host = parse("192.0.2.1");
    struct addr wide = bob;
    (void)state;
    addr_widen(&wide, 1);
    assert_int_equal(addr_compare(&wide, &bob), 0);
    assert_int_equal(addr_widest(&bob), 3);
    assert_true(addr_covers(&bob, &bob));
    assert_false(addr_covers(&bob, &bobby) || addr_covers(&bobby, &bob));
    assert_false(addr_covers(&bob, &host) || addr_covers(&host, &bob));
    assert_true(addr_compare(&host, &bob) < 0 && addr_compare(&bob, &bobby) < 0);
}

static void expect_account(const char *name, const char *printed, const char *operand)
{
    struct addr addr = account(name);
    char text[ADDR_TEXT_SIZE];
    assert_int_equal(addr_print_net(&addr, text), strlen(printed));
    assert_string_equal(text, printed);
    addr_print_subject(&addr, text);
    assert_string_equal(text, printed);
    assert_int_equal(addr_print_operand(&addr, text), strlen(operand));
    assert_string_equal(text, operand);
}

static void an_account_is_printed_so_that_it_harms_nobody(void **state)
{
    char longest[ACCOUNT_BYTES_MAX] = "", text[ADDR_TEXT_SIZE];
    struct addr addr;
    (void)state;
    expect_account("bob@example.org", "account bob@example.org", "--account bob@example.org");
    expect_account("o'brien", "account o'brien", "--account $'o\\x27brien'");
    expect_account("a b;\xc3\xa9", "account a b;\\xC3\\xA9", "--account $'a b;\\xC3\\xA9'");
    expect_account("dom\\bob", "account dom\\x5Cbob", "--account $'dom\\x5Cbob'");
    memset(longest, 0xff, sizeof longest - 1);
    addr = account(longest);
    assert_int_equal(addr_print_operand(&addr, text), 4 * (ACCOUNT_BYTES_MAX - 1) + 13);
}

static void a_prefix_is_the_same_without_the_room_of_an_account(void **state)
{
    static const char *const texts[] = {"192.0.2.0/24", "198.51.100.7", "2001:db8::/32"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct addr addr = parse(texts[i]);
        struct prefix prefix = addr_to_prefix(&addr);
        struct addr back = addr_of_prefix(&prefix);
        assert_memory_equal(&back, &addr, sizeof addr);
    }
}

/* Printed here, not by inet_ntop: each number in each of the four places. */
static void ipv4_is_printed_as_inet_ntop_does(void **state)
{
    char text[ADDR_TEXT_SIZE], wanted[INET_ADDRSTRLEN];

    (void)state;
    for (unsigned place = 0; place < 4; place++)
        for (unsigned number = 0; number < 256; number++) {
            struct addr addr = {ADDR_IPV4, 32, {198, 51, 100, 7}};

            addr.bytes[place] = (uint8_t)number;
            assert_non_null(inet_ntop(AF_INET, addr.bytes, wanted, sizeof(wanted)));
            assert_int_equal(addr_print(&addr, text), strlen(wanted));
            assert_string_equal(text, wanted);
        }
}

/* Each length, of either kind. */
static void a_length_is_printed_in_decimal(void **state)
{
    struct addr addr = {ADDR_IPV4, 0, {0}};
    char text[ADDR_TEXT_SIZE], wanted[32];

    (void)state;
    for (unsigned length = 0; length <= 32 + 128; length++) {
        addr.kind = length <= 32 ? ADDR_IPV4 : ADDR_IPV6;
        addr.length = (uint8_t)(length <= 32 ? length : length - 32);
        snprintf(wanted, sizeof(wanted), "%s/%u", length <= 32 ? "0.0.0.0" : "::", addr.length);
        assert_int_equal(addr_print_net(&addr, text), strlen(wanted));
        assert_string_equal(text, wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4_is_printed_as_inet_ntop_does),
        cmocka_unit_test(a_length_is_printed_in_decimal),
        cmocka_unit_test(hosts_are_printed_in_one_form),
        cmocka_unit_test(equal_hosts_are_equal_bytes),
        cmocka_unit_test(other_forms_are_refused_and_leave_the_value_alone),
        cmocka_unit_test(a_text_is_read_to_its_length_and_no_further),
        cmocka_unit_test(prefixes_keep_their_length),
        cmocka_unit_test(host_bits_are_refused_or_masked),
        cmocka_unit_test(bad_lengths_are_refused),
        cmocka_unit_test(mapped_prefixes_become_ipv4_or_are_refused),
        cmocka_unit_test(widening_only_widens),
        cmocka_unit_test(a_subject_is_an_ipv4_host_or_an_ipv6_prefix),
        cmocka_unit_test(the_order_is_that_of_the_map),
        cmocka_unit_test(covering_is_being_the_same_or_wider),
        cmocka_unit_test(some_addresses_are_never_counted),
        cmocka_unit_test(very_wide_prefixes_have_no_effect),
        cmocka_unit_test(only_canonical_values_are_canonical),
        cmocka_unit_test(printing_and_reading_are_inverse),
        cmocka_unit_test(an_account_is_its_name_in_lower_case),
        cmocka_unit_test(an_account_covers_itself_alone),
        cmocka_unit_test(an_account_is_printed_so_that_it_harms_nobody),
        cmocka_unit_test(a_prefix_is_the_same_without_the_room_of_an_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
