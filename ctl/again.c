/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line once more, see again.h.
 */
#include "again.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define HARMLESS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-"

static void add_word(FILE *line, const char *word);

bool again_print(const struct args *args, const char *flag, char text[AGAIN_SIZE])
{
    char *whole = NULL;
    size_t size;
    FILE *line = open_memstream(&whole, &size);
    if (!line)
        memory_exhausted();
    fprintf(line, "banctl %s", args->command->name);
    for (size_t i = 0; i < args->operand_count; i++) {
        fputc(' ', line);
        add_word(line, args->operands[i]);
    }
    for (size_t i = 0; i < args->options.count; i++) {
        const struct option_given *given = &args->options.given[i];
        fprintf(line, " --%.*s", (int)given->name_length, given->name);
        if (!given->value)
            continue;
        fputc(given->value[0] == '-' || given->value[0] == '\0' ? '=' : ' ', line);
        add_word(line, given->value);
    }
    fprintf(line, " --%s", flag);
    if (fclose(line) != 0)
        memory_exhausted();
    bool fits = size < AGAIN_SIZE;
    if (fits)
        memcpy(text, whole, size + 1);
    free(whole);
    return fits;
}

static void add_word(FILE *line, const char *word)
{
    if (word[0] != '\0' && word[strspn(word, HARMLESS)] == '\0') {
        fputs(word, line);
        return;
    }
    fputc('\'', line);
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            fputs("'\\''", line);
        else
            fputc(*word, line);
    }
    fputc('\'', line);
}
