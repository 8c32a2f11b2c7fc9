/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of the configuration: a directory of its own with files to load.
 */
#include "config_fixture.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static char directory[512];
static char path[1024];

static char *without_directory(const char *text);
static int remove_entry(const char *name, const struct stat *status, int kind, struct FTW *where);

int config_fixture_make(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(directory, sizeof directory, "%s/bansync-config-XXXXXX", base ? base : "/tmp");
    return mkdtemp(directory) ? 0 : -1;
}

int config_fixture_remove(void **state)
{
    (void)state;
    return nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

void config_fixture_write(const char *name, const char *bytes, size_t size)
{
    if (strncmp(name, "conf.d/", 7) == 0 && mkdir(config_fixture_path("conf.d"), 0755))
        assert_int_equal(errno, EEXIST);
    FILE *stream = fopen(config_fixture_path(name), "w");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, size, stream), size);
    assert_int_equal(fclose(stream), 0);
}

const char *config_fixture_path(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

struct config *config_fixture_load(void)
{
    char *errors = NULL;
    struct config *config = config_load(config_fixture_path("bansync.conf"), &errors);
    if (!config)
        fail_msg("refused: %s", errors);
    assert_null(errors);
    return config;
}

struct config *config_fixture_accept(const char *text)
{
    config_fixture_write("bansync.conf", text, strlen(text));
    return config_fixture_load();
}

void config_fixture_refuse(const char *text, const char *expected)
{
    config_fixture_write("bansync.conf", text, strlen(text));
    config_fixture_refuse_files(expected);
}

void config_fixture_refuse_files(const char *expected)
{
    char *errors = NULL;
    struct config *config = config_load(config_fixture_path("bansync.conf"), &errors);
    assert_null(config);
    assert_non_null(errors);
    char *shown = without_directory(errors);
    assert_string_equal(shown, expected);
    free(shown);
    free(errors);
}

/* text with every "DIRECTORY/" left out, in new memory. */
static char *without_directory(const char *text)
{
    size_t length = strlen(directory);
    char *out = malloc(strlen(text) + 1);
    assert_non_null(out);
    size_t used = 0;
    while (*text != '\0') {
        if (strncmp(text, directory, length) == 0 && text[length] == '/')
            text += length + 1;
        else
            out[used++] = *text++;
    }
    out[used] = '\0';
    return out;
}

static int remove_entry(const char *name, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(name);
}
