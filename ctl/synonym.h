/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that people try, from other programs, for what a command here does.
 */
#ifndef BANSYNC_CTL_SYNONYM_H
#define BANSYNC_CTL_SYNONYM_H

struct synonym {
    const char *word;
    const char *meant; /* a command or a group of them */
    const char *other; /* a second one; NULL: there is none */
};
extern const struct synonym synonyms[]; /* .word of the last is NULL */

/* NULL: it is none. */
const struct synonym *synonym_find(const char *word);

#endif
