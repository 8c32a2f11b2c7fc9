/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replaces a text file so that a reader finds either the old or the new one, never a part.
 */
#ifndef BANSYNC_CTL_TEXTFILE_H
#define BANSYNC_CTL_TEXTFILE_H

#include <stddef.h>

#include "failure.h"

/* Makes path hold exactly these bytes, readable by all (0644): written beside it under another name
 * (path, a dot and six characters), synced, renamed. 0, or -1 with *failure: then path is as it
 * was. */
int textfile_write(const char *path, const char *bytes, size_t size, struct failure *failure);

#endif
