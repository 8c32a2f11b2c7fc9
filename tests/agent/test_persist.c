/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the node finds damaged in memory is loaded again from the real database; while that fails,
 * nothing leaves memory.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "maps.h"
#include "persist.h"

#define START_MS 1795427040000
#define SENDER "192.0.2.1"
#define OTHER "192.0.2.2"
#define OFFICE "198.51.100.0/24"
#define ACCOUNT "account bob@example.org"

static struct agent agent;
static char directory[64];

static struct addr address(const char *text)
{
    struct addr addr;

    if (strncmp(text, "account ", 8) == 0)
        assert_int_equal(addr_parse_account(text + 8, strlen(text + 8), &addr), 0);
    else
        assert_int_equal(addr_parse(text, strlen(text), false, &addr), 0);
    return addr;
}

static struct subject *subject(const char *text)
{
    struct addr addr = address(text);
    struct subject *found = state_wake(&agent.node.state, &addr);

    assert_non_null(found);
    return found;
}

static uint64_t repaired(void)
{
    return agent.node.state.counters.selfcheck_repaired;
}

static void turn(void)
{
    persist_check(&agent);
    node_tick(&agent.node, &agent.now);
    node_flush(&agent.node, &agent.now);
    node_committed(&agent.node, &agent.now, persist_turn(&agent));
    node_turn_end(&agent.node);
}

/* The walk around all leaves. */
static void look_everywhere(void)
{
    agent.node.selfcheck.next = 0;
    agent.node.selfcheck.hurry = DIGEST_LEAVES;
    while (agent.node.selfcheck.hurry > 0)
        turn();
}

static void strike(const char *sender, uint64_t id)
{
    static uint8_t text[] = {4, 'u', 's', 'e', 'r', 1, 'x'};
    struct event event = {.type = EVENT_STRIKE,
                          .wall_ms = agent.now.wall_ms,
                          .ref_ms = agent.now.wall_ms,
                          .addr = address(sender),
                          .strike = {START_MS + (int64_t)id, id, 0, text}};

    assert_int_equal(step(&agent.node.state, &event, &agent.node.effects), STEP_CHANGED);
}

static const struct node_options options = {.name = "mx1",
                                            .version = "0",
                                            .cluster = "store",
                                            .id = 1,
                                            .boot = 1,
                                            .policy = {.threshold = 3,
                                                       .window_ms = 60000,
                                                       .durations = {{TIME_NEVER_MS}, 1},
                                                       .memory_ms = MEMORY_MS,
                                                       .accounts = ACCOUNTS_BAN},
                                            .ipv6_prefix = 64};

/* One banned by its strikes, one by an operator, and an allow entry; all in the database. */
static int set_up(void **state)
{
    struct addr other = address(OTHER), office = address(OFFICE);
    static struct config config;
    char error[256];
    bool set_aside;

    (void)state;
    snprintf(directory, sizeof(directory), "/tmp/bansync-test-XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(config.log_file, sizeof(config.log_file), "%s/rspamd.log", directory);
    snprintf(config.cluster_name, sizeof(config.cluster_name), "store");
    agent = (struct agent){.now = {START_MS, 1000}, .config = &config};
    agent.ingest.detect = detect_open();
    agent.ingest.tail = tail_open(config.log_file, NULL, false);
    agent.persist.store = store_open(directory, &set_aside, error, sizeof(error));
    assert_non_null(agent.ingest.detect);
    assert_non_null(agent.ingest.tail);
    assert_non_null(agent.persist.store);
    assert_int_equal(node_open(&agent.node, &options), 0);
    assert_int_equal(persist_load(&agent), 0);
    for (uint64_t id = 1; id <= 3; id++)
        strike(SENDER, id);
    node_ban(&agent.node, &agent.now, 1, &other, TIME_NEVER_MS, "spam", "alice");
    node_allow_add(&agent.node, &agent.now, 2, &office, TIME_NEVER_MS, "office", "alice");
    turn();
    assert_int_equal(node_map(&agent.node)->entries, 2);
    return 0;
}

/* The same node, by what the database holds. */
static void reopen(void)
{
    node_close(&agent.node);
    assert_int_equal(node_open(&agent.node, &options), 0);
    assert_int_equal(persist_load(&agent), 0);
    turn();
}

static int tear_down(void **state)
{
    static const char *const names[] = {"bansync.db", "lock"};
    char path[96];

    (void)state;
    node_close(&agent.node);
    store_close(&agent.persist.store);
    tail_close(&agent.ingest.tail);
    detect_close(&agent.ingest.detect);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    return rmdir(directory);
}

static void damaged_entries_are_loaded_from_the_database(void **state)
{
    const struct state *held = &agent.node.state;

    (void)state;
    look_everywhere();
    assert_int_equal(repaired(), 0);
    subject(SENDER)->strikes.list[1].t_ms ^= 1 << 12;
    subject(OTHER)->record.manual.actor[0] ^= 1;
    agent.node.state.allows.list[0].until_ms ^= 1 << 7;
    look_everywhere();
    assert_int_equal(repaired(), 3);
    assert_true(subject(SENDER)->strikes.list[1].t_ms == START_MS + 2);
    assert_string_equal(subject(OTHER)->record.manual.actor, "alice");
    assert_true(held->allows.list[0].until_ms == TIME_NEVER_MS);
    assert_int_equal(node_map(&agent.node)->entries, 2);
    assert_int_equal(held->counters.bans, 2);
    assert_int_equal(held->counters.unbans, 0);
    look_everywhere();
    assert_int_equal(repaired(), 3);
}

static void while_the_database_fails_nothing_leaves_memory(void **state)
{
    (void)state;
    subject(OTHER)->record.manual.actor[0] ^= 1;
    agent.persist.failing = true;
    agent.persist.retry_ms = INT64_MAX;
    look_everywhere();
    assert_int_equal(repaired(), 0);
    assert_int_equal(node_map(&agent.node)->entries, 2);
    agent.persist.failing = false;
    look_everywhere();
    assert_int_equal(repaired(), 1);
    assert_string_equal(subject(OTHER)->record.manual.actor, "alice");
}

/* Strikes, a ban by an operator, an allow entry and what the brake holds, of accounts. */
static void accounts_come_back_after_a_restart(void **state)
{
    struct addr kim = address("account kim"), zoe = address("account zoe");
    struct node_hit hit = {
        .line = "a", .line_size = 1, .addr = address("192.0.2.7"), .t_ms = START_MS};

    (void)state;
    for (uint64_t id = 1; id <= 3; id++)
        strike(ACCOUNT, id);
    strike("account zoe", 7);
    node_ban(&agent.node, &agent.now, 3, &kim, TIME_NEVER_MS, "stolen", "alice");
    node_ban(&agent.node, &agent.now, 4, &zoe, TIME_NEVER_MS, "", "alice");
    node_allow_add(&agent.node, &agent.now, 5, &zoe, TIME_NEVER_MS, "", "alice");
    turn();
    node_brake(&agent.node, 1);
    for (; hit.offset < 6; hit.offset++) {
        hit.account = hit.offset < 3 ? "First" : "Held";
        hit.account_size = strlen(hit.account);
        hit.addr.bytes[3] = (uint8_t)(100 + hit.offset);
        node_hit(&agent.node, &agent.now, &hit);
    }
    turn();
    assert_true(agent.node.hold.held.sets[HELD_WAITING].count > 0);
    assert_int_equal(node_usermap(&agent.node)->entries, 3);
    reopen();
    assert_int_equal(node_usermap(&agent.node)->entries, 3);
    assert_int_equal(node_map(&agent.node)->entries, 2);
    assert_int_equal(subject(ACCOUNT)->strikes.count, 3);
    assert_int_equal(subject("account zoe")->strikes.count, 1);
    assert_string_equal(subject("account kim")->record.manual.reason, "stolen");
    assert_non_null(allows_find(&agent.node.state.allows, &zoe, ALLOW_OPERATOR));
    assert_true(agent.node.hold.held.sets[HELD_WAITING].count > 0);
}

struct keys {
    size_t records, right;
    struct addr addr;
    uint8_t body[512], key[ENTRY_KEY_BYTES_MAX];
    size_t body_size, key_size;
    uint64_t hash;
};

static bool note_key(void *context, const struct store_row *row)
{
    struct keys *keys = context;

    if (row->table != STORE_RECORD)
        return true;
    keys->records++;
    keys->right += entry_is_record_key(&agent.node.state.key, row->key, row->key_size, row->body,
                                       row->body_size);
    assert_in_range(row->body_size, 1, sizeof(keys->body));
    memcpy(keys->body, row->body, keys->body_size = row->body_size);
    memcpy(keys->key, row->key, keys->key_size = row->key_size);
    keys->hash = row->hash;
    return entry_read_addr(row->body, row->body_size, &keys->addr) == 0;
}

static struct keys keys_of(struct store *store)
{
    struct keys keys = {.records = 0};

    assert_int_equal(store_load(store, note_key, &keys), 0);
    return keys;
}

static ino_t file_number(void)
{
    char path[96];
    struct stat status;

    snprintf(path, sizeof(path), "%s/bansync.db", directory);
    assert_int_equal(stat(path, &status), 0);
    return status.st_ino;
}

/* The record that was loaded last, under the key that it had before schema 6. */
static struct store_row row_of_schema_5(const struct keys *keys, uint8_t old[ENTRY_KEY_BYTES_MAX])
{
    return (struct store_row){.table = STORE_RECORD,
                              .key = old,
                              .key_size = entry_write_addr(&keys->addr, old),
                              .subject = "",
                              .body = keys->body,
                              .body_size = keys->body_size,
                              .hash = keys->hash};
}

/* As schema 5 had them. They are found again, put where they belong, and then left alone. */
static void records_under_other_keys_are_written_anew(void **state)
{
    struct keys keys = keys_of(agent.persist.store);
    uint8_t old[ENTRY_KEY_BYTES_MAX];
    struct store_row row = row_of_schema_5(&keys, old);
    ino_t before = file_number(), after;

    (void)state;
    assert_true(keys.records == 2 && keys.right == 2);
    store_put(agent.persist.store, &row);
    store_delete(agent.persist.store, STORE_RECORD, keys.key, keys.key_size);
    assert_int_equal(store_commit(agent.persist.store), 0);
    keys = keys_of(agent.persist.store);
    assert_true(keys.records == 2 && keys.right == 1);
    reopen();
    assert_int_equal(node_map(&agent.node)->entries, 2);
    keys = keys_of(agent.persist.store);
    assert_true(keys.records == 2 && keys.right == 2);
    after = file_number();
    assert_true(after != before);
    reopen();
    assert_true(file_number() == after);
    assert_false(agent.persist.failing);
    assert_int_equal(agent.node.state.counters.store_failures, 0);
}

/* Of a damaged row it is not known whose fault that is. */
static void what_was_skipped_is_not_written_over(void **state)
{
    struct keys keys = keys_of(agent.persist.store);
    uint8_t old[ENTRY_KEY_BYTES_MAX];
    struct store_row row = row_of_schema_5(&keys, old);
    struct store_row damaged = row;
    ino_t before = file_number();

    (void)state;
    damaged.key = "k";
    damaged.key_size = 1;
    damaged.hash++;
    store_put(agent.persist.store, &row);
    store_put(agent.persist.store, &damaged);
    assert_int_equal(store_commit(agent.persist.store), 0);
    reopen();
    assert_int_equal(agent.node.state.counters.store_rows_corrupt, 1);
    assert_int_equal(keys_of(agent.persist.store).records, 4);
    assert_true(file_number() == before);
}

static void a_database_of_another_cluster_is_refused(void **state)
{
    struct config config = *agent.config;
    char name[8] = "";

    (void)state;
    assert_int_equal(store_meta_get(agent.persist.store, "cluster", name, sizeof(name)), 5);
    assert_memory_equal(name, "store", 5);
    node_close(&agent.node);
    assert_int_equal(node_open(&agent.node, &options), 0);
    snprintf(config.cluster_name, sizeof(config.cluster_name), "stone");
    agent.config = &config;
    errno = 0;
    assert_int_equal(persist_load(&agent), -1);
    assert_int_equal(errno, ENOTSUP);
    snprintf(config.cluster_name, sizeof(config.cluster_name), "stores");
    assert_int_equal(persist_load(&agent), -1);
    snprintf(config.cluster_name, sizeof(config.cluster_name), "store");
    assert_int_equal(persist_load(&agent), 0);
    assert_int_equal(agent.node.state.counters.store_rows_corrupt, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(damaged_entries_are_loaded_from_the_database),
        TEST(while_the_database_fails_nothing_leaves_memory),
        TEST(accounts_come_back_after_a_restart),
        TEST(records_under_other_keys_are_written_anew),
        TEST(what_was_skipped_is_not_written_over),
        TEST(a_database_of_another_cluster_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
