/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows one log file through its rotations.
 *
 * A file that lost the name is read on for TAIL_KEEP_MS, as a writer may not have noticed yet. The
 * position is that of the first file in the list that can be found again: what is behind it is read
 * twice after a crash, which is harmless, and nothing is left out. inotify only says when to look;
 * what to do is found by looking, so a lost or merged event costs a second at most.
 * Does not: read files that went to another directory, or were compressed by other than gzip.
 */
#include "tail.h"

#include "clock.h"
#include "tail_file.h"
#include "tail_find.h"
#include "tail_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tail {
    char *path;
    char *directory;
    struct tail_list list;
    struct tail_cursor wanted; /* given at open, until its file or another with the name is found */
    bool wanting;
    bool switching;          /* files written before the one with the name are still to be found */
    struct tail_age between; /* how far they are in the list */
    int name_errno;          /* why the name cannot be opened; 0: it is open */
    const struct tail_file *reading; /* during a tail_read: the file whose lines are handed out */
    struct tail_stats stats;
    char buffer[TAIL_BUFFER_BYTES];
};

static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Follows the rotated files younger than *age, oldest first, in front of the last `behind` files of
 * the list; counts them in *count and moves *age on. named: the file with the name now, which is
 * not one of them (NULL: none). False: not all fit. */
static bool follow_younger(struct tail *tail, struct tail_age *age, size_t behind,
                           const struct tail_file *named, uint64_t *count)
{
    struct tail_age reached = *age;
    struct tail_file *file;

    while ((file = tail_find_younger(tail->path, &reached)) != NULL) {
        if (tail_list_find(&tail->list, &file->cursor) < tail->list.count ||
            (named != NULL && tail_file_same(file, named)) ||
            tail_list_has_content(&tail->list, file)) {
            tail_file_close(&file);
        } else {
            tail_list_resume(&tail->list, file);
            if (!tail_list_insert(&tail->list, tail->list.count - behind, file))
                return false;
            (*count)++;
        }
        *age = reached;
    }
    return true;
}

/* Follows all of those behind tail->between. */
static bool follow_rotated(struct tail *tail, const struct tail_file *named)
{
    tail->switching = !follow_younger(tail, &tail->between, 0, named, &tail->stats.rotations);
    return !tail->switching;
}

/* Goes over to the file that took the name, and to those that had it in between. False: not all
 * fits; the next call goes on where this one stopped. */
static bool switch_over(struct tail *tail, struct tail_file *named)
{
    size_t index = tail_list_find(&tail->list, &named->cursor);

    if (index < tail->list.count) { /* a kept file was given the name back */
        tail_list_name(&tail->list, index);
        tail_file_close(&named);
        tail->switching = false;
        tail->stats.rotations++;
        return true;
    }
    if (!tail->switching) {
        tail->between = tail_file_age(tail_list_last(&tail->list));
        tail->switching = true;
    }
    if (!follow_rotated(tail, named)) {
        tail_file_close(&named);
        return false;
    }
    tail_list_resume(&tail->list, named);
    if (!tail_list_insert(&tail->list, tail->list.count, named))
        return false;
    tail->stats.rotations++;
    return true;
}

/* The cursor's file is gone, and how old it was is not known: what was rotated after it is among
 * the files written last within the longest window. Those read before are read again, as a crash
 * would have it; of older ones no line counts any more. */
static void look_back(struct tail *tail)
{
    const int64_t ns_per_ms = 1000000;

    tail->between.modified_ns = (clock_wall_ms() - WINDOW_MS_MAX) * ns_per_ms;
    tail->between.inode = 0;
    tail->switching = true;
}

/* Looks for the wanted cursor's file and puts it into the list. Returns named, or NULL if that is
 * the file. */
static struct tail_file *begin_at_cursor(struct tail *tail, struct tail_file *named)
{
    const bool truncated = named != NULL && tail_file_was(named, &tail->wanted);
    struct tail_file *file;

    if (truncated) {
        if (tail_file_resume(named, &tail->wanted)) {
            tail_list_insert(&tail->list, 0, named);
            tail->wanting = false;
            return NULL;
        }
        tail->stats.truncated++;
    }
    file = tail_find_cursor(tail->path, &tail->wanted);
    if (file != NULL) {
        tail_list_insert(&tail->list, 0, file);
        tail->between = tail_file_age(file);
        tail->switching = true; /* even if nothing has the name now */
    } else if (named != NULL) {
        look_back(tail);
        tail->stats.gone += !truncated && tail->wanted.inode != 0;
    }
    /* Nothing there: the cursor may still come true. */
    tail->wanting = file == NULL && named == NULL;
    return named;
}

/* Looks which file has the name, and follows it. False: there are more files than can be open; read
 * some to their end. */
static bool look(struct tail *tail)
{
    struct tail_file *last = tail_list_last(&tail->list);
    struct tail_file *named;
    struct stat st;

    if (last != NULL && stat(tail->path, &st) == 0 && tail_file_is(last, &st)) {
        if (tail->list.watch.directory < 0)
            tail_watch_directory(&tail->list.watch, tail->directory);
        tail->name_errno = 0;
        return true;
    }
    /* It may be another directory, too. Before the name is opened, so that no change is missed. */
    tail_watch_directory(&tail->list.watch, tail->directory);
    named = tail_file_open(AT_FDCWD, tail->path, 0);
    tail->name_errno = named == NULL ? errno : 0;
    if (tail->wanting)
        named = begin_at_cursor(tail, named);
    last = tail_list_last(&tail->list);
    if (named == NULL)
        return !tail->switching || follow_rotated(tail, NULL);
    if (last != NULL ? !tail_file_same(last, named) : tail->switching)
        return switch_over(tail, named);
    if (last == NULL)
        tail_list_insert(&tail->list, 0, named);
    else
        tail_file_close(&named); /* it came back in between */
    tail->switching = false;
    return true;
}

/* The file has another content now. copytruncate: the rest of the old one may be in a copy, and
 * what came and went since in younger copies. */
static void begin_again(struct tail *tail, size_t index)
{
    struct tail_file *file = tail->list.files[index];
    struct tail_file *copy = NULL;
    struct tail_age age;

    if (file == tail_list_last(&tail->list))
        copy = tail_find_copy(tail->path, &file->cursor);
    tail->stats.truncated++;
    tail_file_restart(file);
    if (copy == NULL)
        return;
    age = tail_file_age(copy);
    if (tail_list_find(&tail->list, &copy->cursor) < tail->list.count)
        tail_file_close(&copy);
    else if (tail_list_insert(&tail->list, index, copy))
        follow_younger(tail, &age, 1, file, &tail->stats.truncated);
}

/* Reads one file. Returns true if more is waiting; *error is set if it cannot be read. */
static bool read_file(struct tail *tail, size_t index, struct tail_pass *pass, int *error)
{
    tail->reading = tail->list.files[index];
    switch (tail_file_read(tail->list.files[index], pass)) {
    case TAIL_FILE_END:
        return false;
    case TAIL_FILE_MORE:
        return true;
    case TAIL_FILE_REPLACED:
        begin_again(tail, index);
        return true;
    case TAIL_FILE_FAILED:
        *error = errno;
        return false;
    }
    return false;
}

/* What a compressed file could not give is counted once, when nothing more can come. */
static void note_damage(struct tail *tail)
{
    int64_t now_ms = clock_monotonic_ms();

    for (size_t i = 0; i < tail->list.count; i++) {
        struct tail_file *file = tail->list.files[i];

        if (file->told || !tail_file_is_damaged(file, now_ms))
            continue;
        file->told = true;
        tail->stats.damaged++;
        snprintf(tail->stats.damaged_name, sizeof(tail->stats.damaged_name), "%s", file->name);
    }
}

/* An error is counted when it comes, not each time it is met again. Between rename and create the
 * log is missing in every rotation; while the old file is read on that is none. */
static void note_error(struct tail *tail, int error)
{
    bool rotating = error == ENOENT && tail->list.count > 0;

    if (error != 0 && error != tail->stats.last_errno && !rotating)
        tail->stats.errors++;
    tail->stats.last_errno = error;
}

struct tail *tail_open(const char *path, const struct tail_cursor *cursor, bool from_beginning)
{
    struct tail *tail = calloc(1, sizeof(*tail));

    if (tail == NULL)
        return NULL;
    tail_watch_open(&tail->list.watch);
    tail->path = strdup(path);
    tail->directory = directory_of(path);
    if (tail->path == NULL || tail->directory == NULL) {
        tail_close(&tail);
        return NULL;
    }
    tail->wanting = cursor != NULL;
    if (cursor != NULL)
        tail->wanted = *cursor;
    look(tail);
    if (cursor == NULL && !from_beginning && tail->list.count > 0)
        tail_file_to_end(tail_list_last(&tail->list), tail->buffer);
    note_error(tail, tail->name_errno);
    return tail;
}

void tail_close(struct tail **tail)
{
    int error = errno;

    if (*tail == NULL)
        return;
    tail_list_clear(&(*tail)->list);
    tail_watch_close(&(*tail)->list.watch);
    free((*tail)->directory);
    free((*tail)->path);
    free(*tail);
    *tail = NULL;
    errno = error;
}

int tail_fd(const struct tail *tail)
{
    return tail->list.watch.fd;
}

bool tail_read(struct tail *tail, size_t budget_bytes, const struct tail_reader *reader)
{
    struct tail_pass pass = {
        .buffer = tail->buffer,
        .budget = budget_bytes,
        .reader = reader,
    };
    bool waiting = false, fits;
    int error = 0;

    tail_watch_begin(&tail->list.watch);
    tail_list_watch(&tail->list);
    fits = look(tail);
    /* Before the kept files are read: while that takes several calls the log may be truncated more
     * than once. */
    if (tail->list.count > 1 && tail_file_check(tail_list_last(&tail->list)) == TAIL_FILE_REPLACED)
        begin_again(tail, tail->list.count - 1);
    for (size_t i = 0; i < tail->list.count && !waiting; i++)
        waiting = read_file(tail, i, &pass, &error);
    tail->stats.too_long += pass.too_long;
    note_damage(tail);
    tail_list_expire(&tail->list);
    note_error(tail, tail->name_errno != 0 ? tail->name_errno : error);
    return waiting || !fits;
}

/* A file without any name cannot be found again, though perhaps what it was compressed to. */
static bool is_finished(const struct tail_file *file)
{
    struct stat st;

    return fstat(file->fd, &st) != 0 || (st.st_nlink == 0 && tail_file_is_drained(file));
}

void tail_position(const struct tail *tail, struct tail_cursor *cursor)
{
    const struct tail_list *list = &tail->list;
    size_t i = 0;

    while (i + 1 < list->count && is_finished(list->files[i]))
        i++;
    *cursor = list->count > 0 ? list->files[i]->cursor : tail->wanted;
}

void tail_line_position(const struct tail *tail, const struct tail_line *line,
                        struct tail_cursor *cursor)
{
    const struct tail_cursor *reading = &tail->reading->cursor;

    tail_position(tail, cursor);
    if (cursor->device == reading->device && cursor->inode == reading->inode)
        cursor->offset = line->offset;
}

void tail_statistics(const struct tail *tail, struct tail_stats *stats)
{
    *stats = tail->stats;
    stats->watch_errno = tail->list.watch.error;
}
