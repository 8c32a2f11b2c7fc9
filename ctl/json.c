/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text of banctl.
 *
 * A struct ctl_json is a json_t of jansson; the casts are in value() and wrap() alone. Text is made
 * harmless (escape.h) before jansson quotes it.
 * Does not: talk to the agent, choose what is printed.
 */
#include "json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "memory.h"

static json_t *json_harmless(const char *bytes, size_t length);
static int compare_names(const void *a, const void *b);
static int compare_keys(const void *a, const void *b);
static json_t *text_value(const char *text);
static json_t *value(const struct ctl_json *json);
static struct ctl_json *wrap(json_t *json);
static void set(struct ctl_json *object, const char *name, json_t *member);

char *ctl_json_string(const char *bytes, size_t length)
{
    if (!bytes)
        return strdup("null");
    json_t *string = json_harmless(bytes, length);
    if (!string)
        return NULL;
    char *text = json_dumps(string, JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
    json_decref(string);
    return text;
}

struct ctl_json *ctl_json_parse(const char *text, size_t length)
{
    json_error_t error;
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (json && !json_is_object(json)) {
        json_decref(json);
        return NULL;
    }
    return wrap(json);
}

void ctl_json_free(struct ctl_json **json)
{
    json_decref(value(*json));
    *json = NULL;
}

const struct ctl_json *ctl_json_member(const struct ctl_json *object, const char *name)
{
    return wrap(json_object_get(value(object), name));
}

const char *ctl_json_text(const struct ctl_json *object, const char *name)
{
    return json_string_value(json_object_get(value(object), name));
}

bool ctl_json_number(const struct ctl_json *object, const char *name, int64_t *number)
{
    const json_t *member = json_object_get(value(object), name);
    if (!json_is_integer(member))
        return false;
    *number = json_integer_value(member);
    return true;
}

bool ctl_json_real(const struct ctl_json *object, const char *name, double *number)
{
    const json_t *member = json_object_get(value(object), name);
    if (!json_is_number(member))
        return false;
    *number = json_number_value(member);
    return true;
}

bool ctl_json_is_true(const struct ctl_json *object, const char *name)
{
    return json_is_true(json_object_get(value(object), name));
}

bool ctl_json_is_false(const struct ctl_json *object, const char *name)
{
    return json_is_false(json_object_get(value(object), name));
}

bool ctl_json_is_null(const struct ctl_json *object, const char *name)
{
    return json_is_null(json_object_get(value(object), name));
}

bool ctl_json_is_object(const struct ctl_json *json)
{
    return json_is_object(value(json));
}

size_t ctl_json_size(const struct ctl_json *container)
{
    const json_t *json = value(container);
    return json_is_array(json) ? json_array_size(json) : json_object_size(json);
}

const struct ctl_json *ctl_json_element(const struct ctl_json *array, size_t index)
{
    return wrap(json_array_get(value(array), index));
}

const char *ctl_json_element_text(const struct ctl_json *array, size_t index)
{
    return json_string_value(json_array_get(value(array), index));
}

size_t ctl_json_numbers_of(const struct ctl_json *array, int64_t *numbers, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(value(array)) && count < room; i++) {
        const json_t *element = json_array_get(value(array), i);
        if (json_is_integer(element))
            numbers[count++] = json_integer_value(element);
    }
    return count;
}

struct ctl_json *ctl_json_sorted_by_name(const struct ctl_json *array)
{
    size_t count = json_array_size(value(array));
    json_t **list = calloc(count + 1, sizeof(json_t *));
    json_t *sorted = json_array();
    if (!list || !sorted)
        memory_exhausted();
    for (size_t i = 0; i < count; i++)
        list[i] = json_array_get(value(array), i);
    qsort(list, count, sizeof(list[0]), compare_names);
    for (size_t i = 0; i < count; i++) {
        if (json_array_append(sorted, list[i]) < 0)
            memory_exhausted();
    }
    free(list);
    return wrap(sorted);
}

void ctl_json_numbers(const struct ctl_json *object, ctl_json_number_fn *each, void *context)
{
    const char *name;
    json_t *member;
    json_object_foreach(value(object), name, member)
    {
        if (json_is_integer(member))
            each(context, name, json_integer_value(member));
    }
}

void ctl_json_numbers_sorted(const struct ctl_json *object, ctl_json_number_fn *each, void *context)
{
    const char *name;
    json_t *member;
    size_t count = 0;
    const char **names = calloc(json_object_size(value(object)) + 1, sizeof(char *));
    if (!names)
        memory_exhausted();
    json_object_foreach(value(object), name, member)
    {
        if (json_is_integer(member))
            names[count++] = name;
    }
    qsort(names, count, sizeof(names[0]), compare_keys);
    for (size_t i = 0; i < count; i++)
        each(context, names[i], json_integer_value(json_object_get(value(object), names[i])));
    free(names);
}

void ctl_json_texts(const struct ctl_json *object, ctl_json_text_fn *each, void *context)
{
    const char *name;
    json_t *member;
    json_object_foreach(value(object), name, member)
    {
        if (json_is_string(member))
            each(context, name, json_string_value(member));
    }
}

const char *ctl_json_as_text(const struct ctl_json *json)
{
    return json_string_value(value(json));
}

void ctl_json_members(const struct ctl_json *object, ctl_json_member_fn *each, void *context)
{
    const char *name;
    json_t *member;
    json_object_foreach(value(object), name, member) each(context, name, wrap(member));
}

struct ctl_json *ctl_json_object(void)
{
    json_t *object = json_object();
    if (!object)
        memory_exhausted();
    return wrap(object);
}

void ctl_json_set_text(struct ctl_json *object, const char *name, const char *text)
{
    set(object, name, text ? text_value(text) : json_null());
}

void ctl_json_set_lines(struct ctl_json *object, const char *name, const char *text)
{
    char *harmless = malloc(4 * strlen(text) + 1);
    if (!harmless)
        memory_exhausted();
    size_t used = 0;
    for (;;) {
        size_t length = strcspn(text, "\n");
        used += escape_text(text, length, ESCAPE_JSON, harmless + used);
        text += length;
        if (*text == '\0')
            break;
        harmless[used++] = *text++;
    }
    set(object, name, json_stringn_nocheck(harmless, used));
    free(harmless);
}

void ctl_json_set_number(struct ctl_json *object, const char *name, int64_t number)
{
    set(object, name, json_integer(number));
}

void ctl_json_set_true(struct ctl_json *object, const char *name)
{
    set(object, name, json_true());
}

void ctl_json_set_false(struct ctl_json *object, const char *name)
{
    set(object, name, json_false());
}

void ctl_json_set_copy(struct ctl_json *object, const struct ctl_json *other, const char *name)
{
    json_t *member = json_object_get(value(other), name);
    json_t *copy = member ? json_deep_copy(member) : json_null();
    if (!copy)
        memory_exhausted();
    set(object, name, copy);
}

struct ctl_json *ctl_json_set_array(struct ctl_json *object, const char *name)
{
    json_t *array = json_array();
    set(object, name, array);
    return wrap(array);
}

void ctl_json_append_text(struct ctl_json *array, const char *text)
{
    if (json_array_append_new(value(array), text ? text_value(text) : json_null()) < 0)
        memory_exhausted();
}

struct ctl_json *ctl_json_append_object(struct ctl_json *array)
{
    json_t *object = json_object();
    if (json_array_append_new(value(array), object) < 0)
        memory_exhausted();
    return wrap(object);
}

void ctl_json_append_number(struct ctl_json *array, int64_t number)
{
    if (json_array_append_new(value(array), json_integer(number)) < 0)
        memory_exhausted();
}

void ctl_json_append_null(struct ctl_json *array)
{
    ctl_json_append_text(array, NULL);
}

struct ctl_json *ctl_json_take(struct ctl_json *object, const char *name)
{
    json_t *member = json_incref(json_object_get(value(object), name));
    json_object_del(value(object), name);
    return wrap(member);
}

void ctl_json_drop(struct ctl_json *object, const char *name)
{
    json_object_del(value(object), name);
}

char *ctl_json_dump(const struct ctl_json *json)
{
    char *text = json_dumps(value(json), JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
    if (!text)
        memory_exhausted();
    return text;
}

/* A JSON string of the harmless form; NULL without memory. */
static json_t *json_harmless(const char *bytes, size_t length)
{
    char *harmless = malloc(4 * length + 1);
    if (!harmless)
        return NULL;
    size_t harmless_length = escape_text(bytes, length, ESCAPE_JSON, harmless);
    json_t *string = json_stringn_nocheck(harmless, harmless_length);
    free(harmless);
    return string;
}

static json_t *text_value(const char *text)
{
    json_t *string = json_harmless(text, strlen(text));
    if (!string)
        memory_exhausted();
    return string;
}

static json_t *value(const struct ctl_json *json)
{
    return (json_t *)json;
}

static struct ctl_json *wrap(json_t *json)
{
    return (struct ctl_json *)json;
}

static void set(struct ctl_json *object, const char *name, json_t *member)
{
    if (json_object_set_new(value(object), name, member) < 0)
        memory_exhausted();
}

static int compare_names(const void *a, const void *b)
{
    const char *left = json_string_value(json_object_get(*(json_t *const *)a, "name"));
    const char *right = json_string_value(json_object_get(*(json_t *const *)b, "name"));
    return strcmp(left ? left : "", right ? right : "");
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}
