/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks of rspamd that are remembered for a while.
 *
 * Slots are given out round the ring; those between its ends that were freed stay empty until the
 * ring comes by again. The index is a table of chains through the slots.
 */
#include "tasks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct slot {
    uint32_t pid;
    uint8_t tag_length; /* 0: free */
    char tag[TASKS_TAG_BYTES_MAX];
    uint32_t next; /* slot + 1 of the next in its chain; 0: none */
};

struct tasks {
    size_t room;
    size_t first;    /* slot of the oldest; the ring begins here */
    size_t length;   /* of the ring, free slots in it included; 0 or its first is in use */
    uint32_t *heads; /* room of them, slot + 1 */
    struct slot slots[];
};

static uint32_t *head_of(const struct tasks *tasks, uint32_t pid, const char *tag, size_t length)
{
    uint32_t hash = 2166136261u ^ pid; /* FNV-1a; rspamd makes the tags, no sender chooses them */

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)tag[i]) * 16777619u;
    return &tasks->heads[(hash ^ hash >> 15) % tasks->room];
}

static bool is_usable(const struct line_task *task)
{
    return task->tag.length >= 1 && task->tag.length <= TASKS_TAG_BYTES_MAX;
}

struct tasks *tasks_open(size_t room)
{
    struct tasks *tasks;

    assert(room >= 1 && room < UINT32_MAX);
    tasks = calloc(1, sizeof(*tasks) + room * sizeof(tasks->slots[0]));
    if (tasks == NULL)
        return NULL;
    tasks->room = room;
    tasks->heads = calloc(room, sizeof(*tasks->heads));
    if (tasks->heads == NULL)
        tasks_close(&tasks);
    return tasks;
}

void tasks_close(struct tasks **tasks)
{
    if (*tasks == NULL)
        return;
    free((*tasks)->heads);
    free(*tasks);
    *tasks = NULL;
}

size_t tasks_find(const struct tasks *tasks, const struct line_task *task)
{
    if (tasks->length == 0 || !is_usable(task))
        return TASKS_NONE;
    uint32_t at = *head_of(tasks, task->pid, task->tag.bytes, task->tag.length);
    while (at != 0) {
        const struct slot *slot = &tasks->slots[at - 1];

        if (slot->pid == task->pid && slot->tag_length == task->tag.length &&
            memcmp(slot->tag, task->tag.bytes, slot->tag_length) == 0)
            return at - 1;
        at = slot->next;
    }
    return TASKS_NONE;
}

size_t tasks_add(struct tasks *tasks, const struct line_task *task, bool *pushed)
{
    *pushed = false;
    if (!is_usable(task))
        return TASKS_NONE;
    assert(tasks_find(tasks, task) == TASKS_NONE);
    if (tasks->length == tasks->room) {
        *pushed = true;
        tasks_remove(tasks, tasks->first);
    }
    size_t at = (tasks->first + tasks->length) % tasks->room;
    struct slot *slot = &tasks->slots[at];
    uint32_t *head = head_of(tasks, task->pid, task->tag.bytes, task->tag.length);

    slot->pid = task->pid;
    slot->tag_length = (uint8_t)task->tag.length;
    memcpy(slot->tag, task->tag.bytes, task->tag.length);
    slot->next = *head;
    *head = (uint32_t)at + 1;
    tasks->length++;
    return at;
}

void tasks_remove(struct tasks *tasks, size_t at)
{
    struct slot *slot = &tasks->slots[at];
    uint32_t *link = head_of(tasks, slot->pid, slot->tag, slot->tag_length);

    assert(at < tasks->room && slot->tag_length > 0);
    while (*link != at + 1)
        link = &tasks->slots[*link - 1].next;
    *link = slot->next;
    slot->tag_length = 0;
    while (tasks->length > 0 && tasks->slots[tasks->first].tag_length == 0) {
        tasks->first = (tasks->first + 1) % tasks->room;
        tasks->length--;
    }
    if (tasks->length == 0)
        tasks->first = 0; /* so that a few slots are used again and again: less memory is touched */
}

size_t tasks_oldest(const struct tasks *tasks)
{
    return tasks->length > 0 ? tasks->first : TASKS_NONE;
}
