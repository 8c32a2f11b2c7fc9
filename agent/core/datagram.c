/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One datagram from rspamd, see datagram.h.
 */
#include "datagram.h"

#include <string.h>

#define HEAD "bansync1"
#define KEY_BYTES_MAX 16
#define TIME_DIGITS_MAX 15 /* the year 33658 */

struct field {
    struct line_text key;
    struct line_text value;
};

struct reader {
    const char *at;
    const char *end;
    size_t field_count;
    const char *reason;
};

static bool fail(struct reader *reader, const char *reason)
{
    reader->reason = reason;
    return false;
}

/* Takes what is before the next NUL, and the NUL. */
static bool take_text(struct reader *reader, struct line_text *text)
{
    const char *nul = memchr(reader->at, '\0', (size_t)(reader->end - reader->at));

    if (nul == NULL)
        return fail(reader, "it ends within a field");
    *text = (struct line_text){reader->at, (size_t)(nul - reader->at)};
    reader->at = nul + 1;
    return true;
}

static bool is_printable(struct line_text text)
{
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.bytes[i] < 0x20 || text.bytes[i] == 0x7f)
            return false;
    return true;
}

static bool is_key(struct line_text text)
{
    for (size_t i = 0; i < text.length; i++)
        if ((text.bytes[i] < 'a' || text.bytes[i] > 'z') && text.bytes[i] != '_')
            return false;
    return text.length >= 1 && text.length <= KEY_BYTES_MAX;
}

static bool take_field(struct reader *reader, struct field *field)
{
    struct line_text text;
    const char *equals;

    if (++reader->field_count > DATAGRAM_FIELDS_MAX)
        return fail(reader, "too many fields");
    if (!take_text(reader, &text))
        return false;
    equals = memchr(text.bytes, '=', text.length);
    if (equals == NULL)
        return fail(reader, "a field without \"=\"");
    field->key = (struct line_text){text.bytes, (size_t)(equals - text.bytes)};
    field->value = (struct line_text){equals + 1, text.length - field->key.length - 1};
    if (!is_key(field->key))
        return fail(reader, "a key that is none");
    return is_printable(field->value) || fail(reader, "a control byte in a value");
}

/* The next field must be of that key and 1 to max bytes long. */
static bool take(struct reader *reader, const char *key, size_t max, struct line_text *value)
{
    struct field field;

    if (!take_field(reader, &field))
        return false;
    if (!line_text_is(field.key, key))
        return fail(reader, "the first fields are not ip, time, uid, bucket");
    if (field.value.length < 1 || field.value.length > max)
        return fail(reader, "a value is empty or too long");
    *value = field.value;
    return true;
}

static bool read_time(struct reader *reader, struct line_text text, int64_t *t_ms)
{
    *t_ms = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9')
            return fail(reader, "time is no number");
        *t_ms = *t_ms * 10 + (text.bytes[i] - '0');
    }
    return true;
}

/* What every hit has. */
static bool read_core(struct reader *reader, struct datagram_hit *hit, bool *has_addr)
{
    struct line_text text;

    if (!take_text(reader, &text) || !line_text_is(text, HEAD))
        return fail(reader, "it does not begin with \"" HEAD "\"");
    if (!take(reader, "ip", ADDR_PREFIX_TEXT_SIZE, &text))
        return false;
    *has_addr = !line_text_is(text, "none");
    if (*has_addr && addr_parse_host(text.bytes, text.length, &hit->addr) != 0)
        return fail(reader, "ip is no address");
    if (!take(reader, "time", TIME_DIGITS_MAX, &text) || !read_time(reader, text, &hit->t_ms) ||
        !take(reader, "uid", DATAGRAM_UID_BYTES_MAX, &hit->uid) ||
        !take(reader, "bucket", BUCKET_BYTES_MAX, &hit->buckets[0]))
        return false;
    hit->bucket_count = 1;
    return true;
}

/* A field behind the first bucket. Those of later versions are passed over. */
static bool read_other(struct reader *reader, struct datagram_hit *hit)
{
    const struct {
        const char *key;
        size_t max;
        struct line_text *text;
    } known[] = {{"qid", QID_BYTES_MAX, &hit->qid},
                 {"user", ACCOUNT_BYTES_MAX, &hit->account},
                 {"mid", DATAGRAM_MESSAGE_ID_BYTES_MAX, &hit->message_id}};
    struct field field;

    if (!take_field(reader, &field))
        return false;
    if (line_text_is(field.key, "bucket")) {
        if (hit->bucket_count == DATAGRAM_BUCKETS_MAX)
            return fail(reader, "too many buckets");
        if (field.value.length < 1 || field.value.length > BUCKET_BYTES_MAX)
            return fail(reader, "a value is empty or too long");
        hit->buckets[hit->bucket_count++] = field.value;
        return true;
    }
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (!line_text_is(field.key, known[i].key))
            continue;
        if (known[i].text->bytes != NULL)
            return fail(reader, "a field comes twice");
        if (field.value.length < 1 || field.value.length > known[i].max)
            return fail(reader, "a value is empty or too long");
        *known[i].text = field.value;
        return true;
    }
    return !line_text_is(field.key, "ip") && !line_text_is(field.key, "time") &&
                   !line_text_is(field.key, "uid")
               ? true
               : fail(reader, "a field comes twice");
}

enum datagram_result datagram_read(const char *bytes, size_t size, struct datagram_hit *hit)
{
    struct reader reader = {.at = bytes, .end = bytes + size};
    bool has_addr = false;
    bool sound;

    *hit = (struct datagram_hit){.bucket_count = 0};
    if (size > DATAGRAM_BYTES_MAX) {
        hit->reason = "it is too long";
        return DATAGRAM_MALFORMED;
    }
    sound = read_core(&reader, hit, &has_addr);
    while (sound && reader.at < reader.end)
        sound = read_other(&reader, hit);
    hit->reason = sound ? NULL : reader.reason;
    return !sound ? DATAGRAM_MALFORMED : has_addr ? DATAGRAM_HIT : DATAGRAM_UNATTRIBUTABLE;
}

int64_t datagram_time_ms(int64_t t_ms, int64_t read_ms, int64_t arrival_ms, bool *told)
{
    int64_t since_ms = read_ms < arrival_ms ? read_ms : arrival_ms;

    *told = t_ms >= since_ms - CLOCK_SKEW_MS_MAX && t_ms <= arrival_ms + CLOCK_SKEW_MS_MAX;
    return *told ? t_ms : arrival_ms;
}
