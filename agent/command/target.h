/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a request names: addresses and networks in "targets", accounts in "accounts", in that order.
 */
#ifndef BANSYNC_TARGET_H
#define BANSYNC_TARGET_H

#include "command.h"

struct target {
    char text[ADDR_TEXT_SIZE]; /* as the request has it; of an account as addr_print_subject */
    struct addr addr; /* the subject: a host is one, or of IPv6 becomes its prefix; what has
                         a length stays as it is */
    struct addr host; /* the address itself, if it is one; else as addr */
};

/* How many there are. */
size_t target_count(const struct json *json);

/* True if there are 1 to CONTROL_TARGETS_MAX; else it is answered with an error. */
bool target_has_some(struct agent *agent, const struct request *request);

/* Reads the one at index (below target_count). False: answered with an error. */
bool target_read(struct agent *agent, const struct request *request, size_t index,
                 struct target *target);

/* Reads the name of an account as requests have it (NULL: none). False: it is none. */
bool target_parse_account(const char *text, struct addr *account);

/* Adds what was asked about: "address" with its text; of an account null, and "account". */
void target_add(struct json *item, const struct target *target);

/* Reads all of them. False: answered with an error. */
bool target_read_all(struct agent *agent, const struct request *request,
                     struct target targets[CONTROL_TARGETS_MAX], size_t *count);

#endif
