/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The id of an alert, see markid.h.
 */
#include "markid.h"

#include <stdio.h>
#include <stdlib.h>

void markid_parse(const char text[SPOOL_ID_SIZE], uint8_t id[MARK_ID_BYTES])
{
    for (size_t i = 0; i < MARK_ID_BYTES; i++) {
        char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};

        id[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

void markid_print(const uint8_t id[MARK_ID_BYTES], char text[SPOOL_ID_SIZE])
{
    for (size_t i = 0; i < MARK_ID_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", id[i]);
}
