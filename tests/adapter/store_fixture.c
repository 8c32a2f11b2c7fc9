/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store in a directory of its own, and rows that can be made and recognized by number.
 */
#include "store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct body {
    int64_t number;
    int64_t version;
    unsigned char filler[STORE_FIXTURE_BODY_BYTES - 16];
};

static struct body make_body(int64_t number, int64_t version)
{
    struct body body = {.number = number, .version = version};

    for (size_t i = 0; i < sizeof body.filler; i++)
        body.filler[i] = (unsigned char)(number * 7 + version * 3 + (int64_t)i);
    return body;
}

/* FNV-1a: any hash will do here. */
static uint64_t hash_of(const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;
    uint64_t hash = 0xcbf29ce484222325;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * 0x100000001b3;
    return hash;
}

int store_fixture_begin(void **state)
{
    struct store_fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    scratch_make(fixture->directory);
    *state = fixture;
    return 0;
}

int store_fixture_end(void **state)
{
    struct store_fixture *fixture = *state;

    store_close(&fixture->store);
    scratch_remove(fixture->directory);
    free(fixture);
    return 0;
}

bool store_fixture_open(struct store_fixture *fixture)
{
    bool set_aside = false;

    fixture->store =
        store_open(fixture->directory, &set_aside, fixture->error, sizeof fixture->error);
    if (fixture->store == NULL)
        fail_msg("%s", fixture->error);
    return set_aside;
}

void store_fixture_reopen(struct store_fixture *fixture)
{
    store_close(&fixture->store);
    assert_null(fixture->store);
    assert_false(store_fixture_open(fixture));
}

void store_fixture_expect_refused(struct store_fixture *fixture, const char *why)
{
    bool set_aside = true;

    fixture->error[0] = '\0';
    assert_null(store_open(fixture->directory, &set_aside, fixture->error, sizeof fixture->error));
    assert_false(set_aside);
    if (strstr(fixture->error, why) == NULL)
        fail_msg("'%s' does not say '%s'", fixture->error, why);
}

void store_fixture_strike(struct store *store, int64_t n)
{
    struct body body = make_body(n, 0);
    struct store_row row = {
        .table = STORE_STRIKE,
        .subject = "192.0.2.1",
        .at_ms = n,
        .body = &body,
        .body_size = sizeof body,
        .hash = hash_of(&body, sizeof body),
    };

    store_put(store, &row);
}

void store_fixture_record(struct store *store, int64_t key, int64_t version)
{
    struct body body = make_body(key, version);
    struct store_row row = {
        .table = STORE_RECORD,
        .key = &key,
        .key_size = sizeof key,
        .subject = "2001:db8::/64",
        .note = "banned",
        .body = &body,
        .body_size = sizeof body,
        .hash = hash_of(&body, sizeof body),
    };

    store_put(store, &row);
}

static bool count_row(void *context, const struct store_row *row)
{
    struct store_count *count = context;
    struct body body = {0};

    if (row->table == STORE_ALLOW) {
        count->allows++;
        return true;
    }
    if (row->hash != hash_of(row->body, row->body_size)) {
        count->damaged++;
        return true;
    }
    if (row->body_size == sizeof body)
        memcpy(&body, row->body, sizeof body);
    struct body expected = make_body(body.number, body.version);
    if (memcmp(&expected, &body, sizeof body) != 0 || body.number == 0) {
        count->wrong++;
    } else if (row->table == STORE_STRIKE) {
        count->in_order =
            count->strikes == 0 || (count->in_order && body.number == count->last + 1);
        count->first = count->strikes == 0 ? body.number : count->first;
        count->last = body.number;
        count->strikes++;
    } else {
        count->records++;
        count->newest = body.version > count->newest ? body.version : count->newest;
    }
    return true;
}

struct store_count store_fixture_count(struct store *store)
{
    struct store_count count = {.in_order = true};

    if (store_load(store, count_row, &count) != 0)
        fail_msg("%s", store_error(store));
    return count;
}

void store_fixture_in_dead_child(struct store_fixture *fixture, void (*work)(struct store *store))
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        bool set_aside = false;
        struct store *store =
            store_open(fixture->directory, &set_aside, fixture->error, sizeof fixture->error);
        if (store == NULL)
            _exit(1);
        work(store);
        _exit(store_commit(store) == 0 ? 0 : 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

void store_fixture_commit_strikes(struct store *store, int64_t first, int64_t last)
{
    for (int64_t n = first; n <= last; n++)
        store_fixture_strike(store, n);
    if (store_commit(store) != 0)
        fail_msg("%s", store_error(store));
}
