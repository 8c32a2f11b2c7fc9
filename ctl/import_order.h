/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which a list is sent: that of the agent's rows.
 *
 * The database has a record's row where the hash of its subject says (entry.h). Sent in the order
 * of the map each entry of a long list would dirty a page of its own in every commit; sent by that
 * hash a piece of the list writes pages that lie side by side.
 */
#ifndef BANSYNC_CTL_IMPORT_ORDER_H
#define BANSYNC_CTL_IMPORT_ORDER_H

#include "import_list.h"

/* Brings a settled list into the order of the rows in that cluster. Wider networks come first, so
 * that what lies inside one finds it banned; accounts come last, as a request has them. */
void import_order(struct import_list *list, const char *cluster);

#endif
