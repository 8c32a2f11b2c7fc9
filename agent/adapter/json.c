/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON that is written, see json.h and json_tree.h.
 *
 * All values of a root are in a few blocks of memory that grow with it and go with it.
 */

#include "json.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_tree.h"
#include "log.h"
#include "utf8.h"

#define BLOCK_BYTES 4096 /* the first one: the line of a ban takes half of it */
#define ESCAPE_BYTES 4   /* \xNN */
#define QUOTED_BYTES 5   /* \\xNN: the most that JSON makes of a byte of ours */
#define NUMBER_BYTES 20  /* of INT64_MIN */

struct block {
    struct block *before;
    max_align_t bytes[];
};

struct json_tree {
    struct json root;
    struct block *last;
    char *free;       /* of the last block */
    size_t left;      /* there */
    size_t room;      /* of the last block */
    size_t line_size; /* of the root as a line at most */
};

static void add_block(struct json_tree *tree, size_t room)
{
    struct block *block = json_need(malloc(sizeof(*block) + room));

    block->before = tree->last;
    tree->last = block;
    tree->free = (char *)block->bytes;
    tree->left = tree->room = room;
}

static void *take(struct json_tree *tree, size_t size)
{
    void *memory;

    if (size > tree->left)
        add_block(tree, size > 2 * tree->room ? size : 2 * tree->room);
    memory = tree->free;
    tree->free += size;
    tree->left -= size;
    return memory;
}

static struct json *take_value(struct json_tree *tree)
{
    size_t past = (uintptr_t)tree->free % alignof(struct json);
    size_t padding = past > 0 ? alignof(struct json) - past : 0;
    struct json *json;

    (void)take(tree, padding < tree->left ? padding : tree->left); /* a new block is aligned */
    json = take(tree, sizeof(*json));
    *json = (struct json){.tree = tree};
    return json;
}

struct json *json_open(void)
{
    struct json_tree *tree = json_need(malloc(sizeof(*tree)));

    *tree = (struct json_tree){.root = {.tree = tree, .open = '{'}, .line_size = sizeof("{}\n")};
    add_block(tree, BLOCK_BYTES);
    return &tree->root;
}

void json_free(struct json **json)
{
    struct json_tree *tree = *json != NULL ? (*json)->tree : NULL;

    if (tree == NULL) {
        json_read_free(*json);
        *json = NULL;
        return;
    }
    assert(*json == &tree->root);
    while (tree->last != NULL) {
        struct block *before = tree->last->before;

        free(tree->last);
        tree->last = before;
    }
    free(tree);
    *json = NULL;
}

/* The value as text that grows at its end; room must be there. */
static void put(struct json *json, const char *bytes, size_t size)
{
    memcpy(json->text + json->size, bytes, size);
    json->size += size;
}

static bool is_plain(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((uint8_t)bytes[i] < 0x20 || (uint8_t)bytes[i] > 0x7e || bytes[i] == '"' ||
            bytes[i] == '\\')
            return false;
    return true;
}

static void put_escaped(struct json *json, const char *bytes, size_t size, bool keeps_lines)
{
    for (size_t i = 0; i < size;) {
        size_t plain = utf8_printable(bytes + i, size - i);
        char hex[QUOTED_BYTES + 1];

        if (plain == 1 && (bytes[i] == '"' || bytes[i] == '\\'))
            put(json, "\\", 1);
        if (plain > 0) {
            put(json, bytes + i, plain);
        } else if (keeps_lines && bytes[i] == '\n') {
            put(json, "\\n", 2);
        } else {
            snprintf(hex, sizeof(hex), "\\\\x%02X", (uint8_t)bytes[i]);
            put(json, hex, QUOTED_BYTES);
        }
        i += plain > 0 ? plain : 1;
    }
}

/* What a quoted text takes at most. */
static size_t quoted_size(const char *bytes, size_t size)
{
    return 2 + (is_plain(bytes, size) ? size : QUOTED_BYTES * size);
}

static void put_quoted(struct json *json, const char *bytes, size_t size, bool keeps_lines)
{
    put(json, "\"", 1);
    if (is_plain(bytes, size))
        put(json, bytes, size);
    else
        put_escaped(json, bytes, size, keeps_lines);
    put(json, "\"", 1);
}

/* A new value of holder, with room for so many bytes behind its name (NULL: an element). */
static struct json *begin(struct json *holder, const char *name, size_t room)
{
    struct json *json = take_value(holder->tree);
    size_t length = name != NULL ? strlen(name) : 0;

    assert(holder->open == (name != NULL ? '{' : '['));
    if (name != NULL)
        room += quoted_size(name, length) + 1;
    json->text = take(holder->tree, room);
    if (name != NULL) {
        put_quoted(json, name, length, false);
        put(json, ":", 1);
    }
    json->name_size = json->size;
    return json;
}

/* The member with that name as it is written, NULL if there is none. */
static const struct json *find(const struct json *holder, const char *name, size_t size)
{
    const struct json *json = holder->first;

    while (json != NULL && (json->name_size != size || memcmp(json->text, name, size) != 0))
        json = json->next;
    return json;
}

static struct json *end(struct json *holder, struct json *json)
{
    assert(json->name_size == 0 || find(holder, json->text, json->name_size) == NULL);
    if (holder->last != NULL)
        holder->last->next = json;
    else
        holder->first = json;
    holder->last = json;
    holder->tree->line_size += json->size + sizeof("[],");
    return json;
}

static struct json *add_word(struct json *holder, const char *name, const char *word, char open)
{
    struct json *json = begin(holder, name, strlen(word));

    put(json, word, strlen(word));
    json->open = open;
    return end(holder, json);
}

static void add_bytes(struct json *holder, const char *name, const char *bytes, size_t size,
                      bool keeps_lines)
{
    struct json *json = begin(holder, name, quoted_size(bytes, size));

    put_quoted(json, bytes, size, keeps_lines);
    (void)end(holder, json);
}

static void add_number(struct json *holder, const char *name, int64_t number)
{
    struct json *json = begin(holder, name, NUMBER_BYTES);
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    char digits[NUMBER_BYTES];
    size_t place = sizeof(digits);

    do {
        digits[--place] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0)
        digits[--place] = '-';
    put(json, digits + place, sizeof(digits) - place);
    (void)end(holder, json);
}

void json_add_text(struct json *object, const char *name, const char *text)
{
    if (text == NULL)
        json_add_null(object, name);
    else
        add_bytes(object, name, text, strlen(text), false);
}

void json_add_lines(struct json *object, const char *name, const char *text)
{
    add_bytes(object, name, text, strlen(text), true);
}

void json_add_bytes(struct json *object, const char *name, const void *bytes, size_t size)
{
    add_bytes(object, name, size > 0 ? bytes : "", size, false);
}

void json_add_number(struct json *object, const char *name, int64_t number)
{
    add_number(object, name, number);
}

void json_add_bool(struct json *object, const char *name, bool value)
{
    (void)add_word(object, name, value ? "true" : "false", 0);
}

void json_add_null(struct json *object, const char *name)
{
    (void)add_word(object, name, "null", 0);
}

struct json *json_add_object(struct json *object, const char *name)
{
    return add_word(object, name, "", '{');
}

struct json *json_add_array(struct json *object, const char *name)
{
    return add_word(object, name, "", '[');
}

void json_append_text(struct json *array, const char *text)
{
    add_bytes(array, NULL, text, strlen(text), false);
}

void json_append_number(struct json *array, int64_t number)
{
    add_number(array, NULL, number);
}

void json_append_bytes(struct json *array, const void *bytes, size_t size)
{
    add_bytes(array, NULL, size > 0 ? bytes : "", size, false);
}

struct json *json_append_object(struct json *array)
{
    return add_word(array, NULL, "", '{');
}

bool json_has_written(const struct json *object, const char *name)
{
    const char *const null = "null";
    struct json_tree *tree = object->tree;
    struct json asked = {.text = take(tree, quoted_size(name, strlen(name)) + 1)};
    const struct json *found;

    put_quoted(&asked, name, strlen(name), false);
    put(&asked, ":", 1);
    found = find(object, asked.text, asked.size);
    return found != NULL && (found->size - found->name_size != strlen(null) ||
                             memcmp(found->text + found->name_size, null, strlen(null)) != 0);
}

/* Returns the end of what it wrote. */
static char *write_value(const struct json *json, char *out)
{
    if (json->size > 0)
        memcpy(out, json->text, json->size);
    out += json->size;
    if (json->open == 0)
        return out;
    *out++ = json->open;
    for (const struct json *each = json->first; each != NULL; each = each->next) {
        if (each != json->first)
            *out++ = ',';
        out = write_value(each, out);
    }
    *out++ = json->open == '{' ? '}' : ']';
    return out;
}

char *json_line(const struct json *json, size_t *size)
{
    char *line, *end;

    if (json->tree == NULL)
        return json_read_line(json, size);
    line = json_need(malloc(json->tree->line_size));
    end = write_value(json, line);
    *end++ = '\n';
    *end = '\0';
    *size = (size_t)(end - line);
    assert(*size < json->tree->line_size);
    return line;
}

/* There is no answer without memory, and no command is worth a half one. */
void *json_need(void *memory)
{
    if (memory == NULL) {
        log_error("out of memory");
        abort();
    }
    return memory;
}

size_t json_printable(const char *bytes, size_t size, char *out, size_t out_size)
{
    size_t used = 0;

    assert(out_size > 0);
    for (size_t i = 0; i < size;) {
        const size_t plain = utf8_printable(bytes + i, size - i);

        if (used + (plain > 0 ? plain : ESCAPE_BYTES) >= out_size)
            break;
        if (plain > 0) {
            memcpy(out + used, bytes + i, plain);
            used += plain;
            i += plain;
        } else {
            used += (size_t)snprintf(out + used, out_size - used, "\\x%02X", (uint8_t)bytes[i]);
            i++;
        }
    }
    out[used] = '\0';
    return used;
}
