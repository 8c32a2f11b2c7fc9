/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inotify, see tail_watch.h.
 */
#include "tail_watch.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Reads of 4 KiB of events in one call. */
#define EVENT_READS_MAX 16

/* Not in linux/magic.h. */
#define GFS2_SUPER_MAGIC 0x01161970

static bool is_deaf(const struct statfs *fs)
{
    switch ((unsigned)fs->f_type) {
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case CIFS_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC:
    case FUSE_SUPER_MAGIC:
    case V9FS_MAGIC:
    case CEPH_SUPER_MAGIC:
    case AFS_SUPER_MAGIC:
    case AFS_FS_MAGIC:
    case CODA_SUPER_MAGIC:
    case OCFS2_SUPER_MAGIC:
    case GFS2_SUPER_MAGIC:
        return true;
    default:
        return false;
    }
}

static void note_error(struct tail_watch *watch, int error)
{
    if (watch->error == 0)
        watch->error = error;
}

void tail_watch_open(struct tail_watch *watch)
{
    watch->directory = -1;
    watch->deaf = false;
    watch->error = 0;
    watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->fd < 0)
        watch->error = errno;
}

void tail_watch_close(struct tail_watch *watch)
{
    if (watch->fd >= 0)
        close(watch->fd);
    watch->fd = -1;
}

void tail_watch_begin(struct tail_watch *watch)
{
    char events[4096];
    int reads = 0;

    if (watch->fd < 0) {
        tail_watch_open(watch);
        return;
    }
    watch->error = watch->deaf ? EREMOTE : 0;
    while (reads < EVENT_READS_MAX && read(watch->fd, events, sizeof(events)) > 0)
        reads++;
}

void tail_watch_directory(struct tail_watch *watch, const char *path)
{
    const uint32_t mask = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB |
                          IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    struct statfs fs;
    int added = watch->fd >= 0 ? inotify_add_watch(watch->fd, path, mask) : -1;

    /* Adding a watch to a directory that has it changes nothing. */
    if (watch->fd >= 0 && added < 0 && errno != ENOENT && errno != ENOTDIR)
        note_error(watch, errno);
    if (watch->directory >= 0 && watch->directory != added)
        inotify_rm_watch(watch->fd, watch->directory);
    watch->directory = added;
    watch->deaf = added >= 0 && statfs(path, &fs) == 0 && is_deaf(&fs);
    if (watch->deaf)
        note_error(watch, EREMOTE);
}

int tail_watch_file(struct tail_watch *watch, int fd)
{
    char link[48];
    int added;

    if (watch->fd < 0)
        return -1;
    /* By descriptor: the name may already be another file's. */
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    added = inotify_add_watch(watch->fd, link, IN_MODIFY);
    if (added < 0)
        note_error(watch, errno);
    return added;
}

void tail_watch_end(struct tail_watch *watch, int file_watch)
{
    if (watch->fd >= 0 && file_watch >= 0)
        inotify_rm_watch(watch->fd, file_watch);
}
