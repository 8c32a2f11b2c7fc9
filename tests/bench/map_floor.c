/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that a rewrite of the map can cost: map_floor COUNT FILE ROUNDS.
 *
 * COUNT sorted addresses to text, written beside FILE, fsync, rename, fsync of the directory. Every
 * second time the last line is left out, as it is by ours. Prints the median of the rounds.
 */
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "median.h"

enum { OCTETS = 256, LINE_BYTES = 16 };

static char octets[OCTETS][4];
static size_t octet_sizes[OCTETS];

static size_t print(const uint32_t *list, size_t count, char *out)
{
    char *at = out;

    for (size_t i = 0; i < count; i++)
        for (int shift = 24; shift >= 0; shift -= 8) {
            unsigned octet = list[i] >> shift & 255;

            memcpy(at, octets[octet], sizeof(octets[octet]));
            at += octet_sizes[octet];
            *at++ = shift > 0 ? '.' : '\n';
        }
    return (size_t)(at - out);
}

static int replace(const char *path, const char *temporary, int directory, const char *bytes,
                   size_t size)
{
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    for (size_t done = 0; done < size;) {
        ssize_t wrote = write(fd, bytes + done, size - done);

        if (wrote <= 0)
            return -1;
        done += (size_t)wrote;
    }
    return fsync(fd) != 0 || close(fd) != 0 || rename(temporary, path) != 0 || fsync(directory) != 0
               ? -1
               : 0;
}

int main(int argc, char **argv)
{
    char temporary[PATH_MAX], folder[PATH_MAX];
    static struct median wall, cpu, draw;
    size_t count, rounds, size = 0;
    uint32_t *list;
    int directory;
    char *out;

    if (argc != 4) {
        fprintf(stderr, "usage: map_floor COUNT FILE ROUNDS\n");
        return 2;
    }
    for (unsigned i = 0; i < OCTETS; i++)
        octet_sizes[i] = (size_t)snprintf(octets[i], sizeof(octets[i]), "%u", i);
    count = strtoul(argv[1], NULL, 10);
    rounds = strtoul(argv[3], NULL, 10);
    list = address_sorted(0, count);
    out = malloc(count * LINE_BYTES + LINE_BYTES);
    snprintf(temporary, sizeof(temporary), "%s.tmp", argv[2]);
    snprintf(folder, sizeof(folder), "%s", argv[2]);
    directory = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out == NULL || directory < 0)
        return 1;
    for (size_t i = 0; i < rounds; i++) {
        double begin = wall_s(), used = cpu_s();

        size = print(list, count - (rounds - i + 1) % 2, out);
        median_add(&draw, (cpu_s() - used) * 1000);
        if (replace(argv[2], temporary, directory, out, size) != 0)
            return 1;
        median_add(&wall, (wall_s() - begin) * 1000);
        median_add(&cpu, (cpu_s() - used) * 1000);
    }
    printf("wall_ms=%.4f cpu_ms=%.4f draw_ms=%.4f bytes=%zu\n", median_take(&wall),
           median_take(&cpu), median_take(&draw), size);
    free(list);
    free(out);
    return 0;
}
