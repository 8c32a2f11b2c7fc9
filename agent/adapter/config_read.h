/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One configuration file, read into struct config. The only file that uses libinih.
 *
 * Does not: find files (see config_file.h), judge options against each other (see config_check.h).
 */
#ifndef BANSYNC_ADAPTER_CONFIG_READ_H
#define BANSYNC_ADAPTER_CONFIG_READ_H

#include "config.h"
#include "config_check.h"
#include "config_mistake.h"

/* Reads path and sets in *config what it says; adds every mistake to *mistakes. path must live as
 * long as *places, which learns where each option and peer was set: a path is a file, so the
 * pointer must differ from file to file. */
void config_read(const char *path, struct config *config, struct config_places *places,
                 struct config_mistakes *mistakes);

#endif
