/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A number as people read it: its thousands apart, "1,284".
 */
#ifndef BANSYNC_CORE_GROUPED_H
#define BANSYNC_CORE_GROUPED_H

#include <stdint.h>

/* 20 digits, 6 commas, NUL. */
#define GROUPED_SIZE 27

/* Returns text. */
const char *grouped_print(uint64_t number, char text[GROUPED_SIZE]);

/* The same in room of its own, valid to the end of the block. */
#define GROUPED(number) grouped_print((uint64_t)(number), (char[GROUPED_SIZE]){0})

#endif
