/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl keygen: a new node key.
 */
#ifndef BANSYNC_CTL_KEYGEN_H
#define BANSYNC_CTL_KEYGEN_H

#include "args.h"

/* Writes a new secret key to the file of --out and prints the public key. As root, the group
 * bansync may read the file if there is one. Returns the exit code; every failure has been told. */
int keygen_run(const struct args *args);

#endif
