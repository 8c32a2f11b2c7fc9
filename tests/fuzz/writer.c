/* SPDX-License-Identifier: Apache-2.0 */
#include "writer.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Beyond the cut it makes no difference. */
#define FIELDS_BYTES_MAX ((size_t)2 * WRITER_MESSAGE_BYTES_MAX)
#define MODULE_BYTES 64 /* of rspamd's buffer for "<tag>; module; function: ", with its NUL */

static void put_bytes(struct writer *out, const char *bytes, size_t length);
static char filtered(uint8_t byte, enum writer_filter filter);
static void put_wrapped(struct writer *out, const char *before, struct writer_field field,
                        enum writer_filter filter, const char *after);
static void lengthen_id(struct writer *out, size_t end, size_t wanted);
static bool is_json(enum writer_form form);
static bool is_control(char byte);
static void put_module(const struct writer_header *header, struct writer *out);
static void put_json_header(const struct writer_header *header, struct writer *out);

/* What a sender might try, and what hides a field: one byte of a field each. */
#define FIRST_TEXT 0xc0
static const char *const texts[] = {
    ", ip: 192.0.2.66,",
    " ip: 192.0.2.66, user: ",
    ", user: x",
    ", from: <",
    ", (default: F (soft reject): [0.00/15.00] []), len: 1, ",
    ">, forced: " WRITER_VERDICT,
    ", forced: " WRITER_VERDICT,
    ", forced: soft reject \"Ratelimit \"",
    "\" exceeded\"; score=nan (set by ratelimit)",
    ", settings_id: x",
    ">, qid: <Q>,",
    "ratelimit \"user(1:x)\" exceeded",
    "\x01\x1b[0m\n\r\t",
    "\\\\\"\\",
    "\n2026-11-23 10:00:00 #77(rspamd_proxy) <a>; proxy; rspamd_task_write_log: id: <x>, ip: "
    "192.0.2.66, user: ",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02"
    "\x02",
};

void writer_put(struct writer *out, const char *text)
{
    put_bytes(out, text, strlen(text));
}

static void put_bytes(struct writer *out, const char *bytes, size_t length)
{
    assert(length <= sizeof(out->bytes) - out->length);
    memcpy(out->bytes + out->length, bytes, length);
    out->length += length;
}

void writer_put_field(struct writer *out, struct writer_field field, enum writer_filter filter)
{
    for (size_t i = 0; i < field.length && out->length < FIELDS_BYTES_MAX; i++) {
        size_t choice = field.bytes[i] - FIRST_TEXT;
        bool is_text = filter != WRITER_QID && field.bytes[i] >= FIRST_TEXT &&
                       choice < sizeof(texts) / sizeof(texts[0]);
        const char *text = is_text ? texts[choice] : (const char *)&field.bytes[i];
        size_t length = is_text ? strlen(text) : 1;
        for (size_t j = 0; j < length; j++) {
            char byte = filtered((uint8_t)text[j], filter);
            put_bytes(out, &byte, 1);
        }
    }
}

static char filtered(uint8_t byte, enum writer_filter filter)
{
    static const char qid[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    switch (filter) {
    case WRITER_ID:
        return byte > 0x20 && byte < 0x7f ? (char)byte : '?';
    case WRITER_QID:
        return qid[byte % 64];
    case WRITER_NO_QUOTE:
        return byte == '"' ? '\'' : (char)byte;
    case WRITER_NO_BRACKET:
        return byte == '>' ? ' ' : (char)byte;
    case WRITER_ANY:
        break;
    }
    return (char)byte;
}

void writer_message(const struct writer_message *message, struct writer *out)
{
    out->length = 0;
    put_wrapped(out, "id: <", message->id, WRITER_ID, ">,");
    if (message->has_qid)
        put_wrapped(out, " qid: <Q", message->qid, WRITER_QID, ">,");
    if (message->address) {
        writer_put(out, " ip: ");
        writer_put(out, message->address);
        writer_put(out, ",");
    }
    if (message->has_user)
        put_wrapped(out, " user: ", message->user, WRITER_ANY, ",");
    if (message->from.length > 0)
        put_wrapped(out, " from: <", message->from, WRITER_NO_QUOTE, ">,");
    put_wrapped(out, " (default: F (no action): [0.00/15.00] [", message->symbols, WRITER_ANY,
                "]), len: 168, time: 1.1ms, dns req: 0, digest: <ae14>");
    size_t end = out->length;
    if (message->has_rcpts) {
        put_wrapped(out, ", rcpts: <", message->rcpts, WRITER_NO_QUOTE, ">, mime_rcpts: <");
        writer_put_field(out, message->mime_rcpts, WRITER_NO_BRACKET);
        end = out->length;
        writer_put(out, ">");
    }
    if (message->limited)
        writer_put(out, ", forced: " WRITER_VERDICT);
    if (message->settings) {
        writer_put(out, ", settings_id: ");
        writer_put(out, message->settings);
    }
    if (message->cut_before_end >= 0)
        lengthen_id(out, end, message->cut_at + (size_t)message->cut_before_end);
}

static void put_wrapped(struct writer *out, const char *before, struct writer_field field,
                        enum writer_filter filter, const char *after)
{
    writer_put(out, before);
    writer_put_field(out, field, filter);
    writer_put(out, after);
}

/* So that what was at end is at wanted. */
static void lengthen_id(struct writer *out, size_t end, size_t wanted)
{
    if (end >= wanted || wanted - end > sizeof(out->bytes) - out->length)
        return;
    size_t at = strlen("id: <");
    memmove(out->bytes + at + (wanted - end), out->bytes + at, out->length - at);
    memset(out->bytes + at, 'm', wanted - end);
    out->length += wanted - end;
}

void writer_header(const struct writer_header *header, struct writer *out)
{
    static const struct {
        const char *before_pid;
        const char *behind_pid;
    } headers[WRITER_FORMS] = {
        [WRITER_FILE] = {"2026-11-23 10:00:00 #", "(rspamd_proxy) "},
        [WRITER_SEVERITY] = {"2026-11-23 10:00:00.12345 [notice] #", "(normal) "},
        [WRITER_COLOUR] = {"\033[0m\033[0;37m2026-11-23 10:00:00 #", "(rspamd_proxy) "},
        [WRITER_SYSTEMD] = {NULL, "(rspamd_proxy) "},
        [WRITER_SYSLOG] = {"Nov 23 10:00:00 mx1 rspamd[", "]: "},
        [WRITER_RFC3339] = {"2026-11-23T10:00:00.123456+01:00 mx1 rspamd[", "]: "},
        [WRITER_JSON] = {NULL, ""},
        [WRITER_JSON_SYSLOG] = {"Nov  3 10:00:00 mx1 rspamd[", "]: "},
    };
    if (headers[header->form].before_pid) {
        char pid[16];
        snprintf(pid, sizeof(pid), "%u", header->pid);
        writer_put(out, headers[header->form].before_pid);
        writer_put(out, pid);
    }
    writer_put(out, headers[header->form].behind_pid);
    if (is_json(header->form))
        put_json_header(header, out);
    else
        put_module(header, out);
}

static bool is_json(enum writer_form form)
{
    return form == WRITER_JSON || form == WRITER_JSON_SYSLOG;
}

/* Into files it is cut, as rspamd has little room for it; what syslog gets is not. */
static void put_module(const struct writer_header *header, struct writer *out)
{
    char text[512];
    bool is_cut = header->form != WRITER_SYSLOG && header->form != WRITER_RFC3339;
    snprintf(text, is_cut ? MODULE_BYTES : sizeof(text), "<%s>; %s; %s: ", header->tag,
             header->module, header->function);
    text[strlen(text) - 1] = ' ';
    writer_put(out, text);
}

static void put_json_header(const struct writer_header *header, struct writer *out)
{
    char text[512];
    snprintf(text, sizeof(text),
             "{\"ts\": 1795424400%s, \"pid\": %u, \"severity\": \"notice\", \"worker_type\": "
             "\"rspamd_proxy\", \"id\": \"%s\", \"module\": \"%s\", \"function\": \"%s\", "
             "\"message\": \"",
             header->form == WRITER_JSON ? ".123456" : "", header->pid, header->tag, header->module,
             header->function);
    writer_put(out, text);
}

/* rspamd cuts first, then escapes control bytes, then what log_json needs. */
void writer_text(enum writer_form form, const struct writer *message, struct writer *out)
{
    size_t length = message->length;
    if (length > WRITER_MESSAGE_BYTES_MAX)
        length = WRITER_MESSAGE_BYTES_MAX;
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = (uint8_t)message->bytes[i];
        char text[8] = {(char)byte};
        size_t text_length = 1;
        if (is_control((char)byte))
            text_length = (size_t)snprintf(text, sizeof(text), "\\x%02X", byte);
        if (is_json(form) && (text[0] == '\\' || text[0] == '"'))
            writer_put(out, "\\");
        put_bytes(out, text, text_length);
    }
    if (is_json(form))
        writer_put(out, "\"}");
    if (form == WRITER_SYSLOG && out->length > WRITER_SYSLOG_BYTES_MAX)
        out->length = WRITER_SYSLOG_BYTES_MAX;
}

bool writer_may_be_cut(enum writer_form form, const struct writer *message, size_t header)
{
    bool is_syslog = form == WRITER_SYSLOG || form == WRITER_RFC3339;
    if (message->length >= WRITER_MESSAGE_BYTES_MAX - 1)
        return true;
    size_t length = header;
    for (size_t i = 0; i < message->length; i++)
        length += is_control(message->bytes[i]) ? strlen("\\x01") : 1;
    return length - header >= WRITER_MESSAGE_BYTES_MAX - 1 || (is_syslog && length >= 1000);
}

size_t writer_cut_at(enum writer_form form, size_t header)
{
    return form == WRITER_SYSLOG ? WRITER_SYSLOG_BYTES_MAX - header : WRITER_MESSAGE_BYTES_MAX;
}

static bool is_control(char byte)
{
    return (uint8_t)byte < 0x20 || byte == 0x7f;
}
