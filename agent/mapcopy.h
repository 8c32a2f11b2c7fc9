/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of what a map held before, beside it: FILE.before-bansync, then .1 to .99 where that name
 * is taken.
 */
#ifndef BANSYNC_MAPCOPY_H
#define BANSYNC_MAPCOPY_H

#include <stddef.h>

/* Writes the text to the first of these names that is free, or finds it under one. Returns that,
 * which the caller frees; NULL, and text in error. */
char *mapcopy_make(const char *file, const char *bytes, size_t size, char *error,
                   size_t error_size);

#endif
