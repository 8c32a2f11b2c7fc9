/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions that are answered in slices, some a turn, so that no turn of the loop is long whatever
 * is asked and however many ask. Commands that change much in slices are questions, too.
 *
 * All of a turn share one bound on work, in equal parts. Of each kind so many go on at once; the
 * later ones wait for the end of an earlier one, in the order in which they were asked.
 */
#ifndef BANSYNC_QUESTION_H
#define BANSYNC_QUESTION_H

#include "agent.h"

#define QUESTION_WORK 16384          /* of one turn, for all: 5 ms */
#define QUESTION_WORK_BESIDE 4096    /* of one that drew and wrote the map, which is long enough */
#define QUESTION_UNSENT_BYTES 262144 /* so much of an answer may wait for its reader */

struct question_kind {
    size_t size;    /* of the struct of a question, which begins with a struct question */
    size_t at_once; /* so many go on at once, 1 or more */
    bool lasts;     /* it is gone on with when who asked has gone, or is slow to read; else it is
                       forgotten, or waits for the reader */

    /* The next slice: as much as the work allows, of which it takes what it used. True: it is
     * answered, and over. */
    bool (*go_on)(struct agent *agent, void *question, size_t *work);

    /* True if there is something to go on with in this turn; NULL: there always is. */
    bool (*is_ready)(const struct agent *agent, const void *question);

    /* Frees what it holds, not itself; NULL: it holds nothing. */
    void (*end)(void *question);
};

struct question {
    const struct question_kind *kind;
    struct question *next; /* which was asked later */
    uint64_t client;
};

/* Puts a copy of the question, whose kind and client are set here, behind all others. Returns it;
 * or NULL, and answered, without memory: what it holds is still the caller's. */
void *question_ask(struct agent *agent, uint64_t client, const struct question_kind *kind,
                   const void *question);

/* Questions of the kind that are not answered yet; and the first one of them, NULL if there is
 * none. */
size_t question_count(const struct agent *agent, const struct question_kind *kind);
void *question_first(const struct agent *agent, const struct question_kind *kind);

/* Goes on with all that can be gone on with; once a turn. */
void question_turn(struct agent *agent);

/* Takes the cost off the work that is left, which becomes 0 if it was not enough. */
void question_spend(size_t *work, size_t cost);

/* True if a next slice waits for the next turn alone. */
bool question_is_ready(const struct agent *agent);

/* Forgets all of them. */
void question_close(struct agent *agent);

#endif
