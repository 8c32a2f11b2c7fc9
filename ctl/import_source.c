/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a list to be imported comes from, see import_source.h.
 *
 * A database of fail2ban is read by a program of its own: SQLite would make each start of banctl a
 * fifth longer, and a file that somebody else wrote is best read by who can do nothing else.
 */
#include "import_source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bansync/limits.h>

#include "escape.h"
#include "import_wrong.h"
#include "logfile.h"
#include "memory.h"

/* As seen from the folder of this program. */
#define HELPER "../libexec/bansync/fail2ban-bans"
enum { HELPER_NO_JAIL = 2 }; /* its exit code: there is no ban of that jail */

struct text {
    char *bytes; /* owned */
    size_t size, room;
};

typedef int reader(const char *bytes, size_t size, struct import_list *list,
                   struct failure *failure);

static int read_guessed(reader *read, const char *guess, const struct text *text,
                        struct import_list *list, struct failure *failure);
static int read_file(const char *path, struct text *text, struct failure *failure);
static int read_fail2ban(const char *path, const char *jail, struct text *text,
                         struct failure *failure);
static int helper_path(char path[PATH_MAX], struct failure *failure);
static pid_t start(const char *helper, const char *path, const char *jail, int fd);
static int collect(int fd, struct text *text);
static int helper_failed(const char *path, int status, const struct text *text,
                         struct failure *failure);
static bool is_database(const struct text *text);
static void reserve(struct text *text);
static int unreadable(const char *path, int error, struct failure *failure);
static int too_large(const char *path, struct failure *failure);

int import_source_read(const char *path, const char *jail, enum import_format *format,
                       struct import_list *list, struct failure *failure)
{
    struct text text = {.bytes = NULL};
    bool is_guessed = *format == IMPORT_AUTO;
    int result = 0;
    if (*format != IMPORT_FAIL2BAN)
        result = read_file(path, &text, failure);
    if (result == 0 && is_guessed)
        *format = import_format_of(text.bytes, text.size);
    if (result == 0 && is_guessed && *format != IMPORT_FAIL2BAN)
        result = import_wrong_file(path, text.bytes, text.size, failure);
    if (result == 0 && *format == IMPORT_FAIL2BAN)
        result = read_fail2ban(path, jail, &text, failure);
    else if (result == 0 && jail)
        result = failure_set(failure, "usage", EXIT_USAGE,
                             "--jail is for a database of fail2ban, which %s is not", path);
    if (result == 0 && *format == IMPORT_MAP)
        import_read_map(text.bytes, text.size, list);
    else if (result == 0 && *format == IMPORT_PLAIN)
        import_read_plain(text.bytes, text.size, list);
    else if (result == 0 && *format == IMPORT_JSON)
        result = read_guessed(import_read_json, is_guessed ? "JSON" : NULL, &text, list, failure);
    else if (result == 0)
        result = read_guessed(import_read_csv, is_guessed ? "CSV" : NULL, &text, list, failure);
    free(text.bytes);
    if (result == 0 && list->is_full)
        result = too_large(path, failure);
    return result;
}

void import_source_name(const char *path, const char *jail, enum import_format format,
                        char name[IMPORT_SOURCE_NAME_SIZE])
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    char text[2 * NAME_MAX + 64], harmless[4 * sizeof(text) + 1];
    size_t used = 0, next;
    if (strcmp(path, "-") == 0)
        snprintf(text, sizeof(text), "standard input (%s)", import_format_names[format]);
    else
        snprintf(text, sizeof(text), "%s%s%s%s", base, jail ? " (jail " : "", jail ? jail : "",
                 jail ? ")" : "");
    escape_text(text, strlen(text), ESCAPE_TERMINAL, harmless);
    while ((next = escape_next(harmless + used)) > 0 && used + next < IMPORT_SOURCE_NAME_SIZE)
        used += next;
    snprintf(name, IMPORT_SOURCE_NAME_SIZE, "%.*s", (int)used, harmless);
}

/* guess: what the text was taken for, NULL if its reader was named. */
static int read_guessed(reader *read, const char *guess, const struct text *text,
                        struct import_list *list, struct failure *failure)
{
    int result = read(text->bytes, text->size, list, failure);
    if (result < 0 && guess)
        import_wrong_guess(guess, failure);
    return result;
}

/* Of a database only the beginning. */
static int read_file(const char *path, struct text *text, struct failure *failure)
{
    struct logfile *file = logfile_open(path);
    ssize_t got = file ? 1 : -1;
    while (got > 0 && text->size <= IMPORT_BYTES_MAX && !is_database(text)) {
        reserve(text);
        got = logfile_read(file, text->bytes + text->size, LOGFILE_READ_BYTES_MAX);
        text->size += got > 0 ? (size_t)got : 0;
    }
    int error = errno;
    logfile_close(&file);
    if (got < 0)
        return unreadable(path, error, failure);
    return text->size > IMPORT_BYTES_MAX ? too_large(path, failure) : 0;
}

static int read_fail2ban(const char *path, const char *jail, struct text *text,
                         struct failure *failure)
{
    char helper[PATH_MAX];
    int fds[2];
    int status = 0;
    text->size = 0;
    if (strcmp(path, "-") == 0) {
        failure_set(failure, "unreadable", EXIT_USAGE,
                    "a database of fail2ban cannot be read from standard input");
        return failure_hint(failure, "name its file, as /var/lib/fail2ban/fail2ban.sqlite3");
    }
    if (helper_path(helper, failure) < 0)
        return -1;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return unreadable(path, errno, failure);
    pid_t child = start(helper, path, jail, fds[1]);
    close(fds[1]);
    if (child < 0) {
        close(fds[0]);
        return failure_set(failure, "internal", EXIT_INTERNAL, "cannot run %s: %s", helper,
                           strerror(errno));
    }
    int result = collect(fds[0], text);
    close(fds[0]); /* who still writes ends */
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (result < 0)
        return too_large(path, failure);
    return status == 0 ? 0 : helper_failed(path, status, text, failure);
}

static int helper_path(char path[PATH_MAX], struct failure *failure)
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - sizeof(HELPER));
    if (length <= 0)
        return failure_set(failure, "internal", EXIT_INTERNAL, "cannot read /proc/self/exe: %s",
                           strerror(errno));
    path[length] = '\0';
    memcpy(strrchr(path, '/') + 1, HELPER, sizeof(HELPER));
    return 0;
}

/* Its arguments are the file and, unless NULL, the jail; both of its outputs are fd. */
static pid_t start(const char *helper, const char *path, const char *jail, int fd)
{
    char *argv[] = {(char *)helper, (char *)path, (char *)jail, NULL};
    char *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;
    errno = posix_spawn_file_actions_init(&actions);
    if (errno == 0)
        errno = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (errno == 0)
        errno = posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
    if (errno == 0)
        errno = posix_spawn_file_actions_adddup2(&actions, fd, STDERR_FILENO);
    if (errno == 0)
        errno = posix_spawn(&child, helper, &actions, NULL, argv, environment);
    int error = errno;
    posix_spawn_file_actions_destroy(&actions);
    errno = error;
    return error == 0 ? child : -1;
}

static int collect(int fd, struct text *text)
{
    ssize_t got = 1;
    while (got > 0 && text->size <= IMPORT_BYTES_MAX) {
        reserve(text);
        do {
            got = read(fd, text->bytes + text->size, LOGFILE_READ_BYTES_MAX);
        } while (got < 0 && errno == EINTR);
        text->size += got > 0 ? (size_t)got : 0;
    }
    return text->size > IMPORT_BYTES_MAX ? -1 : 0;
}

/* Its last line says why. */
static int helper_failed(const char *path, int status, const struct text *text,
                         struct failure *failure)
{
    size_t end = text->size;
    while (end > 0 && text->bytes[end - 1] == '\n')
        end--;
    size_t begin = end;
    while (begin > 0 && text->bytes[begin - 1] != '\n')
        begin--;
    int length = (int)(end - begin < 200 ? end - begin : 200);
    if (WIFEXITED(status) && WEXITSTATUS(status) == HELPER_NO_JAIL)
        return failure_set(failure, "unknown_jail", EXIT_USAGE, "%s: %.*s", path, length,
                           text->bytes + begin);
    failure_set(failure, "unreadable", EXIT_USAGE, "cannot read %s as a database of fail2ban: %.*s",
                path, length, text->bytes + begin);
    return failure_hint(failure, "while fail2ban runs a copy may be better:  sqlite3 FILE "
                                 "\".backup COPY\"");
}

static bool is_database(const struct text *text)
{
    return text->size >= 16 && import_format_of(text->bytes, 16) == IMPORT_FAIL2BAN;
}

/* Room for one more read. */
static void reserve(struct text *text)
{
    if (text->room - text->size >= LOGFILE_READ_BYTES_MAX)
        return;
    text->room = 2 * text->room + LOGFILE_READ_BYTES_MAX;
    text->bytes = realloc(text->bytes, text->room);
    if (!text->bytes)
        memory_exhausted();
}

static int unreadable(const char *path, int error, struct failure *failure)
{
    return failure_set(failure, "unreadable", EXIT_USAGE, "cannot read %s: %s", path,
                       error == EBADMSG ? "what gzip made of it is damaged" : strerror(error));
}

static int too_large(const char *path, struct failure *failure)
{
    failure_set(failure, "too_large", EXIT_USAGE,
                "%s has over %d entries or %d MiB: nothing was imported", path, IMPORT_ENTRIES_MAX,
                IMPORT_BYTES_MAX / 1048576);
    return failure_hint(failure, "divide it, as with split -l 500000");
}
