/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bus_zap: requests as libzmq writes them and damaged ones, replies, User-Ids. bus_endpoint: hosts.
 */
#include "bus_endpoint.h"
#include "bus_zap.h"

#include <string.h>

/* cmocka needs the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
/* clang-format on */

static const char key[] = "0123456789abcdef0123456789abcdef";

static struct bus_part part(const char *text)
{
    return (struct bus_part){text, strlen(text)};
}

static void make_request(struct bus_part request[BUS_ZAP_REQUEST_PARTS], const char *address)
{
    request[0] = part("1.0");
    request[1] = part("17");
    request[2] = part("bansync");
    request[3] = part(address);
    request[4] = part("");
    request[5] = part("CURVE");
    request[6] = part(key);
}

static void the_key_of_a_whole_request_is_found(void **state)
{
    static const struct {
        size_t index;
        const char *text;
    } wrong[] = {{0, "1.1"}, {0, ""}, {5, "PLAIN"}, {5, "CURVEX"}, {5, ""}, {6, "short"}, {6, ""}};
    struct bus_part request[BUS_ZAP_REQUEST_PARTS];
    (void)state;
    make_request(request, "192.0.2.1");
    assert_ptr_equal(bus_zap_key(request), key);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        make_request(request, "192.0.2.1");
        request[wrong[i].index] = part(wrong[i].text);
        assert_null(bus_zap_key(request));
    }
}

static void addresses_are_printable(void **state)
{
    static const char *const cases[][2] = {
        {"192.0.2.1", "192.0.2.1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"2001:db8::1", "2001:db8::1"},
        {"::ffff:0:1", "::ffff:0:1"},
        {"a\n\x80 b", "a???b"},
        {"", ""},
        {"2001:db8:1111:2222:3333:4444:5555:6666", "2001:db8:1111:2"},
    };
    struct bus_part request[BUS_ZAP_REQUEST_PARTS];
    char text[16];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make_request(request, cases[i][0]);
        bus_zap_address(request, text, sizeof text);
        assert_string_equal(text, cases[i][1]);
    }
}

static void expect_reply(const struct bus_part reply[BUS_ZAP_REPLY_PARTS], const char *status,
                         const char *user)
{
    static const size_t status_part = 2, user_part = 4;
    assert_memory_equal(reply[0].bytes, "1.0", 3);
    assert_memory_equal(reply[1].bytes, "17", 2);
    assert_int_equal(reply[status_part].size, 3);
    assert_memory_equal(reply[status_part].bytes, status, 3);
    assert_int_equal(reply[user_part].size, strlen(user));
    assert_memory_equal(reply[user_part].bytes, user, strlen(user));
    assert_int_equal(reply[5].size, 0);
}

static void a_refused_key_may_come_back(void **state)
{
    struct bus_part request[BUS_ZAP_REQUEST_PARTS];
    struct bus_part reply[BUS_ZAP_REPLY_PARTS];
    (void)state;
    make_request(request, "192.0.2.1");
    bus_zap_reply(request, "12", reply);
    expect_reply(reply, "200", "12");
    bus_zap_reply(request, NULL, reply);
    expect_reply(reply, "300", "");
}

static void only_users_we_gave_are_peers(void **state)
{
    static const char *const wrong[] = {
        "",          "3", "00", "01", "-1", "+1", " 1", "1 ", "1a", "0x", "18446744073709551616",
        "4294967296"};
    char user[BUS_ZAP_USER_SIZE];
    (void)state;
    for (size_t peer = 0; peer < 256; peer++) {
        bus_zap_user(peer, user);
        assert_int_equal(bus_zap_peer(user, 256), peer);
        assert_int_equal(bus_zap_peer(user, peer), peer);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(bus_zap_peer(wrong[i], 3), 3);
    }
    assert_int_equal(bus_zap_peer(NULL, 3), 3);
    assert_int_equal(bus_zap_peer("0", 0), 0);
}

static void hosts_are_told_apart(void **state)
{
    static const struct {
        const char *endpoint;
        enum bus_host host;
    } cases[] = {
        {"tcp://192.0.2.1:11339", BUS_HOST_IPV4},
        {"tcp://[2001:db8::1]:11339", BUS_HOST_IPV6},
        {"tcp://*:11339", BUS_HOST_IPV6},
        {"tcp://mx1.example.org:11339", BUS_HOST_NAME},
        {"tcp://1.example.org:11339", BUS_HOST_NAME},
        {"tcp://:11339", BUS_HOST_NAME},
        {"", BUS_HOST_NAME},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct bus_peer peers[] = {{.endpoint = "tcp://192.0.2.9:1"},
                                         {.endpoint = cases[i].endpoint}};
        assert_int_equal(bus_endpoint_host(cases[i].endpoint), cases[i].host);
        assert_int_equal(bus_endpoint_any_name(peers, 2), cases[i].host == BUS_HOST_NAME);
        assert_false(bus_endpoint_any_name(peers, 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_of_a_whole_request_is_found),
        cmocka_unit_test(addresses_are_printable),
        cmocka_unit_test(a_refused_key_may_come_back),
        cmocka_unit_test(only_users_we_gave_are_peers),
        cmocka_unit_test(hosts_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
