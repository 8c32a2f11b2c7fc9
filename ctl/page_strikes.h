/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strikes as a table, for the pages that show some.
 */
#ifndef BANSYNC_CTL_PAGE_STRIKES_H
#define BANSYNC_CTL_PAGE_STRIKES_H

#include "json.h"

/* Writes title as a line and the strikes of the array below it; nothing if there are none. */
void page_strikes_print(const struct ctl_json *strikes, const char *title);

#endif
