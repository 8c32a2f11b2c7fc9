/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which jails of fail2ban the entries of a list come from, as their reasons tell: "fail2ban sshd".
 */
#ifndef BANSYNC_CTL_IMPORT_JAIL_H
#define BANSYNC_CTL_IMPORT_JAIL_H

#include "import_list.h"
#include "json.h"
#include "phrase.h"

struct import_jail {
    char *name; /* owned */
    int64_t count;
};

struct import_jails {
    struct import_jail *list; /* by name; owned */
    size_t count;
};

/* Counts the entries that the agent did not refuse by their jails. Free it with import_jails_clear;
 * without memory the process ends. */
void import_jails_count(const struct import_list *list, struct import_jails *jails);

/* Frees what it holds and empties it. */
void import_jails_clear(struct import_jails *jails);

/* Adds "; entries by jail: postfix 12, sshd 1,204"; nothing if there is one alone, or none. */
void import_jails_add(const struct import_jails *jails, struct phrase *message);

/* Adds an array of {jail, count}. */
void import_jails_document(const struct import_jails *jails, struct ctl_json *document);

#endif
