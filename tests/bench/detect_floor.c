/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest daemon that could do the job: detect_floor LOG MAP LINES.
 *
 * Follows LOG by inotify, finds the text of a soft reject, counts by the text of the address, and
 * at ten hits writes the whole map of LINES addresses and what it has banned: to MAP.tmp, fsync,
 * rename, fsync of the directory. It parses nothing carefully and stores nothing else.
 */
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "address.h"

enum { PIECE_BYTES = 1048576, SLOTS = 65536, THRESHOLD = 10 };

static const char mark[] = "Ratelimit \"";
static const char field[] = " ip: ";

struct slot {
    char address[INET6_ADDRSTRLEN];
    unsigned hits;
};

struct floor {
    struct slot slots[SLOTS];
    char buffer[PIECE_BYTES];
    size_t kept;
    char *map;
    size_t map_size;
    size_t map_room;
    const char *path;
    char temporary[PATH_MAX];
    int directory;
};

static void add_line(struct floor *floor, const char *address, size_t size)
{
    while (floor->map_size + size + 1 > floor->map_room) {
        floor->map_room = floor->map_room * 2 + 4096;
        floor->map = realloc(floor->map, floor->map_room);
        if (floor->map == NULL)
            abort();
    }
    memcpy(floor->map + floor->map_size, address, size);
    floor->map[floor->map_size + size] = '\n';
    floor->map_size += size + 1;
}

static void write_map(struct floor *floor)
{
    int fd = open(floor->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    size_t done = 0;

    while (fd >= 0 && done < floor->map_size) {
        ssize_t wrote = write(fd, floor->map + done, floor->map_size - done);
        if (wrote <= 0)
            abort();
        done += (size_t)wrote;
    }
    if (fd < 0 || fsync(fd) != 0 || close(fd) != 0 || rename(floor->temporary, floor->path) != 0 ||
        fsync(floor->directory) != 0)
        abort();
}

static void count(struct floor *floor, const char *address, size_t size)
{
    unsigned hash = 5381;
    struct slot *slot;

    for (size_t i = 0; i < size; i++)
        hash = hash * 33 + (unsigned char)address[i];
    for (slot = &floor->slots[hash % SLOTS];
         slot->hits > 0 &&
         (strlen(slot->address) != size || memcmp(slot->address, address, size) != 0);)
        slot = slot == &floor->slots[SLOTS - 1] ? floor->slots : slot + 1;
    memcpy(slot->address, address, size);
    if (++slot->hits != THRESHOLD)
        return;
    add_line(floor, address, size);
    write_map(floor);
}

/* Whole lines. */
static void scan(struct floor *floor, const char *begin, const char *end)
{
    const char *at = begin;

    while ((at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1)) != NULL) {
        const char *before = memrchr(begin, '\n', (size_t)(at - begin));
        const char *line = before != NULL ? before + 1 : begin;
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        const char *address = memmem(line, (size_t)(line_end - line), field, sizeof(field) - 1);
        const char *comma =
            address != NULL ? memchr(address, ',', (size_t)(line_end - address)) : NULL;

        if (comma != NULL && (size_t)(comma - address) < sizeof(field) + INET6_ADDRSTRLEN - 1)
            count(floor, address + sizeof(field) - 1,
                  (size_t)(comma - address) - (sizeof(field) - 1));
        at = line_end;
    }
}

static void read_more(struct floor *floor, int fd)
{
    ssize_t taken;

    while ((taken = read(fd, floor->buffer + floor->kept, PIECE_BYTES - floor->kept)) > 0) {
        size_t size = floor->kept + (size_t)taken;
        const char *last = memrchr(floor->buffer, '\n', size);
        size_t used = last != NULL ? (size_t)(last + 1 - floor->buffer) : 0;

        scan(floor, floor->buffer, floor->buffer + used);
        floor->kept = size - used < PIECE_BYTES ? size - used : 0;
        memmove(floor->buffer, floor->buffer + used, floor->kept);
    }
}

int main(int argc, char **argv)
{
    static struct floor floor;
    char events[4096], text[INET_ADDRSTRLEN], path[PATH_MAX];
    int fd, watch;
    uint32_t *list;

    if (argc != 4) {
        fprintf(stderr, "usage: detect_floor LOG MAP LINES\n");
        return 2;
    }
    floor.path = argv[2];
    snprintf(floor.temporary, sizeof(floor.temporary), "%s.tmp", floor.path);
    snprintf(path, sizeof(path), "%s", floor.path);
    floor.directory = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    list = address_sorted(0, strtoul(argv[3], NULL, 10));
    for (size_t i = 0; i < strtoul(argv[3], NULL, 10); i++) {
        address_text(list[i], text);
        add_line(&floor, text, strlen(text));
    }
    free(list);
    fd = open(argv[1], O_RDONLY | O_CLOEXEC);
    watch = inotify_init1(IN_CLOEXEC);
    if (fd < 0 || lseek(fd, 0, SEEK_END) < 0 || inotify_add_watch(watch, argv[1], IN_MODIFY) < 0)
        return 1;
    write_map(&floor);
    do
        read_more(&floor, fd);
    while (read(watch, events, sizeof(events)) > 0);
    return 1;
}
