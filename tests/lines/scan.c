/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan FILE...: gives each file to a detector of its own, line by line, in a function whose
 * instructions can be counted (growth.py). Does not: tell what was found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect.h"

struct text {
    char *bytes;
    size_t length;
};

void scan(struct detect *detect, struct text log);

static struct text read_whole(const char *path);

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct detect *detect = detect_open();
        struct text log = read_whole(argv[i]);
        if (!detect)
            abort();
        scan(detect, log);
        detect_close(&detect);
        free(log.bytes);
    }
    return 0;
}

/* Not static: it is known to the profiler by its name. */
__attribute__((noinline)) void scan(struct detect *detect, struct text log)
{
    size_t at = 0;
    while (at < log.length) {
        const char *end = memchr(log.bytes + at, '\n', log.length - at);
        size_t length = end ? (size_t)(end - log.bytes) - at : log.length - at;
        struct detect_hit hit;
        detect_line(detect, log.bytes + at, length, at, 0, &hit);
        at += length + 1;
    }
}

static struct text read_whole(const char *path)
{
    struct text text = {0};
    size_t room = 0;
    size_t taken = 1;
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        perror(path);
        exit(1);
    }
    while (taken > 0) {
        if (text.length == room) {
            room = room * 2 + 4096;
            text.bytes = realloc(text.bytes, room);
            if (!text.bytes)
                abort();
        }
        taken = fread(text.bytes + text.length, 1, room - text.length, stream);
        text.length += taken;
    }
    fclose(stream);
    return text;
}
