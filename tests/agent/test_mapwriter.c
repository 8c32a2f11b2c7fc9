/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the map is written: at once behind quiet, however many entries it has, and not before its
 * time behind another write.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ftw.h>

#include <cmocka.h>

#include "agent.h"
#include "heldmap.h"
#include "mapwriter.h"
#include "userfile.h"

#define START_MS 1795427041500
#define MANY 1000      /* entries; the pause behind a write is 100 us for each */
#define PAUSE_MS 100   /* for so many */
#define CHECK_MS 10000 /* the file is looked at so often */

static struct agent agent;
static struct config config;
static char directory[64];
static uint64_t request;

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

/* A turn of the loop, ms later. */
static void turn(int64_t ms)
{
    agent.now.wall_ms += ms;
    agent.now.mono_ms += ms;
    node_tick(&agent.node, &agent.now);
    node_flush(&agent.node, &agent.now);
    node_committed(&agent.node, &agent.now, true);
    if (agent.node.map_stale)
        agent.mapwriter.due = true;
    mapwriter_turn(&agent);
    node_turn_end(&agent.node);
}

static void ban(uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        struct addr addr = {ADDR_IPV4, 32, {10, 0, (uint8_t)(i >> 8), (uint8_t)i}};

        node_ban(&agent.node, &agent.now, ++request, &addr, TIME_NEVER_MS, "", "alice");
    }
}

static uint64_t writes(void)
{
    return agent.node.state.counters.map_writes;
}

/* As mapwriter_open, without a database. */
static void open_files(void)
{
    char path[PATH_BYTES_MAX], error[512], *bytes;
    size_t size;

    agent.mapwriter.file = mapfile_open(config.map_file, error, sizeof(error));
    snprintf(path, sizeof(path), "%s/ip.map.would", directory);
    agent.mapwriter.would = mapfile_open(path, error, sizeof(error));
    assert_true(agent.mapwriter.file != NULL && agent.mapwriter.would != NULL);
    assert_int_equal(userfile_open(&agent, &bytes, &size), 0);
    free(bytes);
}

static int set_up(void **state)
{
    struct node_options options = {.name = "mx1",
                                   .version = "0",
                                   .cluster = "maps",
                                   .id = 1,
                                   .boot = 1,
                                   .policy = {.threshold = 3,
                                              .window_ms = 60000,
                                              .durations = {{TIME_NEVER_MS}, 1},
                                              .memory_ms = MEMORY_MS},
                                   .ipv6_prefix = 64};

    (void)state;
    snprintf(directory, sizeof(directory), "/tmp/bansync-test-XXXXXX");
    assert_non_null(mkdtemp(directory));
    memset(&config, 0, sizeof(config));
    snprintf(config.map_file, sizeof(config.map_file), "%s/ip.map", directory);
    snprintf(config.users_file, sizeof(config.users_file), "%s/users.map", directory);
    config.map_coalesce_ms = 1;
    agent = (struct agent){.now = {START_MS, 1000}, .config = &config};
    assert_int_equal(node_open(&agent.node, &options), 0);
    open_files();
    ban(0, MANY);
    turn(1);
    turn(PAUSE_MS);
    assert_int_equal(agent.mapwriter.entries, MANY);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mapfile_close(&agent.mapwriter.file);
    mapfile_close(&agent.mapwriter.would);
    userfile_close(&agent);
    node_close(&agent.node);
    return nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void a_write_is_followed_by_a_pause(void **state)
{
    uint64_t before;

    (void)state;
    turn(PAUSE_MS);
    before = writes();
    ban(MANY, 1);
    turn(1);
    assert_int_equal(writes(), before + 1);
    ban(MANY + 1, 1);
    turn(1);
    assert_int_equal(writes(), before + 1);
    turn(PAUSE_MS + 1);
    assert_int_equal(writes(), before + 2);
    assert_int_equal(agent.mapwriter.entries, MANY + 2);
}

static void a_look_that_writes_nothing_is_not(void **state)
{
    uint64_t before;

    (void)state;
    turn(CHECK_MS); /* looks */
    before = writes();
    ban(MANY, 1);
    turn(1);
    assert_int_equal(writes(), before + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_write_is_followed_by_a_pause, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_look_that_writes_nothing_is_not, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
