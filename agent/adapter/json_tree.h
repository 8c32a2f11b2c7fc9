/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a struct json is: a value that is written (json.c) or one that was read (json_read.c). For
 * these two files alone.
 *
 * Each value that is written is text from the beginning: its name, and what is behind it unless it
 * holds others. So a line is these texts one behind the other, and a list of many thousand bans is
 * made in a third of the time that a table for each of them would take.
 */
#ifndef BANSYNC_ADAPTER_JSON_TREE_H
#define BANSYNC_ADAPTER_JSON_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct json_t;    /* of jansson */
struct json_tree; /* a root and the memory of all that is in it */

struct json {
    struct json_tree *tree;    /* NULL: it was read */
    struct json_t *read;       /* owned; NULL: it is written */
    struct json *next;         /* behind it, in what holds both */
    struct json *first, *last; /* of those it holds */
    char open;                 /* '{' or '[': it holds others; 0: it is all in text */
    size_t name_size;          /* of text: the name with its quotes and the colon; 0: it has none */
    size_t size;
    char *text;
};

/* Ends the process if memory is NULL, else returns it. */
void *json_need(void *memory);

/* Copies bytes to out, NUL-terminated, what is not printable as \xNN; cuts between characters.
 * Returns the length. out_size is 1 at least. */
size_t json_printable(const char *bytes, size_t size, char *out, size_t out_size);

/* json_has of one that is written. */
bool json_has_written(const struct json *object, const char *name);

/* For those that were read, see json.h. */
void json_read_free(struct json *json);
char *json_read_line(const struct json *json, size_t *size);

#endif
