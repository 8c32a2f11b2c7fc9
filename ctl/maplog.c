/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the end of rspamd's log tells of a map, see maplog.h.
 *
 * rspamd says "rereading map file PATH" and then, by the same process and under the same tag, how
 * many elements it has read. Only what stands right behind a header counts: no sender can write
 * there.
 */
#include "maplog.h"

#include <bansync/limits.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "line.h"
#include "memory.h"

static ssize_t read_end(const char *log, char *bytes, size_t size);
static void take_line(struct maplog *maplog, const char *map, const char *line, size_t length);
static bool tells_of(const char *text, size_t length, const char *map);
static struct maplog_reader *reader_of(struct maplog *maplog, uint32_t pid, bool make);
static uint64_t hash_of(struct line_text text);
static bool elements_of(const char *text, size_t length, int64_t *elements);

int maplog_read(const char *log, const char *map, struct maplog *maplog)
{
    *maplog = (struct maplog){.count = 0};
    char *bytes = malloc(MAPLOG_BYTES_MAX);
    if (!bytes)
        memory_exhausted();
    ssize_t size = read_end(log, bytes, MAPLOG_BYTES_MAX);
    const char *line = bytes, *end = bytes + (size > 0 ? size : 0);
    while (line < end) {
        const char *feed = memchr(line, '\n', (size_t)(end - line));
        if (!feed)
            break;
        take_line(maplog, map, line, (size_t)(feed - line));
        line = feed + 1;
    }
    int error = errno;
    free(bytes);
    errno = error;
    return size < 0 ? -1 : 0;
}

static ssize_t read_end(const char *log, char *bytes, size_t size)
{
    struct stat file;
    size_t used = 0;
    int fd = open(log, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -1;
    off_t at = fstat(fd, &file) == 0 && file.st_size > (off_t)size ? file.st_size - (off_t)size : 0;
    ssize_t taken = 0;
    while (used < size && (taken = pread(fd, bytes + used, size - used, at + (off_t)used)) > 0)
        used += (size_t)taken;
    int error = errno;
    close(fd);
    errno = error;
    return taken < 0 ? -1 : (ssize_t)used;
}

static void take_line(struct maplog *maplog, const char *map, const char *line, size_t length)
{
    static char scratch[LINE_BYTES_MAX];
    static const char module[] = ">; map; ";
    struct line read;
    if (length > LINE_BYTES_MAX || memmem(line, length, "; map; ", 7) == NULL)
        return;
    line_read(line, length, scratch, &read);
    if (!read.has_header || read.task.pid == 0 || read.task.tag.length == 0)
        return;
    const char *text = read.task.tag.bytes + read.task.tag.length;
    if (text < line || text >= line + length)
        return; /* of log_json */
    size_t left = (size_t)(line + length - text);
    if (left < sizeof(module) || memcmp(text, module, sizeof(module) - 1) != 0)
        return;
    text += sizeof(module) - 1;
    left -= sizeof(module) - 1;
    bool is_start = memmem(text, left, "added map ", 10) != NULL && tells_of(text, left, map);
    bool is_read =
        memmem(text, left, "rereading map file ", 19) != NULL && tells_of(text, left, map);
    if (is_start)
        *maplog = (struct maplog){.count = 0}; /* all processes begin anew */
    struct maplog_reader *reader = reader_of(maplog, read.task.pid, is_start || is_read);
    if (!reader)
        return;
    if (is_start || is_read) {
        reader->tag = hash_of(read.task.tag);
        reader->is_parent = is_start;
        reader->is_next = true;
    } else if (reader->is_next && reader->tag == hash_of(read.task.tag) &&
               elements_of(text, left, &reader->elements)) {
        reader->has_count = true;
        reader->is_next = false;
        maplog->has_children |= !reader->is_parent;
    }
}

/* The path ends the text. */
static bool tells_of(const char *text, size_t length, const char *map)
{
    size_t path = strlen(map);
    return length > path && memcmp(text + length - path, map, path) == 0 &&
           text[length - path - 1] == ' ';
}

static struct maplog_reader *reader_of(struct maplog *maplog, uint32_t pid, bool make)
{
    for (size_t i = 0; i < maplog->count; i++) {
        if (maplog->readers[i].pid == pid)
            return &maplog->readers[i];
    }
    if (!make || maplog->count == MAPLOG_READERS_MAX)
        return NULL;
    maplog->readers[maplog->count] = (struct maplog_reader){.pid = pid};
    return &maplog->readers[maplog->count++];
}

/* FNV-1a: tags are told apart, nobody chooses them. */
static uint64_t hash_of(struct line_text text)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < text.length; i++)
        hash = (hash ^ (unsigned char)text.bytes[i]) * 0x100000001b3;
    return hash;
}

/* "rspamd_radix_fin: read radix trie of 3 elements: ..." */
static bool elements_of(const char *text, size_t length, int64_t *elements)
{
    static const char before[] = "read radix trie of ";
    const char *at = memmem(text, length, before, sizeof(before) - 1);
    if (!at)
        return false;
    int64_t number = 0;
    const char *digit = at + sizeof(before) - 1;
    while (digit < text + length && *digit >= '0' && *digit <= '9' && number < MAP_ENTRIES_MAX)
        number = number * 10 + (*digit++ - '0');
    *elements = number;
    return digit < text + length && *digit == ' ';
}
