/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks of rspamd that are remembered for a while, by process and tag: a ring of slots, oldest
 * first, and an index.
 *
 * What is remembered of a task is the caller's, in an array with the same slots. Bounded: where
 * there is no room the oldest makes way.
 */
#ifndef BANSYNC_CORE_TASKS_H
#define BANSYNC_CORE_TASKS_H

#include "line.h"

#define TASKS_TAG_BYTES_MAX 32 /* rspamd's longest */
#define TASKS_NONE SIZE_MAX

struct tasks;

/* room: number of slots. NULL without memory. */
struct tasks *tasks_open(size_t room);
void tasks_close(struct tasks **tasks);

/* Slot of the task, or TASKS_NONE. A task without a tag, or with one that is too long, is never
 * found. */
size_t tasks_find(const struct tasks *tasks, const struct line_task *task);

/* Takes a slot for a task that is not there; TASKS_NONE if it has no usable tag. *pushed: the
 * oldest had to make way for it. */
size_t tasks_add(struct tasks *tasks, const struct line_task *task, bool *pushed);

/* Forgets the task in a slot that is in use. */
void tasks_remove(struct tasks *tasks, size_t slot);

/* Slot of the task that was added first of those that are left, or TASKS_NONE. */
size_t tasks_oldest(const struct tasks *tasks);

#endif
