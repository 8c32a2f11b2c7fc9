/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a list to be imported holds: bans with their ends and reasons, and what is none.
 *
 * The readers of its formats (import_format.h) fill it; without memory the process ends.
 */
#ifndef BANSYNC_CTL_IMPORT_LIST_H
#define BANSYNC_CTL_IMPORT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

#define IMPORT_SHOWN_BYTES 80 /* of a line that is not imported */

struct import_entry {
    struct prefix net;
    uint32_t account; /* place of its name in texts; 0: it is a network */
    bool is_sender;   /* an IPv6 address that stands for its prefix */
    bool is_refused;  /* by the agent: it is among what is bad, too */
    uint32_t line;    /* from 1 */
    uint32_t reason;  /* place in texts; 0: none */
    int64_t until_ms; /* 0: it names no end; TIME_NEVER_MS: permanent */
    uint64_t row;     /* import_order.h's */
};

/* A line that is not imported, and why. */
struct import_bad {
    uint32_t line;
    char *text;    /* of the line, cut; owned */
    char *code;    /* for programs; owned */
    char *message; /* owned */
};

struct import_list {
    struct import_entry *entries; /* owned */
    size_t count, room;
    struct import_bad *bad; /* owned */
    size_t bad_count, bad_room;
    char *texts; /* names and reasons, one NUL behind each; owned */
    size_t texts_size, texts_room;
    bool is_full;       /* there is more than IMPORT_ENTRIES_MAX: the rest is left out */
    bool accounts_only; /* set beforehand: texts alone are accounts, and networks are left out */
    size_t left_out;    /* so many were */
};

/* A row of a list as its format has it; texts are not NUL-terminated. */
struct import_text {
    const char *bytes; /* NULL: absent */
    size_t length;
};
struct import_row {
    uint32_t line;
    struct import_text net, account, until, reason, actor, since;
};

/* Adds a row, or why it is none: net is an address or network without host bits, or account is one
 * (account.h), and the other of the two is absent or empty; until is
 * "permanent", a time in UTC (RFC 3339), seconds since 1970, or empty; reason is one line. Of since
 * and actor see origin.h; what is no time there is left out. */
void import_list_row(struct import_list *list, const struct import_row *row);

/* Adds a text that names whom, and nothing else: an address or network, or an account. */
void import_list_whom(struct import_list *list, uint32_t line, struct import_text whom);

/* Adds a network or account as a map has it: it names no end, and an IPv6 address stands for
 * itself. */
void import_list_add(struct import_list *list, uint32_t line, const struct addr *addr);

/* Adds what is no row. */
void import_list_bad(struct import_list *list, uint32_t line, const char *text, size_t length,
                     const char *code, const char *message);

/* Whom an entry is for. */
struct addr import_list_subject(const struct import_list *list, const struct import_entry *entry);

/* The reason of an entry, NULL if it names none. */
const char *import_list_reason(const struct import_list *list, const struct import_entry *entry);

/* IPv6 senders become their prefixes; then the entries are brought into the order of the map, with
 * accounts behind, and of those of one network or account that which ends last stays (one without
 * an end: as the second number says, 0: it is the shortest). Returns how many went. */
size_t import_list_settle(struct import_list *list, unsigned ipv6_prefix, int64_t default_until_ms);

/* Brings what is bad into the order of its lines. */
void import_list_sort_bad(struct import_list *list);

/* Frees what it holds and empties it. */
void import_list_clear(struct import_list *list);

#endif
