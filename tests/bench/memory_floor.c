/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least memory that bans can take: memory_floor COUNT. A sorted array of addresses; prints what
 * it has grown by.
 */
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "resident.h"

int main(int argc, char **argv)
{
    size_t count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0, before = resident_bytes();
    uint32_t *list = address_sorted(0, count);

    if (count == 0) {
        free(list);
        return 2;
    }
    printf("count=%zu bytes=%zu first=%u\n", count, resident_bytes() - before, list[0]);
    free(list);
    return 0;
}
