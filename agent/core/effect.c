/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of effects, see effect.h.
 */
#include "effect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void *grow(void *memory, size_t *room, size_t wanted, size_t item)
{
    size_t larger = *room < 64 ? 64 : *room * 2;

    if (larger < wanted)
        larger = wanted;
    memory = realloc(memory, larger * item);
    if (memory != NULL)
        *room = larger;
    return memory;
}

int effects_reserve(struct effects *effects, size_t count, size_t bytes)
{
    if (effects->count + count > effects->room) {
        struct effect *list =
            grow(effects->list, &effects->room, effects->count + count, sizeof(*list));

        if (list == NULL)
            return -1;
        effects->list = list;
    }
    if (effects->used + bytes > effects->size) {
        uint8_t *buffer = grow(effects->bytes, &effects->size, effects->used + bytes, 1);

        if (buffer == NULL)
            return -1;
        effects->bytes = buffer;
    }
    return 0;
}

struct effect *effects_add(struct effects *effects, enum effect_type type)
{
    struct effect *effect = &effects->list[effects->count++];

    assert(effects->count <= effects->room);
    *effect = (struct effect){.type = type};
    return effect;
}

static size_t append(struct effects *effects, const void *bytes, size_t size)
{
    size_t offset = effects->used;

    assert(effects->used + size <= effects->size);
    if (size > 0)
        memcpy(effects->bytes + offset, bytes, size);
    effects->used += size;
    return offset;
}

void effects_set_key(struct effects *effects, struct effect *effect, const void *bytes, size_t size)
{
    effect->key = append(effects, bytes, size);
    effect->key_size = size;
}

void effects_set_body(struct effects *effects, struct effect *effect, const void *bytes,
                      size_t size)
{
    effect->body = append(effects, bytes, size);
    effect->body_size = size;
}

const uint8_t *effect_key(const struct effects *effects, const struct effect *effect)
{
    return effects->bytes + effect->key;
}

const uint8_t *effect_body(const struct effects *effects, const struct effect *effect)
{
    return effects->bytes + effect->body;
}

void effects_clear(struct effects *effects)
{
    effects->count = 0;
    effects->used = 0;
}

void effects_close(struct effects *effects)
{
    free(effects->list);
    free(effects->bytes);
    *effects = (struct effects){0};
}
