/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams from rspamd: what is read, and that nothing but what is written in the manual is a hit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "datagram.h"

#define CORE "bansync1\0ip=203.0.113.7\0time=1790000000123\0uid=5fe4\0bucket=user\0"

/* Of a literal, its own NUL left out. */
#define READ(text, hit) read_copy(text, sizeof(text) - 1, hit)

static char *copy;

/* From memory that ends where the datagram does, so that the sanitizer sees a byte too many. */
static enum datagram_result read_copy(const char *bytes, size_t size, struct datagram_hit *hit)
{
    free(copy);
    copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    return datagram_read(copy, size, hit);
}

static int teardown(void **state)
{
    (void)state;
    free(copy);
    copy = NULL;
    return 0;
}

static void assert_text(struct line_text text, const char *wanted)
{
    assert_int_equal(text.length, strlen(wanted));
    assert_memory_equal(text.bytes, wanted, text.length);
}

static void assert_malformed(const char *bytes, size_t size, const char *reason)
{
    struct datagram_hit hit;

    assert_int_equal(read_copy(bytes, size, &hit), DATAGRAM_MALFORMED);
    assert_string_equal(hit.reason, reason);
}
#define MALFORMED(text, reason) assert_malformed(text, sizeof(text) - 1, reason)

static void a_whole_hit_is_read(void **state)
{
    struct datagram_hit hit;
    char text[ADDR_TEXT_SIZE];

    (void)state;
    assert_int_equal(
        READ("bansync1\0ip=2001:db8::9\0time=1790000000123\0uid=5fe4a\0bucket=user\0"
             "bucket=my sel\0qid=4T0000001\0user=alice@example.org\0mid=1@example.org\0",
             &hit),
        DATAGRAM_HIT);
    addr_print(&hit.addr, text);
    assert_string_equal(text, "2001:db8::9");
    assert_int_equal(hit.t_ms, 1790000000123);
    assert_text(hit.uid, "5fe4a");
    assert_int_equal(hit.bucket_count, 2);
    assert_text(hit.buckets[0], "user");
    assert_text(hit.buckets[1], "my sel");
    assert_text(hit.qid, "4T0000001");
    assert_text(hit.account, "alice@example.org");
    assert_text(hit.message_id, "1@example.org");
    assert_null(hit.reason);
}

static void what_rspamd_does_not_know_is_absent(void **state)
{
    struct datagram_hit hit;

    (void)state;
    assert_int_equal(READ(CORE, &hit), DATAGRAM_HIT);
    assert_null(hit.qid.bytes);
    assert_null(hit.account.bytes);
    assert_null(hit.message_id.bytes);
    assert_int_equal(hit.bucket_count, 1);
    assert_int_equal(READ("bansync1\0ip=none\0time=1\0uid=5\0bucket=user\0", &hit),
                     DATAGRAM_UNATTRIBUTABLE);
}

static void a_mapped_address_is_that_of_ipv4(void **state)
{
    struct datagram_hit hit;

    (void)state;
    assert_int_equal(READ("bansync1\0ip=::ffff:203.0.113.7\0time=1\0uid=5\0bucket=u\0", &hit),
                     DATAGRAM_HIT);
    assert_int_equal(hit.addr.kind, ADDR_IPV4);
}

static void fields_of_later_versions_are_passed_over(void **state)
{
    struct datagram_hit hit;

    (void)state;
    assert_int_equal(READ(CORE "helo=mail.example.org\0user=bob\0empty=\0", &hit), DATAGRAM_HIT);
    assert_text(hit.account, "bob");
}

static void a_senders_text_stays_in_its_field(void **state)
{
    struct datagram_hit hit;
    char text[ADDR_TEXT_SIZE];

    (void)state;
    assert_int_equal(READ(CORE "user=x, ip: 192.0.2.1, ip=192.0.2.1\\x00ip=192.0.2.1\0"
                               "qid=Q>, ip: 192.0.2.1\0mid=ip=192.0.2.1\xff\0",
                          &hit),
                     DATAGRAM_HIT);
    addr_print(&hit.addr, text);
    assert_string_equal(text, "203.0.113.7");
    assert_text(hit.account, "x, ip: 192.0.2.1, ip=192.0.2.1\\x00ip=192.0.2.1");
    MALFORMED(CORE "user=x\0ip=192.0.2.1\0", "a field comes twice");
    MALFORMED(CORE "user=x\0time=1\0", "a field comes twice");
    MALFORMED(CORE "user=x\0uid=1\0", "a field comes twice");
}

static void another_beginning_is_malformed(void **state)
{
    (void)state;
    MALFORMED("", "it does not begin with \"bansync1\"");
    MALFORMED("bansync1", "it does not begin with \"bansync1\"");
    MALFORMED("bansync2\0ip=203.0.113.7\0", "it does not begin with \"bansync1\"");
    MALFORMED("bansync11\0ip=203.0.113.7\0", "it does not begin with \"bansync1\"");
    MALFORMED("bansync1\0", "it ends within a field");
    MALFORMED("bansync1\0time=1\0ip=203.0.113.7\0uid=5\0bucket=u\0",
              "the first fields are not ip, time, uid, bucket");
    MALFORMED("bansync1\0ip=203.0.113.7\0time=1\0uid=5\0user=u\0",
              "the first fields are not ip, time, uid, bucket");
    MALFORMED("bansync1\0ip=203.0.113.7\0time=1\0uid=5\0", "it ends within a field");
}

static void every_cut_is_malformed(void **state)
{
    static const char whole[] = CORE "qid=4T0000001\0user=alice\0mid=1@example.org";
    struct datagram_hit hit;
    size_t sound = 0;

    (void)state;
    for (size_t size = 0; size <= sizeof(whole); size++)
        sound += read_copy(whole, size, &hit) == DATAGRAM_HIT;
    assert_int_equal(sound, 4); /* only at the end of a field: behind bucket, qid, user and mid */
}

static void what_is_no_address_is_malformed(void **state)
{
    (void)state;
    MALFORMED("bansync1\0ip=203.0.113.7/24\0time=1\0uid=5\0bucket=u\0", "ip is no address");
    MALFORMED("bansync1\0ip=203.0.113.07\0time=1\0uid=5\0bucket=u\0", "ip is no address");
    MALFORMED("bansync1\0ip=1.2.3\0time=1\0uid=5\0bucket=u\0", "ip is no address");
    MALFORMED("bansync1\0ip=fe80::1%lo\0time=1\0uid=5\0bucket=u\0", "ip is no address");
    MALFORMED("bansync1\0ip=\0time=1\0uid=5\0bucket=u\0", "a value is empty or too long");
}

static void what_is_no_time_is_malformed(void **state)
{
    struct datagram_hit hit;

    (void)state;
    MALFORMED("bansync1\0ip=none\0time=-1\0uid=5\0bucket=u\0", "time is no number");
    MALFORMED("bansync1\0ip=none\0time=1.5\0uid=5\0bucket=u\0", "time is no number");
    MALFORMED("bansync1\0ip=none\0time=1e3\0uid=5\0bucket=u\0", "time is no number");
    MALFORMED("bansync1\0ip=none\0time=1000000000000000\0uid=5\0bucket=u\0",
              "a value is empty or too long");
    assert_int_equal(READ("bansync1\0ip=::1\0time=999999999999999\0uid=5\0bucket=u\0", &hit),
                     DATAGRAM_HIT);
    assert_int_equal(hit.t_ms, 999999999999999);
}

static void malformed_fields_refuse_the_whole(void **state)
{
    (void)state;
    MALFORMED(CORE "user\0", "a field without \"=\"");
    MALFORMED(CORE "\0", "a field without \"=\"");
    MALFORMED(CORE "=x\0", "a key that is none");
    MALFORMED(CORE "User=x\0", "a key that is none");
    MALFORMED(CORE "abcdefghijklmnopq=x\0", "a key that is none");
    MALFORMED(CORE "user=a\nb\0", "a control byte in a value");
    MALFORMED(CORE "later=a\x7f\0", "a control byte in a value");
    MALFORMED(CORE "user=x\0user=y\0", "a field comes twice");
    MALFORMED(CORE "qid=\0", "a value is empty or too long");
    MALFORMED(CORE "bucket=\0", "a value is empty or too long");
    MALFORMED(CORE "bucket=b\0bucket=c\0bucket=d\0bucket=e\0", "too many buckets");
}

/* CORE and one field of that many bytes. */
static enum datagram_result read_long(const char *key, size_t length)
{
    static char bytes[2 * DATAGRAM_BYTES_MAX];
    struct datagram_hit hit;
    size_t size = sizeof(CORE) - 1;

    memcpy(bytes, CORE, size);
    size += (size_t)snprintf(bytes + size, sizeof(bytes) - size, "%s=", key);
    memset(bytes + size, 'x', length);
    bytes[size + length] = '\0';
    return read_copy(bytes, size + length + 1, &hit);
}

static void lengths_are_bounded(void **state)
{
    (void)state;
    assert_int_equal(read_long("user", ACCOUNT_BYTES_MAX), DATAGRAM_HIT);
    assert_int_equal(read_long("user", ACCOUNT_BYTES_MAX + 1), DATAGRAM_MALFORMED);
    assert_int_equal(read_long("qid", QID_BYTES_MAX), DATAGRAM_HIT);
    assert_int_equal(read_long("qid", QID_BYTES_MAX + 1), DATAGRAM_MALFORMED);
    assert_int_equal(read_long("mid", DATAGRAM_MESSAGE_ID_BYTES_MAX), DATAGRAM_HIT);
    assert_int_equal(read_long("mid", DATAGRAM_MESSAGE_ID_BYTES_MAX + 1), DATAGRAM_MALFORMED);
    assert_int_equal(read_long("bucket", BUCKET_BYTES_MAX), DATAGRAM_HIT);
    assert_int_equal(read_long("bucket", BUCKET_BYTES_MAX + 1), DATAGRAM_MALFORMED);
    assert_int_equal(read_long("later", DATAGRAM_BYTES_MAX - sizeof(CORE) + 1 - 7), DATAGRAM_HIT);
    assert_int_equal(read_long("later", DATAGRAM_BYTES_MAX - sizeof(CORE) + 1 - 6),
                     DATAGRAM_MALFORMED);
}

static void fields_are_counted(void **state)
{
    char bytes[sizeof(CORE) + 2 * sizeof("a=") * DATAGRAM_FIELDS_MAX];
    struct datagram_hit hit;
    size_t size = sizeof(CORE) - 1;

    (void)state;
    memcpy(bytes, CORE, size);
    for (size_t i = 4; i < DATAGRAM_FIELDS_MAX; i++, size += sizeof("a="))
        memcpy(bytes + size, "a=", sizeof("a="));
    assert_int_equal(read_copy(bytes, size, &hit), DATAGRAM_HIT);
    memcpy(bytes + size, "a=", sizeof("a="));
    assert_malformed(bytes, size + sizeof("a="), "too many fields");
}

/* What waited while the agent was held up was not sent just now. */
static void it_counts_when_it_was_told_unless_that_cannot_be(void **state)
{
    const int64_t hour = 3600000, now = 1790000000000, skew = CLOCK_SKEW_MS_MAX;
    const struct {
        int64_t t, read, counts;
    } cases[] = {
        {now, now - 100, now},
        {now - 100 - skew, now - 100, now - 100 - skew},
        {now - 101 - skew, now - 100, now},
        {now - hour, now - hour, now - hour}, /* it waited for an hour */
        {now - hour - skew - 1, now - hour, now},
        {now + skew, now - hour, now + skew},
        {now + skew + 1, now - hour, now},
        {now - skew, now + hour, now - skew}, /* the clock was put back */
        {now + 2 * skew, now + hour, now},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool told;

        assert_int_equal(datagram_time_ms(cases[i].t, cases[i].read, now, &told), cases[i].counts);
        assert_int_equal(told, cases[i].counts == cases[i].t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_hit_is_read),
        cmocka_unit_test(it_counts_when_it_was_told_unless_that_cannot_be),
        cmocka_unit_test(what_rspamd_does_not_know_is_absent),
        cmocka_unit_test(a_mapped_address_is_that_of_ipv4),
        cmocka_unit_test(fields_of_later_versions_are_passed_over),
        cmocka_unit_test(a_senders_text_stays_in_its_field),
        cmocka_unit_test(another_beginning_is_malformed),
        cmocka_unit_test(every_cut_is_malformed),
        cmocka_unit_test(what_is_no_address_is_malformed),
        cmocka_unit_test(what_is_no_time_is_malformed),
        cmocka_unit_test(malformed_fields_refuse_the_whole),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(fields_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, teardown);
}
