/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One open log file, read line by line.
 *
 * A file is known again by a hash of its first bytes, extended while they are read. It is looked at
 * after each read and before the lines are handed out: what was read is then of the same content as
 * all before. So a file that was truncated and grew beyond the old offset between two reads is
 * noticed. What cannot be known: a new content that begins with the same TAIL_HEAD_BYTES_MAX bytes
 * and is longer, and lines that were truncated before they were read.
 */
#include "tail_file.h"

#include "clock.h"
#include "tail_head.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* pread(2) of the content, without EINTR. */
static ssize_t read_at(const struct tail_file *file, char *bytes, size_t size, uint64_t offset)
{
    ssize_t got;

    if (file->gz != NULL)
        return tail_gz_read(file->gz, bytes, size, offset);
    do
        got = pread(file->fd, bytes, size, (off_t)offset);
    while (got < 0 && errno == EINTR);
    return got;
}

/* Compares the file's first bytes with the cursor's hash of them, and takes more into it if there
 * are more. TAIL_FILE_MORE: they are the same. */
static enum tail_file_state check_head(struct tail_file *file, struct tail_cursor *cursor)
{
    char head[TAIL_HEAD_BYTES_MAX];
    ssize_t got = read_at(file, head, sizeof(head), 0);
    uint32_t known = cursor->head_bytes;

    assert(known <= sizeof(head));
    if (got < 0)
        return TAIL_FILE_FAILED;
    if ((size_t)got < known ||
        tail_head_hash(TAIL_HEAD_HASH_NONE, head, known) != cursor->head_hash)
        return TAIL_FILE_REPLACED;
    cursor->head_hash = tail_head_hash(cursor->head_hash, head + known, (size_t)got - known);
    cursor->head_bytes = (uint32_t)got;
    file->id = tail_head_id(head, (size_t)got);
    return TAIL_FILE_MORE;
}

/* Puts the file to the offset; what is known of its content stays. */
static void put(struct tail_file *file, uint64_t offset)
{
    file->cursor.offset = offset;
    file->scan = offset;
    file->live_from = UINT64_MAX;
    file->in_long_line = false;
    file->unsure = false;
    file->end = UINT64_MAX;
}

/* Ends the line that begins at bytes[at] of the file's present chunk. */
static void end_line(struct tail_file *file, const char *bytes, size_t length,
                     struct tail_pass *pass)
{
    struct tail_line line = {
        .bytes = bytes,
        .length = length,
        .offset = file->cursor.offset,
        .file_id = file->id,
        .live = file->cursor.offset >= file->live_from,
    };

    if (!file->in_long_line && length <= LINE_BYTES_MAX)
        pass->enough = !pass->reader->line(pass->reader->context, &line);
    else if (!file->in_long_line)
        pass->too_long++;
    file->in_long_line = false;
}

/* How many bytes of whole lines, of size bytes that begin with a line, the reader need not see. */
static size_t skip(const struct tail_pass *pass, const char *bytes, size_t size)
{
    size_t skipped = 0;

    if (pass->reader->skip != NULL)
        skipped = pass->reader->skip(pass->reader->context, bytes, size);
    assert(skipped <= size && (skipped == 0 || bytes[skipped - 1] == '\n'));
    return skipped;
}

/* Hands out the lines of a chunk read at file->scan. Returns how many of its bytes are done. */
static size_t hand_out(struct tail_file *file, const char *bytes, size_t size,
                       struct tail_pass *pass)
{
    uint64_t base = file->scan;
    size_t at = 0;

    while (at < size && at < pass->budget && !pass->enough) {
        size_t bound = size < pass->budget ? size : pass->budget;
        size_t skipped = file->in_long_line ? 0 : skip(pass, bytes + at, bound - at);
        const char *lf =
            skipped > 0 ? bytes + at + skipped - 1 : memchr(bytes + at, '\n', size - at);

        if (lf == NULL)
            break;
        if (skipped == 0)
            end_line(file, bytes + at, (size_t)(lf - bytes) - at, pass);
        at = (size_t)(lf - bytes) + 1;
        file->cursor.offset = base + at;
    }
    if (at < pass->budget && !pass->enough && (file->in_long_line || size - at > LINE_BYTES_MAX)) {
        /* No LF is left. The cursor stays at the line's beginning, as its rest is not a line. */
        pass->too_long += !file->in_long_line && at < size;
        file->in_long_line = file->in_long_line || at < size;
        at = size;
    }
    file->scan = base + at;
    return at;
}

static enum tail_file_state end_file(struct tail_file *file, uint64_t end)
{
    file->end = end;
    file->ended_ms = clock_monotonic_ms();
    if (file->live_from == UINT64_MAX && file->gz == NULL)
        file->live_from = end;
    return TAIL_FILE_END;
}

/* What cannot be read is no reason to keep a file. Keeps errno. A slice that is used up is no
 * failure. */
static enum tail_file_state fail_file(struct tail_file *file)
{
    int error = errno;
    struct stat st;

    if (file->gz != NULL && error == EAGAIN)
        return TAIL_FILE_MORE;
    if (fstat(file->fd, &st) == 0)
        file->end = (uint64_t)st.st_size;
    errno = error;
    return TAIL_FILE_FAILED;
}

/* Looks whether a line ends before the offset of a compressed file. TAIL_FILE_MORE: go on reading,
 * or the slice is used up and file->unsure still. */
static enum tail_file_state make_sure(struct tail_file *file)
{
    char before;
    ssize_t got = read_at(file, &before, 1, file->cursor.offset - 1);

    if (got < 0)
        return fail_file(file);
    if (got == 0 && tail_gz_state(file->gz) == TAIL_GZ_TORN)
        return end_file(file, 0);
    if (got == 0 || before != '\n')
        put(file, 0);
    file->unsure = false;
    return TAIL_FILE_MORE;
}

/* 0: the file system does not tell. */
static uint32_t birth_of(int fd)
{
    const uint32_t prime = 2654435761;
    struct statx st;
    uint32_t born;

    if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &st) != 0 || (st.stx_mask & STATX_BTIME) == 0)
        return 0;
    born = (uint32_t)st.stx_btime.tv_sec * prime + st.stx_btime.tv_nsec;
    return born != 0 ? born : 1;
}

struct tail_file *tail_file_open(int directory_fd, const char *path, int flags)
{
    struct stat st;
    struct tail_file *file = NULL;
    int fd = -1;
    int error;

    /* Looked at before it is opened: opening a device may do something. And after, for it may have
     * been exchanged. */
    if (fstatat(directory_fd, path, &st, flags & O_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0) != 0)
        return NULL;
    if (S_ISREG(st.st_mode)) {
        fd = openat(directory_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
        if (fd < 0 || fstat(fd, &st) != 0)
            goto out;
    }
    if (!S_ISREG(st.st_mode)) {
        errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
        goto out;
    }
    file = calloc(1, sizeof(*file));
    if (file == NULL)
        goto out;
    file->fd = fd;
    file->watch = -1;
    file->cursor.device = st.st_dev;
    file->cursor.inode = st.st_ino;
    file->cursor.born = birth_of(fd);
    tail_file_restart(file);
    return file;
out:
    error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return NULL;
}

struct tail_file *tail_file_open_gz(int directory_fd, const char *path, int flags)
{
    struct tail_file *file = tail_file_open(directory_fd, path, flags);
    const char *slash = strrchr(path, '/');

    if (file == NULL)
        return NULL;
    file->gz = tail_gz_open(file->fd);
    file->name = strdup(slash != NULL ? slash + 1 : path);
    if (file->gz == NULL || file->name == NULL) {
        tail_file_close(&file);
        errno = ENOMEM;
        return NULL;
    }
    tail_file_restart(file);
    return file;
}

void tail_file_close(struct tail_file **file)
{
    if (*file == NULL)
        return;
    tail_gz_close(&(*file)->gz);
    free((*file)->name);
    close((*file)->fd);
    free(*file);
    *file = NULL;
}

bool tail_file_is(const struct tail_file *file, const struct stat *st)
{
    return file->cursor.device == st->st_dev && file->cursor.inode == st->st_ino;
}

bool tail_file_same(const struct tail_file *file, const struct tail_file *other)
{
    return file->cursor.device == other->cursor.device && file->cursor.inode == other->cursor.inode;
}

bool tail_file_was(const struct tail_file *file, const struct tail_cursor *cursor)
{
    return file->cursor.inode == cursor->inode &&
           (file->cursor.born == cursor->born || file->cursor.born == 0 || cursor->born == 0);
}

bool tail_file_is_drained(const struct tail_file *file)
{
    struct stat st;

    if (file->gz != NULL && (file->end == UINT64_MAX || tail_gz_state(file->gz) != TAIL_GZ_TORN))
        return file->end != UINT64_MAX;
    return fstat(file->fd, &st) != 0 ||
           (uint64_t)st.st_size == (file->gz != NULL ? tail_gz_taken(file->gz) : file->end);
}

bool tail_file_is_over(const struct tail_file *file, int64_t now_ms)
{
    bool ended = file->gz != NULL && tail_gz_state(file->gz) != TAIL_GZ_TORN;

    return tail_file_is_drained(file) && (ended || now_ms - file->quiet_ms >= TAIL_KEEP_MS);
}

bool tail_file_is_damaged(const struct tail_file *file, int64_t now_ms)
{
    return file->gz != NULL && tail_gz_state(file->gz) != TAIL_GZ_WHOLE &&
           tail_file_is_over(file, now_ms);
}

bool tail_file_begins_like(struct tail_file *file, const struct tail_cursor *other)
{
    struct tail_cursor head = *other; /* perhaps of a time when there was less of it */

    return head.head_bytes >= TAIL_HEAD_BYTES_MIN && check_head(file, &head) == TAIL_FILE_MORE;
}

bool tail_file_resume(struct tail_file *file, const struct tail_cursor *cursor)
{
    struct tail_cursor head = *cursor;
    struct stat st;
    char before;

    if (cursor->head_bytes > TAIL_HEAD_BYTES_MAX || fstat(file->fd, &st) != 0 ||
        (file->gz == NULL && (uint64_t)st.st_size < cursor->offset) ||
        check_head(file, &head) != TAIL_FILE_MORE)
        return false;
    if (cursor->offset > 0 && file->gz == NULL &&
        (read_at(file, &before, 1, cursor->offset - 1) != 1 || before != '\n'))
        return false;
    put(file, cursor->offset);
    file->unsure = file->gz != NULL && cursor->offset > 0;
    return true;
}

void tail_file_to_end(struct tail_file *file, char *buffer)
{
    struct stat st;
    uint64_t end, from;
    ssize_t got;
    const char *lf;

    static_assert(TAIL_BUFFER_BYTES > LINE_BYTES_MAX + 1, "a line and its LF fit the buffer");
    if (fstat(file->fd, &st) != 0)
        return;
    end = (uint64_t)st.st_size;
    from = end > LINE_BYTES_MAX + 1 ? end - (LINE_BYTES_MAX + 1) : 0;
    got = read_at(file, buffer, (size_t)(end - from), from);
    if (got < 0)
        return;
    lf = memrchr(buffer, '\n', (size_t)got);
    if (lf != NULL) {
        put(file, from + (uint64_t)(lf - buffer) + 1);
    } else if (from > 0) { /* within a line that is too long */
        put(file, end);
        file->in_long_line = true;
    }
}

void tail_file_restart(struct tail_file *file)
{
    file->cursor.head_hash = TAIL_HEAD_HASH_NONE;
    file->cursor.head_bytes = 0;
    check_head(file, &file->cursor); /* if it fails, reading will, too */
    put(file, 0);
}

enum tail_file_state tail_file_check(struct tail_file *file)
{
    struct stat st;

    if (file->gz != NULL && file->cursor.head_bytes == TAIL_HEAD_BYTES_MAX)
        return TAIL_FILE_MORE;
    if (file->gz == NULL && fstat(file->fd, &st) == 0 && (uint64_t)st.st_size < file->scan)
        return TAIL_FILE_REPLACED;
    return check_head(file, &file->cursor);
}

enum tail_file_state tail_file_read(struct tail_file *file, struct tail_pass *pass)
{
    /* Enough for the budget and the line it ends in. */
    const size_t room = TAIL_BUFFER_BYTES - (LINE_BYTES_MAX + 1);
    enum tail_file_state state;

    file->end = UINT64_MAX;
    if (clock_monotonic_ms() - file->ended_ms > TAIL_LIVE_MS) /* we were held up */
        file->live_from = UINT64_MAX;
    state = file->unsure ? make_sure(file) : TAIL_FILE_MORE;
    if (state != TAIL_FILE_MORE || file->unsure)
        return state;
    for (;;) {
        size_t want = (pass->budget < room ? pass->budget : room) + LINE_BYTES_MAX + 1;
        uint64_t base = file->scan;
        bool known = file->cursor.head_bytes > 0;
        ssize_t got = read_at(file, pass->buffer, want, base);
        size_t done;

        static_assert(TAIL_BUFFER_BYTES <= GZ_READ_BYTES_MAX, "a read of a compressed file, too");
        state = got < 0 ? TAIL_FILE_FAILED : tail_file_check(file);
        if (state == TAIL_FILE_FAILED)
            return fail_file(file);
        if (state != TAIL_FILE_MORE)
            return state;
        if (got > 0 && !known)
            continue; /* first bytes: again, now that the content can be told from another */
        done = hand_out(file, pass->buffer, (size_t)got, pass);
        pass->budget -= done < pass->budget ? done : pass->budget;
        if (done > 0)
            file->quiet_ms = clock_monotonic_ms();
        if ((size_t)got < want && memchr(pass->buffer + done, '\n', (size_t)got - done) == NULL)
            return end_file(file, base + (uint64_t)got);
        if (pass->budget == 0 || pass->enough)
            return TAIL_FILE_MORE;
    }
}
