/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a log may hold no hit, from a plain text test.
 *
 * Does not: parse a line.
 */
#include "replay_clue.h"

#include <stdio.h>
#include <string.h>

/* Longer words are no name of a module. */
enum { MODULE_BYTES_MAX = 32 };

static const char word_bytes[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

static const char *unpacker_of(const char *line, size_t length);
static const char *behind_module(const char *line, size_t length);
static size_t word_length(const char *text, size_t length);
static bool begins_with(const char *text, size_t length, const char *beginning);

void replay_clues_take(struct replay_clues *clues, const char *line, size_t length)
{
    static const char json[] = "{\"ts\": ";
    static const char message[] = "rspamd_task_write_log";
    if (!clues->is_begun)
        clues->unpacker = unpacker_of(line, length);
    clues->is_begun = true;
    if (!clues->has_message)
        clues->has_message = memmem(line, length, message, sizeof(message) - 1) != NULL;
    if (!clues->is_rspamd)
        clues->is_rspamd = behind_module(line, length) != NULL ||
                           memmem(line, length, json, sizeof(json) - 1) != NULL;
}

void replay_clues_print(const struct replay_clues *clues, bool is_empty,
                        char out[CLUE_SENTENCE_SIZE])
{
    out[0] = '\0';
    if (is_empty)
        snprintf(out, CLUE_SENTENCE_SIZE, "there is not one line in it");
    else if (clues->unpacker)
        snprintf(out, CLUE_SENTENCE_SIZE,
                 "no line looks like rspamd's: it is compressed\n%s FILE | banctl replay -",
                 clues->unpacker);
    else if (!clues->is_rspamd)
        snprintf(out, CLUE_SENTENCE_SIZE, "no line looks like rspamd's: is it another log?");
    else if (!clues->has_message)
        snprintf(
            out, CLUE_SENTENCE_SIZE,
            "no line tells of a message (rspamd_task_write_log): rspamd must log at level info");
}

/* zcat: gzip on standard input. */
static const char *unpacker_of(const char *line, size_t length)
{
    static const struct {
        const char *beginning;
        const char *program;
    } known[] = {{"\037\213", "zcat"},
                 {"\375"
                  "7zXZ",
                  "xzcat"},
                 {"BZh", "bzcat"},
                 {"(\265/\375", "zstdcat"}};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (begins_with(line, length, known[i].beginning))
            return known[i].program;
    }
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
