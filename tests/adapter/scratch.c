/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory of its own for each test, and small files in it.
 */
#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
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

#define PATHS_KEPT 4
#define DEPTH_MAX 16

void scratch_make(char path[SCRATCH_PATH_SIZE])
{
    const char *parent = getenv("TMPDIR");

    snprintf(path, SCRATCH_PATH_SIZE, "%s/bansync-test-XXXXXX", parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(path));
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void scratch_remove(const char *path)
{
    nftw(path, remove_entry, DEPTH_MAX, FTW_DEPTH | FTW_PHYS);
}

const char *scratch_path(const char *directory, const char *name)
{
    static char paths[PATHS_KEPT][2 * SCRATCH_PATH_SIZE];
    static unsigned next;
    char *path = paths[next++ % PATHS_KEPT];

    snprintf(path, sizeof paths[0], "%s/%s", directory, name);
    return path;
}

void scratch_write(const char *directory, const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(scratch_path(directory, name), "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

char *scratch_read(const char *directory, const char *name, size_t *size)
{
    FILE *file = fopen(scratch_path(directory, name), "rb");
    struct stat status;

    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &status), 0);
    char *bytes = calloc(1, (size_t)status.st_size + 1);
    assert_non_null(bytes);
    *size = fread(bytes, 1, (size_t)status.st_size, file);
    fclose(file);
    return bytes;
}

bool scratch_exists(const char *directory, const char *name)
{
    struct stat status;

    return lstat(scratch_path(directory, name), &status) == 0;
}

size_t scratch_count(const char *directory)
{
    DIR *entries = opendir(directory);
    size_t count = 0;

    assert_non_null(entries);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(entries);
    return count;
}
