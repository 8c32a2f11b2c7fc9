/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One host of the simulation: what agent/loop.c and the adapters do around the node, without a
 * syscall.
 */
#ifndef BANSYNC_SIM_HOST_H
#define BANSYNC_SIM_HOST_H

#include "sim.h"

struct host *host_new(size_t index);
void host_free(struct host *host);

/* Its clocks. */
struct now host_now(const struct sim *sim, const struct host *host);
int64_t host_wall_ms(const struct sim *sim, const struct host *host);
/* Sets its wall clock off by off_ms from true time, without drift. */
void host_set_clock(struct sim *sim, struct host *host, int64_t off_ms);

/* True if it is farther off than is promised. */
bool host_is_far_off(const struct sim *sim, const struct host *host);

/* Starts its process from what its disk holds. It must be down. */
void host_start(struct sim *sim, struct host *host);

/* Ends its process without warning. */
void host_kill(struct sim *sim, struct host *host);

/* A frame comes in, from that host. */
void host_receive(struct sim *sim, struct host *host, size_t from, const uint8_t *bytes,
                  size_t size);

/* A line is written into its log: a hit of addr, at its wall clock or, if ms is not 0, at ms.
 * message: number of its Message-ID; 0: not known. account: that of the name in it; 0: none. */
void host_hit(struct sim *sim, struct host *host, const struct addr *addr, int64_t ms,
              uint32_t message, size_t account);

/* Reads the next lines of its log, if there are any. */
void host_read_log(struct sim *sim, struct host *host, const struct now *now);

/* An operator gives a command; returns false if it is refused, as guard.c would. */
bool host_command(struct sim *sim, struct host *host, enum event_type type, const struct addr *addr,
                  int64_t until_ms);

/* An operator forgets the node of that identity: what it never bans ends. Returns how many entries
 * these are, 0 also if it is refused. */
size_t host_forget_node(struct sim *sim, struct host *host, size_t identity);

/* The id of that node. */
uint64_t host_id_of(const struct sim *sim, size_t identity);

/* An operator lets go what the brake holds of net, or of all if that is NULL: it is to count, or
 * never to. False if nothing is held, or it is refused as release.c would. */
bool host_let_go(struct sim *sim, struct host *host, bool drop, const struct addr *net);

/* Whether its clock may stamp: guard_clock of agent/command/guard.c. */
bool host_is_sane(const struct sim *sim, const struct host *host);

/* Another policy is in force. */
void host_reload(struct sim *sim, struct host *host, const struct policy *policy);

/* The first thing in a turn, whatever it is that begins it. */
void host_begin_turn(struct sim *sim, struct host *host);

/* Takes and hands out everything that waits; one turn of the loop. */
void host_turn(struct sim *sim, struct host *host);

/* Text of the map that its node draws now; valid until its next turn. */
const struct map_text *host_map(struct host *host);

/* Index of its peer that is that host, SIM_NONE if it is none. */
size_t host_peer(const struct sim *sim, const struct host *host, size_t other);

#endif
