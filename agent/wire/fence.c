/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fence, see fence.h.
 *
 * One pass over the objects, with a count for each array that is open. A head that promises more
 * than there is needs no rule of its own: each object takes at least one byte, so the bytes end
 * first.
 *
 * Does not: look at values, or know what a message is.
 */
#include "fence.h"

enum shape {
    REFUSED, /* maps, ext types, and the byte that msgpack never uses */
    PLAIN,   /* `width` bytes of value */
    BLOB,    /* `width` bytes of length, then so many bytes */
    ARRAY,   /* `width` bytes of count, then so many objects */
};

struct head {
    enum shape shape;
    uint64_t width;
};

/* First bytes 0xc0 to 0xdf; those above and below carry their value or length in themselves. */
static const struct head heads[0x20] = {
    [0x00] = {PLAIN, 0},                                          /* nil */
    [0x02] = {PLAIN, 0}, [0x03] = {PLAIN, 0},                     /* false, true */
    [0x04] = {BLOB, 1},  [0x05] = {BLOB, 2},  [0x06] = {BLOB, 4}, /* bin */
    [0x0a] = {PLAIN, 4}, [0x0b] = {PLAIN, 8},                     /* float */
    [0x0c] = {PLAIN, 1}, [0x0d] = {PLAIN, 2}, [0x0e] = {PLAIN, 4}, [0x0f] = {PLAIN, 8}, /* uint */
    [0x10] = {PLAIN, 1}, [0x11] = {PLAIN, 2}, [0x12] = {PLAIN, 4}, [0x13] = {PLAIN, 8}, /* int */
    [0x19] = {BLOB, 1},  [0x1a] = {BLOB, 2},  [0x1b] = {BLOB, 4},                       /* str */
    [0x1c] = {ARRAY, 2}, [0x1d] = {ARRAY, 4},
};

struct walk {
    const uint8_t *bytes;
    size_t left;
};

static bool take(struct walk *walk, uint64_t size);
static bool take_number(struct walk *walk, uint64_t width, uint64_t *number);
static bool take_object(struct walk *walk, bool *is_array, uint64_t *count);

bool fence_check(const uint8_t *bytes, size_t size)
{
    struct walk walk = {bytes, size};
    uint64_t missing[FENCE_DEPTH_MAX]; /* objects that each open array still lacks */
    size_t depth = 0;

    do {
        bool is_array;
        uint64_t count;

        if (!take_object(&walk, &is_array, &count))
            return false;
        if (depth > 0)
            missing[depth - 1]--;
        if (is_array) {
            if (depth == FENCE_DEPTH_MAX)
                return false;
            missing[depth++] = count;
        }
        while (depth > 0 && missing[depth - 1] == 0)
            depth--;
    } while (depth > 0);
    return walk.left == 0;
}

static bool take(struct walk *walk, uint64_t size)
{
    if (size > walk->left)
        return false;
    walk->bytes += size;
    walk->left -= size;
    return true;
}

/* width: 0 to 4 bytes. */
static bool take_number(struct walk *walk, uint64_t width, uint64_t *number)
{
    const uint8_t *bytes = walk->bytes;

    if (!take(walk, width))
        return false;
    *number = 0;
    for (uint64_t i = 0; i < width; i++)
        *number = *number << 8 | bytes[i];
    return true;
}

/* Takes one object; of an array only its head, with the objects it promises in *count (else 0). */
static bool take_object(struct walk *walk, bool *is_array, uint64_t *count)
{
    const uint8_t first = walk->left > 0 ? walk->bytes[0] : 0;
    const struct head *head;
    uint64_t number;

    *is_array = false;
    *count = 0;
    if (!take(walk, 1))
        return false;
    if (first < 0x80 || first >= 0xe0) /* small integers */
        return true;
    if (first < 0x90) /* small maps */
        return false;
    if (first < 0xa0) {
        *is_array = true;
        *count = first & 0x0f;
        return true;
    }
    if (first < 0xc0)
        return take(walk, first & 0x1f); /* short text */

    head = &heads[first - 0xc0];
    switch (head->shape) {
    case PLAIN:
        return take(walk, head->width);
    case BLOB:
        return take_number(walk, head->width, &number) && take(walk, number);
    case ARRAY:
        *is_array = true;
        return take_number(walk, head->width, count);
    case REFUSED:
        break;
    }
    return false;
}
