/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of the user map, and the accounts that are kept beside the state: what is written, what
 * is left alone, and what a lost database leaves in force.
 */
#include "userfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ftw.h>
#include <unistd.h>

#include <cmocka.h>

#include "heldusers.h"
#include "map.h"
#include "maps.h"

#define START_MS 1795427040000

static struct agent agent;
static struct config config;
static char directory[64];
static uint64_t request;

static struct addr account(const char *name)
{
    struct addr addr;

    assert_int_equal(addr_parse_account(name, strlen(name), &addr), 0);
    return addr;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static void turn(void)
{
    agent.now.wall_ms++;
    node_tick(&agent.node, &agent.now);
    node_flush(&agent.node, &agent.now);
    node_committed(&agent.node, &agent.now, true);
    node_turn_end(&agent.node);
}

static void ban(const char *name)
{
    struct addr addr = account(name);

    node_ban(&agent.node, &agent.now, ++request, &addr, TIME_NEVER_MS, "", "alice");
    turn();
}

static void unban(const char *name)
{
    struct addr addr = account(name);

    node_unban(&agent.node, &agent.now, ++request, &addr, "", "alice");
    turn();
}

static void open_node(void)
{
    struct node_options options = {.name = "mx1",
                                   .version = "0",
                                   .cluster = "users",
                                   .id = 1,
                                   .boot = 1,
                                   .policy = {.threshold = 3,
                                              .window_ms = 60000,
                                              .durations = {{TIME_NEVER_MS}, 1},
                                              .memory_ms = MEMORY_MS},
                                   .ipv6_prefix = 64};

    assert_int_equal(node_open(&agent.node, &options), 0);
    turn();
}

/* Which the user map must not be. */
static void open_map(void)
{
    char path[PATH_BYTES_MAX], error[512];

    snprintf(path, sizeof(path), "%s/ip.map", directory);
    agent.mapwriter.file = mapfile_open(path, error, sizeof(error));
    snprintf(path, sizeof(path), "%s/ip.map.would", directory);
    agent.mapwriter.would = mapfile_open(path, error, sizeof(error));
    assert_true(agent.mapwriter.file != NULL && agent.mapwriter.would != NULL);
}

static int set_up(void **state)
{
    char *bytes;
    size_t size;

    (void)state;
    snprintf(directory, sizeof(directory), "/tmp/bansync-test-XXXXXX");
    assert_non_null(mkdtemp(directory));
    memset(&config, 0, sizeof(config));
    snprintf(config.users_file, sizeof(config.users_file), "%s/users.map", directory);
    agent = (struct agent){.now = {START_MS, 1000}, .config = &config};
    open_node();
    open_map();
    assert_int_equal(userfile_open(&agent, &bytes, &size), 0);
    assert_null(bytes);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    heldusers_clear(&agent);
    userfile_close(&agent);
    mapfile_close(&agent.mapwriter.file);
    mapfile_close(&agent.mapwriter.would);
    node_close(&agent.node);
    return nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* What FILE and suffix hold; "none" if it is not there. */
static const char *content(const char *suffix)
{
    static char text[1024];
    char path[PATH_BYTES_MAX + 16];
    FILE *file;
    size_t size;

    snprintf(path, sizeof(path), "%s%s", config.users_file, suffix);
    file = fopen(path, "r");
    if (file == NULL)
        return "none";
    size = fread(text, 1, sizeof(text) - 1, file);
    text[size] = '\0';
    fclose(file);
    return text;
}

static void fill(const char *suffix, const char *text)
{
    char path[PATH_BYTES_MAX + 16];
    FILE *file;

    snprintf(path, sizeof(path), "%s%s", config.users_file, suffix);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void write_file(void)
{
    char error[512];

    assert_int_equal(userfile_write(&agent, error, sizeof(error)), 0);
}

static bool is_in_file(const struct addr *name)
{
    struct addrs accounts = {0};
    bool has;

    assert_int_equal(userfile_accounts(&agent, &accounts), 0);
    has = addrs_has(&accounts, name);
    addrs_clear(&accounts);
    return has;
}

static void it_is_made_when_it_is_needed(void **state)
{
    (void)state;
    write_file();
    assert_string_equal(content(""), "none");
    config.accounts = ACCOUNTS_COUNT;
    write_file();
    assert_string_equal(content(""), MAP_HEADER);
    ban("Bob");
    ban("a b");
    write_file();
    assert_string_equal(content(""), MAP_HEADER "\"a b\"\nbob\n");
    assert_int_equal(agent.userfile.entries, 2);
    assert_int_equal(agent.node.state.counters.map_writes, 2);
    write_file();
    assert_int_equal(agent.node.state.counters.map_writes, 2);
    config.accounts = ACCOUNTS_OFF; /* what is there is kept up */
    unban("bob");
    unban("a b");
    write_file();
    assert_string_equal(content(""), MAP_HEADER);
}

static void what_is_not_ours_is_left_alone(void **state)
{
    struct addr bob = account("bob");
    char *bytes;
    size_t size;

    (void)state;
    fill("", "bob\n");
    ban("kim");
    write_file();
    assert_true(agent.userfile.foreign);
    assert_string_equal(content(""), "bob\n");
    assert_false(is_in_file(&bob));
    userfile_read(&agent, &bytes, &size);
    assert_null(bytes);
    assert_int_equal(unlink(config.users_file), 0);
    write_file();
    assert_false(agent.userfile.foreign);
    assert_string_equal(content(""), MAP_HEADER "kim\n");
}

static void observing_takes_out_and_adds_nothing(void **state)
{
    struct addr bob = account("bob"), kim = account("kim");

    (void)state;
    ban("bob");
    ban("eve");
    write_file();
    config.observe = true;
    unban("eve");
    ban("kim");
    write_file();
    assert_string_equal(content(".would"), MAP_HEADER "bob\nkim\n");
    assert_string_equal(content(""), MAP_HEADER "bob\n");
    assert_true(is_in_file(&bob));
    assert_false(is_in_file(&kim));
    assert_int_equal(userfile_count_new(&agent, node_usermap(&agent.node)), 1);
    config.observe = false;
    write_file();
    assert_string_equal(content(""), MAP_HEADER "bob\nkim\n");
    assert_string_equal(content(".would"), "none");
    fill(".would", "precious\n");
    write_file();
    assert_string_equal(content(".would"), "precious\n");
}

static void keep(const char *name)
{
    struct addr addr = account(name);

    assert_int_equal(addrs_append(&agent.heldmap.users, &addr), 0);
}

/* Until an operator lifts or allows it, or it is a ban like any other. */
static void what_is_kept_is_in_the_file(void **state)
{
    struct addr bob = account("bob"), eve = account("eve"), kim = account("kim");

    (void)state;
    keep("bob");
    keep("eve");
    keep("kim");
    write_file();
    assert_string_equal(content(""), MAP_HEADER "bob\neve\nkim\n");
    assert_false(heldusers_are_recorded(&agent));
    unban("eve");
    node_allow_add(&agent.node, &agent.now, ++request, &kim, TIME_NEVER_MS, "", "alice");
    turn();
    write_file();
    assert_string_equal(content(""), MAP_HEADER "bob\n");
    assert_true(heldusers_has(&agent, &bob));
    assert_false(heldusers_has(&agent, &eve));
    assert_false(heldusers_has(&agent, &kim));
    ban("bob"); /* it is there once */
    write_file();
    assert_string_equal(content(""), MAP_HEADER "bob\n");
    assert_false(heldusers_are_recorded(&agent));
    ban("kim");
    assert_true(heldusers_are_recorded(&agent));
}

static void what_is_kept_survives_in_the_database(void **state)
{
    static const char map[] = MAP_HEADER "\"a b\"\nbob\n";
    char error[256];
    bool set_aside;

    (void)state;
    agent.persist.store = store_open(directory, &set_aside, error, sizeof(error));
    assert_non_null(agent.persist.store);
    assert_int_equal(heldusers_open(&agent, false, map, strlen(map)), 0);
    assert_int_equal(agent.heldmap.users.count, 0); /* the state is not blank */
    assert_int_equal(heldusers_open(&agent, true, "bob\n", 4), 0);
    assert_int_equal(agent.heldmap.users.count, 0); /* not ours */
    assert_int_equal(heldusers_open(&agent, true, map, strlen(map)), 0);
    assert_int_equal(agent.heldmap.users.count, 2);
    heldusers_persist(&agent, false);
    assert_int_equal(store_commit(agent.persist.store), 0);
    heldusers_clear(&agent);
    assert_int_equal(heldusers_open(&agent, false, NULL, 0), 0);
    assert_int_equal(agent.heldmap.users.count, 2);
    heldusers_persist(&agent, true);
    assert_int_equal(store_commit(agent.persist.store), 0);
    heldusers_clear(&agent);
    assert_int_equal(heldusers_open(&agent, false, NULL, 0), 0);
    assert_int_equal(agent.heldmap.users.count, 0);
    store_close(&agent.persist.store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_is_made_when_it_is_needed),          TEST(what_is_not_ours_is_left_alone),
        TEST(observing_takes_out_and_adds_nothing),  TEST(what_is_kept_is_in_the_file),
        TEST(what_is_kept_survives_in_the_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
