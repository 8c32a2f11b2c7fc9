/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of the configuration: a directory of its own with files to load.
 */
#ifndef BANSYNC_TEST_CONFIG_FIXTURE_H
#define BANSYNC_TEST_CONFIG_FIXTURE_H

#include <stddef.h>

#include "config.h"

/* Public keys, valid and different. */
#define KEY_1 "ExampleKeyOfMx1ReplaceItByTheOneOfYourNode0="
#define KEY_2 "ExampleKeyOfMx2ReplaceItByTheOneOfYourNode0="
#define KEY_3 "ExampleKeyOfMx3ReplaceItByTheOneOfYourNode0="

/* cmocka setup and teardown: an empty directory, and its removal with all that is in it. */
int config_fixture_make(void **state);
int config_fixture_remove(void **state);

/* Writes a file NAME (such as "bansync.conf" or "conf.d/10.conf") there; conf.d is made when
 * needed. */
void config_fixture_write(const char *name, const char *bytes, size_t size);

/* The path of NAME there; valid until the next call. */
const char *config_fixture_path(const char *name);

/* Loads bansync.conf; fails the test if it is refused. The caller frees. */
struct config *config_fixture_load(void);

/* The same with text as the file. */
struct config *config_fixture_accept(const char *text);

/* Writes text as bansync.conf and fails the test unless the mistakes are exactly expected, whose
 * lines are given without the directory ("bansync.conf:2: ..."). */
void config_fixture_refuse(const char *text, const char *expected);

/* The same without writing: for files that are there. */
void config_fixture_refuse_files(const char *expected);

#endif
