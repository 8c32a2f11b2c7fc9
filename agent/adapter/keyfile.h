/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node's key pair (Curve25519, as CURVE uses it) and the file that holds the secret half in
 * base64.
 *
 * The file has one line: 44 characters of base64 (RFC 4648, with padding), LF. Lines that begin
 * with '#' are ignored. Also used by banctl keygen. The only file beside core's hash that uses
 * libsodium.
 */
#ifndef BANSYNC_ADAPTER_KEYFILE_H
#define BANSYNC_ADAPTER_KEYFILE_H

#include <stdint.h>
#include <sys/types.h>

#include <bansync/limits.h>

struct keyfile_pair {
    uint8_t public_key[NODE_KEY_BYTES];
    uint8_t secret_key[NODE_KEY_BYTES];
};

/* Makes a new random pair. Returns 0, or -1 if libsodium cannot start. */
int keyfile_generate(struct keyfile_pair *pair);

/* Reads path. Refuses anything but a regular file, one readable or writable by others, and text
 * that is no key: -1 and in error (error_size bytes, NUL-terminated) what is wrong and what to do.
 */
int keyfile_read(const char *path, struct keyfile_pair *pair, char *error, size_t error_size);

/* Writes the secret key to a new file (never over an existing one), mode 0600, or 0640 with group
 * gid if gid is not (gid_t)-1; fsynced. Returns 0 or -1 with errno. */
int keyfile_write(const char *path, const struct keyfile_pair *pair, gid_t gid);

/* base64 of 32 bytes, with NUL, and back. keyfile_text_parse takes exactly the canonical 44
 * characters: 0 or -1. */
void keyfile_text(const uint8_t key[NODE_KEY_BYTES], char text[NODE_KEY_TEXT_SIZE]);
int keyfile_text_parse(const char *text, uint8_t key[NODE_KEY_BYTES]);

/* Overwrites the pair. */
void keyfile_wipe(struct keyfile_pair *pair);

#endif
