/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that many records have, see dictionary.h: found by a hash of their bytes, which need not
 * withstand anybody, as there are few.
 */
#include "dictionary.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static size_t slot_of(const uint8_t *word, size_t size)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ word[i]) * 16777619u;
    return (hash ^ hash >> 16) % DICTIONARY_SLOTS;
}

/* Notes the word in the slot that was found to be free. */
static uint8_t add(struct dictionary *dictionary, size_t slot, const void *word, size_t size)
{
    uint8_t *copy =
        dictionary->count < DICTIONARY_WORDS_MAX && size > 0 && size <= DICTIONARY_BYTES_MAX
            ? malloc(size)
            : NULL;

    if (copy == NULL)
        return 0;
    memcpy(copy, word, size);
    dictionary->words[dictionary->count] = copy;
    dictionary->sizes[dictionary->count] = (uint8_t)size;
    dictionary->count++;
    dictionary->slots[slot] = (uint8_t)dictionary->count;
    return dictionary->slots[slot];
}

uint8_t dictionary_number(struct dictionary *dictionary, const void *word, size_t size)
{
    static_assert(DICTIONARY_SLOTS > DICTIONARY_WORDS_MAX, "there is always a free slot");
    size_t slot = slot_of(word, size);

    for (; dictionary->slots[slot] != 0; slot = (slot + 1) % DICTIONARY_SLOTS) {
        size_t known_size;
        const uint8_t *known = dictionary_word(dictionary, dictionary->slots[slot], &known_size);

        if (known != NULL && known_size == size && memcmp(known, word, size) == 0)
            return dictionary->slots[slot];
    }
    return add(dictionary, slot, word, size);
}

const uint8_t *dictionary_word(const struct dictionary *dictionary, uint8_t number, size_t *size)
{
    if (number == 0 || number > dictionary->count)
        return NULL;
    *size = dictionary->sizes[number - 1];
    return dictionary->words[number - 1];
}

void dictionary_clear(struct dictionary *dictionary)
{
    for (size_t i = 0; i < dictionary->count; i++)
        free(dictionary->words[i]);
    *dictionary = (struct dictionary){0};
}
