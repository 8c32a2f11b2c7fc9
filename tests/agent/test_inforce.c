/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in force in mode observe is what the files hold, whosever they are, and is learned in
 * slices.
 */
#include "inforce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <cmocka.h>

#include "mapwriter.h"

#define LINES 3000
#define WORK 500

static struct agent agent;
static char directory[64], path[96], users[96];

static int set_up(void **state)
{
    char error[256] = "";

    (void)state;
    agent = (struct agent){.now = {1, 1}};
    snprintf(directory, sizeof(directory), "/tmp/bansync-inforce.XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/map", directory);
    snprintf(users, sizeof(users), "%s/users", directory);
    agent.mapwriter.file = mapfile_open(path, error, sizeof(error));
    agent.userfile.file = mapfile_open(users, error, sizeof(error));
    assert_string_equal(error, "");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mapfile_close(&agent.mapwriter.file);
    mapfile_close(&agent.userfile.file);
    unlink(path);
    unlink(users);
    assert_int_equal(rmdir(directory), 0);
    return 0;
}

static bool has(const struct inforce *inforce, const char *text)
{
    struct addr addr;

    if (addr_parse(text, strlen(text), false, &addr) != 0)
        assert_int_equal(addr_parse_account(text, strlen(text), &addr), 0);
    return inforce_has(inforce, &addr);
}

/* Slices until all is known. */
static size_t read_all(struct inforce *inforce)
{
    size_t slices = 0;

    for (int result = 0; result == 0; slices++) {
        size_t work = WORK;

        result = inforce_read(inforce, &work);
        assert_true(result >= 0);
    }
    return slices;
}

static void what_a_foreign_file_holds(void **state)
{
    struct inforce inforce;
    char text[64];
    FILE *file = fopen(path, "w");

    (void)state;
    assert_non_null(file);
    fputs("# mine\n198.51.100.0/24 # a net\nbad line\n\"2001:db8::1\",192.0.2.1\n", file);
    for (unsigned i = LINES; i-- > 0;)
        fprintf(file, "203.0.%u.%u\n", i % 250, i / 250);
    fclose(file);
    inforce_begin(&agent, &inforce);
    assert_true(read_all(&inforce) >= 2 * LINES / WORK); /* to be read, and to be put in order */
    assert_int_equal(inforce.prefixes.count, LINES + 3);
    for (unsigned i = 0; i < LINES; i++) {
        snprintf(text, sizeof(text), "203.0.%u.%u", i % 250, i / 250);
        assert_true(has(&inforce, text));
    }
    assert_false(has(&inforce, "203.0.250.0"));
    assert_true(has(&inforce, "198.51.100.0/25"));
    assert_false(has(&inforce, "198.51.0.0/16"));
    assert_true(has(&inforce, "2001:db8::1") && has(&inforce, "192.0.2.1"));
    assert_false(has(&inforce, "2001:db8::/64"));
    assert_false(has(&inforce, "bob"));
    inforce_clear(&inforce);
}

static void without_files_nothing_is(void **state)
{
    struct inforce inforce;

    (void)state;
    inforce_begin(&agent, &inforce);
    read_all(&inforce);
    assert_false(has(&inforce, "192.0.2.1") || has(&inforce, "bob"));
    inforce_clear(&inforce);
}

/* The question may be forgotten at any time. */
static void what_is_half_read_is_freed(void **state)
{
    struct inforce inforce;
    FILE *file = fopen(path, "w");
    size_t work = 1;

    (void)state;
    assert_non_null(file);
    fputs("192.0.2.1\n192.0.2.2\n", file);
    fclose(file);
    inforce_begin(&agent, &inforce);
    assert_int_equal(inforce_read(&inforce, &work), 0);
    assert_int_equal(work, 0);
    inforce_clear(&inforce);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_a_foreign_file_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_files_nothing_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_half_read_is_freed, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
