/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON that was read, by jansson, see json.h.
 *
 * jansson parses recursively: so nesting is counted before it starts.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "json_tree.h"

#define NESTING_MAX 8
#define MEMBERS_MAX 64 /* of a request: more than any command has */

static bool is_nested_too_deeply(const char *text, size_t length);

struct json *json_parse(const char *text, size_t length, char *error, size_t error_size)
{
    json_error_t why;
    json_t *value;
    struct json *json;
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
        (void)json_printable(mistake, strlen(mistake), error, error_size);
        json_decref(value);
        return NULL;
    }
    json = json_need(malloc(sizeof(*json)));
    *json = (struct json){.read = value};
    return json;
}

void json_read_free(struct json *json)
{
    if (json != NULL)
        json_decref(json->read);
    free(json);
}

char *json_read_line(const struct json *json, size_t *size)
{
    char *text = json_need(json_dumps(json->read, JSON_COMPACT));
    size_t length = strlen(text);
    char *line = json_need(realloc(text, length + sizeof("\n")));

    memcpy(line + length, "\n", sizeof("\n"));
    *size = length + 1;
    return line;
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

static const json_t *member(const struct json *object, const char *name)
{
    return json_object_get(object->read, name);
}

bool json_has(const struct json *object, const char *name)
{
    const json_t *value;

    if (object->read == NULL)
        return json_has_written(object, name);
    value = member(object, name);
    return value != NULL && !json_is_null(value);
}

const char *json_text(const struct json *object, const char *name)
{
    return json_string_value(member(object, name));
}

bool json_number(const struct json *object, const char *name, int64_t *number)
{
    const json_t *value = member(object, name);

    if (!json_is_integer(value))
        return false;
    *number = json_integer_value(value);
    return true;
}

bool json_bool(const struct json *object, const char *name, bool *value)
{
    const json_t *found = member(object, name);

    if (!json_is_boolean(found))
        return false;
    *value = json_is_true(found);
    return true;
}

size_t json_count(const struct json *object, const char *name)
{
    return json_array_size(member(object, name)); /* 0 also if it is no array */
}

const char *json_array_text(const struct json *object, const char *name, size_t index)
{
    return json_string_value(json_array_get(member(object, name), index));
}

bool json_array_number(const struct json *object, const char *name, size_t index, int64_t *number)
{
    const json_t *value = json_array_get(member(object, name), index);

    if (!json_is_integer(value))
        return false;
    *number = json_integer_value(value);
    return true;
}

const char *json_member(const struct json *object, size_t index)
{
    void *at = json_object_iter(object->read);

    while (at != NULL && index-- > 0)
        at = json_object_iter_next(object->read, at);
    return at == NULL ? NULL : json_object_iter_key(at);
}
