/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the parser of files in the spool of alerts: whatever is taken lies within the bytes, keeps
 * its bounds, and comes back the same when it is written again.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "spool_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void check_same(const struct spool_file *a, const struct spool_file *b)
{
    require(a->target_count == b->target_count && a->once == b->once);
    require(strcmp(a->id, b->id) == 0);
    for (size_t i = 0; i < a->target_count; i++)
        require(a->targets[i].channel == b->targets[i].channel &&
                strcmp(a->targets[i].address, b->targets[i].address) == 0);
    for (int i = 0; i < SPOOL_PARTS; i++)
        require(a->parts[i].size == b->parts[i].size &&
                memcmp(a->parts[i].bytes, b->parts[i].bytes, a->parts[i].size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char out[SPOOL_FILE_BYTES_MAX];
    const char *text = (const char *)bytes;
    struct spool_file file, again;
    size_t length;

    if (spool_file_parse(&file, text, size) != 0)
        return 0;
    for (int i = 0; i < SPOOL_PARTS; i++)
        require(file.parts[i].bytes >= text &&
                file.parts[i].bytes + file.parts[i].size <= text + size);
    length = spool_file_print(&file, out);
    require(length > 0 && spool_file_parse(&again, out, length) == 0);
    check_same(&file, &again);
    return 0;
}
