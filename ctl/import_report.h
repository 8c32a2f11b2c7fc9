/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of an imported list, for people and as a document.
 */
#ifndef BANSYNC_CTL_IMPORT_REPORT_H
#define BANSYNC_CTL_IMPORT_REPORT_H

#include "import_format.h"
#include "import_jail.h"
#include "import_send.h"

struct import_report {
    const char *name; /* of the list */
    enum import_format format;
    bool dry_run;
    bool json;
    bool verbose;              /* all that is bad is told, not only the first */
    int64_t repeated;          /* entries that others of the list made needless */
    size_t told;               /* of what is bad */
    struct import_jails jails; /* while it is told */
};

/* Prints to stderr what is bad and not told yet; in a document it is with the rest. */
void import_report_bad(struct import_report *report, struct import_list *list);

/* Prints the rest to stdout, or one document. Returns the exit code. */
int import_report(struct import_report *report, struct import_send *send);

#endif
