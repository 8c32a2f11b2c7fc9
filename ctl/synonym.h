/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that people try, from other programs, for what a command here does.
 */
#ifndef BANSYNC_CTL_SYNONYM_H
#define BANSYNC_CTL_SYNONYM_H

#include <stddef.h>

struct synonym {
    const char *word;
    const char *meant; /* a command, with an option perhaps, or a group; or a global option */
    const char *other; /* a second one; NULL: there is none */
};
extern const struct synonym synonyms[]; /* .word of the last is NULL */

/* NULL: it is none. */
const struct synonym *synonym_find(const char *word);

/* What a group calls that command of its; NULL: it is none. */
const char *synonym_second(const char *group, const char *word);

/* What a command calls that option, word of that length without "--"; NULL: it is none. */
const char *synonym_option(const char *command, const char *word, size_t length);

#endif
