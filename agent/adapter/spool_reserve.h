/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room for one alert that is kept free on the disk of the spool: that the disk is full can be told
 * all the same.
 */
#ifndef BANSYNC_ADAPTER_SPOOL_RESERVE_H
#define BANSYNC_ADAPTER_SPOOL_RESERVE_H

#include <stdbool.h>

/* Keeps it, in the directory that is open as fd, if it is not kept already. There may be none. */
void spool_reserve_keep(int fd);

/* Gives it free. False: none was kept. */
bool spool_reserve_give(int fd);

#endif
