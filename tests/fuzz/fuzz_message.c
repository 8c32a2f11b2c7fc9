/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the wire: any bytes are decoded without harm, what decodes survives another round trip,
 * and the fence agrees with msgpack-c about what one whole object is.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <msgpack.h>

#include "fence.h"
#include "message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

/* True if object has nothing that the fence refuses: maps, ext types, more depth than left. */
static bool is_plain(const msgpack_object *object, unsigned depth)
{
    if (object->type == MSGPACK_OBJECT_MAP || object->type == MSGPACK_OBJECT_EXT)
        return false;
    if (object->type != MSGPACK_OBJECT_ARRAY)
        return true;
    if (depth == 0)
        return false;
    for (uint32_t i = 0; i < object->via.array.size; i++)
        if (!is_plain(&object->via.array.ptr[i], depth - 1))
            return false;
    return true;
}

/* What msgpack-c makes of the bytes; it may be asked only if no head declares more than 65,535. */
static bool oracle(const uint8_t *bytes, size_t size)
{
    msgpack_unpacked unpacked;
    size_t offset = 0;
    bool is_whole;

    msgpack_unpacked_init(&unpacked);
    is_whole = msgpack_unpack_next(&unpacked, (const char *)bytes, size, &offset) ==
                   MSGPACK_UNPACK_SUCCESS &&
               offset == size && is_plain(&unpacked.data, FENCE_DEPTH_MAX);
    msgpack_unpacked_destroy(&unpacked);
    return is_whole;
}

static void check_fence(const uint8_t *bytes, size_t size)
{
    const bool is_whole = fence_check(bytes, size);

    if (is_whole || (memchr(bytes, 0xdd, size) == NULL && memchr(bytes, 0xdf, size) == NULL))
        require(oracle(bytes, size) == is_whole);
}

static void check_round_trip(const uint8_t *bytes, size_t size)
{
    static struct message first;
    static struct message second;
    uint8_t *once = NULL;
    uint8_t *twice = NULL;
    size_t once_size;
    size_t twice_size;

    if (message_decode(bytes, size, &first) != MESSAGE_OK)
        return;
    require(message_encode(&first, &once, &once_size) == 0 && once_size <= size);
    require(message_decode(once, once_size, &second) == MESSAGE_OK);
    require(message_encode(&second, &twice, &twice_size) == 0);
    require(once_size == twice_size && memcmp(once, twice, once_size) == 0);
    free(once);
    free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size > 0)
        check_fence(bytes, size);
    check_round_trip(bytes, size);
    return 0;
}
