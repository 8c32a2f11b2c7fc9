/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists in JSON, see import_format.h.
 *
 * The array is taken apart here and each element parsed alone: a large one needs no tree of all of
 * it, and what is wrong with an element is told with its line.
 */
#include "import_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "memory.h"
#include "origin.h"
#include "phrase.h"

enum { DEPTH_MAX = 16, NUMBER_SIZE = 24 };

struct scan {
    const char *bytes;
    size_t size, at;
    uint32_t line;
    struct failure *failure;
};

static int read_array(struct scan *scan, struct import_list *list);
static int read_object(struct scan *scan, struct import_list *list);
static int no_list(const struct scan *scan);
static int fail(const struct scan *scan, const char *wanted);
static bool skip_blanks(struct scan *scan);
static bool take(struct scan *scan, char byte);
static bool skip_value(struct scan *scan);
static bool skip_string(struct scan *scan);
static bool is_plain(char byte);
static void take_element(const struct scan *scan, size_t begin, uint32_t line,
                         struct import_list *list);
static void take_object(const struct ctl_json *object, uint32_t line, const char *text,
                        size_t length, struct import_list *list);
static void explain(const struct ctl_json *object, struct import_row *row, struct origin *origin);
static struct import_text member(const struct ctl_json *object, const char *name);
static struct import_text end_of(const struct ctl_json *object, const char *name,
                                 char number[NUMBER_SIZE]);

int import_read_json(const char *bytes, size_t size, struct import_list *list,
                     struct failure *failure)
{
    struct scan scan = {.bytes = bytes, .size = size, .line = 1, .failure = failure};
    int result;
    if (take(&scan, '['))
        result = read_array(&scan, list);
    else if (take(&scan, '{'))
        result = read_object(&scan, list);
    else
        return fail(&scan, "a list");
    if (result == 0 && !list->is_full && skip_blanks(&scan))
        return fail(&scan, "the end");
    return result;
}

/* Behind its bracket. */
static int read_array(struct scan *scan, struct import_list *list)
{
    if (take(scan, ']'))
        return 0;
    while (!list->is_full) {
        skip_blanks(scan);
        size_t begin = scan->at;
        uint32_t line = scan->line;
        if (!skip_value(scan))
            return fail(scan, "an element");
        take_element(scan, begin, line, list);
        if (take(scan, ']'))
            return 0;
        if (!take(scan, ','))
            return fail(scan, "\",\" or \"]\"");
    }
    return 0;
}

/* Behind its brace: of all its members "bans" is read. */
static int read_object(struct scan *scan, struct import_list *list)
{
    static const char name[] = "\"bans\"";
    bool found = false;
    while (!list->is_full) {
        skip_blanks(scan);
        size_t begin = scan->at;
        if (!skip_string(scan) || !take(scan, ':'))
            return fail(scan, "a member");
        bool is_bans = !found && scan->size - begin > strlen(name) &&
                       memcmp(scan->bytes + begin, name, strlen(name)) == 0;
        if (is_bans && take(scan, '[')) {
            found = true;
            if (read_array(scan, list) < 0)
                return -1;
        } else if (!skip_value(scan)) {
            return fail(scan, "a value");
        }
        if (!list->is_full && take(scan, '}'))
            return found ? 0 : no_list(scan);
        if (!list->is_full && !take(scan, ','))
            return fail(scan, "\",\" or \"}\"");
    }
    return 0;
}

static int no_list(const struct scan *scan)
{
    failure_set(scan->failure, "no_list", EXIT_REJECTED, "the object has no array \"bans\"");
    return failure_hint(scan->failure, "documents that have one:  banctl export --json");
}

static int fail(const struct scan *scan, const char *wanted)
{
    return failure_set(scan->failure, "bad_json", EXIT_REJECTED,
                       "it is no JSON: line %u, where %s must be", (unsigned)scan->line, wanted);
}

/* False: that was all. */
static bool skip_blanks(struct scan *scan)
{
    while (scan->at < scan->size && strchr(" \t\r\n", scan->bytes[scan->at]) &&
           scan->bytes[scan->at] != '\0')
        scan->line += scan->bytes[scan->at++] == '\n';
    return scan->at < scan->size;
}

/* True, and behind it, if this sign comes next. */
static bool take(struct scan *scan, char byte)
{
    if (!skip_blanks(scan) || scan->bytes[scan->at] != byte)
        return false;
    scan->at++;
    return true;
}

/* Over a value, whose inside is not judged. False: there is none, or it has no end. */
static bool skip_value(struct scan *scan)
{
    size_t depth = 0;
    do {
        if (!skip_blanks(scan))
            return false;
        char byte = scan->bytes[scan->at];
        if (byte == '"') {
            if (!skip_string(scan))
                return false;
        } else if (byte == '{' || byte == '[') {
            if (++depth > DEPTH_MAX)
                return false;
            scan->at++;
        } else if (byte == '}' || byte == ']' || byte == ',' || byte == ':') {
            if (depth == 0)
                return false;
            depth -= byte == '}' || byte == ']';
            scan->at++;
        } else if (!is_plain(byte)) {
            return false;
        } else {
            while (scan->at < scan->size && is_plain(scan->bytes[scan->at]))
                scan->at++;
        }
    } while (depth > 0);
    return true;
}

static bool skip_string(struct scan *scan)
{
    if (scan->at >= scan->size || scan->bytes[scan->at] != '"')
        return false;
    while (++scan->at < scan->size) {
        char byte = scan->bytes[scan->at];
        if (byte == '\n')
            return false;
        if (byte == '\\')
            scan->at++;
        else if (byte == '"')
            return ++scan->at <= scan->size;
    }
    return false;
}

/* Of numbers, true, false and null. */
static bool is_plain(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || byte == 'E' ||
           byte == '+' || byte == '-' || byte == '.';
}

static void take_element(const struct scan *scan, size_t begin, uint32_t line,
                         struct import_list *list)
{
    /* A text is an object that names whom alone. */
    const char *before = list->accounts_only ? "{\"account\":" : "{\"net\":";
    const char *text = scan->bytes + begin;
    size_t length = scan->at - begin;
    char *wrapped = malloc(strlen(before) + length + 2);
    if (!wrapped)
        memory_exhausted();
    size_t used = 0;
    if (text[0] == '"') {
        memcpy(wrapped, before, strlen(before));
        used = strlen(before);
    }
    memcpy(wrapped + used, text, length);
    used += length;
    if (text[0] == '"')
        wrapped[used++] = '}';
    struct ctl_json *object = ctl_json_parse(wrapped, used);
    if (object)
        take_object(object, line, text, length, list);
    else
        import_list_bad(list, line, text, length, "bad_element",
                        "it is neither an object nor a text");
    ctl_json_free(&object);
    free(wrapped);
}

static void take_object(const struct ctl_json *object, uint32_t line, const char *text,
                        size_t length, struct import_list *list)
{
    char number[NUMBER_SIZE];
    struct origin origin = {.reason = ""};
    struct import_row row = {.line = line, .net = member(object, "net")};
    row.account = member(object, "account");
    if (!row.net.bytes)
        row.net = member(object, "ip");
    if (!row.net.bytes)
        row.net = member(object, "prefix");
    row.until = end_of(object, ctl_json_member(object, "until") ? "until" : "expires", number);
    row.reason = member(object, "reason");
    explain(object, &row, &origin);
    row.actor = member(object, "actor");
    row.since = member(object, "since");
    if (!row.net.bytes && !row.account.bytes)
        import_list_bad(list, line, text, length, "bad_element",
                        "it has no \"net\", \"ip\", \"prefix\" or \"account\"");
    else
        import_list_row(list, &row);
}

/* What "banctl list --json" says of a ban by hits is in place of a reason, as export has it. */
static void explain(const struct ctl_json *object, struct import_row *row, struct origin *origin)
{
    const char *source = ctl_json_text(object, "source");
    struct phrase why;
    phrase_begin(&why);
    if (row->reason.bytes || !source || strcmp(source, "auto") != 0 ||
        !phrase_add_why(&why, object))
        return;
    origin_explain(origin, why.text);
    row->reason = (struct import_text){origin->reason, strlen(origin->reason)};
}

/* Absent if it is no text. */
static struct import_text member(const struct ctl_json *object, const char *name)
{
    const char *text = ctl_json_text(object, name);
    return (struct import_text){text, text ? strlen(text) : 0};
}

/* A text, a number, or null: permanent. What is anything else is an end that cannot be read. */
static struct import_text end_of(const struct ctl_json *object, const char *name,
                                 char number[NUMBER_SIZE])
{
    const char *text = ctl_json_text(object, name);
    int64_t seconds;
    if (!text && ctl_json_is_null(object, name))
        text = "permanent";
    if (!text && ctl_json_number(object, name, &seconds)) {
        snprintf(number, NUMBER_SIZE, "%lld", (long long)seconds);
        text = number;
    }
    if (!text && ctl_json_member(object, name))
        text = "?";
    return (struct import_text){text, text ? strlen(text) : 0};
}
