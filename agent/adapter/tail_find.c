/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks for log files that no longer bear the name.
 *
 * One walk over the directories, shown to a visitor that keeps the file it likes best.
 * Does not: keep anything between two searches: they are as rare as rotations.
 */
#include "tail_find.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Entries looked at in one directory; /var/log has hundreds. */
#define ENTRIES_MAX 65536

#define GZ ".gz"

struct search {
    const struct tail_cursor *cursor;
    struct tail_age after;   /* younger: only beyond this */
    struct tail_age age;     /* younger: of found */
    struct tail_file *found; /* open */
};

/* One directory entry that is a regular file. */
struct entry {
    int directory_fd;
    char name[NAME_MAX + 1];
    bool is_gz;
    const char *log_name; /* the name rotation starts from */
    struct stat st;
};

typedef void visit_fn(struct search *search, const struct entry *entry);

/* Is the rest of a rotated name made of digits and separators? */
static bool is_rotation_mark(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] == '\0' || strchr("0123456789.-_:", bytes[i]) == NULL)
            return false;
    return length > 0;
}

/* Length of the name without ".gz". */
static size_t plain_length(const char *name)
{
    size_t length = strlen(name), suffix = strlen(GZ);

    return length > suffix && strcmp(name + length - suffix, GZ) == 0 ? length - suffix : length;
}

static bool is_rotated_name(const char *name, const char *log_name)
{
    const char *extension = strrchr(log_name, '.');
    size_t length = plain_length(name), log_length = strlen(log_name);
    size_t stem, tail;

    if (strncmp(name, log_name, log_length) == 0)
        return is_rotation_mark(name + log_length, length - log_length);
    if (extension == NULL)
        return false;
    tail = strlen(extension);
    stem = log_length - tail;
    return length > log_length && strncmp(name, log_name, stem) == 0 &&
           strncmp(name + length - tail, extension, tail) == 0 &&
           is_rotation_mark(name + stem, length - log_length);
}

static struct tail_file *open_entry(const struct entry *entry)
{
    return entry->is_gz ? tail_file_open_gz(entry->directory_fd, entry->name, O_NOFOLLOW)
                        : tail_file_open(entry->directory_fd, entry->name, O_NOFOLLOW);
}

/* Opens the entry and keeps it if it is the cursor's content. */
static void take(struct search *search, const struct entry *entry)
{
    search->found = open_entry(entry);
    if (search->found != NULL && !tail_file_resume(search->found, search->cursor))
        tail_file_close(&search->found);
}

static void visit_inode(struct search *search, const struct entry *entry)
{
    if (search->found == NULL && entry->st.st_ino == search->cursor->inode)
        take(search, entry);
    if (search->found != NULL && !tail_file_was(search->found, search->cursor))
        tail_file_close(&search->found);
}

static void visit_copy(struct search *search, const struct entry *entry)
{
    if (search->found == NULL && is_rotated_name(entry->name, entry->log_name) &&
        (entry->is_gz || (uint64_t)entry->st.st_size >= search->cursor->offset))
        take(search, entry);
}

static struct tail_age age_of(const struct stat *st)
{
    struct tail_age age = {
        .modified_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
        .inode = st->st_ino,
    };
    return age;
}

static bool is_younger(const struct tail_age *age, const struct tail_age *than)
{
    return age->modified_ns > than->modified_ns ||
           (age->modified_ns == than->modified_ns && age->inode > than->inode);
}

static void visit_younger(struct search *search, const struct entry *entry)
{
    struct tail_age age = age_of(&entry->st);
    struct tail_file *file;

    if (!is_rotated_name(entry->name, entry->log_name) || !is_younger(&age, &search->after) ||
        (search->found != NULL && !is_younger(&search->age, &age)))
        return;
    file = open_entry(entry);
    if (file == NULL)
        return; /* unreadable: as if it were not there */
    tail_file_close(&search->found);
    search->found = file;
    search->age = age;
}

static bool is_file(struct entry *entry)
{
    return fstatat(entry->directory_fd, entry->name, &entry->st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(entry->st.st_mode);
}

/* Takes the file of this name; of a file and its compressed form the file while it is there, for
 * only when it is gone the other is whole. False: neither is a regular file. */
static bool take_name(struct entry *entry, const char *name)
{
    size_t length = plain_length(name);

    snprintf(entry->name, sizeof(entry->name), "%.*s", (int)length, name);
    entry->is_gz = false;
    if (is_file(entry))
        return true;
    if (length + strlen(GZ) >= sizeof(entry->name))
        return false;
    memcpy(entry->name + length, GZ, sizeof(GZ));
    entry->is_gz = true;
    return is_file(entry);
}

static void walk_directory(const char *directory, const char *log_name, visit_fn *visit,
                           struct search *search)
{
    DIR *stream = opendir(directory);
    struct entry entry = {.log_name = log_name};
    const struct dirent *item;

    if (stream == NULL)
        return;
    entry.directory_fd = dirfd(stream);
    for (size_t i = 0; i < ENTRIES_MAX && (item = readdir(stream)) != NULL; i++)
        if ((item->d_type == DT_REG || item->d_type == DT_UNKNOWN) &&
            take_name(&entry, item->d_name))
            visit(search, &entry);
    closedir(stream);
}

static void walk_beside(const char *path, visit_fn *visit, struct search *search)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path);

    if (length >= sizeof(directory))
        return;
    memcpy(directory, path, length);
    directory[length] = '\0';
    if (length == 0)
        memcpy(directory, slash == NULL ? "." : "/", 2);
    walk_directory(directory, slash == NULL ? path : slash + 1, visit, search);
}

static void walk(const char *path, visit_fn *visit, struct search *search)
{
    char target[PATH_MAX];
    struct stat st;

    walk_beside(path, visit, search);
    if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode) && realpath(path, target) != NULL)
        walk_beside(target, visit, search);
}

struct tail_age tail_file_age(const struct tail_file *file)
{
    struct tail_age age = {.modified_ns = INT64_MAX}; /* unknown: nothing is younger */
    struct stat st;

    if (fstat(file->fd, &st) == 0)
        age = age_of(&st);
    age.inode = 0;
    return age;
}

struct tail_file *tail_find_cursor(const char *path, const struct tail_cursor *cursor)
{
    struct search search = {.cursor = cursor};

    walk(path, visit_inode, &search);
    return search.found != NULL ? search.found : tail_find_copy(path, cursor);
}

struct tail_file *tail_find_copy(const char *path, const struct tail_cursor *cursor)
{
    struct search search = {.cursor = cursor};

    if (cursor->head_bytes >= TAIL_HEAD_BYTES_MIN)
        walk(path, visit_copy, &search);
    return search.found;
}

struct tail_file *tail_find_younger(const char *path, struct tail_age *age)
{
    struct search search = {.after = *age};

    walk(path, visit_younger, &search);
    if (search.found != NULL)
        *age = search.age;
    return search.found;
}
