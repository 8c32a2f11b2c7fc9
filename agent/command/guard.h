/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator must not do by accident.
 */
#ifndef BANSYNC_GUARD_H
#define BANSYNC_GUARD_H

#include "allow_text.h"
#include "command.h"

#define GUARD_HINT_SIZE (ADDR_TEXT_SIZE + 64)

/* What was asked for, and why it is refused. */
struct guard {
    bool force;
    const char *ssh_client; /* the caller's address; NULL: not known */
    const char *code;       /* of the error */
    char message[ALLOW_TEXT_SIZE + 2 * ADDR_TEXT_SIZE + 128];
    char hint[GUARD_HINT_SIZE]; /* "": none */
};

/* False, with code, message and hint, if addr must not be banned: wider than ever allowed; wider
 * than [ban] max_prefix4 or max_prefix6 without force; loopback and the like; own, peer, never-ban
 * or otherwise allowed; the caller's own SSH client. */
bool guard_check(struct agent *agent, struct guard *guard, const struct addr *addr);

/* False, and answered, if banning these, too, would make a map, or a user map, of more than [map]
 * max_entries. */
bool guard_entries(struct agent *agent, uint64_t client, const struct addr *addrs, size_t count);

/* Writes that the map has nearly as many entries as it may have, or more; false if it has not. */
bool guard_print_entries(struct agent *agent, char *out, size_t size);

/* Likewise of banned accounts and the user map. */
bool guard_print_accounts(const struct agent *agent, char *out, size_t size);

/* As guard_check, with force and ssh_client of the request, which is answered with the error. */
bool guard_ban(struct agent *agent, const struct request *request, const struct addr *addr);

/* False, and answered, if an allow entry for addr would have no effect: wider than ever allowed. */
bool guard_allow(struct agent *agent, const struct request *request, const struct addr *addr);

/* Writes why this node's clock is not to be trusted for stamps; false if it is to be trusted. */
bool guard_print_clock(const struct agent *agent, char *out, size_t size);

/* False, and answered, if this node's clock is not to be trusted for stamps. */
bool guard_clock(struct agent *agent, uint64_t client);

#endif
