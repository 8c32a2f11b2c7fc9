/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl completion: prints what a shell must know to complete banctl's words, made from the same
 * tables as the parser.
 *
 * Does not: ask the agent; addresses and names of nodes are not completed.
 */
#ifndef BANSYNC_CTL_COMPLETION_H
#define BANSYNC_CTL_COMPLETION_H

#include <stdio.h>

enum completion_shell { COMPLETION_BASH, COMPLETION_ZSH };

/* Writes the script for a shell. bash needs nothing else, zsh its compinit. */
void completion_write(FILE *stream, enum completion_shell shell);

#endif
