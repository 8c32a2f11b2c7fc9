/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON values for the control socket: what is read is parsed by jansson (json_read.c alone), what
 * is written needs no library.
 *
 * A thin layer so that the commands read like what they answer. Strings may hold any bytes: what is
 * not valid UTF-8 or is a control byte is written as the text \xNN. All memory is owned by the
 * root.
 */
#ifndef BANSYNC_ADAPTER_JSON_H
#define BANSYNC_ADAPTER_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json; /* an object or an array */

/* Parses one JSON object (no duplicate keys, nesting <= 8). NULL and text in error otherwise. */
struct json *json_parse(const char *text, size_t length, char *error, size_t error_size);

struct json *json_open(void);
void json_free(struct json **json); /* a root only; sets it to NULL */

/* Members of an object. json_add_* return nothing: without memory the process ends. */
void json_add_text(struct json *object, const char *name, const char *text); /* NULL: null */
/* As json_add_text, but line feeds stay line feeds. */
void json_add_lines(struct json *object, const char *name, const char *text);
void json_add_bytes(struct json *object, const char *name, const void *bytes, size_t size);
void json_add_number(struct json *object, const char *name, int64_t number);
void json_add_bool(struct json *object, const char *name, bool value);
void json_add_null(struct json *object, const char *name);
struct json *json_add_object(struct json *object, const char *name);
struct json *json_add_array(struct json *object, const char *name);

/* Elements of an array. */
void json_append_text(struct json *array, const char *text);
void json_append_number(struct json *array, int64_t number);
void json_append_bytes(struct json *array, const void *bytes, size_t size);
struct json *json_append_object(struct json *array);

/* Reading what was parsed, and json_has also what is written. Text is NUL-terminated, without NUL
 * inside, owned by the object; NULL if absent, null or of another type; json_has tells absent from
 * wrong. */
bool json_has(const struct json *object, const char *name);
const char *json_text(const struct json *object, const char *name);
bool json_number(const struct json *object, const char *name, int64_t *number);
bool json_bool(const struct json *object, const char *name, bool *value);
size_t json_count(const struct json *object, const char *name); /* 0 if absent or no array */
const char *json_array_text(const struct json *object, const char *name, size_t index);
bool json_array_number(const struct json *object, const char *name, size_t index, int64_t *number);
/* Name of the index-th member, NULL behind the last: to find unknown ones. */
const char *json_member(const struct json *object, size_t index);

/* The value on one line with LF, in a new string (*size without NUL); free() it. */
char *json_line(const struct json *json, size_t *size);

#endif
