/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value of the configuration as it would be written in a file: what config_value.h reads.
 *
 * Does not: print secrets; the configuration holds none, only the path of the key.
 */
#ifndef BANSYNC_ADAPTER_CONFIG_PRINT_H
#define BANSYNC_ADAPTER_CONFIG_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "config_option.h"

/* Room for the longest value with NUL. */
#define CONFIG_PRINT_SIZE PATH_BYTES_MAX

/* Writes the option's value; of a list its element of that index. False: it is unset, or the list
 * ends before. Of an option that is no list the index must be 0. */
bool config_print(const struct config *config, const struct config_option *option, size_t index,
                  char text[CONFIG_PRINT_SIZE]);

#endif
