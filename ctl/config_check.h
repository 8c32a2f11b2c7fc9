/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl config check: what bansyncd says of a configuration file. There is no second reader that
 * could differ from the agent's.
 */
#ifndef BANSYNC_CTL_CONFIG_CHECK_H
#define BANSYNC_CTL_CONFIG_CHECK_H

#include "args.h"

/* Runs bansyncd --check-config and passes on what it says. Returns the exit code of banctl:
 * EXIT_REFUSED if it has mistakes, as with banctl reload. */
int config_check_run(const struct args *args);

#endif
