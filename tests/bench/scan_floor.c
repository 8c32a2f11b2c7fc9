/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that a reader of a log can do: scan_floor FILE.
 *
 * read(2) in large pieces, memmem(3) for the text of a soft reject, the address behind "ip: ". It
 * is fooled by whoever can write that text, joins nothing and counts nobody; what is measured is
 * how near to it a careful reader comes. Prints lines with the text, and those with an address.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_BYTES = 262144, LINE_BYTES = 65536, ADDRESS_BYTES = 46 };

static const char mark[] = "Ratelimit \"";
static const char field[] = " ip: ";

struct tally {
    unsigned long lines;
    unsigned long addresses;
};

static void extract(const char *line, const char *end, struct tally *tally)
{
    char text[ADDRESS_BYTES];
    unsigned char address[16];
    const char *at = memmem(line, (size_t)(end - line), field, sizeof(field) - 1);
    const char *comma;

    tally->lines++;
    if (at == NULL)
        return;
    at += sizeof(field) - 1;
    comma = memchr(at, ',', (size_t)(end - at));
    if (comma == NULL || comma - at >= ADDRESS_BYTES)
        return;
    memcpy(text, at, (size_t)(comma - at));
    text[comma - at] = '\0';
    tally->addresses +=
        inet_pton(strchr(text, ':') != NULL ? AF_INET6 : AF_INET, text, address) == 1;
}

/* Whole lines. */
static void scan(const char *begin, const char *end, struct tally *tally)
{
    const char *at = begin;

    while ((at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1)) != NULL) {
        const char *before = memrchr(begin, '\n', (size_t)(at - begin));
        const char *line_end = memchr(at, '\n', (size_t)(end - at));

        extract(before != NULL ? before + 1 : begin, line_end, tally);
        at = line_end;
    }
}

int main(int argc, char **argv)
{
    struct tally tally = {0, 0};
    char *buffer = malloc(PIECE_BYTES + LINE_BYTES);
    int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    size_t kept = 0;
    ssize_t taken;

    if (fd < 0 || buffer == NULL) {
        fprintf(stderr, "usage: scan_floor FILE\n");
        return 2;
    }
    while ((taken = read(fd, buffer + kept, PIECE_BYTES)) > 0) {
        size_t size = kept + (size_t)taken;
        const char *last = memrchr(buffer, '\n', size);
        size_t used = last != NULL ? (size_t)(last + 1 - buffer) : 0;

        scan(buffer, buffer + used, &tally);
        kept = size - used <= LINE_BYTES ? size - used : 0;
        memmove(buffer, buffer + used, kept);
    }
    printf("lines=%lu addresses=%lu\n", tally.lines, tally.addresses);
    free(buffer);
    close(fd);
    return taken < 0;
}
