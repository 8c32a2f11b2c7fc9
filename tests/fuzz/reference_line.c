/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <bansync/limits.h>
#include <string.h>

#include "reference.h"
#include "reference_header.h"
#include "reference_text.h"

/* rspamd cuts a message at 8,191 bytes: one that is as long may have lost its end. */
#define CUT_BYTES 8190
#define SETTINGS_BYTES_MAX 64
#define ADDRESS_BYTES_MAX 45 /* of an IPv6 address with an IPv4 one in it */

#define VERDICT_FRONT ">, forced: soft reject \"Ratelimit \""

static enum line_kind read_evidence(struct line *line);
static enum line_kind read_message(struct line *line);
static bool read_host(struct line_text text, struct addr *addr);
static bool may_be_cut(const struct line *line);
static bool holds_nul(struct line_text text);
static bool is_bucket(struct line_text name);
static bool is_bucket_byte(char byte);
static void read_verdict(struct line *line);
static bool find_bucket(struct line_text message, struct line_text *name);
static bool take_settings_off(struct line_text *message);
static bool read_fields(struct line *line);
static bool is_front(struct line_text text, const char *whole);
static bool read_id(struct line_text *rest, struct line *line);
static bool read_qid(struct line_text *rest, struct line *line);
static bool read_ip(struct line_text *rest, struct line *line);
static bool read_account(struct line_text rest, struct line *line);

enum line_kind reference_line(const char *bytes, size_t length, char *scratch, struct line *line)
{
    struct line_text text = {bytes, length};
    if (text_ends(text, "\r"))
        text.length--;
    switch (reference_header(text, scratch, line)) {
    case LINE_EVIDENCE:
        return read_evidence(line);
    case LINE_MESSAGE:
        return read_message(line);
    case LINE_OTHER:
        break;
    }
    return LINE_OTHER;
}

/* [set_symbol_only: ]ratelimit "NAME(...)" exceeded... */
static enum line_kind read_evidence(struct line *line)
{
    struct line_text rest = line->message;
    text_take(&rest, "set_symbol_only: ");
    if (!text_take(&rest, "ratelimit \"") || !text_take_until(&rest, "(", &line->bucket) ||
        !is_bucket(line->bucket))
        line->kind = LINE_OTHER;
    return line->kind;
}

static enum line_kind read_message(struct line *line)
{
    read_verdict(line);
    struct line_text bucket = line->bucket;
    struct line kept = *line;
    if (!holds_nul(line->message) && read_fields(&kept)) {
        *line = kept;
        line->bucket = bucket;
    } else {
        line->fields_broken = "broken";
    }
    return line->kind;
}

static bool read_host(struct line_text text, struct addr *addr)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    char copy[ADDRESS_BYTES_MAX + 1] = {0};
    uint8_t bytes[16] = {0};
    if (text.length == 0 || text.length > ADDRESS_BYTES_MAX || holds_nul(text))
        return false;
    memcpy(copy, text.bytes, text.length);
    memset(addr, 0, sizeof(*addr));
    if (inet_pton(AF_INET, copy, bytes) == 1) {
        addr->kind = ADDR_IPV4;
        addr->length = 32;
        memcpy(addr->bytes, bytes, 4);
        return true;
    }
    if (inet_pton(AF_INET6, copy, bytes) != 1)
        return false;
    bool is_v4 = memcmp(bytes, mapped, sizeof(mapped)) == 0;
    addr->kind = is_v4 ? ADDR_IPV4 : ADDR_IPV6;
    addr->length = is_v4 ? 32 : 128;
    memcpy(addr->bytes, is_v4 ? bytes + 12 : bytes, is_v4 ? 4 : 16);
    return true;
}

static bool is_bucket(struct line_text name)
{
    return name.length <= BUCKET_BYTES_MAX && text_all(name, is_bucket_byte);
}

static bool is_bucket_byte(char byte)
{
    return (byte & 0xe0) != 0 && byte != 0x7f && byte != '"' && byte != '\\';
}

static bool may_be_cut(const struct line *line)
{
    return line->may_be_cut || line->message.length >= CUT_BYTES;
}

/* rspamd writes none; where the disk or a copy left them, nothing can be trusted. */
static bool holds_nul(struct line_text text)
{
    return text.length > 0 && memchr(text.bytes, '\0', text.length);
}

/* A message that the ratelimit module ended says so at its end. Behind a bracket, and in a message
 * that is not cut, nobody but rspamd can have written it. */
static void read_verdict(struct line *line)
{
    struct line_text message = line->message;
    take_settings_off(&message);
    line->verdict = LINE_NOT_LIMITED;
    if (!text_ends(message, "(set by ratelimit)"))
        return;
    line->verdict = LINE_UNSURE;
    if (!may_be_cut(line) && !holds_nul(line->message) && find_bucket(message, &line->bucket))
        line->verdict = LINE_LIMITED;
}

/* >, forced: soft reject "Ratelimit "NAME" exceeded"; score=nan (set by ratelimit) */
static bool find_bucket(struct line_text message, struct line_text *name)
{
    static const char back[] = "\" exceeded\"; score=nan (set by ratelimit)";
    if (!text_ends(message, back))
        return false;
    message.length -= strlen(back);
    size_t length = 0;
    while (length < message.length && is_bucket_byte(message.bytes[message.length - length - 1]))
        length++;
    *name = text_behind(message, message.length - length);
    return is_bucket(*name) &&
           text_ends(text_first(message, message.length - length), VERDICT_FRONT);
}

static bool take_settings_off(struct line_text *message)
{
    static const char settings[] = ", settings_id: ";
    size_t length = message->length;
    while (length > 0 && byte_is_word(message->bytes[length - 1]))
        length--;
    struct line_text before = text_first(*message, length);
    if (length == message->length || message->length - length > SETTINGS_BYTES_MAX ||
        !text_ends(before, settings))
        return false;
    *message = text_first(before, length - strlen(settings));
    return true;
}

/* id: <X>, [qid: <Q>,] [ip: ADDR,] and then one of the three fields that can follow, or what a cut
 * has left of it. A verdict is not among the fields. */
static bool read_fields(struct line *line)
{
    struct line_text rest = line->message;
    if (line->verdict == LINE_LIMITED)
        rest.length = (size_t)(line->bucket.bytes - rest.bytes) - strlen(VERDICT_FRONT) + 1;
    if (!read_id(&rest, line) || !read_qid(&rest, line) || !read_ip(&rest, line))
        return false;
    if (text_begins(rest, " from: <") || text_begins(rest, " (default: "))
        return true;
    if (text_take(&rest, " user: "))
        return read_account(rest, line);
    return may_be_cut(line) && (is_front(rest, " from: <") || is_front(rest, " (default: ") ||
                                is_front(rest, " user: "));
}

static bool is_front(struct line_text text, const char *whole)
{
    return text.length < strlen(whole) && text_same(text, text_first(text_of(whole), text.length));
}

/* A message id holds no blank; what is before the first one is it, with its bracket. */
static bool read_id(struct line_text *rest, struct line *line)
{
    if (!text_take(rest, "id: <"))
        return false;
    struct line_text id = text_take_all(rest, byte_is_graph);
    if (rest->length == 0 || id.length > CUT_BYTES || !text_ends(id, ">,"))
        return false;
    line->message_id = text_first(id, id.length - strlen(">,"));
    return true;
}

static bool read_qid(struct line_text *rest, struct line *line)
{
    if (!text_take(rest, " qid: <"))
        return true;
    line->qid = text_take_all(rest, byte_is_word);
    return line->qid.length >= 1 && line->qid.length <= QID_BYTES_MAX && text_take(rest, ">,");
}

static bool read_ip(struct line_text *rest, struct line *line)
{
    struct line_text host;
    if (!text_take(rest, " ip: "))
        return true;
    if (!text_take_until(rest, ",", &host) || !read_host(host, &line->addr))
        return false;
    line->has_addr = true;
    return true;
}

/* What is before the first of the two fields that can follow. Where rspamd cut the message within
 * it, or within what ends it, it is not known: what is left could be another account. */
static bool read_account(struct line_text rest, struct line *line)
{
    static const char from[] = ", from: <";
    static const char standard[] = ", (default: ";
    size_t end = text_find(rest, from);
    if (text_find(rest, standard) < end)
        end = text_find(rest, standard);
    if (end > rest.length) {
        if (!may_be_cut(line))
            return false;
        end = rest.length < strlen(standard) ? 0 : rest.length - strlen(standard) + 1;
        if (end < ACCOUNT_BYTES_MAX)
            end = 0;
    }
    if (end > 0)
        line->account = text_first(rest, end < ACCOUNT_BYTES_MAX ? end : ACCOUNT_BYTES_MAX);
    return true;
}
