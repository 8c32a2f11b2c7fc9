/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text of banctl. The only file of ctl that uses jansson.
 *
 * What comes out of a log line or an answer may hold any bytes; JSON may not. Bytes that are not
 * valid UTF-8 and control bytes (below 0x20, and 0x7f) become the text \xNN, two upper-case
 * hexadecimal digits; all else keeps its meaning. What is written is ASCII, the rest as \uNNNN, so
 * that no terminal finds a command in it.
 * Without memory every function but ctl_json_string ends the process (memory.h).
 * Does not: talk to the agent, choose what is printed.
 */
#ifndef BANSYNC_CTL_JSON_H
#define BANSYNC_CTL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A JSON string with its quotes for length bytes of any content, or the text null if bytes is NULL.
 * Returns a new NUL-terminated text, free() it; NULL without memory. At most 5 * length + 3 bytes
 * long. */
char *ctl_json_string(const char *bytes, size_t length);

struct ctl_json; /* any JSON value */

/* Parses exactly one JSON object (no duplicate names, nothing behind it). NULL if it is none. */
struct ctl_json *ctl_json_parse(const char *text, size_t length);

/* Frees a value that was parsed or made here and sets it to NULL; NULL is harmless. */
void ctl_json_free(struct ctl_json **json);

/* Reading. Every object or array may be NULL, and a member may be absent, null or of another type:
 * then the answer is NULL, false or 0. Texts are NUL-terminated UTF-8, valid as long as the root.
 */
const struct ctl_json *ctl_json_member(const struct ctl_json *object, const char *name);
const char *ctl_json_text(const struct ctl_json *object, const char *name);
bool ctl_json_number(const struct ctl_json *object, const char *name, int64_t *number);
bool ctl_json_real(const struct ctl_json *object, const char *name, double *number);
bool ctl_json_is_true(const struct ctl_json *object, const char *name);
bool ctl_json_is_false(const struct ctl_json *object, const char *name);
bool ctl_json_is_null(const struct ctl_json *object, const char *name);
bool ctl_json_is_object(const struct ctl_json *json);
/* Members of an object or elements of an array. */
size_t ctl_json_size(const struct ctl_json *container);
const struct ctl_json *ctl_json_element(const struct ctl_json *array, size_t index);
/* The whole numbers of an array, in their order, at most room; others are left out. How many. */
size_t ctl_json_numbers_of(const struct ctl_json *array, int64_t *numbers, size_t room);
const char *ctl_json_element_text(const struct ctl_json *array, size_t index);
/* The value itself, if it is a text. */
const char *ctl_json_as_text(const struct ctl_json *json);

/* A new array of the same elements, ascending by the text of their member "name" (absent: first);
 * ctl_json_free it. */
struct ctl_json *ctl_json_sorted_by_name(const struct ctl_json *array);

/* Calls each for every member of an object whose value is a whole number, in their order; or
 * ascending by name. */
typedef void ctl_json_number_fn(void *context, const char *name, int64_t number);
void ctl_json_numbers(const struct ctl_json *object, ctl_json_number_fn *each, void *context);
void ctl_json_numbers_sorted(const struct ctl_json *object, ctl_json_number_fn *each,
                             void *context);

/* The same for every member that is a text, in their order. */
typedef void ctl_json_text_fn(void *context, const char *name, const char *text);
void ctl_json_texts(const struct ctl_json *object, ctl_json_text_fn *each, void *context);

/* Calls each for every member of an object, in their order. */
typedef void ctl_json_member_fn(void *context, const char *name, const struct ctl_json *member);
void ctl_json_members(const struct ctl_json *object, ctl_json_member_fn *each, void *context);

/* Writing: an object, its members, the elements of an array. Texts hold any bytes (see above). */
struct ctl_json *ctl_json_object(void);
void ctl_json_set_text(struct ctl_json *object, const char *name,
                       const char *text); /* NULL: null */
/* The same, but LF between lines is kept; text is not NULL. */
void ctl_json_set_lines(struct ctl_json *object, const char *name, const char *text);
void ctl_json_set_number(struct ctl_json *object, const char *name, int64_t number);
void ctl_json_set_true(struct ctl_json *object, const char *name);
void ctl_json_set_false(struct ctl_json *object, const char *name);
/* A copy of another object's member; null if that is not there. */
void ctl_json_set_copy(struct ctl_json *object, const struct ctl_json *other, const char *name);
/* A new array, owned by object. */
struct ctl_json *ctl_json_set_array(struct ctl_json *object, const char *name);
/* A new object, owned by array. */
struct ctl_json *ctl_json_append_object(struct ctl_json *array);
void ctl_json_append_text(struct ctl_json *array, const char *text); /* NULL: null */
void ctl_json_append_number(struct ctl_json *array, int64_t number);
void ctl_json_append_null(struct ctl_json *array);
/* Takes a member out and gives it, NULL if it is not there; ctl_json_free it. */
struct ctl_json *ctl_json_take(struct ctl_json *object, const char *name);
/* Takes a member out, if it is there. */
void ctl_json_drop(struct ctl_json *object, const char *name);

/* The value on one line without LF, members in their order; a new text, free() it. */
char *ctl_json_dump(const struct ctl_json *json);

#endif
