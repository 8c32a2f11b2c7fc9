/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of small texts, see keptline.h.
 */
#include "keptline.h"

#include <stdio.h>
#include <string.h>

bool keptline_take(struct keptline *lines, char *line, size_t room)
{
    const char *feed = lines->size > 0 ? memchr(lines->text, '\n', lines->size) : NULL;

    if (feed == NULL)
        return false;
    snprintf(line, room, "%.*s", (int)(feed - lines->text), lines->text);
    lines->size -= (size_t)(feed + 1 - lines->text);
    lines->text = feed + 1;
    return true;
}

char *keptline_cut(char *line)
{
    char *blank = strchr(line, ' ');

    if (blank == NULL)
        return line + strlen(line);
    *blank = '\0';
    return blank + 1;
}

bool keptline_is_name(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return false;
    return true;
}
