/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of addresses, networks and accounts, one a line: "NET", "account NAME", each perhaps with
 * "until TIME" behind it; # begins a comment.
 *
 * Read as a whole or not at all. Does not: know what the networks are for, watch the file.
 */
#ifndef BANSYNC_ADAPTER_NETLIST_H
#define BANSYNC_ADAPTER_NETLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "config_net.h"

struct netlist_entry {
    char net[CONFIG_NET_SIZE];       /* as config_net_parse makes it; "": an account */
    char account[ACCOUNT_BYTES_MAX]; /* without blanks and control bytes; "": a network */
    int64_t until_ms;                /* TIME_NEVER_MS: for good */
};

struct netlist {
    struct netlist_entry *list; /* in the order of the file; owned */
    size_t count;
};

/* By what a changed file is told. */
struct netlist_mark {
    uint64_t device, inode, size;
    int64_t modified_ns, changed_ns;
};

/* Reads the regular file at path, NEVER_BAN_MAX entries at most, into *list. TIME is a date, whose
 * end it is, or a date and time, in UTC: 2026-12-31, 2026-12-31T12:00:00Z. *mark is what was read.
 * 0, or -1 and "PATH[:LINE]: what; what to do" in error, *list untouched. */
int netlist_read(const char *path, struct netlist *list, struct netlist_mark *mark, char *error,
                 size_t error_size);

/* False: there is nothing that mark is of, or something else. */
bool netlist_is(const char *path, const struct netlist_mark *mark);

/* Frees what it holds and empties it. */
void netlist_free(struct netlist *list);

#endif
