/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal behind a stream. Colors are the eight that every terminal has.
 *
 * Does not: ask terminfo; what does not understand these says so by TERM=dumb.
 */
#include "terminal.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A terminal that does not tell its width. */
enum { COLUMNS_DEFAULT = 80, ROWS_DEFAULT = 24 };

static enum terminal_when colors = TERMINAL_AUTO;

static bool read_size(FILE *stream, struct winsize *size);

bool terminal_parse(const char *text, enum terminal_when *when)
{
    static const char *const names[] = {"auto", "always", "never"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(text, names[i]) == 0) {
            *when = (enum terminal_when)i;
            return true;
        }
    }
    return false;
}

void terminal_begin(enum terminal_when when)
{
    colors = when;
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        setlocale(LC_CTYPE, "");
}

size_t terminal_columns(FILE *stream)
{
    struct winsize size;
    if (!read_size(stream, &size))
        return 0;
    return size.ws_col > 0 ? size.ws_col : COLUMNS_DEFAULT;
}

size_t terminal_rows(FILE *stream)
{
    struct winsize size;
    if (!read_size(stream, &size))
        return 0;
    return size.ws_row > 0 ? size.ws_row : ROWS_DEFAULT;
}

bool terminal_has_places(void)
{
    const char *term = getenv("TERM");
    return term && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

bool terminal_has_colors(FILE *stream)
{
    const char *none = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    if (colors != TERMINAL_AUTO)
        return colors == TERMINAL_ALWAYS;
    return terminal_columns(stream) > 0 && (!none || none[0] == '\0') && term &&
           strcmp(term, "dumb") != 0;
}

bool terminal_has_utf8(FILE *stream)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && (!locale || locale[0] == '\0'); i++)
        locale = getenv(names[i]);
    return locale && (strcasestr(locale, "utf-8") || strcasestr(locale, "utf8")) &&
           terminal_columns(stream) > 0;
}

const char *terminal_begin_color(enum terminal_color color)
{
    static const char *const sequences[] = {
        [TERMINAL_PLAIN] = "",          [TERMINAL_BOLD] = "\033[1m", [TERMINAL_GREEN] = "\033[32m",
        [TERMINAL_YELLOW] = "\033[33m", [TERMINAL_RED] = "\033[31m",
    };
    return sequences[color];
}

const char *terminal_end_color(enum terminal_color color)
{
    return color == TERMINAL_PLAIN ? "" : "\033[0m";
}

/* False if it writes to no terminal; what that does not tell is 0. */
static bool read_size(FILE *stream, struct winsize *size)
{
    int descriptor = fileno(stream);
    *size = (struct winsize){0};
    if (descriptor < 0 || !isatty(descriptor))
        return false;
    if (ioctl(descriptor, TIOCGWINSZ, size) < 0)
        *size = (struct winsize){0};
    return true;
}
