/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of banctl status on the other nodes.
 */
#ifndef BANSYNC_CTL_PAGE_CLUSTER_H
#define BANSYNC_CTL_PAGE_CLUSTER_H

#include "json.h"

/* Writes the lines on peers, digest and refused connections to stdout. */
void page_cluster_print(const struct ctl_json *result);

#endif
