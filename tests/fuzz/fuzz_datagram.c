/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can any bytes on rspamd's socket be read as what they do not say?
 *
 * The first byte of an input chooses. 'R': the rest is a datagram, compared with a slow second
 * reading. Anything else: the rest is what a sender wrote (account, queue id, Message-ID, name of a
 * bucket; split at LF), from which a datagram is written the way bansync.lua does. Then it is a
 * hit, the address and the number of buckets are known, and each text is in its own field.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datagram.h"

#define ADDRESS "203.0.113.5"
#define TEXTS 4

struct buffer {
    char bytes[4 * DATAGRAM_BYTES_MAX];
    size_t size;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- A second reading: the datagram is cut into C strings first ------------------------------- */

static bool is_value(const char *text, size_t max)
{
    size_t length = strlen(text);

    return length >= 1 && length <= max;
}

/* The value of the first field of that key behind the one that begins at from; NULL: none. */
static const char *value_of(char **fields, size_t count, size_t from, const char *key)
{
    size_t length = strlen(key);

    for (size_t i = from; i < count; i++)
        if (strncmp(fields[i], key, length) == 0 && fields[i][length] == '=')
            return fields[i] + length + 1;
    return NULL;
}

static size_t count_of(char **fields, size_t count, const char *key)
{
    size_t found = 0;

    for (size_t i = 1; i < count; i++)
        found += value_of(fields, i + 1, i, key) != NULL;
    return found;
}

static bool is_field(const char *field)
{
    size_t key = strspn(field, "abcdefghijklmnopqrstuvwxyz_");

    if (key < 1 || key > 16 || field[key] != '=')
        return false;
    for (const char *at = field + key; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return false;
    return true;
}

static bool is_sound(char **fields, size_t count)
{
    static const struct {
        const char *key;
        size_t least, most, bytes_max;
    } rules[] = {{"ip", 1, 1, ADDR_PREFIX_TEXT_SIZE},
                 {"time", 1, 1, 15},
                 {"uid", 1, 1, DATAGRAM_UID_BYTES_MAX},
                 {"bucket", 1, DATAGRAM_BUCKETS_MAX, BUCKET_BYTES_MAX},
                 {"qid", 0, 1, QID_BYTES_MAX},
                 {"user", 0, 1, ACCOUNT_BYTES_MAX},
                 {"mid", 0, 1, DATAGRAM_MESSAGE_ID_BYTES_MAX}};
    const char *time;

    if (count < 5 || count > DATAGRAM_FIELDS_MAX + 1 || strcmp(fields[0], "bansync1") != 0)
        return false;
    for (size_t i = 1; i < count; i++)
        if (!is_field(fields[i]))
            return false;
    for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++) {
        size_t found = count_of(fields, count, rules[r].key);

        if (found < rules[r].least || found > rules[r].most)
            return false;
        if (r < 4 && value_of(fields, r + 2, r + 1, rules[r].key) == NULL)
            return false; /* not in its place */
        for (size_t i = 1; i < count; i++) {
            const char *value = value_of(fields, i + 1, i, rules[r].key);

            if (value != NULL && !is_value(value, rules[r].bytes_max))
                return false;
        }
    }
    time = value_of(fields, count, 1, "time");
    return time[strspn(time, "0123456789")] == '\0';
}

static bool read_address(const char *text, struct addr *addr)
{
    struct in_addr four;
    struct in6_addr six;

    memset(addr, 0, sizeof(*addr));
    if (inet_pton(AF_INET, text, &four) == 1) {
        *addr = (struct addr){.kind = ADDR_IPV4, .length = 32};
        memcpy(addr->bytes, &four, 4);
        return true;
    }
    if (inet_pton(AF_INET6, text, &six) != 1)
        return false;
    if (IN6_IS_ADDR_V4MAPPED(&six)) {
        *addr = (struct addr){.kind = ADDR_IPV4, .length = 32};
        memcpy(addr->bytes, six.s6_addr + 12, 4);
    } else {
        *addr = (struct addr){.kind = ADDR_IPV6, .length = 128};
        memcpy(addr->bytes, six.s6_addr, 16);
    }
    return true;
}

static bool is_text(struct line_text text, const char *wanted)
{
    return wanted == NULL ? text.bytes == NULL
                          : text.bytes != NULL && text.length == strlen(wanted) &&
                                memcmp(text.bytes, wanted, text.length) == 0;
}

static void compare(char **fields, size_t count, bool ended)
{
    enum datagram_result expected = DATAGRAM_MALFORMED;
    struct datagram_hit hit;
    struct addr addr = {0};
    size_t size = 0, bucket = 0;

    for (size_t i = 0; i < count; i++)
        size += strlen(fields[i]) + 1;
    size -= count > 0 && !ended;
    if (size <= DATAGRAM_BYTES_MAX && ended && is_sound(fields, count)) {
        const char *ip = value_of(fields, count, 1, "ip");

        expected = strcmp(ip, "none") == 0   ? DATAGRAM_UNATTRIBUTABLE
                   : read_address(ip, &addr) ? DATAGRAM_HIT
                                             : DATAGRAM_MALFORMED;
    }
    assert(datagram_read(count > 0 ? fields[0] : "", size, &hit) == expected);
    assert((expected == DATAGRAM_MALFORMED) == (hit.reason != NULL));
    if (expected == DATAGRAM_MALFORMED)
        return;
    assert(memcmp(&hit.addr, &addr, sizeof(addr)) == 0);
    assert(hit.t_ms == strtoll(value_of(fields, count, 1, "time"), NULL, 10));
    assert(is_text(hit.uid, value_of(fields, count, 1, "uid")));
    assert(is_text(hit.qid, value_of(fields, count, 1, "qid")));
    assert(is_text(hit.account, value_of(fields, count, 1, "user")));
    assert(is_text(hit.message_id, value_of(fields, count, 1, "mid")));
    for (size_t i = 1; i < count; i++) {
        const char *value = value_of(fields, i + 1, i, "bucket");

        assert(value == NULL || is_text(hit.buckets[bucket++], value));
    }
    assert(bucket == hit.bucket_count);
}

static void check_raw(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);
    char **fields = malloc((size + 1) * sizeof(*fields));
    size_t count = 0, at = 0;

    assert(copy != NULL && fields != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    copy[size] = '\0';
    while (at < size) {
        fields[count++] = copy + at;
        at += strlen(copy + at) + 1;
    }
    compare(fields, count, size > 0 && at == size);
    free(fields);
    free(copy);
}

/* --- What a sender can do --------------------------------------------------------------------- */

static void put(struct buffer *out, const char *key, const uint8_t *text, size_t length, size_t max)
{
    size_t begin;

    if (length == 0)
        return;
    out->size += (size_t)snprintf(out->bytes + out->size, 32, "%s=", key);
    begin = out->size;
    for (size_t i = 0; i < length && out->size - begin < max; i++)
        if (text[i] < 0x20 || text[i] == 0x7f)
            out->size += (size_t)snprintf(out->bytes + out->size, 8, "\\x%02X", text[i]);
        else
            out->bytes[out->size++] = (char)text[i];
    if (out->size - begin > max)
        out->size = begin + max;
    out->bytes[out->size++] = '\0';
}

static void put_text(struct buffer *out, const char *key, const char *text)
{
    put(out, key, (const uint8_t *)text, strlen(text), 64);
}

static void check_sender(const uint8_t *data, size_t size)
{
    static struct buffer out;
    const uint8_t *texts[TEXTS];
    size_t lengths[TEXTS], at = 0;
    struct datagram_hit hit;
    char address[ADDR_TEXT_SIZE];

    for (size_t i = 0; i < TEXTS; i++) {
        const uint8_t *lf = at < size ? memchr(data + at, '\n', size - at) : NULL;

        texts[i] = data + at;
        lengths[i] = lf != NULL && i + 1 < TEXTS ? (size_t)(lf - texts[i]) : size - at;
        at += lengths[i] + (lf != NULL && i + 1 < TEXTS);
    }
    memcpy(out.bytes, "bansync1", 9);
    out.size = 9;
    put_text(&out, "ip", ADDRESS);
    put_text(&out, "time", "1790000000123");
    put_text(&out, "uid", "5fe4a");
    put_text(&out, "bucket", "user");
    put(&out, "bucket", texts[3], lengths[3], BUCKET_BYTES_MAX);
    put(&out, "qid", texts[1], lengths[1], QID_BYTES_MAX);
    put(&out, "user", texts[0], lengths[0], ACCOUNT_BYTES_MAX);
    put(&out, "mid", texts[2], lengths[2], DATAGRAM_MESSAGE_ID_BYTES_MAX);
    assert(datagram_read(out.bytes, out.size, &hit) == DATAGRAM_HIT);
    addr_print(&hit.addr, address);
    assert(strcmp(address, ADDRESS) == 0);
    assert(hit.bucket_count == 1 + (lengths[3] > 0));
    assert((hit.account.bytes != NULL) == (lengths[0] > 0));
    assert((hit.qid.bytes != NULL) == (lengths[1] > 0));
    assert((hit.message_id.bytes != NULL) == (lengths[2] > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 'R')
        check_raw(data + 1, size - 1);
    else if (size > 0)
        check_sender(data + 1, size - 1);
    return 0;
}
