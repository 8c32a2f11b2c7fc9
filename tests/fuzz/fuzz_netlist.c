/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes netlist_read: any bytes as the file of [never-ban] file.
 *
 * Either each entry is one that the configuration would take, too, or one printable line names a
 * mistake and the list is as before.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bansync/limits.h>

#include "netlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_list(const struct netlist *list)
{
    char net[CONFIG_NET_SIZE], mistake[CONFIG_MISTAKE_SIZE];

    assert(list->count <= NEVER_BAN_MAX);
    for (size_t i = 0; i < list->count; i++) {
        const struct netlist_entry *entry = &list->list[i];

        assert(entry->until_ms > 0);
        if (entry->net[0] == '\0') {
            assert(entry->account[0] != '\0' && strlen(entry->account) < ACCOUNT_BYTES_MAX);
            continue;
        }
        assert(entry->account[0] == '\0');
        assert(config_net_parse(entry->net, net, mistake) == 0);
        assert(strcmp(net, entry->net) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int file = -1;
    static char path[64];
    struct netlist list = {.list = NULL};
    struct netlist_mark mark;
    char error[2048];

    if (file < 0) {
        file = memfd_create("never-ban", MFD_CLOEXEC);
        assert(file >= 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    }
    assert(ftruncate(file, 0) == 0);
    assert(pwrite(file, data, size, 0) == (ssize_t)size);
    if (netlist_read(path, &list, &mark, error, sizeof(error)) == 0) {
        check_list(&list);
    } else {
        assert(list.list == NULL && list.count == 0);
        assert(strncmp(error, path, strlen(path)) == 0);
        for (const char *byte = error; *byte != '\0'; byte++)
            assert(*byte >= 0x20 && *byte < 0x7f);
    }
    netlist_free(&list);
    return 0;
}
