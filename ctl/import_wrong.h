/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file to be imported that is no list, or of another format than it looks like.
 */
#ifndef BANSYNC_CTL_IMPORT_WRONG_H
#define BANSYNC_CTL_IMPORT_WRONG_H

#include <stddef.h>

#include "failure.h"

/* 0, or -1 with *failure if the text looks like a log of rspamd or like no text at all. Looks at
 * its beginning only: one bad line further on is told with its number. */
int import_wrong_file(const char *path, const char *bytes, size_t size, struct failure *failure);

/* Adds to a failure of its reader that the text was taken for it. */
void import_wrong_guess(const char *guess, struct failure *failure);

#endif
