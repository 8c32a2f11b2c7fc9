/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the detector make of a log what its reference makes of it, and is each hit the sender's own?
 *
 * An input is a script, taken from its front: the form of the log, then steps. A step is a
 * line of a few tasks (a connection, evidence, a message with what its sender wrote, another
 * function's line that quotes the sender), a line as it stands, or time and log that pass. Lines
 * are written the way rspamd writes them. Each client of a task has one address: as long as the log
 * holds rspamd's lines only, nothing else may be found, and nothing in a task that is over no
 * limit. Does not: reach the bounds of the detector.
 */
#include <assert.h>
#include <bansync/limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "compare.h"
#include "writer.h"

#define TASKS 8
#define FIELD_BYTES_MAX 600
#define LINES_MAX 64
#define INPUTS_A_DETECTOR 1000
#define CUT_STEP                                                                    \
    2 /* bytes by which the place of a cut can be moved; messages have 200 and more \
       */

/* What truly happened to a task since its last message line. */
struct truth {
    bool is_exceeded;
};

struct script {
    const uint8_t *data;
    size_t size;
    enum writer_form form;
    bool is_honest; /* only rspamd has written into the log */
    uint64_t place;
    int64_t now_ms;
    struct truth tasks[TASKS];
    struct detect *detect;
    struct reference_detect *reference;
};

static struct writer message;
static struct writer line;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void renew(struct script *script);
static void forget(struct script *script);
static uint8_t take(struct script *script);
static struct writer_field take_field(struct script *script);
static void step(struct script *script);
static void write_connection(struct script *script, uint8_t task);
static void write_evidence(struct script *script, uint8_t task);
static void write_other(struct script *script, uint8_t task);
static void write_message(struct script *script, uint8_t task);
static void take_raw(struct script *script);
static void pass(struct script *script);
static void begin(const struct script *script, uint8_t task, const char *module,
                  const char *function);
static const char *address_of(uint8_t task);
static enum detect_result end(struct script *script, struct detect_hit *hit);
static enum detect_result read_line(struct script *script, struct detect_hit *hit);
static void check_truth(struct script *script, uint8_t task, const struct writer_message *wanted,
                        bool may_be_cut, enum detect_result result, const struct detect_hit *hit);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct script script;
    static unsigned inputs;
    if (inputs++ % INPUTS_A_DETECTOR == 0)
        renew(&script);
    forget(&script);
    script.data = data;
    script.size = size;
    script.is_honest = true;
    memset(script.tasks, 0, sizeof(script.tasks));
    script.form = take(&script) % WRITER_FORMS;
    for (int i = 0; i < LINES_MAX && script.size > 0; i++)
        step(&script);
    return 0;
}

/* A detector has room for thousands of messages, which takes longer to get than an input. */
static void renew(struct script *script)
{
    if (script->detect) {
        detect_close(&script->detect);
        reference_detect_close(script->reference);
    }
    script->detect = detect_open();
    script->reference = reference_detect_open();
    assert(script->detect);
}

/* What the last input left open is over. */
static void forget(struct script *script)
{
    script->now_ms += DETECT_WAIT_MS + 1;
    detect_expire(script->detect, script->now_ms);
    reference_detect_expire(script->reference, script->now_ms);
    assert(detect_place(script->detect) == UINT64_MAX);
}

static uint8_t take(struct script *script)
{
    if (script->size == 0)
        return 0;
    script->size--;
    return *script->data++;
}

/* Up to the next LF. */
static struct writer_field take_field(struct script *script)
{
    const uint8_t *end = script->size > 0 ? memchr(script->data, '\n', script->size) : NULL;
    size_t length = end ? (size_t)(end - script->data) : script->size;
    struct writer_field field = {script->data, length};
    script->data += length + (end != NULL);
    script->size -= length + (end != NULL);
    if (field.length > FIELD_BYTES_MAX)
        field.length = FIELD_BYTES_MAX;
    return field;
}

static void step(struct script *script)
{
    uint8_t choice = take(script);
    uint8_t task = take(script) % TASKS;
    if (script->form == WRITER_SYSTEMD)
        task &= (uint8_t)~1U; /* the lines tell no process */
    switch (choice % 8) {
    case 0:
        write_connection(script, task);
        break;
    case 1:
    case 2:
        write_evidence(script, task);
        break;
    case 3:
        write_other(script, task);
        break;
    case 4:
        take_raw(script);
        break;
    case 5:
        pass(script);
        break;
    default:
        write_message(script, task);
        break;
    }
}

static void write_connection(struct script *script, uint8_t task)
{
    struct detect_hit hit;
    begin(script, task, "milter", "rspamd_milter_process_command");
    const char *address = address_of(task);
    writer_put(&message, "got connection from ");
    writer_put(&message, address ? (strchr(address, ':') ? "[" : "") : "<empty inet address>");
    writer_put(&message, address ? address : "");
    writer_put(&message, address ? (strchr(address, ':') ? "]:4000" : ":4000") : "");
    end(script, &hit);
}

static void write_evidence(struct script *script, uint8_t task)
{
    static const char *const buckets[] = {"user", "ip", "my sel", "to_ip_from", "to"};
    struct detect_hit hit;
    begin(script, task, "lua", "ratelimit.lua:617");
    uint8_t flags = take(script);
    writer_put(&message, flags & 1 ? "set_symbol_only: ratelimit \"" : "ratelimit \"");
    writer_put(&message, buckets[(flags >> 1) % 5]);
    writer_put(&message, "(");
    writer_put_field(&message, take_field(script), WRITER_ANY);
    writer_put(&message, ")\" exceeded, (2 / 0.01): 1.9 (1:1 dyn); redis key: RLx");
    script->tasks[task].is_exceeded = true;
    end(script, &hit);
}

static void write_other(struct script *script, uint8_t task)
{
    static const char *const functions[][2] = {
        {"proxy", "rspamd_add_passthrough_result"},
        {"lua", "other.lua:10"},
        {"task", "rspamd_task_process"},
        {"milter", "rspamd_milter_process"},
        {"lua", "ratelimit.lua:10"},
        {"proxy", "rspamd_task_write_reply"},
    };
    struct detect_hit hit;
    uint8_t choice = take(script) % 6;
    begin(script, task, functions[choice][0], functions[choice][1]);
    writer_put(&message, "<");
    writer_put_field(&message, take_field(script), WRITER_ANY);
    writer_put(&message, ">: set pre-result to 'soft reject'");
    assert(end(script, &hit) == DETECT_NOTHING);
}

static void write_message(struct script *script, uint8_t task)
{
    uint8_t flags = take(script);
    uint8_t cut = take(script);
    struct detect_hit hit;
    begin(script, task, flags & 64 ? "task" : "proxy", "rspamd_task_write_log");
    struct writer_message wanted = {
        .limited = flags & 1,
        .has_rcpts = !(flags & 2),
        .has_qid = flags & 4,
        .has_user = flags & 8,
        .address = address_of(task),
        .settings = flags & 16 ? "authenticated" : NULL,
        .cut_at = writer_cut_at(script->form, line.length),
        .cut_before_end = flags & 32 ? cut * CUT_STEP - 4 : -1,
    };
    struct writer_field *const fields[] = {&wanted.id,     &wanted.qid,   &wanted.user,
                                           &wanted.from,   &wanted.rcpts, &wanted.mime_rcpts,
                                           &wanted.symbols};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        *fields[i] = take_field(script);
    if (wanted.qid.length > QID_BYTES_MAX / 2)
        wanted.qid.length = QID_BYTES_MAX / 2;
    writer_message(&wanted, &message);
    bool may_be_cut = writer_may_be_cut(script->form, &message, line.length);
    enum detect_result result = end(script, &hit);
    check_truth(script, task, &wanted, may_be_cut, result, &hit);
    script->tasks[task].is_exceeded = false;
}

/* A line that no rspamd need have written. */
static void take_raw(struct script *script)
{
    struct writer_field raw = take_field(script);
    struct detect_hit hit;
    memcpy(line.bytes, raw.bytes, raw.length);
    line.length = raw.length;
    script->is_honest = false;
    read_line(script, &hit);
}

static void pass(struct script *script)
{
    static const int64_t times_ms[] = {0, 1, DETECT_WAIT_MS / 2, DETECT_WAIT_MS,
                                       DETECT_WAIT_MS + 1};
    static const uint64_t bytes[] = {0, 1, DETECT_WAIT_BYTES / 2, DETECT_WAIT_BYTES - 300,
                                     DETECT_WAIT_BYTES + 1};
    uint8_t choice = take(script);
    script->now_ms += times_ms[choice % 5];
    script->place += bytes[choice / 5 % 5];
    if (choice & 128) {
        detect_expire(script->detect, script->now_ms);
        reference_detect_expire(script->reference, script->now_ms);
    }
}

/* Even tasks have the tags that odd ones have, in another process. */
static void begin(const struct script *script, uint8_t task, const char *module,
                  const char *function)
{
    static const char *const tags[TASKS / 2] = {
        "aa0001", "aa0002", "aa0003aa0003aa0003aa0003aa0003", "abcdefghijabcdefghijabcdefghijab"};
    struct writer_header header = {
        script->form, task & 1 ? 77 : 78, tags[task / 2], module, function,
    };
    line.length = 0;
    message.length = 0;
    writer_header(&header, &line);
}

/* NULL: the client has none. */
static const char *address_of(uint8_t task)
{
    static const char *const addresses[TASKS] = {"203.0.113.5",  "203.0.113.6", "2001:db8::7",
                                                 NULL,           "203.0.113.9", "2001:db8::a",
                                                 "203.0.113.11", "203.0.113.12"};
    return addresses[task];
}

static enum detect_result end(struct script *script, struct detect_hit *hit)
{
    writer_text(script->form, &message, &line);
    return read_line(script, hit);
}

/* Gives the line to both. */
static enum detect_result read_line(struct script *script, struct detect_hit *hit)
{
    struct detect_hit expected_hit;
    compare_about(line.bytes, line.length);
    enum detect_result expected = reference_detect_line(
        script->reference, line.bytes, line.length, script->place, script->now_ms, &expected_hit);
    enum detect_result result =
        detect_line(script->detect, line.bytes, line.length, script->place, script->now_ms, hit);
    script->place += line.length + 1;
    compare_hits(result, hit, expected, &expected_hit);
    struct detect_stats stats;
    detect_statistics(script->detect, &stats);
    compare_numbers("expired", (long long)stats.expired,
                    (long long)reference_detect_expired(script->reference));
    compare_numbers("pushed", (long long)stats.pushed, 0);
    compare_numbers("place", (long long)detect_place(script->detect),
                    (long long)reference_detect_place(script->reference));
    return result;
}

static void check_truth(struct script *script, uint8_t task, const struct writer_message *wanted,
                        bool may_be_cut, enum detect_result result, const struct detect_hit *hit)
{
    struct addr address;
    if (!script->is_honest)
        return;
    if (wanted->limited && wanted->address && !may_be_cut)
        assert(result == DETECT_HIT);
    if (!wanted->limited && !script->tasks[task].is_exceeded)
        assert(result == DETECT_NOTHING || result == DETECT_REFUSED);
    if (result != DETECT_HIT)
        return;
    assert(wanted->address);
    assert(addr_parse_host(wanted->address, strlen(wanted->address), &address) == 0);
    assert(memcmp(&hit->addr, &address, sizeof(address)) == 0);
}
