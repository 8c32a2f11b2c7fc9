/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The open files of one log.
 *
 * What is taken out leaves its cursor behind, so that a search for files that were never seen does
 * not read it twice.
 * Does not: open files.
 */
#include "tail_list.h"

#include "clock.h"

#include <assert.h>
#include <string.h>

static void take_out(struct tail_list *list, size_t index)
{
    assert(index < list->count);
    list->count--;
    memmove(&list->files[index], &list->files[index + 1],
            (list->count - index) * sizeof(list->files[0]));
}

static void put_in(struct tail_list *list, size_t index, struct tail_file *file)
{
    assert(list->count < TAIL_FILES_MAX && index <= list->count);
    memmove(&list->files[index + 1], &list->files[index],
            (list->count - index) * sizeof(list->files[0]));
    list->files[index] = file;
    list->count++;
}

/* Closes a file for good, but remembers where it was left. */
static void leave(struct tail_list *list, size_t index)
{
    struct tail_file *file = list->files[index];

    take_out(list, index);
    tail_watch_end(&list->watch, file->watch);
    list->left[list->left_count++ % TAIL_FILES_MAX] = file->cursor;
    tail_file_close(&file);
}

static bool make_room(struct tail_list *list)
{
    for (size_t i = 0; list->count == TAIL_FILES_MAX && i + 1 < list->count; i++)
        if (tail_file_is_drained(list->files[i]))
            leave(list, i);
    return list->count < TAIL_FILES_MAX;
}

struct tail_file *tail_list_last(const struct tail_list *list)
{
    return list->count > 0 ? list->files[list->count - 1] : NULL;
}

size_t tail_list_find(const struct tail_list *list, const struct tail_cursor *identity)
{
    size_t i = 0;

    while (i < list->count && (list->files[i]->cursor.device != identity->device ||
                               list->files[i]->cursor.inode != identity->inode))
        i++;
    return i;
}

bool tail_list_insert(struct tail_list *list, size_t index, struct tail_file *file)
{
    size_t behind = list->count - index;

    assert(index <= list->count);
    if (!make_room(list)) {
        tail_file_close(&file);
        return false;
    }
    file->quiet_ms = clock_monotonic_ms();
    if (list->count > 0)
        tail_list_last(list)->quiet_ms = file->quiet_ms;
    file->watch = tail_watch_file(&list->watch, file->fd);
    put_in(list, behind < list->count ? list->count - behind : 0, file);
    return true;
}

void tail_list_watch(struct tail_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->files[i]->watch < 0)
            list->files[i]->watch = tail_watch_file(&list->watch, list->files[i]->fd);
}

void tail_list_name(struct tail_list *list, size_t index)
{
    struct tail_file *file = list->files[index];

    tail_list_last(list)->quiet_ms = clock_monotonic_ms();
    take_out(list, index);
    put_in(list, list->count, file);
}

bool tail_list_has_content(const struct tail_list *list, struct tail_file *file)
{
    for (size_t i = 0; file->gz != NULL && i < list->count; i++)
        if (tail_file_begins_like(file, &list->files[i]->cursor))
            return true;
    return false;
}

/* Was this file left there, or, now compressed, its content? */
static bool was_left(struct tail_file *file, const struct tail_cursor *left)
{
    return left->inode == file->cursor.inode ||
           (file->gz != NULL && tail_file_begins_like(file, left));
}

void tail_list_resume(const struct tail_list *list, struct tail_file *file)
{
    for (size_t i = 0; i < TAIL_FILES_MAX && i < list->left_count; i++)
        if (was_left(file, &list->left[i]) && tail_file_resume(file, &list->left[i]))
            return;
}

void tail_list_expire(struct tail_list *list)
{
    int64_t now_ms = clock_monotonic_ms();

    for (size_t i = 0; i + 1 < list->count;)
        if (tail_file_is_over(list->files[i], now_ms))
            leave(list, i);
        else
            i++;
}

void tail_list_clear(struct tail_list *list)
{
    while (list->count > 0)
        tail_file_close(&list->files[--list->count]);
}
