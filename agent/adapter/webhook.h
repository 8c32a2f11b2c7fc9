/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The URL of a web server that is told of alerts, and what it is sent.
 *
 * Path, query and password of the URL are secrets: nothing here shows them. Does not: send (see
 * transfer.h).
 */
#ifndef BANSYNC_ADAPTER_WEBHOOK_H
#define BANSYNC_ADAPTER_WEBHOOK_H

#include <stddef.h>

#include <bansync/limits.h>

#include "spool_file.h"

enum webhook_format { WEBHOOK_JSON, WEBHOOK_SLACK, WEBHOOK_TEXT };

#define WEBHOOK_HOST_SIZE (ENDPOINT_BYTES_MAX + 1)

/* NULL if it is http://HOST[:PORT][/...] or https://..., else what it should be ("write ..."). */
const char *webhook_check(const char *url);

/* "https://hooks.example.org": what may be shown of a valid URL. Returns out. */
const char *webhook_host(const char *url, char out[WEBHOOK_HOST_SIZE]);

/* The same, and "/..." if there is more; "": there is no URL. */
void webhook_print(const char *url, char *out, size_t size);

/* "json", "slack" or "text". */
const char *webhook_format_name(enum webhook_format format);

/* The content type of a format. */
const char *webhook_type(enum webhook_format format);

/* The body in that format, in a new string (*size without NUL); free() it. NULL: no memory. */
char *webhook_body(enum webhook_format format, const struct spool_file *file, size_t *size);

#endif
