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

/* Whose file is it? To be asked before database_prepare, which writes. *blank: it has no tables
 * yet. Another program's database and a newer schema are refused, with what to do in
 * database->error. */
enum database_verdict store_check_identity(struct database *database, bool *blank);

/* After database_prepare: reads the whole file (0.3 s a million rows), and the schema number. */
enum database_verdict store_check_content(struct database *database);

#endif
