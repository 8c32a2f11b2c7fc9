/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl import: a list, in any of some formats, as bans on every node.
 */
#ifndef BANSYNC_CTL_IMPORT_H
#define BANSYNC_CTL_IMPORT_H

#include "args.h"

/* ssh: value of SSH_CLIENT or SSH_CONNECTION, or NULL. Prints what became of it and returns an exit
 * code. */
int import_run(const struct args *args, const char *ssh);

#endif
