/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a log may hold no hit, from a plain text test.
 *
 * Does not: parse a line.
 */
#include "replay_clue.h"

#include <string.h>

/* Longer words are no name of a module. */
enum { MODULE_BYTES_MAX = 32 };

static const char word_bytes[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

static const char *behind_module(const char *line, size_t length);
static size_t word_length(const char *text, size_t length);
static bool begins_with(const char *text, size_t length, const char *beginning);

void replay_clues_take(struct replay_clues *clues, const char *line, size_t length)
{
    static const char json[] = "{\"ts\": ";
    if (!clues->is_rspamd)
        clues->is_rspamd = behind_module(line, length) != NULL ||
                           memmem(line, length, json, sizeof(json) - 1) != NULL;
}

const char *replay_clues_sentence(const struct replay_clues *clues, bool is_empty)
{
    if (clues->is_rspamd || is_empty)
        return NULL;
    return "no line looks like rspamd's: is it another log, or compressed?\n"
           "zcat FILE | banctl replay -";
}

/* What follows the first "; MODULE; " in the header; NULL if there is none. */
static const char *behind_module(const char *line, size_t length)
{
    size_t searched = length < CLUE_HEADER_BYTES ? length : CLUE_HEADER_BYTES;
    for (size_t i = 0; i + 2 < searched; i++) {
        if (line[i] != ';' || line[i + 1] != ' ')
            continue;
        size_t module = word_length(line + i + 2, length - i - 2);
        size_t behind = i + 2 + module;
        if (module > 0 && begins_with(line + behind, length - behind, "; "))
            return line + behind + 2;
    }
    return NULL;
}

static size_t word_length(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length && i < MODULE_BYTES_MAX &&
           memchr(word_bytes, text[i], sizeof(word_bytes) - 1) != NULL)
        i++;
    return i;
}

static bool begins_with(const char *text, size_t length, const char *beginning)
{
    size_t wanted = strlen(beginning);
    return length >= wanted && memcmp(text, beginning, wanted) == 0;
}
