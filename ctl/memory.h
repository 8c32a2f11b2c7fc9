/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What banctl does without memory: it says so and ends.
 */
#ifndef BANSYNC_CTL_MEMORY_H
#define BANSYNC_CTL_MEMORY_H

#include <stdnoreturn.h>

/* Ends the process with EXIT_INTERNAL. */
noreturn void memory_exhausted(void);

#endif
