/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The set of strikes of a subject, see strike.h.
 */
#include "strike.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define HAS_MESSAGE 0x80 /* beside the length of the bucket */

static_assert(BUCKET_BYTES_MAX < HAS_MESSAGE && ACCOUNT_BYTES_MAX <= UINT8_MAX, "lengths fit");

size_t strike_text_write(const void *bucket, size_t bucket_size, const void *account,
                         size_t account_size, uint32_t message, uint8_t *bytes)
{
    struct writer writer = {.bytes = bytes, .size = STRIKE_TEXT_BYTES_MAX};

    if (bucket_size > BUCKET_BYTES_MAX)
        bucket_size = BUCKET_BYTES_MAX;
    if (account_size > ACCOUNT_BYTES_MAX)
        account_size = ACCOUNT_BYTES_MAX;
    writer_number(&writer, bucket_size | (message != 0 ? HAS_MESSAGE : 0), 1);
    writer_bytes(&writer, bucket, bucket_size);
    writer_number(&writer, account_size, 1);
    writer_bytes(&writer, account, account_size);
    if (message != 0)
        writer_number(&writer, message, STRIKE_MESSAGE_BYTES);
    return writer.used;
}

size_t strike_text_read(const uint8_t *bytes, size_t size)
{
    struct reader reader = {.bytes = bytes, .left = size};
    size_t head = reader_number(&reader, 1), bucket = head & (HAS_MESSAGE - 1), account;

    reader_bytes(&reader, bucket);
    account = reader_number(&reader, 1);
    reader_bytes(&reader, account);
    if (bucket > BUCKET_BYTES_MAX || account > ACCOUNT_BYTES_MAX ||
        ((head & HAS_MESSAGE) != 0 && reader_number(&reader, STRIKE_MESSAGE_BYTES) == 0))
        return 0; /* a message that is not known is left out, which is its one form */
    return reader.bad ? 0 : size - reader.left;
}

size_t strike_text_size(const struct strike *strike)
{
    size_t account;
    const uint8_t *end = strike_account(strike, &account) + account;

    return (size_t)(end - strike->text) +
           ((strike->text[0] & HAS_MESSAGE) != 0 ? STRIKE_MESSAGE_BYTES : 0);
}

const uint8_t *strike_bucket(const struct strike *strike, size_t *size)
{
    *size = strike->text[0] & (HAS_MESSAGE - 1);
    return strike->text + 1;
}

const uint8_t *strike_account(const struct strike *strike, size_t *size)
{
    size_t bucket;
    const uint8_t *account = strike_bucket(strike, &bucket) + bucket;

    *size = account[0];
    return account + 1;
}

uint32_t strike_message(const struct strike *strike)
{
    size_t account;
    const uint8_t *bytes = strike_account(strike, &account) + account;

    if ((strike->text[0] & HAS_MESSAGE) == 0)
        return 0;
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int compare_number(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

int strike_compare(const struct strike *a, const struct strike *b)
{
    if (a->t_ms != b->t_ms)
        return a->t_ms < b->t_ms ? -1 : 1;
    if (a->id != b->id)
        return compare_number(a->id, b->id);
    return compare_number(a->origin, b->origin);
}

static int text_compare(const struct strike *a, const struct strike *b)
{
    size_t a_size = strike_text_size(a), b_size = strike_text_size(b);
    int order = memcmp(a->text, b->text, a_size < b_size ? a_size : b_size);

    return order != 0 ? order : compare_number(a_size, b_size);
}

static struct strike take_at(struct strikes *strikes, size_t index)
{
    struct strike taken = strikes->list[index];

    strikes->count--;
    memmove(&strikes->list[index], &strikes->list[index + 1],
            (strikes->count - index) * sizeof(*strikes->list));
    return taken;
}

/* First index whose strike is not before strike. */
static size_t place_of(const struct strikes *strikes, const struct strike *strike)
{
    size_t low = 0, high = strikes->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strike_compare(&strikes->list[middle], strike) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int reserve(struct strikes *strikes)
{
    size_t room = strikes->room == 0 ? 4 : strikes->room * 2;
    struct strike *list;

    if (strikes->count < strikes->room)
        return 0;
    list = realloc(strikes->list, room * sizeof(*list));
    if (list == NULL)
        return -1;
    strikes->list = list;
    strikes->room = room;
    return 0;
}

/* Most that are found have the same time, too; after a log was read with another clock they need
 * not. */
size_t strikes_find(const struct strikes *strikes, const struct strike *strike)
{
    size_t i = place_of(strikes, strike);

    if (i < strikes->count && strike_compare(&strikes->list[i], strike) == 0)
        return i;
    i = 0;
    while (i < strikes->count &&
           (strikes->list[i].id != strike->id || strikes->list[i].origin != strike->origin))
        i++;
    return i;
}

/* Index of the origin's oldest strike if it has as many as may be kept, else count. */
static size_t find_crowded(const struct strikes *strikes, uint64_t origin)
{
    size_t of_origin = 0, oldest = strikes->count;

    if (strikes->count < STRIKES_PER_ORIGIN_MAX)
        return strikes->count;
    for (size_t i = strikes->count; i-- > 0;) {
        if (strikes->list[i].origin != origin)
            continue;
        of_origin++;
        oldest = i;
    }
    return of_origin >= STRIKES_PER_ORIGIN_MAX ? oldest : strikes->count;
}

int strikes_merge(struct strikes *strikes, const struct strike *strike,
                  struct strikes_change *change)
{
    struct strike copy = *strike;
    size_t same = strikes_find(strikes, strike), place;
    size_t leaving = same < strikes->count ? same : find_crowded(strikes, strike->origin);

    *change = (struct strikes_change){0};
    if (same < strikes->count) {
        const struct strike *held = &strikes->list[same];

        if (held->t_ms > strike->t_ms ||
            (held->t_ms == strike->t_ms && text_compare(held, strike) >= 0))
            return 0;
    } else if (leaving < strikes->count && strike_compare(strike, &strikes->list[leaving]) < 0) {
        return 0;
    }
    copy.text = malloc(strike_text_size(strike));
    if (copy.text == NULL || reserve(strikes) != 0) {
        free(copy.text);
        return -1;
    }
    memcpy(copy.text, strike->text, strike_text_size(strike));
    change->removed = leaving < strikes->count;
    if (change->removed)
        change->old = take_at(strikes, leaving);
    place = place_of(strikes, &copy);
    memmove(&strikes->list[place + 1], &strikes->list[place],
            (strikes->count - place) * sizeof(*strikes->list));
    strikes->list[place] = copy;
    strikes->count++;
    change->added = true;
    return 0;
}

void strikes_change_clear(struct strikes_change *change)
{
    if (change->removed)
        free(change->old.text);
    change->removed = false;
}

void strikes_take(struct strikes *strikes, size_t index, struct strike *out)
{
    assert(index < strikes->count);
    *out = take_at(strikes, index);
}

size_t strikes_after(const struct strikes *strikes, int64_t ms)
{
    size_t low = 0, high = strikes->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strikes->list[middle].t_ms <= ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void strikes_take_oldest(struct strikes *strikes, struct strike *out)
{
    strikes_take(strikes, 0, out);
}

void strikes_clear(struct strikes *strikes)
{
    for (size_t i = 0; i < strikes->count; i++)
        free(strikes->list[i].text);
    free(strikes->list);
    *strikes = (struct strikes){0};
}
