/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings a database of an older schema up to the present one.
 *
 * First its content, that of the WAL included, is copied to bansync.db.schema-N, N being its
 * number; then all steps run in one transaction. A crash at any point leaves a database that is
 * whole, of the older schema or of the present one. Does not: go back to an older schema.
 */
#ifndef BANSYNC_ADAPTER_STORE_MIGRATE_H
#define BANSYNC_ADAPTER_STORE_MIGRATE_H

#include <stdbool.h>

#include "database.h"
#include "store_file.h"

/* True if that schema, a known one or 0 (a blank file), is not the present one. */
bool store_migrate_is_due(long schema);

/* Copies, then migrates; to be called before database_prepare. directory: path of file's directory.
 * On failure the database is as it was and database->error says why. */
enum database_verdict store_migrate(struct database *database, const struct store_file *file,
                                    const char *directory, long schema);

#endif
