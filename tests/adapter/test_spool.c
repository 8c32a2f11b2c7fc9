/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool of alerts: what is put there comes back, who has it is remembered, and nothing else in
 * the directory does harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "spool.h"
#include "spool_reserve.h"

#define NOW_MS 1795427041000
#define ID "0123456789abcdef0123456789abcdef"
#define NAME "001795427041000-" ID ".alert"
#define PART(text)             \
    {                          \
        text, sizeof(text) - 1 \
    }

static struct spool spool;
static char directory[SCRATCH_PATH_SIZE];

static int set_up(void **state)
{
    (void)state;
    scratch_make(directory);
    return spool_open(&spool, &spool_first, directory);
}

static int tear_down(void **state)
{
    (void)state;
    spool_close(&spool);
    scratch_remove(directory);
    return 0;
}

static struct spool_file sample(void)
{
    return (struct spool_file){.id = ID,
                               .target_count = 3,
                               .targets = {{.channel = CHANNEL_MAIL, .address = "a@example.org"},
                                           {.channel = CHANNEL_WEBHOOK},
                                           {.channel = CHANNEL_EXEC}},
                               .parts = {PART("Subject: x\r\n\r\nbody\r\n"), PART("{}\n"),
                                         PART("text\n"), PART("BANSYNC_EVENT=ban\n")}};
}

static const char golden[] = "bansync-alert 1\n"
                             "id " ID "\n"
                             "mail 20\n"
                             "json 3\n"
                             "text 5\n"
                             "env 18\n"
                             "to mail a@example.org\n"
                             "to webhook\n"
                             "to exec\n"
                             "\n"
                             "Subject: x\r\n\r\nbody\r\n"
                             "{}\n"
                             "text\n"
                             "BANSYNC_EVENT=ban\n";

static void put(int64_t wall_ms)
{
    struct spool_file file = sample();

    assert_int_equal(spool_put(&spool, &file, wall_ms), 0);
}

/* What it is for is in tests/cluster/alert_conditions.py, on a disk that is full. */
static void room_is_kept_and_kept_again(void **state)
{
    struct stat status;

    (void)state;
    assert_int_equal(stat(scratch_path(directory, "alerts/reserve"), &status), 0);
    assert_true(status.st_blocks * 512 >= SPOOL_FILE_BYTES_MAX);
    assert_true(spool_reserve_give(spool.fd));
    assert_false(spool_reserve_give(spool.fd));
    put(NOW_MS);
    assert_true(scratch_exists(directory, "alerts/reserve"));
}

static void what_was_put_comes_back(void **state)
{
    struct spool_file file;
    struct stat status;
    size_t size;
    char *bytes;

    (void)state;
    put(NOW_MS);
    assert_int_equal(spool_list(&spool), 0);
    assert_int_equal(spool.count, 1);
    assert_string_equal(spool.names[0], NAME);
    assert_true(spool_time(NAME) == NOW_MS);
    bytes = scratch_read(directory, "alerts/" NAME, &size);
    assert_string_equal(bytes, golden);
    free(bytes);
    assert_int_equal(stat(scratch_path(directory, "alerts"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_equal(stat(scratch_path(directory, "alerts/" NAME), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    bytes = spool_get(&spool, NAME, &file);
    assert_non_null(bytes);
    assert_string_equal(file.id, ID);
    assert_true(file.target_count == 3 && !file.once && !file.targets[0].done);
    assert_string_equal(file.targets[0].address, "a@example.org");
    assert_int_equal(file.targets[1].channel, CHANNEL_WEBHOOK);
    assert_int_equal(file.targets[2].channel, CHANNEL_EXEC);
    assert_true(file.parts[SPOOL_TEXT].size == 5);
    assert_memory_equal(file.parts[SPOOL_TEXT].bytes, "text\n", 5);
    free(bytes);
}

static void who_has_it_is_remembered(void **state)
{
    struct spool_file file;
    char *bytes;

    (void)state;
    put(NOW_MS);
    assert_int_equal(spool_mark(&spool, NAME, 2), 0);
    bytes = spool_get(&spool, NAME, &file);
    assert_non_null(bytes);
    assert_true(file.targets[2].done && !file.targets[0].done && !file.targets[1].done);
    free(bytes);
    assert_int_equal(spool_remove(&spool, NAME), 0);
    assert_null(spool_get(&spool, NAME, &file));
    assert_int_equal(errno, ENOENT);
}

static void the_oldest_comes_first(void **state)
{
    (void)state;
    for (int i = 0; i < ALERT_SPOOL_MAX; i++)
        put(NOW_MS - 1000 * i);
    assert_int_equal(spool_list(&spool), 0);
    assert_int_equal(spool.count, ALERT_SPOOL_MAX);
    for (int i = 0; i < ALERT_SPOOL_MAX; i++)
        assert_true(spool_time(spool.names[i]) == NOW_MS - 1000 * (ALERT_SPOOL_MAX - 1 - i));
}

static void as_many_wait_as_may(void **state)
{
    struct spool_file file = sample();
    char name[64];

    (void)state;
    for (int i = 0; i < ALERT_SPOOL_MAX; i++) {
        snprintf(name, sizeof(name), "alerts/%015d-%032x.alert", i, (unsigned)i);
        scratch_write(directory, name, "", 0);
    }
    assert_int_equal(spool_put(&spool, &file, NOW_MS), -1);
    assert_int_equal(errno, EDQUOT);
    assert_int_equal(unlink(scratch_path(directory, name)), 0);
    put(NOW_MS);
}

#define OURS(digit) "00000000000000" digit "-0000000000000000000000000000000" digit ".alert"

/* No link is followed, and nothing that is no file waited for. */
static void what_is_none_of_ours_is_set_aside(void **state)
{
    static const char *const names[] = {OURS("1"), OURS("2"), OURS("3"), OURS("4"), OURS("5")};
    struct spool_file file;
    char path[512];

    (void)state;
    scratch_write(directory, "target", golden, sizeof(golden) - 1);
    snprintf(path, sizeof(path), "%s/alerts/%s", directory, names[0]);
    scratch_write(directory, "victim", golden, sizeof(golden) - 1);
    assert_int_equal(symlink(scratch_path(directory, "victim"), path), 0);
    snprintf(path, sizeof(path), "%s/alerts/%s", directory, names[1]);
    assert_int_equal(link(scratch_path(directory, "target"), path), 0);
    snprintf(path, sizeof(path), "%s/alerts/%s", directory, names[2]);
    assert_int_equal(mkfifo(path, 0600), 0);
    snprintf(path, sizeof(path), "%s/alerts/%s", directory, names[3]);
    assert_int_equal(mkdir(path, 0700), 0);
    scratch_write(directory, "alerts/" OURS("5"), golden, 100);
    assert_int_equal(spool_list(&spool), 0);
    assert_int_equal(spool.count, 5);
    for (int i = 0; i < 5; i++) {
        assert_null(spool_get(&spool, names[i], &file));
        assert_int_equal(errno, EBADMSG);
        assert_int_equal(spool_set_aside(&spool, names[i]), 0);
    }
    assert_int_equal(spool_list(&spool), 0);
    assert_int_equal(spool.count, 0);
    assert_true(scratch_exists(directory, "alerts/" OURS("1") ".bad"));
    assert_true(scratch_exists(directory, "target"));
}

/* By its name a file may be ours, which may then be set aside; what has another name is none, is
 * not counted, and only its number is known if it looks like one. */
static void files_of_other_names_do_not_count(void **state)
{
    static const char *const names[] = {
        "000000000000001-x.alert",
        "00000000000001-00000000000000000000000000000001.alert",
        "000000000000001-0000000000000000000000000000001.alert",
        "000000000000001-0000000000000000000000000000000G.alert",
        "000000000000001-000000000000000000000000000000001.alert",
        "000000000000001-00000000000000000000000000000001.alert.alert",
        "000000000000001_00000000000000000000000000000001.alert",
        "00000000000000x-00000000000000000000000000000001.alert",
        ".alert",
    };
    char path[128];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "alerts/%s", names[i]);
        scratch_write(directory, path, golden, sizeof(golden) - 1);
    }
    scratch_write(directory, "alerts/" OURS("1") ".bad", golden, 100);
    scratch_write(directory, "alerts/alert", golden, 100);
    put(NOW_MS);
    assert_int_equal(spool_list(&spool), 0);
    assert_int_equal(spool.count, 1);
    assert_string_equal(spool.names[0], NAME);
    assert_int_equal(spool.foreign, 9);
}

/* Another one must end before this one delivers. */
static void one_process_delivers(void **state)
{
    struct spool other = {.fd = 0};

    (void)state;
    assert_true(spool_lock(&spool));
    assert_int_equal(spool_open(&other, &spool_first, directory), 0);
    assert_false(spool_lock(&other));
    spool_close(&spool);
    assert_true(spool_lock(&other));
    spool_close(&other);
}

static void a_link_is_no_spool(void **state)
{
    struct spool other = {.fd = 0};

    (void)state;
    assert_int_equal(mkdir(scratch_path(directory, "state"), 0700), 0);
    assert_int_equal(
        symlink(scratch_path(directory, "alerts"), scratch_path(directory, "state/alerts")), 0);
    assert_int_equal(spool_open(&other, &spool_first, scratch_path(directory, "state")), -1);
}

/* The second spool has a bound of its own, keeps no room, and is closed to others. */
static void the_second_one_holds_less(void **state)
{
    static struct spool second;
    struct spool_file file = sample();
    struct stat status;

    (void)state;
    assert_int_equal(mkdir(scratch_path(directory, "run"), 0755), 0);
    assert_int_equal(spool_open(&second, &spool_second, scratch_path(directory, "run")), 0);
    assert_int_equal(stat(scratch_path(directory, "run/alerts"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    for (int i = 0; i < ALERT_SECOND_MAX; i++) {
        assert_false(spool_is_full(&second));
        assert_int_equal(spool_put(&second, &file, NOW_MS + i), 0);
    }
    assert_int_equal(spool_put(&second, &file, 0), -1);
    assert_int_equal(errno, EDQUOT);
    assert_true(spool_is_full(&second));
    assert_false(scratch_exists(directory, "run/alerts/reserve"));
    spool_close(&second);
}

/* Others may write beside the control socket, in a configuration of their own. */
static void a_second_one_of_others_is_none(void **state)
{
    struct spool second = {.fd = 0};

    (void)state;
    assert_int_equal(mkdir(scratch_path(directory, "run"), 0755), 0);
    assert_int_equal(symlink("/tmp", scratch_path(directory, "run/alerts")), 0);
    assert_int_equal(spool_open(&second, &spool_second, scratch_path(directory, "run")), -1);
    if (geteuid() != 0)
        return; /* nobody else can give it away */
    assert_int_equal(unlink(scratch_path(directory, "run/alerts")), 0);
    assert_int_equal(mkdir(scratch_path(directory, "run/alerts"), 0700), 0);
    assert_int_equal(chown(scratch_path(directory, "run/alerts"), 65534, 65534), 0);
    assert_int_equal(spool_open(&second, &spool_second, scratch_path(directory, "run")), -1);
    assert_int_equal(errno, EPERM);
}

static void a_small_file_comes_back(void **state)
{
    char bytes[8];

    (void)state;
    assert_int_equal(spool_load(&spool, "digest", bytes, sizeof(bytes)), -1);
    assert_int_equal(spool_save(&spool, "digest", "abc", 3), 0);
    assert_int_equal(spool_load(&spool, "digest", bytes, sizeof(bytes)), 3);
    assert_memory_equal(bytes, "abc", 3);
    assert_int_equal(spool_load(&spool, "digest", bytes, 3), -1); /* perhaps it goes on */
    assert_int_equal(spool_save(&spool, "digest", "", 0), 0);
    assert_int_equal(spool_load(&spool, "digest", bytes, sizeof(bytes)), -1);
}

/* Each text with one thing wrong; and the golden one with what may follow it. */
static void only_what_is_ours_is_read(void **state)
{
    static const struct {
        const char *from, *to;
    } wrong[] = {
        {"bansync-alert 1", "bansync-alert 2"},
        {"id 0", "id g"},
        {"mail 20", "mail 21"},
        {"json 3", "json x"},
        {"json 3", "text 3"},
        {"env 18", "env 99999"},
        {"to webhook", "to house"},
        {"a@ex", "a> b"},
        {"to mail a", "to mail <"},
    };
    struct spool_file file;
    char text[sizeof(golden) + 64];

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const char *at = strstr(golden, wrong[i].from);

        snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - golden), golden, wrong[i].to,
                 at + strlen(wrong[i].from));
        assert_int_equal(spool_file_parse(&file, text, strlen(text)), -1);
    }
    for (size_t size = 0; size < sizeof(golden) - 1; size++)
        assert_int_equal(spool_file_parse(&file, golden, size), -1);
    snprintf(text, sizeof(text), "%sdone 9\nxx\ndone 1\ndon", golden);
    assert_int_equal(spool_file_parse(&file, text, strlen(text)), 0);
    assert_true(file.targets[1].done && !file.targets[0].done && !file.targets[2].done);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(room_is_kept_and_kept_again),
        TEST(what_was_put_comes_back),
        TEST(who_has_it_is_remembered),
        TEST(the_oldest_comes_first),
        TEST(as_many_wait_as_may),
        TEST(what_is_none_of_ours_is_set_aside),
        TEST(files_of_other_names_do_not_count),
        TEST(one_process_delivers),
        TEST(a_link_is_no_spool),
        TEST(the_second_one_holds_less),
        TEST(a_second_one_of_others_is_none),
        TEST(a_small_file_comes_back),
        TEST(only_what_is_ours_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
