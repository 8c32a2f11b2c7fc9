/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks at a map a thousand times a second, as an unforgiving rspamd would.
 *
 * usage: map_watch MAP FOREIGN|- ALWAYS|-
 *   MAP must always be a regular file that ends with a line feed, and either begin with our header,
 *   with canonical prefixes in ascending order behind it, or be byte for byte the file FOREIGN.
 *   The prefixes of the file ALWAYS, one a line, must always be covered by its entries.
 *
 * Prints "watching" once it looked for the first time. Ends on SIGTERM with the number of looks and
 * reads and exit code 0, or with the first violation and exit code 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "map.h"
#include "map_read.h"

#define LOOK_NS 1000000

struct text {
    char *bytes;
    size_t size;
};

static volatile sig_atomic_t ended;

static void end(int number)
{
    (void)number;
    ended = 1;
}

static int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int complain(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    printf("VIOLATION: ");
    vprintf(format, values);
    putchar('\n');
    va_end(values);
    return -1;
}

static int read_all(int fd, struct text *text)
{
    size_t room = 65536;
    ssize_t got;

    *text = (struct text){malloc(room), 0};
    while (text->bytes != NULL &&
           (got = read(fd, text->bytes + text->size, room - text->size)) > 0) {
        text->size += (size_t)got;
        if (text->size == room)
            text->bytes = realloc(text->bytes, room *= 2);
    }
    return text->bytes != NULL ? 0 : -1;
}

static struct text read_file(const char *path)
{
    struct text text = {NULL, 0};
    int fd = strcmp(path, "-") != 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    if (strcmp(path, "-") == 0)
        return text;
    if (fd < 0 || read_all(fd, &text) != 0) {
        perror(path);
        exit(2);
    }
    close(fd);
    return text;
}

/* Every line behind the header is the canonical text of a prefix, and all are ascending. */
static int check_lines(const char *line, size_t left)
{
    struct addr addr, previous = {0};

    while (left > 0) {
        const char *stop = memchr(line, '\n', left);
        size_t size = stop != NULL ? (size_t)(stop - line) : left;
        char text[ADDR_TEXT_SIZE];

        if (stop == NULL)
            return complain("no line feed behind \"%.*s\"", (int)size, line);
        if (addr_parse(line, size, false, &addr) != 0)
            return complain("no prefix: \"%.*s\"", (int)size, line);
        if (addr_print(&addr, text) != size || memcmp(text, line, size) != 0)
            return complain("not canonical: \"%.*s\"", (int)size, line);
        if (previous.kind != 0 && addr_compare(&previous, &addr) >= 0)
            return complain("not ascending at \"%s\"", text);
        previous = addr;
        line += size + 1;
        left -= size + 1;
    }
    return 0;
}

static int check_always(const struct text *map, const struct prefixes *always)
{
    struct prefixes prefixes = {0};
    struct prefixes_walk walk;
    char text[ADDR_TEXT_SIZE];
    int result = map_prefixes(map->bytes, map->size, &prefixes);

    prefixes_walk_begin(&walk, &prefixes);
    for (size_t i = 0; i < always->count && result == 0; i++) {
        struct addr addr = prefixes_at(always, i);

        if (prefixes_walk_covers(&walk, &addr))
            continue;
        addr_print(&addr, text);
        result = complain("%s is not in the map, which has %zu entries", text, prefixes.count);
    }
    prefixes_clear(&prefixes);
    return result;
}

static int check_map(const struct text *map, const struct text *foreign,
                     const struct prefixes *always)
{
    size_t header = strlen(MAP_HEADER);

    if (foreign->bytes != NULL && map->size == foreign->size &&
        memcmp(map->bytes, foreign->bytes, map->size) == 0)
        return 0;
    if (map->size < header || memcmp(map->bytes, MAP_HEADER, header) != 0)
        return complain("%zu bytes do not begin with the header: \"%.*s\"", map->size,
                        (int)(map->size < 60 ? map->size : 60), map->bytes);
    if (check_lines(map->bytes + header, map->size - header) != 0)
        return -1;
    return check_always(map, always);
}

static int check_file(const char *path, const struct text *foreign, const struct prefixes *always)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), result;
    struct text map;

    if (fd < 0)
        return complain("cannot be opened: %s", strerror(errno));
    result =
        read_all(fd, &map) != 0 ? complain("cannot be read") : check_map(&map, foreign, always);
    free(map.bytes);
    close(fd);
    return result;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int watch(const char *path, const struct text *foreign, const struct prefixes *always)
{
    struct stat before = {0}, now;
    unsigned long looks = 0, reads = 0;

    while (!ended) {
        looks++;
        if (lstat(path, &now) != 0)
            return complain("is missing: %s", strerror(errno));
        if (!S_ISREG(now.st_mode))
            return complain("is no regular file");
        if (!is_same(&before, &now)) {
            reads++;
            if (check_file(path, foreign, always) != 0)
                return -1;
            before = now;
        }
        if (looks == 1) {
            printf("watching\n");
            fflush(stdout);
        }
        nanosleep(&(struct timespec){0, LOOK_NS}, NULL); /* poll interval */
    }
    printf("%lu looks, %lu reads: never missing, short or unparsable\n", looks, reads);
    return 0;
}

int main(int argc, char **argv)
{
    struct prefixes always = {0};
    struct text foreign, list;
    int result;

    if (argc != 4) {
        fprintf(stderr, "usage: map_watch MAP FOREIGN|- ALWAYS|-\n");
        return 2;
    }
    signal(SIGTERM, end);
    foreign = read_file(argv[2]);
    list = read_file(argv[3]);
    if (map_prefixes(list.bytes, list.size, &always) != 0)
        return 2;
    result = watch(argv[1], &foreign, &always);
    free(foreign.bytes);
    free(list.bytes);
    prefixes_clear(&always);
    return result == 0 ? 0 : 1;
}
