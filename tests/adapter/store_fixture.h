/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store in a directory of its own, and rows that can be made and recognized by number.
 */
#ifndef TEST_STORE_FIXTURE_H
#define TEST_STORE_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "scratch.h"
#include "store.h"

#define STORE_FIXTURE_BODY_BYTES 90

struct store_fixture {
    char directory[SCRATCH_PATH_SIZE];
    struct store *store;
    char error[1024];
};

/* What store_fixture_count found. */
struct store_count {
    int64_t strikes;     /* rows whose body is right */
    int64_t first, last; /* numbers of the first and last of them */
    bool in_order;       /* their numbers ascend without a gap */
    int64_t records;     /* rows whose body is right */
    int64_t newest;      /* highest version of a record */
    int64_t allows;      /* rows of the allow table */
    int64_t damaged;     /* rows whose hash does not fit the body */
    int64_t wrong;       /* rows whose hash fits and whose content was never put */
};

/* Setup and teardown: an empty directory and a closed store; closing and removing. */
int store_fixture_begin(void **state);
int store_fixture_end(void **state);

/* Opens the store; fails the test if that fails. Returns set_aside. */
bool store_fixture_open(struct store_fixture *fixture);

/* Closes it and opens it again; it must not be set aside. */
void store_fixture_reopen(struct store_fixture *fixture);

/* Expects that it cannot be opened, with a text that holds why. */
void store_fixture_expect_refused(struct store_fixture *fixture, const char *why);

/* Strike number n, at n ms; record with key n, and its version in the body. Safe in a forked child.
 */
void store_fixture_strike(struct store *store, int64_t n);
void store_fixture_record(struct store *store, int64_t key, int64_t version);

/* Loads all and looks at it; fails the test if loading fails. */
struct store_count store_fixture_count(struct store *store);

/* Runs work in a child that ends without closing the store, as if it were killed. */
void store_fixture_in_dead_child(struct store_fixture *fixture, void (*work)(struct store *store));

/* Puts and commits strikes first..last. */
void store_fixture_commit_strikes(struct store *store, int64_t first, int64_t last);

#endif
