/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of addresses, networks and accounts, see netlist.h.
 */
#include "netlist.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bansync/limits.h>

#define FILE_BYTES_MAX 1048576
#define DAY_S 86400

/* Where something is wrong. */
struct place {
    const char *path;
    size_t line; /* 0: nowhere in particular */
    char *error;
    size_t error_size;
};

static int complain(const struct place *place, const char *what)
{
    if (place->line == 0)
        snprintf(place->error, place->error_size, "%s: %s", place->path, what);
    else
        snprintf(place->error, place->error_size, "%s:%zu: %s", place->path, place->line, what);
    return -1;
}

static struct netlist_mark mark_of(const struct stat *st)
{
    return (struct netlist_mark){
        .device = st->st_dev,
        .inode = st->st_ino,
        .size = (uint64_t)st->st_size,
        .modified_ns = st->st_mtim.tv_sec * 1000000000LL + st->st_mtim.tv_nsec,
        .changed_ns = st->st_ctim.tv_sec * 1000000000LL + st->st_ctim.tv_nsec,
    };
}

static FILE *open_file(const struct place *place, struct netlist_mark *mark)
{
    int fd = open(place->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    FILE *file = NULL;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0) {
        (void)complain(place, strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        (void)complain(place, "it is no regular file");
    } else if (st.st_size > FILE_BYTES_MAX) {
        (void)complain(place, "it is too large: at most 1 MiB");
    } else {
        *mark = mark_of(&st);
        file = fdopen(fd, "r");
        if (file == NULL)
            (void)complain(place, strerror(errno));
    }
    if (file == NULL && fd >= 0)
        close(fd);
    return file;
}

/* The end of the day that is named, or the second. */
static int read_time(const char *text, int64_t *ms)
{
    struct tm fields = {.tm_isdst = 0};
    const char *end = strptime(text, "%Y-%m-%d", &fields);
    int64_t more_s = DAY_S;
    time_t seconds;

    if (end != NULL && *end != '\0') {
        end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &fields);
        more_s = 0;
    }
    if (end == NULL || *end != '\0')
        return -1;
    seconds = timegm(&fields);
    *ms = ((int64_t)seconds + more_s) * 1000;
    return seconds > 0 ? 0 : -1;
}

/* The next word of the line, NULL if there is none. */
static char *take_word(char **rest)
{
    char *word;

    *rest += strspn(*rest, " \t");
    if (**rest == '\0')
        return NULL;
    word = *rest;
    *rest += strcspn(*rest, " \t");
    if (**rest != '\0')
        *(*rest)++ = '\0';
    return word;
}

/* "NET", or "account NAME", whose first word is word. */
static int read_subject(const struct place *place, const char *word, char **rest,
                        struct netlist_entry *entry)
{
    char mistake[CONFIG_MISTAKE_SIZE];
    const char *account;

    *entry = (struct netlist_entry){.until_ms = TIME_NEVER_MS};
    if (strcmp(word, "account") != 0)
        return config_net_parse(word, entry->net, mistake) == 0 ? 0 : complain(place, mistake);
    account = take_word(rest);
    if (account == NULL || strlen(account) >= sizeof(entry->account))
        return complain(place, "behind \"account\" its name is expected, of at most 127 bytes");
    for (const char *byte = account; *byte != '\0'; byte++)
        if ((unsigned char)*byte < 0x20 || *byte == 0x7f)
            return complain(place, "a control character in an account; remove it");
    memcpy(entry->account, account, strlen(account));
    return 0;
}

/* 1: *entry is set; 0: nothing is on the line; -1: a mistake. */
static int read_line(const struct place *place, char *line, struct netlist_entry *entry)
{
    char *rest = line, *word, *time;

    line[strcspn(line, "#\r\n")] = '\0';
    word = take_word(&rest);
    if (word == NULL)
        return 0;
    if (read_subject(place, word, &rest, entry) != 0)
        return -1;
    word = take_word(&rest);
    if (word == NULL)
        return 1;
    time = take_word(&rest);
    if (strcmp(word, "until") != 0 || time == NULL || take_word(&rest) != NULL)
        return complain(place, "behind the network or account nothing is expected, or: until "
                               "2026-12-31");
    if (read_time(time, &entry->until_ms) != 0)
        return complain(place, "the end is not a time; write 2026-12-31 or 2026-12-31T12:00:00Z "
                               "(UTC)");
    return 1;
}

/* 0, or -1 without memory or room. */
static int append(const struct place *place, struct netlist *list,
                  const struct netlist_entry *entry)
{
    struct netlist_entry *grown;

    if (list->count == NEVER_BAN_MAX)
        return complain(place, "too many entries: at most 4096; write wider networks");
    static_assert(NEVER_BAN_MAX == 4096, "the text above");
    grown = realloc(list->list, (list->count + 1) * sizeof(*grown));
    if (grown == NULL)
        return complain(place, "no memory");
    list->list = grown;
    list->list[list->count++] = *entry;
    return 0;
}

static int read_lines(struct place *place, FILE *file, struct netlist *list)
{
    struct netlist_entry entry;
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    int result = 0;

    for (place->line = 1; result >= 0 && (length = getline(&line, &room, file)) >= 0;
         place->line++) {
        if (strlen(line) != (size_t)length)
            result = complain(place, "it holds a NUL byte");
        else
            result = read_line(place, line, &entry);
        if (result > 0)
            result = append(place, list, &entry);
    }
    free(line);
    place->line = 0;
    if (result < 0)
        return -1;
    return ferror(file) ? complain(place, strerror(errno)) : 0;
}

int netlist_read(const char *path, struct netlist *list, struct netlist_mark *mark, char *error,
                 size_t error_size)
{
    struct place place = {path, 0, error, error_size};
    struct netlist found = {.list = NULL};
    FILE *file = open_file(&place, mark);
    int result;

    if (file == NULL)
        return -1;
    result = read_lines(&place, file, &found);
    fclose(file);
    if (result != 0) {
        netlist_free(&found);
        return -1;
    }
    netlist_free(list);
    *list = found;
    return 0;
}

bool netlist_is(const char *path, const struct netlist_mark *mark)
{
    struct netlist_mark now;
    struct stat st;

    if (stat(path, &st) != 0)
        return false;
    now = mark_of(&st);
    return now.device == mark->device && now.inode == mark->inode && now.size == mark->size &&
           now.modified_ns == mark->modified_ns && now.changed_ns == mark->changed_ns;
}

void netlist_free(struct netlist *list)
{
    free(list->list);
    *list = (struct netlist){.list = NULL};
}
