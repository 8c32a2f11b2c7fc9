/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same alert for other channels than mail: the document banctl.alert/1 of bansync-protocol(7),
 * plain text, and the environment of a program.
 */
#ifndef BANSYNC_ADAPTER_ALERTDOC_H
#define BANSYNC_ADAPTER_ALERTDOC_H

#include "mailtext.h"

/* The document on one line with LF, in a new string (*size without NUL); free() it. */
char *alertdoc_json(const struct mailtext *mail, size_t *size);

/* Subject, an empty line and body; returns the length. */
size_t alertdoc_text(const struct mailtext *mail, char out[ALERT_TEXT_BYTES_MAX + 1]);

/* NAME=VALUE lines, values printable without LF; returns the length. What does not fit is left out.
 */
size_t alertdoc_env(const struct mailtext *mail, char out[ALERT_ENV_BYTES_MAX + 1]);

#endif
