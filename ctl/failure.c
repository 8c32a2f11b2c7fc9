/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong, told the same way everywhere.
 *
 * Does not: decide what is a failure; texts come from where it was noticed.
 */
#include "failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "memory.h"
#include "paragraph.h"
#include "print.h"
#include "screen.h"

static void tell_json(const char *code, int exit, const char *message, const char *hint);

int failure_set(struct failure *failure, const char *code, enum exit_code exit, const char *format,
                ...)
{
    failure->code = code;
    failure->exit = exit;
    failure->hint[0] = '\0';
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(failure->message, sizeof(failure->message), format, arguments);
    va_end(arguments);
    return -1;
}

int failure_hint(struct failure *failure, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(failure->hint, sizeof(failure->hint), format, arguments);
    va_end(arguments);
    return -1;
}

int failure_file(struct failure *failure, const char *path, int error)
{
    failure_set(failure, "file", EXIT_USAGE, "cannot write %s: %s", path, strerror(error));
    return failure_hint(failure, "is its folder there, with room in it, and may you write to it?");
}

int failure_tell(const struct failure *failure, bool json)
{
    const char *hint = failure->hint[0] != '\0' ? failure->hint : NULL;
    return failure_tell_parts(json, failure->code, (int)failure->exit, failure->message, hint);
}

int failure_tell_parts(bool json, const char *code, int exit, const char *message, const char *hint)
{
    static const char name[] = "banctl:";
    screen_end(); /* or it would be gone with the screen */
    fflush(stdout);
    if (json) {
        tell_json(code, exit, message, hint);
        return exit;
    }
    print_colored(stderr, TERMINAL_RED, name);
    paragraph_print_lines(stderr, strlen(name), " ", message);
    if (hint)
        paragraph_print_lines(stderr, 0, "  ", hint);
    return exit;
}

noreturn void failure_memory(void)
{
    memory_exhausted();
}

static void tell_json(const char *code, int exit, const char *message, const char *hint)
{
    struct ctl_json *error = ctl_json_object();
    ctl_json_set_text(error, "code", code);
    ctl_json_set_number(error, "exit", exit);
    ctl_json_set_lines(error, "message", message);
    ctl_json_set_text(error, "hint", hint);
    char *text = ctl_json_dump(error);
    printf("{\"error\":%s}\n", text);
    free(text);
    ctl_json_free(&error);
}
