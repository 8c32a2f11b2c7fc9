/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The systemd unit of the agent, as systemd has it in force: what its file says, what drop-ins have
 * changed, what became of it.
 *
 * Does not: judge; change anything.
 */
#ifndef BANSYNC_CTL_UNIT_H
#define BANSYNC_CTL_UNIT_H

#include <stdbool.h>
#include <stddef.h>

/* User and group of the unit as it is shipped. */
#define UNIT_USER "bansync"

struct unit {
    char *text; /* NAME=VALUE, one a line; each '=' and LF that ends a name or value is a NUL */
    size_t size;
};

/* Asks systemctl, 5 seconds at most. Returns 0, or -1 and errno as program_run does; EPROTO:
 * systemctl answered nothing. */
int unit_ask(struct unit *unit);
void unit_free(struct unit *unit);

/* A property's value as systemctl(1) shows it; "" if it has none. Valid until unit_free. */
const char *unit_value(const struct unit *unit, const char *name);

/* True if the property has that value. */
bool unit_is(const struct unit *unit, const char *name, const char *value);

/* Writes what is open though the shipped unit closes it, as "NAME=VALUE NAME=VALUE", at most size
 * bytes with NUL, to open. Returns how many there are. */
size_t unit_opened(const struct unit *unit, char *open, size_t size);

/* Writes the groups that the unit's user is in and its running process is not, "NAME NAME", at most
 * size bytes with NUL, to names. Returns how many; -1 if it does not run or cannot be looked at. */
int unit_lacks_groups(const struct unit *unit, char *names, size_t size);

#endif
