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
enum { COLUMNS_DEFAULT = 80 };

static enum terminal_when colors = TERMINAL_AUTO;

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
    int descriptor = fileno(stream);
    if (descriptor < 0 || !isatty(descriptor))
        return 0;
    if (ioctl(descriptor, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return COLUMNS_DEFAULT;
    return size.ws_col;
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
