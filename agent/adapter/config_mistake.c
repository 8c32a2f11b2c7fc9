/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of mistakes found in a configuration, as the text that the operator reads: one a line.
 *
 * Does not: find mistakes.
 */
#include "config_mistake.h"

#include <stdarg.h>
#include <stdlib.h>

#define QUOTED_BYTES_MAX 48

int config_mistakes_open(struct config_mistakes *mistakes)
{
    *mistakes = (struct config_mistakes){0};
    mistakes->stream = open_memstream(&mistakes->text, &mistakes->text_bytes);
    return mistakes->stream ? 0 : -1;
}

void config_mistakes_add(struct config_mistakes *mistakes, struct config_place place,
                         const char *format, ...)
{
    mistakes->count++;
    if (mistakes->count > CONFIG_MISTAKES_MAX)
        return;
    if (place.file && place.line)
        fprintf(mistakes->stream, "%s:%u: ", place.file, place.line);
    else if (place.file)
        fprintf(mistakes->stream, "%s: ", place.file);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(mistakes->stream, format, arguments);
    va_end(arguments);
    fputc('\n', mistakes->stream);
}

char *config_mistakes_close(struct config_mistakes *mistakes)
{
    if (mistakes->count > CONFIG_MISTAKES_MAX)
        fprintf(mistakes->stream, "and %zu more mistakes; correct these first\n",
                mistakes->count - CONFIG_MISTAKES_MAX);
    fclose(mistakes->stream);
    char *text = mistakes->text;
    if (mistakes->count == 0) {
        free(text);
        text = NULL;
    }
    *mistakes = (struct config_mistakes){0};
    return text;
}

int config_mistake(char mistake[CONFIG_MISTAKE_SIZE], const char *text, const char *advice)
{
    char quote[CONFIG_QUOTE_SIZE];
    snprintf(mistake, CONFIG_MISTAKE_SIZE, "%s is not valid; %s", config_quote(text, quote),
             advice);
    return -1;
}

const char *config_quote(const char *text, char out[CONFIG_QUOTE_SIZE])
{
    size_t used = 0;
    size_t i = 0;
    out[used++] = '"';
    for (; text[i] != '\0' && i < QUOTED_BYTES_MAX; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte >= 0x20 && byte < 0x7f)
            out[used++] = (char)byte;
        else
            used += (size_t)snprintf(out + used, CONFIG_QUOTE_SIZE - used, "\\x%02x", byte);
    }
    snprintf(out + used, CONFIG_QUOTE_SIZE - used, "%s\"", text[i] != '\0' ? "..." : "");
    return out;
}
