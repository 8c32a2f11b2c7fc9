/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be told to the admin; [alert] on has their names.
 */
#ifndef BANSYNC_ADAPTER_ALERTKIND_H
#define BANSYNC_ADAPTER_ALERTKIND_H

#include <stddef.h>
#include <stdint.h>

enum alertkind {
    ALERTKIND_BAN,        /* the threshold banned somebody, for a time */
    ALERTKIND_PERMANENT,  /* likewise, permanently */
    ALERTKIND_BRAKE,      /* the brake holds hits */
    ALERTKIND_PEER,       /* a peer is down */
    ALERTKIND_DIVERGENCE, /* a peer holds another state, and repair does not help */
    ALERTKIND_SILENT,     /* no hit can come: the source is silent or cannot be read */
    ALERTKIND_STORE,      /* the database cannot be written */
    ALERTKIND_MAP,        /* the map cannot be written */
    ALERTKIND_CLONE,      /* another live node uses the key of one */
    ALERTKIND_CHOICES,    /* those above can be chosen; those below are not events */
    ALERTKIND_DIGEST = ALERTKIND_CHOICES, /* many of the above in one */
    ALERTKIND_TEST,                       /* an operator asked for it */
    ALERTKIND_COUNT
};

/* "ban", "peer-down" ... */
const char *alertkind_name(enum alertkind kind);

/* One bit a kind, from "ban, brake" or "all"; 0: text is no such list. */
int64_t alertkind_parse_list(const char *text);

/* Writes such a list. */
void alertkind_print_list(int64_t list, char *out, size_t size);

/* "bans", "peers down" ...: behind a number, 1 or more. */
const char *alertkind_noun(enum alertkind kind, uint64_t number);

#endif
