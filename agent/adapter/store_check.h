/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges an opened database: is it ours, is its schema known, is it whole?
 *
 * Does not: change it.
 */
#ifndef BANSYNC_ADAPTER_STORE_CHECK_H
#define BANSYNC_ADAPTER_STORE_CHECK_H

#include <stdbool.h>

#include "database.h"

/* Whose file is it? To be asked before database_prepare, which writes. *schema: its number, which
 * may be an older one; 0: it has no tables yet. Another program's database and a newer schema are
 * DATABASE_FOREIGN, with what to do in database->error. */
enum database_verdict store_check_identity(struct database *database, long *schema);

/* Reads the whole file (0.3 s a million rows). */
enum database_verdict store_check_pages(struct database *database);

/* After database_prepare: the same, and the schema number. */
enum database_verdict store_check_content(struct database *database);

#endif
