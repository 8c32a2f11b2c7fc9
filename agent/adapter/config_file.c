/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of the configuration: which they are, in which order, and how they are opened.
 *
 * Does not: read them.
 */
#include "config_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *beside(const char *path, const char *name);
static void list_directory(struct config_files *files, const char *directory,
                           struct config_mistakes *mistakes);
static bool is_wanted(const char *name);
static int compare(const void *a, const void *b);

void config_files_find(struct config_files *files, const char *path,
                       struct config_mistakes *mistakes)
{
    *files = (struct config_files){0};
    char *main_path = strdup(path);
    char *directory = beside(path, "conf.d");
    if (!main_path || !directory) {
        free(main_path);
        config_mistakes_add(mistakes, (struct config_place){path, 0}, "no memory; free some");
    } else {
        files->paths[files->count++] = main_path;
        list_directory(files, directory, mistakes);
        qsort(files->paths + 1, files->count - 1, sizeof files->paths[0], compare);
    }
    free(directory);
}

void config_files_free(struct config_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->paths[i]);
    *files = (struct config_files){0};
}

/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
FILE *config_file_open(const char *path, struct config_mistakes *mistakes)
{
    struct config_place place = {path, 0};
    struct stat status;
    FILE *stream = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &status))
        config_mistakes_add(mistakes, place, "cannot be opened: %s; check the path and its mode",
                            strerror(errno));
    else if (!S_ISREG(status.st_mode))
        config_mistakes_add(mistakes, place, "is %s; name a regular file",
                            S_ISDIR(status.st_mode) ? "a directory" : "no regular file");
    else if (!(stream = fdopen(fd, "r")))
        config_mistakes_add(mistakes, place, "cannot be read: %s; free some memory",
                            strerror(errno));
    if (!stream && fd >= 0)
        close(fd);
    return stream;
}

/* The path of name in the directory of path, in new memory. */
static char *beside(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    size_t directory_length = slash ? (size_t)(slash - path) + 1 : 0;
    size_t size = directory_length + strlen(name) + 1;
    char *joined = malloc(size);
    if (joined)
        snprintf(joined, size, "%.*s%s", (int)directory_length, path, name);
    return joined;
}

static void list_directory(struct config_files *files, const char *directory,
                           struct config_mistakes *mistakes)
{
    struct config_place place = {directory, 0};
    DIR *stream = opendir(directory);
    if (!stream) {
        if (errno != ENOENT)
            config_mistakes_add(mistakes, place,
                                "cannot be listed: %s; make it a directory that "
                                "the agent may read",
                                strerror(errno));
        return;
    }
    for (struct dirent *entry; (entry = readdir(stream));) {
        if (!is_wanted(entry->d_name))
            continue;
        if (files->count == CONFIG_FILES_MAX) {
            config_mistakes_add(mistakes, place, "over %d files; join some", CONFIG_FILES_MAX);
            break;
        }
        char *path = NULL;
        if (asprintf(&path, "%s/%s", directory, entry->d_name) < 0) {
            config_mistakes_add(mistakes, place, "no memory; free some");
            break;
        }
        files->paths[files->count++] = path;
    }
    closedir(stream);
}

static bool is_wanted(const char *name)
{
    static const char ending[] = ".conf";
    size_t length = strlen(name);
    return name[0] != '.' && length >= sizeof ending &&
           strcmp(name + length - (sizeof ending - 1), ending) == 0;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}
