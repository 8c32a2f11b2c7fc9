/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of banctl status on the other nodes.
 */
#ifndef BANSYNC_CTL_PAGE_CLUSTER_H
#define BANSYNC_CTL_PAGE_CLUSTER_H

#include "json.h"
#include "terminal.h"

/* Writes the lines on peers, digest and refused connections to stdout. */
void page_cluster_print(const struct ctl_json *result);

/* Of the state of a node: whether it is as it should be, may become so, or is wrong. */
enum terminal_color page_cluster_color(const char *state);

#endif
