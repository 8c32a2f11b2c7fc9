/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What --check-config has to say of a configuration without mistakes: what is easily forgotten.
 */
#ifndef BANSYNC_ADVICE_H
#define BANSYNC_ADVICE_H

#include <stdio.h>

#include "config.h"

/* Prints hints to out: nobody under [never-ban]; a log that is not there or that
 * the caller's user may not read; no place for the map. Nothing
 * if there is nothing to say. */
void advice_print(const struct config *config, FILE *out);

#endif
