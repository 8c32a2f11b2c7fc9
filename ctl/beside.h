/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands beside the verdict of explain and show, a sentence each: hits that the brake holds,
 * banned accounts that were used from the address, a map that cannot be written.
 */
#ifndef BANSYNC_CTL_BESIDE_H
#define BANSYNC_CTL_BESIDE_H

#include "json.h"

/* Prints what there is of it; nothing of what an older agent does not tell. */
void beside_print(const struct ctl_json *item);

#endif
