/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the scanner read a line as its reference does, and can any text make it name a wrong
 * address?
 *
 * The first byte of an input chooses. 'R': the rest is a line. Anything else: the rest is what a
 * sender wrote (message id, queue id, account, sender, recipients, symbols; split at LF), from
 * which a line is written the way rspamd writes it, escaping and cutting included. Then the address
 * is known, and nothing else may be found. Does not: put log syntax into the queue id; the mail
 * server makes that one.
 */
#include <assert.h>
#include <bansync/limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "compare.h"
#include "writer.h"

/* Bits of the first byte; the upper three are the form of the line. */
#define LIMITED 1
#define ADDRESS 2
#define QID 4
#define ACCOUNT 8
#define NO_RECIPIENTS 16

enum {
    FIELD_ID,
    FIELD_QID,
    FIELD_USER,
    FIELD_FROM,
    FIELD_RCPT,
    FIELD_MIME_RCPT,
    FIELD_SYMBOLS,
    FIELD_COUNT
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_sender(uint8_t mode, const uint8_t *data, size_t size);
static void split(const uint8_t *data, size_t size, struct writer_field fields[FIELD_COUNT]);
static void check_found(uint8_t mode, const struct writer *written, bool may_be_cut);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > LINE_BYTES_MAX)
        return 0;
    if (data[0] == 'R')
        compare_line((const char *)data + 1, size - 1);
    else
        check_sender(data[0], data + 1, size - 1);
    return 0;
}

static void check_sender(uint8_t mode, const uint8_t *data, size_t size)
{
    static struct writer message;
    static struct writer line;
    struct writer_field fields[FIELD_COUNT] = {0};
    split(data, size, fields);
    struct writer_message wanted = {
        .limited = mode & LIMITED,
        .has_rcpts = !(mode & NO_RECIPIENTS),
        .address = mode & ADDRESS ? WRITER_ADDRESS : NULL,
        .id = fields[FIELD_ID],
        .qid = fields[FIELD_QID],
        .user = fields[FIELD_USER],
        .from = fields[FIELD_FROM],
        .symbols = fields[FIELD_SYMBOLS],
        .rcpts = fields[FIELD_RCPT],
        .mime_rcpts = fields[FIELD_MIME_RCPT],
        .has_qid = mode & QID,
        .has_user = mode & ACCOUNT,
        .cut_before_end = size > 0 && data[size - 1] == '\n' ? 0 : -1,
    };
    struct writer_header header = {mode >> 5, 77, "aa0001", "proxy", "rspamd_task_write_log"};
    line.length = 0;
    writer_header(&header, &line);
    size_t header_length = line.length;
    wanted.cut_at = writer_cut_at(header.form, header_length);
    writer_message(&wanted, &message);
    writer_text(header.form, &message, &line);
    compare_line(line.bytes, line.length);
    check_found(mode, &line, writer_may_be_cut(header.form, &message, header_length));
}

static void split(const uint8_t *data, size_t size, struct writer_field fields[FIELD_COUNT])
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
        fields[i].bytes = data;
        fields[i].length = end && i < FIELD_COUNT - 1 ? (size_t)(end - data) : size;
        size_t taken = fields[i].length + (fields[i].length < size);
        data += taken;
        size -= taken;
    }
    if (fields[FIELD_QID].length > QID_BYTES_MAX / 2)
        fields[FIELD_QID].length = QID_BYTES_MAX / 2;
}

static void check_found(uint8_t mode, const struct writer *written, bool may_be_cut)
{
    static char scratch[LINE_BYTES_MAX];
    struct line line;
    struct addr address;
    assert(addr_parse_host(WRITER_ADDRESS, strlen(WRITER_ADDRESS), &address) == 0);
    assert(line_read(written->bytes, written->length, scratch, &line) == LINE_MESSAGE);
    line_fields(&line);
    if (line.has_addr)
        assert((mode & ADDRESS) && memcmp(&line.addr, &address, sizeof(address)) == 0);
    assert(line.verdict != LINE_LIMITED || ((mode & LIMITED) && !may_be_cut));
    if (!may_be_cut)
        assert((line.verdict == LINE_LIMITED) == ((mode & LIMITED) != 0) && !line.fields_broken);
}
