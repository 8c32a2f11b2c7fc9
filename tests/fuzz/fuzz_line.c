/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can any text make the scanner of log lines name a wrong address?
 *
 * The first byte of an input chooses. 'R': the rest is a line; what is found in it is checked
 * against a slow second reading. Anything else: the rest is what a sender wrote (message id, queue
 * id, account, sender, recipients; split at LF), from which a line is written the way rspamd writes
 * it, escaping and cutting included. Then the address is known, and nothing else may be found. Does
 * not: put log syntax into the queue id; the mail server makes that one.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <bansync/limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"

#define HEADER "2026-11-23 10:00:00 #77(rspamd_proxy) <aa0001>; proxy; rspamd_task_write_log: "
#define FUNCTION "rspamd_task_write_log: "
#define VERDICT "forced: soft reject \"Ratelimit \"user\" exceeded\"; score=nan (set by ratelimit)"
#define SET_BY "(set by ratelimit)"
#define ADDRESS "203.0.113.5"
#define RSPAMD_MESSAGE_BYTES_MAX 8191

enum { FIELD_ID, FIELD_QID, FIELD_USER, FIELD_FROM, FIELD_RCPT, FIELD_MIME_RCPT, FIELD_COUNT };

struct field {
    const uint8_t *bytes;
    size_t length;
};

struct buffer {
    char bytes[4 * RSPAMD_MESSAGE_BYTES_MAX + 1024];
    size_t length;
};

/* What a line says by itself, without the lines of the same task before it. */
enum reading { READ_OTHER, READ_HIT, READ_UNATTRIBUTABLE, READ_REFUSED };

static enum reading read_alone(const char *bytes, size_t length, struct line *line,
                               const char **reason)
{
    static char scratch[LINE_BYTES_MAX];
    *reason = NULL;
    if (line_read(bytes, length, scratch, line) != LINE_MESSAGE ||
        line->verdict == LINE_NOT_LIMITED)
        return READ_OTHER;
    *reason = line->verdict == LINE_UNSURE ? line->verdict_broken : line->fields_broken;
    if (*reason)
        return READ_REFUSED;
    return line->has_addr ? READ_HIT : READ_UNATTRIBUTABLE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const char *line, size_t length);
static void check_hit(const char *line, size_t length, const struct line *hit);
static void check_inside(const char *line, size_t length, struct line_text text, size_t max);
static bool read_address(struct line_text message, struct addr *addr);
static const char *find(const char *text, const char *end, const char *what);
static void check_prefixed(const char *line, size_t length);
static void check_sender(uint8_t mode, const uint8_t *data, size_t size);
static void split(const uint8_t *data, size_t size, struct field fields[FIELD_COUNT]);
static void write_message(uint8_t mode, const struct field fields[FIELD_COUNT], struct buffer *out);
static void write_line(const struct buffer *message, struct buffer *out);
static void put(struct buffer *out, const char *text);
static void put_field(struct buffer *out, struct field field, char (*filter)(uint8_t byte));
static char id_byte(uint8_t byte);
static char qid_byte(uint8_t byte);
static char any_byte(uint8_t byte);
static char mime_byte(uint8_t byte);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] == 'R')
        check_line((const char *)data + 1, size - 1);
    else
        check_sender(data[0], data + 1, size - 1);
    return 0;
}

static void check_line(const char *line, size_t length)
{
    struct line hit;
    struct line again;
    const char *reason;
    enum reading verdict = read_alone(line, length, &hit, &reason);
    assert((verdict == READ_REFUSED) == (reason != NULL));
    assert(read_alone(line, length, &again, &(const char *){NULL}) == verdict);
    if (verdict == READ_HIT || verdict == READ_UNATTRIBUTABLE) {
        assert(memcmp(&hit.time, &again.time, sizeof(hit.time)) == 0);
        assert(hit.message.bytes == again.message.bytes &&
               hit.message.length == again.message.length);
        check_hit(line, length, &hit);
        struct addr expected;
        assert(read_address(hit.message, &expected) == (verdict == READ_HIT));
        assert(verdict != READ_HIT || memcmp(&hit.addr, &expected, sizeof(expected)) == 0);
    }
    check_prefixed(line, length);
}

static void check_hit(const char *line, size_t length, const struct line *hit)
{
    check_inside(line, length, hit->message, RSPAMD_MESSAGE_BYTES_MAX - 2);
    check_inside(line, length, hit->bucket, BUCKET_BYTES_MAX);
    check_inside(line, length, hit->account, ACCOUNT_BYTES_MAX);
    check_inside(line, length, hit->qid, QID_BYTES_MAX);
    assert(hit->message.bytes && hit->bucket.bytes);
    assert(!memchr(line, '\0', length));
    assert(!memchr(hit->bucket.bytes, '"', hit->bucket.length));
    const char *function = hit->message.bytes - strlen(FUNCTION);
    assert(find(line, line + length, FUNCTION) == function);
    const char *verdict =
        find(hit->bucket.bytes, line + length, "\" exceeded\"; score=nan " SET_BY);
    assert(verdict == hit->bucket.bytes + hit->bucket.length);
    assert(hit->time.month >= 1 && hit->time.month <= 12 && hit->time.day >= 1 &&
           hit->time.day <= 31);
    assert(hit->time.year >= -1 && hit->time.millisecond >= 0 && hit->time.millisecond <= 999);
}

static void check_inside(const char *line, size_t length, struct line_text text, size_t max)
{
    if (!text.bytes) {
        assert(text.length == 0);
        return;
    }
    assert(text.length >= 1 && text.length <= max);
    assert(text.bytes >= line && text.bytes + text.length <= line + length);
}

/* The address by searching: behind the first blank that follows "id: <", or behind the queue id
 * there. */
static bool read_address(struct line_text message, struct addr *addr)
{
    const char *end = message.bytes + message.length;
    const char *at = find(message.bytes + strlen("id: <"), end, ">, ");
    assert(at);
    at += 2;
    if (find(at, end, " qid: <") == at)
        at = find(at, end, ">,") + 2;
    if (find(at, end, " ip: ") != at)
        return false;
    at += strlen(" ip: ");
    const char *comma = find(at, end, ",");
    assert(comma);
    char text[INET6_ADDRSTRLEN] = {0};
    assert((size_t)(comma - at) < sizeof(text));
    memcpy(text, at, (size_t)(comma - at));
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    uint8_t bytes[16] = {0};
    bool is_v6 = inet_pton(AF_INET6, text, bytes) == 1;
    if (is_v6 && memcmp(bytes, mapped, sizeof(mapped)) == 0) {
        is_v6 = false;
        memmove(bytes, bytes + 12, 4);
        memset(bytes + 4, 0, 12);
    } else if (!is_v6) {
        assert(inet_pton(AF_INET, text, bytes) == 1);
    }
    memset(addr, 0, sizeof(*addr));
    addr->kind = is_v6 ? ADDR_IPV6 : ADDR_IPV4;
    addr->length = is_v6 ? 128 : 32;
    memcpy(addr->bytes, bytes, sizeof(bytes));
    return true;
}

static const char *find(const char *text, const char *end, const char *what)
{
    assert(text <= end);
    return memmem(text, (size_t)(end - text), what, strlen(what));
}

/* Whatever a line holds, behind other text it is another program's line. */
static void check_prefixed(const char *line, size_t length)
{
    static const char prefix[] = "- ";
    struct line hit;
    char *prefixed = malloc(sizeof(prefix) - 1 + length);
    assert(prefixed);
    memcpy(prefixed, prefix, sizeof(prefix) - 1);
    memcpy(prefixed + sizeof(prefix) - 1, line, length);
    assert(read_alone(prefixed, sizeof(prefix) - 1 + length, &hit, NULL) == READ_OTHER);
    free(prefixed);
}

/* Mode bit 0: limited. Bit 1: the client has an address. Bit 2: there is a queue id. Bit 3: there
 * is an account. Bit 4: the recipient fields are absent. */
static void check_sender(uint8_t mode, const uint8_t *data, size_t size)
{
    static struct buffer message;
    static struct buffer line;
    struct field fields[FIELD_COUNT] = {0};
    split(data, size, fields);
    write_message(mode, fields, &message);
    bool may_be_cut = message.length >= RSPAMD_MESSAGE_BYTES_MAX - 1;
    write_line(&message, &line);
    struct line hit;
    enum reading verdict = read_alone(line.bytes, line.length, &hit, NULL);
    check_line(line.bytes, line.length);
    if (verdict == READ_HIT) {
        struct addr expected;
        assert(addr_parse_host(ADDRESS, strlen(ADDRESS), &expected) == 0);
        assert(mode & 2);
        assert(memcmp(&hit.addr, &expected, sizeof(expected)) == 0);
    }
    if (!(mode & 1))
        assert(verdict == READ_OTHER || (may_be_cut && verdict == READ_REFUSED));
    if ((mode & 1) && line.length - strlen(HEADER) < RSPAMD_MESSAGE_BYTES_MAX - 1)
        assert(verdict == (mode & 2 ? READ_HIT : READ_UNATTRIBUTABLE));
}

static void split(const uint8_t *data, size_t size, struct field fields[FIELD_COUNT])
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
        fields[i].bytes = data;
        fields[i].length = end && i < FIELD_COUNT - 1 ? (size_t)(end - data) : size;
        size_t taken = fields[i].length + (fields[i].length < size);
        data += taken;
        size -= taken;
        if (fields[i].length > RSPAMD_MESSAGE_BYTES_MAX / 2)
            fields[i].length = RSPAMD_MESSAGE_BYTES_MAX / 2;
    }
    if (fields[FIELD_QID].length > QID_BYTES_MAX)
        fields[FIELD_QID].length = QID_BYTES_MAX;
}

static void write_message(uint8_t mode, const struct field fields[FIELD_COUNT], struct buffer *out)
{
    out->length = 0;
    put(out, "id: <");
    put_field(out, fields[FIELD_ID], id_byte);
    put(out, ">,");
    if (mode & 4) {
        put(out, " qid: <Q");
        put_field(out, (struct field){fields[FIELD_QID].bytes, fields[FIELD_QID].length / 2},
                  qid_byte);
        put(out, ">,");
    }
    if (mode & 2)
        put(out, " ip: " ADDRESS ",");
    if (mode & 8) {
        put(out, " user: ");
        put_field(out, fields[FIELD_USER], any_byte);
        put(out, ",");
    }
    if (fields[FIELD_FROM].length > 0) {
        put(out, " from: <");
        put_field(out, fields[FIELD_FROM], any_byte);
        put(out, ">,");
    }
    put(out, " (default: F (soft reject): [0.00/15.00] []), len: 168, digest: <ae14>");
    if (!(mode & 16)) {
        put(out, ", rcpts: <");
        put_field(out, fields[FIELD_RCPT], any_byte);
        put(out, ">, mime_rcpts: <");
        put_field(out, fields[FIELD_MIME_RCPT], mime_byte);
        put(out, ">");
    }
    if (mode & 1)
        put(out, ", " VERDICT);
    if (out->length > RSPAMD_MESSAGE_BYTES_MAX)
        out->length = RSPAMD_MESSAGE_BYTES_MAX;
}

/* The message behind its header; control bytes are escaped after the cut, as rspamd does. */
static void write_line(const struct buffer *message, struct buffer *out)
{
    static const char digits[] = "0123456789ABCDEF";
    out->length = 0;
    put(out, HEADER);
    for (size_t i = 0; i < message->length; i++) {
        uint8_t byte = (uint8_t)message->bytes[i];
        if (byte < 0x20 || byte == 0x7f) {
            char escaped[] = {'\\', 'x', digits[byte >> 4], digits[byte & 15], '\0'};
            put(out, escaped);
        } else {
            out->bytes[out->length++] = (char)byte;
        }
    }
}

static void put(struct buffer *out, const char *text)
{
    size_t length = strlen(text);
    assert(length <= sizeof(out->bytes) - out->length);
    memcpy(out->bytes + out->length, text, length);
    out->length += length;
}

static void put_field(struct buffer *out, struct field field, char (*filter)(uint8_t byte))
{
    assert(field.length <= sizeof(out->bytes) - out->length);
    for (size_t i = 0; i < field.length; i++)
        out->bytes[out->length++] = filter(field.bytes[i]);
}

static char id_byte(uint8_t byte)
{
    return byte > 0x20 && byte < 0x7f ? (char)byte : '?';
}

static char qid_byte(uint8_t byte)
{
    return "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"[byte % 64];
}

static char any_byte(uint8_t byte)
{
    return (char)byte;
}

/* The list of recipients in the message's header holds no '>' of its own. */
static char mime_byte(uint8_t byte)
{
    return byte == '>' ? ' ' : (char)byte;
}
