/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyfile.c: pairs, their text, and a file that is safe or refused.
 */
#include "keyfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "config_fixture.h"

/* RFC 7748 section 6.1, Alice: secret key and the public key that follows from it. */
#define SECRET "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo="
#define PUBLIC "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="

static const char *const path_name = "node.key";

static void write_file(const char *text, size_t size, mode_t mode)
{
    config_fixture_write(path_name, text, size);
    assert_int_equal(chmod(config_fixture_path(path_name), mode), 0);
}

/* Fails the test unless the file is refused with words in the message, which begins with its path.
 */
static void refuse_file(const char *words)
{
    struct keyfile_pair pair;
    char error[1024] = "";
    const char *path = config_fixture_path(path_name);
    assert_int_equal(keyfile_read(path, &pair, error, sizeof error), -1);
    assert_memory_equal(error, path, strlen(path));
    assert_non_null(strstr(error, "; "));
    if (!strstr(error, words))
        fail_msg("\"%s\" is not in: %s", words, error);
}

static void refuse_text(const char *text)
{
    write_file(text, strlen(text), 0600);
    refuse_file("does not hold one key of 44 characters");
}

static void generated_pairs_belong_together(void **state)
{
    (void)state;
    struct keyfile_pair a;
    struct keyfile_pair b;
    struct keyfile_pair read;
    char error[512];
    assert_int_equal(keyfile_generate(&a), 0);
    assert_int_equal(keyfile_generate(&b), 0);
    assert_memory_not_equal(a.secret_key, b.secret_key, NODE_KEY_BYTES);
    const char *path = config_fixture_path(path_name);
    assert_int_equal(keyfile_write(path, &a, (gid_t)-1), 0);
    assert_int_equal(keyfile_read(path, &read, error, sizeof error), 0);
    assert_memory_equal(&read, &a, sizeof a);
}

static void known_pair_is_read(void **state)
{
    (void)state;
    static const char text[] = "# key of mx1\n\n" SECRET;
    struct keyfile_pair pair;
    char error[512];
    char public_text[NODE_KEY_TEXT_SIZE];
    write_file(text, sizeof text - 1, 0640);
    assert_int_equal(keyfile_read(config_fixture_path(path_name), &pair, error, sizeof error), 0);
    keyfile_text(pair.public_key, public_text);
    assert_string_equal(public_text, PUBLIC);
}

static void text_has_one_form(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo", /* no padding */
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=\n",
        " dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=",
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCp=", /* bits behind the end */
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LC==", /* 31 bytes */
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCoo", /* 33 bytes */
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25L-o=", /* the other alphabet */
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25L\xc3o=",
    };
    uint8_t key[NODE_KEY_BYTES];
    char text[NODE_KEY_TEXT_SIZE];
    assert_int_equal(keyfile_text_parse(SECRET, key), 0);
    keyfile_text(key, text);
    assert_string_equal(text, SECRET);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(keyfile_text_parse(wrong[i], key), -1);
        keyfile_text(key, text);
        assert_string_equal(text, SECRET);
    }
}

static void written_file_is_private(void **state)
{
    (void)state;
    struct keyfile_pair pair;
    struct stat status;
    char text[64] = "";
    assert_int_equal(keyfile_generate(&pair), 0);
    const char *path = config_fixture_path(path_name);
    mode_t mask = umask(0);
    assert_int_equal(keyfile_write(path, &pair, (gid_t)-1), 0);
    umask(0277);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    FILE *stream = fopen(path, "r");
    assert_int_equal(fread(text, 1, sizeof text, stream), NODE_KEY_TEXT_SIZE);
    fclose(stream);
    assert_int_equal(text[NODE_KEY_TEXT_SIZE - 1], '\n');
    assert_int_equal(unlink(path), 0);
    assert_int_equal(keyfile_write(path, &pair, getegid()), 0);
    umask(mask);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_int_equal(status.st_gid, getegid());
}

static void nothing_is_overwritten(void **state)
{
    (void)state;
    struct keyfile_pair pair;
    char link_path[1024];
    assert_int_equal(keyfile_generate(&pair), 0);
    write_file("old", 3, 0600);
    const char *path = config_fixture_path(path_name);
    errno = 0;
    assert_int_equal(keyfile_write(path, &pair, (gid_t)-1), -1);
    assert_int_equal(errno, EEXIST);
    refuse_file("does not hold one key");
    snprintf(link_path, sizeof link_path, "%s", config_fixture_path("link.key"));
    assert_int_equal(symlink("elsewhere", link_path), 0);
    assert_int_equal(keyfile_write(link_path, &pair, (gid_t)-1), -1);
    assert_int_equal(access(config_fixture_path("elsewhere"), F_OK), -1);
    errno = 0;
    assert_int_equal(keyfile_write(config_fixture_path("none/node.key"), &pair, (gid_t)-1), -1);
    assert_int_equal(errno, ENOENT);
}

static void failed_write_leaves_no_file(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip(); /* root may give a file to any group */
    struct keyfile_pair pair;
    assert_int_equal(keyfile_generate(&pair), 0);
    const char *path = config_fixture_path(path_name);
    errno = 0;
    assert_int_equal(keyfile_write(path, &pair, 0), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(access(path, F_OK), -1);
}

static void open_files_are_refused(void **state)
{
    (void)state;
    static const mode_t modes[] = {0604, 0602, 0644, 0666};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        write_file(SECRET "\n", NODE_KEY_TEXT_SIZE, modes[i]);
        refuse_file("is open to others");
    }
}

static void only_regular_files_are_read(void **state)
{
    (void)state;
    refuse_file("does not exist; make a key with: banctl keygen");
    const char *path = config_fixture_path(path_name);
    assert_int_equal(mkdir(path, 0700), 0);
    refuse_file("is no regular file");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    refuse_file("is no regular file");
}

static void text_that_is_no_key_is_refused(void **state)
{
    (void)state;
    refuse_text("");
    refuse_text("# only a comment\n");
    refuse_text("dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LC\n");
    refuse_text(SECRET "\n" PUBLIC "\n");
    refuse_text(SECRET "\nmore\n");
    refuse_text(SECRET " \n");
    refuse_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
    write_file(SECRET "\0\n", NODE_KEY_TEXT_SIZE + 1, 0600);
    refuse_file("is no key file");
}

static void endless_file_is_refused(void **state)
{
    (void)state;
    char text[5000];
    memset(text, '#', sizeof text);
    write_file(text, sizeof text, 0600);
    refuse_file("is no key file");
}

static void refused_file_leaves_no_secret(void **state)
{
    (void)state;
    static const struct keyfile_pair zero;
    struct keyfile_pair pair;
    char error[64]; /* cut, and terminated */
    memset(&pair, 1, sizeof pair);
    write_file(SECRET "\n" PUBLIC "\n", 2 * NODE_KEY_TEXT_SIZE, 0600);
    assert_int_equal(keyfile_read(config_fixture_path(path_name), &pair, error, sizeof error), -1);
    assert_memory_equal(&pair, &zero, sizeof pair);
    assert_true(strlen(error) < sizeof error);
    memset(&pair, 1, sizeof pair);
    keyfile_wipe(&pair);
    assert_memory_equal(&pair, &zero, sizeof pair);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, config_fixture_make, config_fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(generated_pairs_belong_together),
        TEST(known_pair_is_read),
        TEST(text_has_one_form),
        TEST(written_file_is_private),
        TEST(nothing_is_overwritten),
        TEST(failed_write_leaves_no_file),
        TEST(open_files_are_refused),
        TEST(only_regular_files_are_read),
        TEST(text_that_is_no_key_is_refused),
        TEST(endless_file_is_refused),
        TEST(refused_file_leaves_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
