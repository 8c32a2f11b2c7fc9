/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory of its own for each test, and small files in it.
 */
#ifndef TEST_SCRATCH_H
#define TEST_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

#define SCRATCH_PATH_SIZE 256

/* Makes a new directory under $TMPDIR or /tmp; its path goes to path. Exits the test on failure. */
void scratch_make(char path[SCRATCH_PATH_SIZE]);

/* Removes it with all that is in it. */
void scratch_remove(const char *path);

/* "directory/name" in one of a few static buffers: valid for the next three calls. */
const char *scratch_path(const char *directory, const char *name);

/* Whole files. scratch_read returns a NUL-terminated buffer to be freed; both fail the test on
 * error. */
void scratch_write(const char *directory, const char *name, const void *bytes, size_t size);
char *scratch_read(const char *directory, const char *name, size_t *size);

/* Is there an entry of that name (a dangling link counts)? */
bool scratch_exists(const char *directory, const char *name);

/* Number of entries, without . and .. */
size_t scratch_count(const char *directory);

#endif
