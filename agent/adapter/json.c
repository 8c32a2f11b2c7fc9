/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON by jansson, see json.h. A struct json is jansson's json_t under another name.
 *
 * jansson parses recursively and refuses what is not UTF-8: so nesting is counted before it starts,
 * and texts of ours are made printable before it gets them.
 */

#include "json.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "utf8.h"

#define NESTING_MAX 8
#define MEMBERS_MAX 64 /* of a request: more than any command has */
#define ESCAPE_BYTES 4 /* \xNN */

/* A line that grows. */
struct line {
    char *bytes;
    size_t size;
    size_t capacity;
};

static json_t *own(const struct json *json);
static void *need(void *memory);
static bool is_nested_too_deeply(const char *text, size_t length);
static size_t escape(const char *bytes, size_t size, char *out, size_t out_size);
static json_t *make_text(const char *bytes, size_t size);
static struct json *add(struct json *object, const char *name, json_t *value);
static struct json *append(struct json *array, json_t *value);
static int grow(const char *bytes, size_t size, void *context);

struct json *json_parse(const char *text, size_t length, char *error, size_t error_size)
{
    json_error_t why;
    json_t *value;
    const char *mistake = NULL;

    if (is_nested_too_deeply(text, length)) {
        snprintf(error, error_size, "nested too deeply");
        return NULL;
    }
    value = json_loadb(text, length, JSON_REJECT_DUPLICATES, &why);
    if (value == NULL)
        mistake = why.text; /* it quotes the input */
    else if (!json_is_object(value))
        mistake = "not an object";
    else if (json_object_size(value) > MEMBERS_MAX)
        mistake = "too many members";
    if (mistake != NULL) {
        (void)escape(mistake, strlen(mistake), error, error_size);
        json_decref(value);
        return NULL;
    }
    return (struct json *)value;
}

struct json *json_open(void)
{
    return need(json_pack("{}"));
}

void json_free(struct json **json)
{
    json_decref(own(*json));
    *json = NULL;
}

void json_add_text(struct json *object, const char *name, const char *text)
{
    (void)add(object, name, text == NULL ? json_null() : make_text(text, strlen(text)));
}

void json_add_lines(struct json *object, const char *name, const char *text)
{
    size_t room = strlen(text) * ESCAPE_BYTES + 1;
    char *lines = need(malloc(room));
    size_t used = 0;

    lines[0] = '\0';
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        used += escape(text, length, lines + used, room - used);
        text += length;
        if (*text == '\n') {
            lines[used++] = '\n';
            lines[used] = '\0';
            text++;
        }
    }
    (void)add(object, name, json_string(lines));
    free(lines);
}

void json_add_bytes(struct json *object, const char *name, const void *bytes, size_t size)
{
    (void)add(object, name, make_text(bytes, size));
}

void json_add_number(struct json *object, const char *name, int64_t number)
{
    (void)add(object, name, json_integer(number));
}

void json_add_bool(struct json *object, const char *name, bool value)
{
    (void)add(object, name, json_boolean(value));
}

void json_add_null(struct json *object, const char *name)
{
    (void)add(object, name, json_null());
}

struct json *json_add_object(struct json *object, const char *name)
{
    return add(object, name, own(json_open()));
}

struct json *json_add_array(struct json *object, const char *name)
{
    return add(object, name, json_array());
}

void json_append_text(struct json *array, const char *text)
{
    (void)append(array, make_text(text, strlen(text)));
}

void json_append_number(struct json *array, int64_t number)
{
    (void)append(array, json_integer(number));
}

void json_append_bytes(struct json *array, const void *bytes, size_t size)
{
    (void)append(array, make_text(bytes, size));
}

struct json *json_append_object(struct json *array)
{
    return append(array, own(json_open()));
}

bool json_has(const struct json *object, const char *name)
{
    const json_t *value = json_object_get(own(object), name);

    return value != NULL && !json_is_null(value);
}

const char *json_text(const struct json *object, const char *name)
{
    return json_string_value(json_object_get(own(object), name));
}

bool json_number(const struct json *object, const char *name, int64_t *number)
{
    const json_t *value = json_object_get(own(object), name);

    if (!json_is_integer(value))
        return false;
    *number = json_integer_value(value);
    return true;
}

bool json_bool(const struct json *object, const char *name, bool *value)
{
    const json_t *found = json_object_get(own(object), name);

    if (!json_is_boolean(found))
        return false;
    *value = json_is_true(found);
    return true;
}

size_t json_count(const struct json *object, const char *name)
{
    return json_array_size(json_object_get(own(object), name)); /* 0 also if it is no array */
}

const char *json_array_text(const struct json *object, const char *name, size_t index)
{
    return json_string_value(json_array_get(json_object_get(own(object), name), index));
}

bool json_array_number(const struct json *object, const char *name, size_t index, int64_t *number)
{
    const json_t *value = json_array_get(json_object_get(own(object), name), index);

    if (!json_is_integer(value))
        return false;
    *number = json_integer_value(value);
    return true;
}

const char *json_member(const struct json *object, size_t index)
{
    void *member = json_object_iter(own(object));

    while (member != NULL && index-- > 0)
        member = json_object_iter_next(own(object), member);
    return member == NULL ? NULL : json_object_iter_key(member);
}

char *json_line(const struct json *json, size_t *size)
{
    struct line line = {0};

    if (json_dump_callback(own(json), grow, &line, JSON_COMPACT) != 0)
        (void)need(NULL);
    (void)grow("\n", 2, &line); /* with NUL */
    *size = line.size - 1;
    return line.bytes;
}

static json_t *own(const struct json *json)
{
    return (json_t *)json;
}

/* There is no answer without memory, and no command is worth a half one. */
static void *need(void *memory)
{
    if (memory == NULL) {
        log_error("out of memory");
        abort();
    }
    return memory;
}

static bool is_nested_too_deeply(const char *text, size_t length)
{
    size_t depth = 0;
    bool is_string = false;

    for (size_t i = 0; i < length; i++) {
        const char byte = text[i];

        if (is_string && byte == '\\')
            i++;
        else if (byte == '"')
            is_string = !is_string;
        else if (!is_string && (byte == '{' || byte == '['))
            depth++;
        else if (!is_string && (byte == '}' || byte == ']') && depth > 0)
            depth--;
        if (depth > NESTING_MAX)
            return true;
    }
    return false;
}

/* Copies bytes to out, NUL-terminated, what is not printable as \xNN; cuts between characters.
 * Returns the length. */
static size_t escape(const char *bytes, size_t size, char *out, size_t out_size)
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

static json_t *make_text(const char *bytes, size_t size)
{
    size_t plain = 0;
    size_t step;
    json_t *value;
    char *text;

    while (plain < size && (step = utf8_printable(bytes + plain, size - plain)) > 0)
        plain += step;
    if (plain == size)
        return json_stringn_nocheck(size > 0 ? bytes : "", size);

    text = need(malloc(size * ESCAPE_BYTES + 1));
    value = json_stringn_nocheck(text, escape(bytes, size, text, size * ESCAPE_BYTES + 1));
    free(text);
    return value;
}

/* value becomes the object's; returns it. */
static struct json *add(struct json *object, const char *name, json_t *value)
{
    assert(json_is_object(own(object)) && json_object_get(own(object), name) == NULL);
    if (json_object_set_new_nocheck(own(object), name, need(value)) != 0)
        (void)need(NULL);
    return (struct json *)value;
}

static struct json *append(struct json *array, json_t *value)
{
    assert(json_is_array(own(array)));
    if (json_array_append_new(own(array), need(value)) != 0)
        (void)need(NULL);
    return (struct json *)value;
}

/* jansson's dump callback. */
static int grow(const char *bytes, size_t size, void *context)
{
    struct line *line = context;

    if (size > line->capacity - line->size) {
        while (size > line->capacity - line->size)
            line->capacity = line->capacity > 0 ? 2 * line->capacity : 256;
        line->bytes = need(realloc(line->bytes, line->capacity));
    }
    memcpy(line->bytes + line->size, bytes, size);
    line->size += size;
    return 0;
}
