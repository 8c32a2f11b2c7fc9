/* SPDX-License-Identifier: Apache-2.0 */
/*
 * That an alert has been told: by which node, and when. It keeps the other nodes from telling it.
 *
 * One entry of the state each, never changed once it is made; key is its stamp. Two nodes that told
 * the same make two of them. Kept for MARK_KEEP_MS, and of all of them the newest MARK_MAX: longer
 * than anybody waits for one.
 */
#ifndef BANSYNC_CORE_MARK_H
#define BANSYNC_CORE_MARK_H

#include <stddef.h>
#include <stdint.h>

#include "stamp.h"

#define MARK_ID_BYTES 16

/* Length of the canonical form. */
#define MARK_BYTES 40

struct mark {
    struct stamp stamp; /* when, and by which node */
    int64_t forget_ms;
    uint8_t id[MARK_ID_BYTES]; /* of the alert */
};

/* Canonical bytes: of an entry of a chronicle, see chronicle.h. mark_read: 0, or -1 if malformed.
 */
void mark_write(const struct mark *mark, uint8_t bytes[MARK_BYTES]);
int mark_read(const uint8_t *bytes, size_t size, struct mark *mark);

#endif
