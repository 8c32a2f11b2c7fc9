/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small texts that the agent keeps beside its alerts, a line at a time. They come back from a
 * disk: whole, cut, or damaged.
 */
#ifndef BANSYNC_KEPTLINE_H
#define BANSYNC_KEPTLINE_H

#include <stdbool.h>
#include <stddef.h>

struct keptline {
    const char *text;
    size_t size;
};

/* Takes the next line off the front, without its feed, cut at its room; false: there is no whole
 * one. */
bool keptline_take(struct keptline *lines, char *line, size_t room);

/* Cuts line behind its first word; returns what follows the blank, "" if nothing does. */
char *keptline_cut(char *line);

/* True if it may stand in a text for people: no control byte is in it. */
bool keptline_is_name(const char *text);

#endif
