/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence of a fact, see evidence.h.
 */
#include "evidence.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "tally.h"

#define MESSAGES_BYTES 4
#define HAS_MESSAGES 0x80 /* in the first of them; what else may come first is smaller */

static int text_compare(const struct evidence_text *a, const struct evidence_text *b)
{
    size_t shorter = a->size < b->size ? a->size : b->size;
    int order = shorter > 0 ? memcmp(a->bytes, b->bytes, shorter) : 0;

    return order != 0 ? order : (int)a->size - (int)b->size;
}

/* Inserts text in order if it is new and there is room in list and bytes. */
static void insert(struct evidence_text *list, size_t *count, size_t max, size_t *room,
                   const uint8_t *bytes, size_t size)
{
    struct evidence_text text = {bytes, (uint8_t)size};
    size_t place = 0;

    while (place < *count && text_compare(&list[place], &text) < 0)
        place++;
    if (size == 0 || (place < *count && text_compare(&list[place], &text) == 0))
        return;
    if (*count == max || size + 1 > *room)
        return;
    memmove(&list[place + 1], &list[place], (*count - place) * sizeof(*list));
    list[place] = text;
    (*count)++;
    *room -= size + 1;
}

static void write_list(struct writer *writer, const struct evidence_text *list, size_t count)
{
    writer_number(writer, count, 1);
    for (size_t i = 0; i < count; i++) {
        writer_number(writer, list[i].size, 1);
        writer_bytes(writer, list[i].bytes, list[i].size);
    }
}

static void write_messages(struct writer *writer, const struct strike *strikes, size_t count)
{
    size_t messages = tally_messages(strikes, count);

    if (messages > 0 && messages <= EVIDENCE_MESSAGES_MAX)
        writer_number(writer, messages | (uint32_t)HAS_MESSAGES << 24, MESSAGES_BYTES);
}

uint8_t evidence_write(const struct strike *strikes, size_t count, uint8_t out[EVIDENCE_BYTES_MAX])
{
    struct evidence found = {0};
    struct writer writer = {.bytes = out, .size = EVIDENCE_BYTES_MAX};
    size_t room = EVIDENCE_BYTES_MAX - MESSAGES_BYTES - 2;

    for (size_t i = count; i-- > 0;) {
        size_t size;
        const uint8_t *bytes = strike_account(&strikes[i], &size);

        insert(found.accounts, &found.account_count, EVIDENCE_ACCOUNTS_MAX, &room, bytes, size);
        bytes = strike_bucket(&strikes[i], &size);
        insert(found.buckets, &found.bucket_count, EVIDENCE_BUCKETS_MAX, &room, bytes, size);
    }
    write_messages(&writer, strikes, count);
    write_list(&writer, found.accounts, found.account_count);
    write_list(&writer, found.buckets, found.bucket_count);
    return (uint8_t)writer.used;
}

static size_t read_list(struct reader *reader, struct evidence_text *list, size_t max)
{
    size_t count = reader_number(reader, 1);

    if (count > max)
        reader->bad = true;
    for (size_t i = 0; i < count && !reader->bad; i++) {
        list[i].size = (uint8_t)reader_number(reader, 1);
        list[i].bytes = reader_bytes(reader, list[i].size);
        if (reader->bad || list[i].size == 0 ||
            (i > 0 && text_compare(&list[i - 1], &list[i]) >= 0))
            reader->bad = true;
    }
    return reader->bad ? 0 : count;
}

/* 0 is left out, which is its one form. */
static uint32_t read_messages(struct reader *reader)
{
    uint32_t messages;

    if (reader->left == 0 || reader->bytes[0] < HAS_MESSAGES)
        return 0;
    messages = (uint32_t)reader_number(reader, MESSAGES_BYTES) & EVIDENCE_MESSAGES_MAX;
    if (messages == 0)
        reader->bad = true;
    return messages;
}

bool evidence_read(const uint8_t *bytes, size_t size, struct evidence *evidence)
{
    struct reader reader = {.bytes = bytes, .left = size};

    *evidence = (struct evidence){0};
    evidence->messages = read_messages(&reader);
    evidence->account_count = read_list(&reader, evidence->accounts, EVIDENCE_ACCOUNTS_MAX);
    evidence->bucket_count = read_list(&reader, evidence->buckets, EVIDENCE_BUCKETS_MAX);
    return !reader.bad && reader.left == 0;
}

static int compare_any(const void *a, const void *b)
{
    return text_compare(a, b);
}

/* Writes to all what stands beside each strike, behind the known ones; returns their number. */
static size_t gather(const struct strikes *strikes, struct evidence_text *all, size_t known)
{
    for (size_t i = 0; i < strikes->count; i++) {
        size_t size;
        const uint8_t *bytes = strike_account(&strikes->list[i], &size);

        if (size > 0)
            all[known++] = (struct evidence_text){bytes, (uint8_t)size};
    }
    return known;
}

/* Sorts them, and writes the first max distinct ones to list; returns how many are distinct. */
static size_t choose(struct evidence_text *all, size_t count, struct evidence_text *list,
                     size_t max)
{
    size_t distinct = 0;

    if (count > 1)
        qsort(all, count, sizeof(*all), compare_any);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && text_compare(&all[i - 1], &all[i]) == 0)
            continue;
        if (distinct < max)
            list[distinct] = all[i];
        distinct++;
    }
    return distinct;
}

size_t evidence_beside(const struct strikes *strikes, const struct evidence *evidence,
                       struct evidence_text *list, size_t max)
{
    struct evidence_text few[EVIDENCE_ACCOUNTS_MAX], *all = few;
    size_t count = evidence->account_count, distinct;

    if (strikes->count > 0)
        all = malloc((count + strikes->count) * sizeof(*all));
    if (all == NULL)
        all = few;
    memcpy(all, evidence->accounts, count * sizeof(*all));
    if (all != few)
        count = gather(strikes, all, count);
    distinct = choose(all, count, list, max);
    if (all != few)
        free(all);
    return distinct;
}
