/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a log may hold no hit: it is not rspamd's.
 *
 * Does not: count hits; core's detect.h alone decides on those. A sender may forge such a line: it
 * chooses a sentence for people and nothing else.
 */
#ifndef BANSYNC_CTL_REPLAY_CLUE_H
#define BANSYNC_CTL_REPLAY_CLUE_H

#include <stdbool.h>
#include <stddef.h>

/* How much of a line's beginning is searched for the header. */
#define CLUE_HEADER_BYTES 256

/* All zero at the beginning. */
struct replay_clues {
    bool is_rspamd;   /* a line began as rspamd's do: "... <TAG>; MODULE; ..." or {"ts": ... */
    bool has_message; /* one told of a message */
    const char
        *unpacker; /* the first one is how a file begins that this program unpacks; or NULL */
    bool is_begun;
};

/* True once no line can tell more. */
static inline bool replay_clues_are_complete(const struct replay_clues *clues)
{
    return clues->is_rspamd && clues->has_message;
}

/* Takes one line (without LF, any bytes). Costs nothing once they are complete. */
void replay_clues_take(struct replay_clues *clues, const char *line, size_t length);

/* The sentence for a log without hits, may hold LF; "" if there is nothing to say. is_empty: not
 * one byte was read. */
#define CLUE_SENTENCE_SIZE 256
void replay_clues_print(const struct replay_clues *clues, bool is_empty,
                        char out[CLUE_SENTENCE_SIZE]);

#endif
