/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that is no list, see import_wrong.h.
 */
#include "import_wrong.h"

#include <stdbool.h>
#include <string.h>

enum { LOOKED_AT_BYTES = 4096, TEXT_SIZE = 1024 };

static bool is_log(const char *bytes, size_t size);
static bool is_log_mark(const char *bytes, size_t size);

int import_wrong_file(const char *path, const char *bytes, size_t size, struct failure *failure)
{
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    size_t looked_at = size < LOOKED_AT_BYTES ? size : LOOKED_AT_BYTES;
    if (looked_at > 0 && memchr(bytes, '\0', looked_at)) {
        failure_set(failure, "no_list", EXIT_REJECTED, "%s is no list: it has NUL bytes", name);
        return failure_hint(failure, "what is understood:  banctl import --help");
    }
    if (!is_log(bytes, looked_at))
        return 0;
    failure_set(failure, "no_list", EXIT_REJECTED, "%s is no list: it looks like a log of rspamd",
                name);
    return failure_hint(failure, "who would be banned for it:  banctl replay %s", path);
}

void import_wrong_guess(const char *guess, struct failure *failure)
{
    char message[sizeof(failure->message)], hint[sizeof(failure->hint)];
    memcpy(message, failure->message, sizeof(message));
    memcpy(hint, failure->hint, sizeof(hint));
    failure_set(failure, failure->code, failure->exit, "taken for %s, but %s", guess, message);
    failure_hint(failure, "--format says what it is%s%s", hint[0] != '\0' ? "; " : "", hint);
}

/* Its lines have a process "#812(normal) " or "rspamd[812]: ", then a tag "<5f3a1c>; ". */
static bool is_log(const char *bytes, size_t size)
{
    for (size_t at = 0; at + 1 < size; at++) {
        if (bytes[at] == ' ' && bytes[at + 1] == '<' && at > 0 &&
            (bytes[at - 1] == ')' || bytes[at - 1] == ':') &&
            is_log_mark(bytes + at + 2, size - at - 2))
            return true;
    }
    return false;
}

/* Behind its "<". */
static bool is_log_mark(const char *bytes, size_t size)
{
    size_t length = 0;
    while (length < size && !strchr("<> \n", bytes[length]))
        length++;
    return length > 0 && size - length >= 3 && memcmp(bytes + length, ">; ", 3) == 0;
}
