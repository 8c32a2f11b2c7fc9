/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl config init: a configuration file for this host, made from the table of options.
 */
#ifndef BANSYNC_CTL_CONFIG_INIT_H
#define BANSYNC_CTL_CONFIG_INIT_H

#include <stdio.h>

#include "args.h"

/* Prints it, or writes it to the file of --out. Returns the exit code of banctl. */
int config_init_run(const struct args *args);

/* Writes it: each option with its default, commented out, below what it means; only those that a
 * node needs, if minimal. host: the node's name. */
void config_init_write(FILE *stream, const char *host, bool minimal);

#endif
