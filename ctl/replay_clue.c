/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a log may hold no hit, from two plain text tests.
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
    const char *function = behind_module(line, length);
    if (!function)
        return;
    clues->rspamd_lines++;
    size_t rest = length - (size_t)(function - line);
    if (begins_with(function, rest, "ratelimit.lua:") && memmem(function, rest, " exceeded", 9))
        clues->exceeded++;
}

const char *replay_clues_sentence(const struct replay_clues *clues, bool is_empty)
{
    if (clues->exceeded > 0)
        return "limits were exceeded but no mail was soft rejected: bucket options symbol, message "
               "or\nskip_soft_reject hide the sender; see bansyncd(8)";
    if (clues->rspamd_lines == 0 && !is_empty)
        return "no line looks like rspamd's: is it another log, or compressed?\n"
               "zcat FILE | banctl replay -";
    return NULL;
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
