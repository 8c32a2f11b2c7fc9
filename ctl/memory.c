/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What banctl does without memory. Nothing is to be saved: it holds no state, and the agent notices
 * that it is gone.
 *
 * Does not: need memory, so not even with --json is this told in JSON.
 */
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>

#include <bansync/control.h>

#include "screen.h"

noreturn void memory_exhausted(void)
{
    screen_end();
    fputs("banctl: out of memory\n", stderr);
    _Exit(EXIT_INTERNAL);
}
