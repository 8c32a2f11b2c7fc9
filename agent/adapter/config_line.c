/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a configuration file, judged before libinih reads it.
 *
 * What is a comment, a continuation or a section follows libinih 55 exactly; then come the rules
 * that it lacks.
 * Does not: know sections or keys.
 */
#include "config_line.h"

#include <stdio.h>
#include <string.h>

#define BLANKS " \t\v\f\r"

static enum config_line section(const char *start, char mistake[CONFIG_MISTAKE_SIZE]);
static enum config_line option(const char *start, char mistake[CONFIG_MISTAKE_SIZE]);
static enum config_line continuation(const char *start, char mistake[CONFIG_MISTAKE_SIZE]);
static bool has_comment(const char *value);
static enum config_line wrong(enum config_line kind, char mistake[CONFIG_MISTAKE_SIZE],
                              const char *what);

enum config_line config_line_judge(const char *line, bool in_section, bool after_option,
                                   char mistake[CONFIG_MISTAKE_SIZE])
{
    const char *start = line + strspn(line, BLANKS);
    if (*start == '\0' || *start == '#' || *start == ';')
        return CONFIG_LINE_EMPTY;
    if (after_option && start > line)
        return continuation(start, mistake);
    if (*start == '[')
        return section(start, mistake);
    if (!in_section)
        return wrong(CONFIG_LINE_LOST, mistake,
                     "text before the first section; begin with a line such as [node]");
    return option(start, mistake);
}

static enum config_line section(const char *start, char mistake[CONFIG_MISTAKE_SIZE])
{
    const char *end = strchr(start, ']');
    if (!end)
        return wrong(CONFIG_LINE_LOST, mistake, "a section without \"]\"; write [name]");
    if (end[1 + strspn(end + 1, BLANKS)] != '\0')
        return wrong(CONFIG_LINE_LOST, mistake,
                     "text behind the \"]\" of a section; put it on a line of its own");
    return CONFIG_LINE_SECTION;
}

static enum config_line option(const char *start, char mistake[CONFIG_MISTAKE_SIZE])
{
    char quote[CONFIG_QUOTE_SIZE];
    const char *sign = strpbrk(start, "=:");
    if (!sign) {
        snprintf(mistake, CONFIG_MISTAKE_SIZE, "%s has no \"=\"; write key = value",
                 config_quote(start, quote));
        return CONFIG_LINE_MISTAKE;
    }
    if (*sign == ':') {
        snprintf(mistake, CONFIG_MISTAKE_SIZE,
                 "%s has \":\" where \"=\" is expected; write key = value",
                 config_quote(start, quote));
        return CONFIG_LINE_MISTAKE;
    }
    if (sign == start)
        return wrong(CONFIG_LINE_MISTAKE, mistake, "no key before \"=\"; write key = value");
    if (has_comment(sign + 1))
        return wrong(CONFIG_LINE_MISTAKE, mistake,
                     "a comment behind a value; comments stand on a line of their own");
    return CONFIG_LINE_OPTION;
}

static enum config_line continuation(const char *start, char mistake[CONFIG_MISTAKE_SIZE])
{
    const char *word_end = start + strcspn(start, BLANKS "=");
    if (*start == '[' || word_end[strspn(word_end, BLANKS)] == '=')
        return wrong(CONFIG_LINE_MISTAKE, mistake,
                     "an indented line adds a value to the option above, but this one looks like "
                     "a section or key = value; remove the blanks before it");
    if (has_comment(start))
        return wrong(CONFIG_LINE_MISTAKE, mistake,
                     "a comment behind a value; comments stand on a line of their own");
    return CONFIG_LINE_CONTINUATION;
}

/* True if a '#' or ';' stands behind a blank. */
static bool has_comment(const char *value)
{
    for (const char *at = strpbrk(value, "#;"); at; at = strpbrk(at + 1, "#;"))
        if (at == value || strchr(BLANKS, at[-1]))
            return true;
    return false;
}

static enum config_line wrong(enum config_line kind, char mistake[CONFIG_MISTAKE_SIZE],
                              const char *what)
{
    snprintf(mistake, CONFIG_MISTAKE_SIZE, "%s", what);
    return kind;
}
