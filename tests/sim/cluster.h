/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A healthy cluster that has been up for a while: every host holds the same set of bans and, as
 * the agent does, leases for its own and its peers' addresses.
 *
 * Nothing is lost, and links have the delays of an ordinary network.
 */
#ifndef BANSYNC_SIM_CLUSTER_H
#define BANSYNC_SIM_CLUSTER_H

#include "sim.h"

/* Hubs: the first hosts are hubs, each linked to all other hubs; every other host is linked to two
 * of them. The hubs are a mesh among themselves, not a ring: so a push of theirs names all other
 * hubs as told, and those that hear it need not send it back up; and any of them may be missing. */
enum cluster_shape { CLUSTER_MESH, CLUSTER_HUBS, CLUSTER_RING, CLUSTER_SHAPES };

struct cluster {
    enum cluster_shape shape;
    size_t nodes; /* 2 to SIM_HOSTS_MAX; of hubs: 4 or more */
    size_t bans;  /* that all hold, each of an operator */
};

/* Name of a shape; NULL: there is none of that number. */
const char *cluster_shape_name(size_t shape);

/* So many of the nodes are hubs: half the square root, at least 3. 0: there are no hubs. */
size_t cluster_hubs(const struct cluster *cluster);

/* The largest number of peers that one of its nodes has. The product allows PEERS_MAX. */
size_t cluster_peers(const struct cluster *cluster);

/* Opens sim and lets the cluster live until it is quiet. sim->rule tells if it did not come to
 * agree. sim_close afterwards. */
void cluster_open(struct sim *sim, const struct cluster *cluster);

/* Cuts a host off from all others, or ends that. */
void cluster_cut(struct sim *sim, struct host *host, bool cut);

/* True if the roots of all kinds are equal on all hosts. */
bool cluster_is_equal(const struct sim *sim);

/* The i-th address of a block of the documentation prefix: 2001:db8:BLOCK:I::/64. */
struct addr cluster_subject(uint16_t block, size_t i);

#endif
