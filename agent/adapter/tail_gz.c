/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The content of one gzip file, read from front to back. The only file that uses zlib.
 *
 * A window holds what was inflated and not read past yet. zlib checks each member's length and
 * CRC-32; what is read of a member before its end was not checked yet, as with any reader of a
 * stream.
 * Does not: keep the content, or seek.
 */
#include "tail_gz.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define INPUT_BYTES 65536
#define HEAD_BYTES 256

/* inflateInit2: the largest window, and gzip instead of zlib's own wrapping. */
#define WINDOW_BITS_GZIP (15 + 16)

struct tail_gz {
    int fd;
    z_stream stream;
    enum tail_gz_state state;
    bool between;   /* between two members, or before the first */
    bool any;       /* a member was read to its end */
    uint64_t taken; /* bytes read from fd */
    uint64_t start; /* offset of window[0] */
    size_t length;  /* bytes in window */
    size_t slice;   /* bytes of input this call may still read */
    size_t head_length;
    unsigned char head[HEAD_BYTES];
    unsigned char input[INPUT_BYTES];
    unsigned char window[GZ_READ_BYTES_MAX];
};

static void begin(struct tail_gz *gz)
{
    gz->stream.next_in = NULL;
    gz->stream.avail_in = 0;
    gz->state = TAIL_GZ_OPEN;
    gz->between = true;
    gz->any = false;
    gz->taken = gz->start = 0;
    gz->length = 0;
}

/* Gets more input. False: nothing now; errno if that is a failure, else 0. */
static bool refill(struct tail_gz *gz)
{
    ssize_t got;

    if (gz->slice == 0) {
        errno = EAGAIN;
        return false;
    }
    do
        got = pread(gz->fd, gz->input, gz->slice < INPUT_BYTES ? gz->slice : INPUT_BYTES,
                    (off_t)gz->taken);
    while (got < 0 && errno == EINTR);
    if (got <= 0) {
        errno = got < 0 ? errno : 0;
        return false;
    }
    gz->stream.next_in = gz->input;
    gz->stream.avail_in = (uInt)got;
    gz->taken += (uint64_t)got;
    gz->slice -= (size_t)got;
    return true;
}

/* Another member follows if its first byte is a member's; anything else ends the content. */
static bool begin_member(struct tail_gz *gz)
{
    const unsigned char first_of_magic = 0x1f;

    if (gz->any && gz->stream.next_in[0] != first_of_magic) {
        gz->state = TAIL_GZ_WHOLE;
        return false;
    }
    gz->between = false;
    inflateReset(&gz->stream);
    return true;
}

/* Inflates into the window what one call of zlib gives. False: there is no more now, see state;
 * or errno is set. */
static bool inflate_some(struct tail_gz *gz)
{
    size_t before = gz->length;
    int result;

    if (gz->stream.avail_in == 0 && !refill(gz)) {
        if (errno == 0)
            gz->state = gz->between && gz->any ? TAIL_GZ_WHOLE : TAIL_GZ_TORN;
        return false;
    }
    if (gz->between && !begin_member(gz))
        return false;
    gz->stream.next_out = gz->window + gz->length;
    gz->stream.avail_out = (uInt)(sizeof(gz->window) - gz->length);
    result = inflate(&gz->stream, Z_NO_FLUSH);
    gz->length = sizeof(gz->window) - gz->stream.avail_out;
    if (gz->start == 0 && before < HEAD_BYTES) {
        gz->head_length = gz->length < HEAD_BYTES ? gz->length : HEAD_BYTES;
        memcpy(gz->head, gz->window, gz->head_length);
    }
    if (result == Z_STREAM_END)
        gz->any = gz->between = true;
    else if (result != Z_OK && result != Z_BUF_ERROR)
        gz->state = TAIL_GZ_BROKEN;
    if (gz->start + gz->length > GZ_CONTENT_BYTES_MAX)
        gz->state = TAIL_GZ_BROKEN;
    return gz->state == TAIL_GZ_OPEN;
}

/* Inflates until the window is as long as wanted. -1: errno; 0: there is that, or all there is. */
static int fill(struct tail_gz *gz, size_t wanted)
{
    errno = 0;
    if (gz->state == TAIL_GZ_TORN) /* perhaps it has grown */
        gz->state = TAIL_GZ_OPEN;
    while (gz->state == TAIL_GZ_OPEN && gz->length < wanted)
        if (!inflate_some(gz) && errno != 0)
            return -1;
    return 0;
}

/* Drops what lies before offset from the window. */
static void drop(struct tail_gz *gz, uint64_t offset)
{
    size_t count = offset - gz->start < gz->length ? (size_t)(offset - gz->start) : gz->length;

    if (count == 0)
        return;
    gz->length -= count;
    memmove(gz->window, gz->window + count, gz->length);
    gz->start += count;
}

/* Makes the window begin at offset. -1: errno. 0: it does, or the content ends before. */
static int pass_over(struct tail_gz *gz, uint64_t offset)
{
    uint64_t passed = 0, from;

    for (drop(gz, offset); gz->start < offset; passed += gz->start - from) {
        from = gz->start;
        if (passed >= GZ_SLICE_BYTES) {
            errno = EAGAIN;
            return -1;
        }
        if (fill(gz, 1) != 0)
            return -1;
        if (gz->length == 0)
            return 0;
        drop(gz, offset);
    }
    return 0;
}

struct tail_gz *tail_gz_open(int fd)
{
    struct tail_gz *gz = calloc(1, sizeof(*gz));

    if (gz == NULL)
        return NULL;
    gz->fd = fd;
    if (inflateInit2(&gz->stream, WINDOW_BITS_GZIP) != Z_OK) {
        free(gz);
        errno = ENOMEM;
        return NULL;
    }
    begin(gz);
    return gz;
}

void tail_gz_close(struct tail_gz **gz)
{
    if (*gz == NULL)
        return;
    inflateEnd(&(*gz)->stream);
    free(*gz);
    *gz = NULL;
}

ssize_t tail_gz_read(struct tail_gz *gz, char *bytes, size_t size, uint64_t offset)
{
    size_t got;

    assert(size <= GZ_READ_BYTES_MAX);
    gz->slice = GZ_SLICE_BYTES;
    if (offset < gz->start && offset + size <= gz->head_length) {
        memcpy(bytes, gz->head + offset, size);
        return (ssize_t)size;
    }
    if (offset < gz->start)
        begin(gz);
    if (pass_over(gz, offset) != 0 || fill(gz, size) != 0)
        return -1;
    if (gz->start < offset)
        return 0;
    got = gz->length < size ? gz->length : size;
    memcpy(bytes, gz->window, got);
    return (ssize_t)got;
}

enum tail_gz_state tail_gz_state(const struct tail_gz *gz)
{
    return gz->state;
}

uint64_t tail_gz_taken(const struct tail_gz *gz)
{
    return gz->taken;
}
