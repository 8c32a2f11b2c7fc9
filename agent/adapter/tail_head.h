/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first bytes of a log, by which it is known again.
 *
 * Does not: hash for security: FNV-1a tells files apart, not enemies; who can write the log needs
 * no collision.
 */
#ifndef BANSYNC_ADAPTER_TAIL_HEAD_H
#define BANSYNC_ADAPTER_TAIL_HEAD_H

#include <stddef.h>
#include <stdint.h>

/* Of no bytes. */
#define TAIL_HEAD_HASH_NONE 0xcbf29ce484222325u

/* The hash of what hash is of and these bytes behind it. */
uint64_t tail_head_hash(uint64_t hash, const char *bytes, size_t length);

/* tail_line.file_id: of the first line, or of all that is known of it. */
uint64_t tail_head_id(const char *head, size_t length);

#endif
