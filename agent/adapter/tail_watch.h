/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inotify: a descriptor that becomes readable when there is something to look at.
 *
 * It may fail at any time (no descriptors or watches left) or hear nothing (network file systems
 * do not tell of other hosts' changes). Whoever uses it looks by himself, too; this says when he
 * has to. What failed is tried again at each call.
 * Does not: say what happened.
 */
#ifndef BANSYNC_ADAPTER_TAIL_WATCH_H
#define BANSYNC_ADAPTER_TAIL_WATCH_H

#include <stdbool.h>

struct tail_watch {
    int fd;        /* inotify's; -1: it cannot be had */
    int directory; /* watch of the directory; -1: none */
    bool deaf;     /* the directory is one of which nothing is heard from other hosts */
    int error;     /* since tail_watch_begin: errno of what could not be watched; EREMOTE: a file or
                      directory of which nothing is heard; 0: all is watched */
};

void tail_watch_open(struct tail_watch *watch);
void tail_watch_close(struct tail_watch *watch);

/* Begins a round: takes all that inotify has told (it only said: look), forgets the error. */
void tail_watch_begin(struct tail_watch *watch);

/* Watches this directory instead of the one before. One that is not there is no error. */
void tail_watch_directory(struct tail_watch *watch, const char *path);

/* Watches an open file for writes. The watch, or -1. */
int tail_watch_file(struct tail_watch *watch, int fd);

/* Ends a file's watch; -1 is harmless. */
void tail_watch_end(struct tail_watch *watch, int file_watch);

#endif
