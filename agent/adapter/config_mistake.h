/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of mistakes found in a configuration, as the text that the operator reads: one a line.
 *
 * Does not: find mistakes.
 */
#ifndef BANSYNC_ADAPTER_CONFIG_MISTAKE_H
#define BANSYNC_ADAPTER_CONFIG_MISTAKE_H

#include <stddef.h>
#include <stdio.h>

/* Mistakes told one by one; of the rest the number. */
#define CONFIG_MISTAKES_MAX 1000
/* Room for one mistake, "what; what to do", with NUL. */
#define CONFIG_MISTAKE_SIZE 1024
/* Room for a quoted text with NUL: the first 48 bytes, each at most four characters, and "...". */
#define CONFIG_QUOTE_SIZE 200

/* Where something is written. line 0: nowhere in particular in the file; file NULL: in no file. */
struct config_place {
    const char *file;
    unsigned line;
};

struct config_mistakes {
    size_t count;
    char *text;
    size_t text_bytes;
    FILE *stream;
};

/* Starts an empty list. Returns 0, or -1 if there is no memory. */
int config_mistakes_open(struct config_mistakes *mistakes);

/* Adds one mistake: "FILE:LINE: " and the message, which is "what; what to do" without LF. */
void config_mistakes_add(struct config_mistakes *mistakes, struct config_place place,
                         const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Ends the list. Returns its text, which the caller frees, or NULL if no mistake was added. */
char *config_mistakes_close(struct config_mistakes *mistakes);

/* Writes '"text" is not valid; advice' to mistake. Returns -1, for the caller to pass on. */
int config_mistake(char mistake[CONFIG_MISTAKE_SIZE], const char *text, const char *advice);

/* Writes text in double quotes for a mistake: what is not printable ASCII as \xNN, a long text cut.
 * Returns out. */
const char *config_quote(const char *text, char out[CONFIG_QUOTE_SIZE]);

#endif
