/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole terminal, for what is shown again and again: a page of its own, no echo, keys that need
 * no Enter.
 *
 * What was there before comes back when it ends, whatever the reason but SIGKILL: an error, a
 * signal, an assertion. While the program is stopped the terminal is the shell's.
 * Does not: know what is shown.
 */
#ifndef BANSYNC_CTL_SCREEN_H
#define BANSYNC_CTL_SCREEN_H

#include <stdint.h>

/* Takes standard output, which must be a terminal, and the keys if standard input is one. */
void screen_begin(void);

/* Gives it back; nothing if it was not taken. */
void screen_end(void);

/* Begins the next page, into the buffer of stdout; the caller writes and flushes. */
void screen_clear(void);

/* Why the wait is over. */
enum screen_event {
    SCREEN_DUE,     /* the time has come */
    SCREEN_CHANGED, /* another size, or the terminal is ours again: show the page anew */
    SCREEN_QUIT,    /* q, or the terminal has gone */
};

/* Waits for so long at most. */
enum screen_event screen_wait(int64_t wait_ms);

#endif
