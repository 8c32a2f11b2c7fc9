/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do the bytes of repair grow with the difference, and not with what is held? A node is cut off,
 * meanwhile the others get so many new strikes and bans; then the cut is healed.
 */
#ifndef BANSYNC_SIM_GROWTH_H
#define BANSYNC_SIM_GROWTH_H

/* Measures and prints a table, and names each demand that does not hold. Returns an exit code: 1 if
 * there is one. */
int growth_run(void);

#endif
