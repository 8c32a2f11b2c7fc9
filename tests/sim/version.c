/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The speech of the next version, see version.h.
 */
#include "version.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY16 0xdc
#define UNKNOWN_KIND 77
#define UNKNOWN_TYPE 111

/* One more element in the outer array, as docs/DESIGN.md section 4 allows. */
static void add_field(uint8_t **bytes, size_t *size)
{
    size_t head = (*bytes)[0] == 0x9f ? 2 : 0; /* 15 elements become 16: a longer head */
    uint8_t *longer = malloc(*size + head + 1);

    assert(longer != NULL && ((*bytes)[0] == ARRAY16 || (*bytes)[0] >> 4 == 9));
    memcpy(longer + head, *bytes, *size);
    if (head > 0) {
        longer[0] = ARRAY16;
        longer[1] = 0;
        longer[2] = 16;
    } else {
        longer[longer[0] == ARRAY16 ? 2 : 0]++;
    }
    longer[*size + head] = 42;
    free(*bytes);
    *bytes = longer;
    *size += head + 1;
}

/* An entry of a kind to come, among those of a PUSH. */
static void add_entry(struct sim *sim, uint8_t **bytes, size_t *size)
{
    static const uint8_t body[] = {1, 2, 3, 4, 5};
    struct message_push *push = &sim->message->push;
    uint8_t *longer;
    size_t longer_size;

    if (message_decode(*bytes, *size, sim->message) != MESSAGE_OK ||
        sim->message->type != MESSAGE_PUSH || push->entry_count >= FRAME_ENTRIES_MAX)
        return;
    push->entries[push->entry_count++] = (struct message_entry){UNKNOWN_KIND, body, sizeof(body)};
    if (message_encode(sim->message, &longer, &longer_size) != 0)
        return;
    free(*bytes);
    *bytes = longer;
    *size = longer_size;
}

void version_extend(struct sim *sim, uint8_t **bytes, size_t *size)
{
    if (prng_chance(&sim->prng, 500000))
        add_entry(sim, bytes, size);
    add_field(bytes, size);
}

uint8_t *version_unknown(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size);

    assert(copy != NULL);
    memcpy(copy, bytes, size);
    copy[bytes[0] == ARRAY16 ? 4 : 2] = UNKNOWN_TYPE; /* behind the head and the version */
    return copy;
}
