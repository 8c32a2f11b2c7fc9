/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The id of an alert: as text in its file and mail, as bytes in marks.
 */
#ifndef BANSYNC_MARKID_H
#define BANSYNC_MARKID_H

#include <stdint.h>

#include "mark.h"
#include "spool_file.h"

void markid_parse(const char text[SPOOL_ID_SIZE], uint8_t id[MARK_ID_BYTES]);
void markid_print(const uint8_t id[MARK_ID_BYTES], char text[SPOOL_ID_SIZE]);

#endif
