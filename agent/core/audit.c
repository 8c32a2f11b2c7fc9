/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Canonical bytes of what an operator commanded, see audit.h. They begin as those of all entries of
 * a chronicle do; the subject comes last, as its length is told by itself.
 */
#include "audit.h"

#include <string.h>

#include "bytes.h"
#include "entry.h"

/* A memory is rounded up to a tick. */
#define FORGET_MS_MAX (MEMORY_MS_MAX + TICK_MS)

const char *audit_action_name(uint8_t action)
{
    static const char *const names[] = {
        [AUDIT_BAN] = "ban",
        [AUDIT_UNBAN] = "unban",
        [AUDIT_FORGET] = "unban --forget",
        [AUDIT_ALLOW_ADD] = "allow add",
        [AUDIT_ALLOW_REMOVE] = "allow remove",
        [AUDIT_MAP_ADOPT] = "map adopt",
        [AUDIT_MAP_DISCARD] = "map discard",
        [AUDIT_RELEASE] = "release",
        [AUDIT_DROP] = "drop",
        [AUDIT_NODE_FORGET] = "node forget",
        [AUDIT_BY_NODE] = "unban --by-node",
        [AUDIT_UNBAN_ALL] = "unban --all",
        [AUDIT_IMPORT] = "import",
    };

    return action < sizeof(names) / sizeof(names[0]) ? names[action] : NULL;
}

static void write_text(struct writer *writer, const char *text)
{
    size_t length = strlen(text);

    writer_number(writer, length, 1);
    writer_bytes(writer, text, length);
}

/* A text without NUL and control bytes, of at most size - 1 bytes. */
static void read_text(struct reader *reader, char *text, size_t size)
{
    size_t length = (size_t)reader_number(reader, 1);
    const uint8_t *bytes = reader_bytes(reader, length);

    if (bytes == NULL || length >= size) {
        reader->bad = true;
        return;
    }
    for (size_t i = 0; i < length; i++)
        if (bytes[i] < 0x20 || bytes[i] == 0x7f)
            reader->bad = true;
    if (length > 0)
        memcpy(text, bytes, length);
    text[length] = '\0';
}

size_t audit_write(const struct audit *audit, uint8_t *bytes, size_t size)
{
    struct writer writer = {.bytes = bytes, .size = size};
    uint8_t subject[ENTRY_KEY_BYTES_MAX];

    writer_number(&writer, audit->stamp.hlc, 8);
    writer_number(&writer, audit->stamp.node, 8);
    writer_number(&writer, (uint64_t)audit->forget_ms, 8);
    writer_number(&writer, audit->action, 1);
    writer_number(&writer, audit->uid, 4);
    writer_number(&writer, (uint64_t)audit->until_ms, 8);
    writer_number(&writer, audit->count, 4);
    write_text(&writer, audit->actor);
    write_text(&writer, audit->reason);
    write_text(&writer, audit->object);
    writer_number(&writer, audit->has_subject, 1);
    if (audit->has_subject)
        writer_bytes(&writer, subject, entry_write_addr(&audit->addr, subject));
    return writer.bad ? 0 : writer.used;
}

/* All that is left must be the subject. */
static void read_subject(struct reader *reader, struct audit *audit)
{
    uint64_t flag = reader_number(reader, 1);
    uint8_t again[ENTRY_KEY_BYTES_MAX];

    audit->has_subject = flag == 1;
    if (flag > 1 || (flag == 0 && reader->left > 0))
        reader->bad = true;
    if (reader->bad || flag == 0)
        return;
    if (entry_read_addr(reader->bytes, reader->left, &audit->addr) != 0 ||
        entry_write_addr(&audit->addr, again) != reader->left)
        reader->bad = true;
}

int audit_read(const uint8_t *bytes, size_t size, struct audit *audit)
{
    struct reader reader = {.bytes = bytes, .left = size};
    uint64_t forget_ms, until_ms;
    int64_t made_ms;

    *audit = (struct audit){0};
    audit->stamp.hlc = reader_number(&reader, 8);
    audit->stamp.node = reader_number(&reader, 8);
    forget_ms = reader_number(&reader, 8);
    audit->action = (uint8_t)reader_number(&reader, 1);
    audit->uid = (uint32_t)reader_number(&reader, 4);
    until_ms = reader_number(&reader, 8);
    audit->count = (uint32_t)reader_number(&reader, 4);
    read_text(&reader, audit->actor, sizeof(audit->actor));
    read_text(&reader, audit->reason, sizeof(audit->reason));
    read_text(&reader, audit->object, sizeof(audit->object));
    read_subject(&reader, audit);
    audit->forget_ms = (int64_t)forget_ms;
    audit->until_ms = (int64_t)until_ms;
    made_ms = stamp_ms(audit->stamp.hlc);
    if (reader.bad || audit->stamp.hlc == 0 || audit->stamp.node == 0 || audit->action == 0 ||
        forget_ms > INT64_MAX || until_ms > INT64_MAX || audit->forget_ms <= made_ms ||
        audit->forget_ms - made_ms > FORGET_MS_MAX)
        return -1;
    return 0;
}

void audit_set_text(char *text, size_t size, const char *from)
{
    size_t length = from != NULL ? strnlen(from, size - 1) : 0;

    if (length > 0)
        memcpy(text, from, length);
    text[length] = '\0';
}

void audit_reason_each(uint8_t action, const char *object, const char *reason, char *text,
                       size_t size)
{
    if (reason[0] != '\0')
        audit_set_text(text, size, reason);
    else if (action == AUDIT_UNBAN_ALL)
        audit_set_text(text, size, "all bans were lifted");
    else {
        audit_set_text(text, size, action == AUDIT_NODE_FORGET ? "forgotten: " : "caused by ");
        size_t length = strlen(text);
        audit_set_text(text + length, size - length, object);
    }
}
