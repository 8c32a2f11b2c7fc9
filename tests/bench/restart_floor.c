/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that a restart can cost: restart_floor write FILE COUNT, then restart_floor read FILE.
 *
 * Records of 24 bytes (address and two times) in no order are read and sorted by address.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"

struct record {
    uint32_t address;
    uint32_t unused;
    int64_t last_ms, until_ms;
};

static int compare(const void *a, const void *b)
{
    return address_compare(&((const struct record *)a)->address,
                           &((const struct record *)b)->address);
}

static int make(const char *path, size_t count)
{
    FILE *out = fopen(path, "w");

    for (size_t i = 0; out != NULL && i < count; i++) {
        struct record record = {.address = address_number((uint32_t)i), .until_ms = INT64_MAX};

        fwrite(&record, sizeof(record), 1, out);
    }
    return out != NULL && fclose(out) == 0 ? 0 : 1;
}

static int load(const char *path)
{
    double begin = wall_s(), used = cpu_s();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat stat;
    struct record *list;
    size_t count;

    if (fd < 0 || fstat(fd, &stat) != 0 || (list = malloc((size_t)stat.st_size + 1)) == NULL)
        return 1;
    for (size_t done = 0; done < (size_t)stat.st_size;) {
        ssize_t taken = read(fd, (char *)list + done, (size_t)stat.st_size - done);

        if (taken <= 0)
            return 1;
        done += (size_t)taken;
    }
    count = (size_t)stat.st_size / sizeof(*list);
    qsort(list, count, sizeof(*list), compare);
    printf("count=%zu wall_s=%.6f cpu_s=%.6f\n", count, wall_s() - begin, cpu_s() - used);
    free(list);
    close(fd);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "write") == 0)
        return make(argv[2], strtoul(argv[3], NULL, 10));
    if (argc == 3 && strcmp(argv[1], "read") == 0)
        return load(argv[2]);
    fprintf(stderr, "usage: restart_floor write FILE COUNT | restart_floor read FILE\n");
    return 2;
}
