/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why the database cannot be written, see store_trouble.h.
 */
#include "store_trouble.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE_BYTES 4096

/* The errno of a write there; 0: it can be written, or nobody can tell. */
static int try_write(int directory_fd)
{
    static const char page[PAGE_BYTES];
    int fd = openat(directory_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    int reason = 0;

    if (fd < 0) /* not every file system can do it */
        return errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL ? 0 : errno;
    if (write(fd, page, sizeof(page)) < 0 || fsync(fd) != 0)
        reason = errno;
    close(fd);
    return reason;
}

static enum store_trouble trouble_of(int reason)
{
    switch (reason) {
    case ENOSPC:
    case EDQUOT:
        return STORE_TROUBLE_FULL;
    case EROFS:
        return STORE_TROUBLE_READ_ONLY;
    case EACCES:
    case EPERM:
        return STORE_TROUBLE_PERMISSION;
    default:
        return STORE_TROUBLE_DISK;
    }
}

enum store_trouble store_trouble_find(int directory_fd, int reason)
{
    enum store_trouble tried = trouble_of(try_write(directory_fd));

    return tried != STORE_TROUBLE_DISK ? tried : trouble_of(reason);
}

const char *store_trouble_name(enum store_trouble trouble)
{
    static const char *const names[STORE_TROUBLE_COUNT] = {
        [STORE_TROUBLE_DISK] = "disk",           [STORE_TROUBLE_FULL] = "full",
        [STORE_TROUBLE_READ_ONLY] = "read_only", [STORE_TROUBLE_PERMISSION] = "permission",
        [STORE_TROUBLE_MOVED] = "moved",
    };

    assert(trouble < STORE_TROUBLE_COUNT);
    return names[trouble];
}

const char *store_trouble_hint(enum store_trouble trouble)
{
    static const char *const hints[STORE_TROUBLE_COUNT] = {
        [STORE_TROUBLE_DISK] = "look for errors of the disk of state_dir: dmesg",
        [STORE_TROUBLE_FULL] = "make room on the disk of state_dir: df -h, df -i, quota",
        [STORE_TROUBLE_READ_ONLY] = "the disk of state_dir is read-only: see why with dmesg, then "
                                    "remount it read-write",
        [STORE_TROUBLE_PERMISSION] = "state_dir and the files in it must be user bansync's and "
                                     "writable: ls -la",
        [STORE_TROUBLE_MOVED] = "it is written anew within seconds; if not, state_dir itself was "
                                "moved: put it back, or restart bansyncd",
    };

    assert(trouble < STORE_TROUBLE_COUNT);
    return hints[trouble];
}
