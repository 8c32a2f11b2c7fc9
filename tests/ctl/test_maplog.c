/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the end of rspamd's log tells of a map.
 */
#include "maplog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MAP "/var/lib/bansync/maps/ip.map"
#define TIME "2026-11-29 22:00:27 "
#define ADDED "rspamd_map_add: added map " MAP "\n"
#define REREAD "rspamd_map_file_read_callback: rereading map file " MAP "\n"
#define READ(n) "rspamd_radix_fin: read radix trie of " n " elements: ents=" n " dup=0\n"
#define MAIN TIME "#10(main) <aaaaaa>; map; "
#define PROXY TIME "#11(rspamd_proxy) <aaaaaa>; map; "
#define NORMAL TIME "#12(normal) <aaaaaa>; map; "

static struct maplog maplog;

static void take(const char *text)
{
    char path[] = "/tmp/test_maplog.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(maplog_read(path, MAP, &maplog), 0);
    close(fd);
    unlink(path);
}

static void each_process_tells_what_it_has_read(void **state)
{
    (void)state;
    take(MAIN ADDED MAIN READ("2") PROXY REREAD PROXY READ("3") NORMAL REREAD NORMAL READ("4"));
    assert_int_equal(maplog.count, 3);
    assert_true(maplog.has_children);
    assert_true(maplog.readers[0].is_parent);
    assert_int_equal(maplog.readers[0].elements, 2);
    assert_int_equal(maplog.readers[1].pid, 11);
    assert_int_equal(maplog.readers[1].elements, 3);
    assert_int_equal(maplog.readers[2].elements, 4);
}

static void the_last_one_counts(void **state)
{
    (void)state;
    take(PROXY REREAD PROXY READ("3") PROXY REREAD PROXY READ("5"));
    assert_int_equal(maplog.count, 1);
    assert_int_equal(maplog.readers[0].elements, 5);
    take(PROXY REREAD PROXY READ("3") MAIN ADDED MAIN READ("7")); /* a new start */
    assert_int_equal(maplog.count, 1);
    assert_int_equal(maplog.readers[0].pid, 10);
    assert_int_equal(maplog.readers[0].elements, 7);
    assert_false(maplog.has_children);
}

static void other_maps_are_not_taken(void **state)
{
    (void)state;
    take(PROXY "rspamd_map_file_read_callback: rereading map file /x" MAP "\n" PROXY READ("3"));
    assert_int_equal(maplog.count, 0);
    take(PROXY REREAD TIME "#11(rspamd_proxy) <bbbbbb>; map; " READ("9") PROXY READ("3"));
    assert_int_equal(maplog.readers[0].elements, 3); /* of its own tag */
    take(PROXY REREAD NORMAL READ("9"));
    assert_false(maplog.readers[0].has_count);
}

/* Senders write into lines, but not right behind a header. */
static void nobody_forges_a_line(void **state)
{
    (void)state;
    take(PROXY REREAD TIME
         "#11(rspamd_proxy) <aaaaaa>; proxy; rspamd_task_write_log: id: <x>; map; " READ("9")
             PROXY READ("3"));
    assert_int_equal(maplog.readers[0].elements, 3);
    take("x " PROXY REREAD PROXY READ("3"));
    assert_int_equal(maplog.count, 0);
    take(PROXY REREAD PROXY "rspamd_radix_fin: read radix trie of 99999999999999999999 x\n");
    assert_false(maplog.readers[0].has_count);
}

static void what_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(maplog_read("/nonexistent/rspamd.log", MAP, &maplog), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(maplog_read("/", MAP, &maplog), -1);
    take("");
    assert_int_equal(maplog.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_process_tells_what_it_has_read),
        cmocka_unit_test(the_last_one_counts),
        cmocka_unit_test(other_maps_are_not_taken),
        cmocka_unit_test(nobody_forges_a_line),
        cmocka_unit_test(what_cannot_be_read_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
