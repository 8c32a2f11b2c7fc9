/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list on its way to the agent, see import_send.h.
 */
#include "import_send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "account.h"
#include "client.h"
#include "memory.h"
#include "origin.h"

enum { OTHER_BYTES = 4096, ENTRY_BYTES = 96 }; /* of a request, without the reasons */

/* One request and its answer. */
struct piece {
    struct import_send *send;
    size_t places[IMPORT_TARGETS_MAX]; /* entries of the list, as they are in the request */
    size_t count;
    struct ctl_json *result; /* owned */
    struct failure *failure;
};

static int ask(struct import_send *send, bool dry_run, size_t first, size_t count,
               struct import_counts *counts, struct failure *failure);
static char *request(struct piece *piece, bool dry_run, size_t first, size_t count);
static void add_whom(struct ctl_json *object, struct piece *piece, size_t first, size_t count);
static void add_ends(struct ctl_json *object, const struct piece *piece);
static void add_before(struct ctl_json *object, const struct import_counts *counts);
static void add_reasons(struct ctl_json *object, const struct piece *piece);
static const char *reason_of(const struct import_send *send, const struct import_entry *entry,
                             char text[REASON_BYTES_MAX + 1]);
static bool take_line(void *context, const char *line, size_t length);
static void take_refused(struct piece *piece, const struct ctl_json *item);
static bool take_error(struct piece *piece, const struct ctl_json *error);
static void take_result(struct import_send *send, struct piece *piece,
                        struct import_counts *counts);
static size_t next_piece(const struct import_send *send, size_t first);
static size_t text_bytes(const char *text);
static int64_t number(const struct ctl_json *object, const char *name);
static void add(struct import_counts *sum, const struct import_counts *counts);

int import_send_begin(struct import_send *send, struct failure *failure)
{
    struct import_counts none;
    return ask(send, true, 0, 0, &none, failure);
}

int import_send_look(struct import_send *send, struct failure *failure)
{
    size_t total = 2 * send->list->count;
    for (size_t first = 0; first < send->list->count;) {
        struct import_piece piece = {.first = first, .count = next_piece(send, first)};
        if (ask(send, true, piece.first, piece.count, &piece.seen, failure) < 0)
            return -1;
        if (send->piece_count == send->piece_room) {
            send->piece_room = 2 * send->piece_room + 64;
            send->pieces = realloc(send->pieces, send->piece_room * sizeof(*send->pieces));
            if (!send->pieces)
                memory_exhausted();
        }
        send->pieces[send->piece_count++] = piece;
        add(&send->counts, &piece.seen);
        first += piece.count;
        progress_show_entries(&send->progress, first, total, first);
    }
    return 0;
}

int import_send_apply(struct import_send *send, const volatile int *stop, struct failure *failure)
{
    size_t total = 2 * send->list->count;
    send->counts = (struct import_counts){.banned = 0};
    ctl_json_free(&send->answer);
    for (size_t i = 0; i < send->piece_count && *stop == 0; i++) {
        struct import_piece *piece = &send->pieces[i];
        struct import_counts counts = piece->seen;
        if (piece->seen.banned > 0 &&
            ask(send, false, piece->first, piece->count, &counts, failure) < 0)
            return -1;
        add(&send->counts, &counts);
        size_t done = piece->first + piece->count;
        progress_show_entries(&send->progress, send->list->count + done, total, done);
    }
    return 0;
}

void import_send_end(struct import_send *send)
{
    ctl_json_free(&send->answer);
    free(send->pieces);
    send->pieces = NULL;
}

static int ask(struct import_send *send, bool dry_run, size_t first, size_t count,
               struct import_counts *counts, struct failure *failure)
{
    const struct client_options options = {.socket_path = send->args->socket_path,
                                           .timeout_s = send->args->timeout_s};
    struct piece piece = {.send = send, .failure = failure};
    char *line = request(&piece, dry_run, first, count);
    *counts = (struct import_counts){.banned = 0};
    int result = client_ask(&options, line, strlen(line), take_line, &piece, failure);
    if (result == 0 && !piece.result)
        result = -1; /* an error, which is told */
    if (result == 0)
        take_result(send, &piece, counts);
    ctl_json_free(&piece.result);
    free(line);
    return result;
}

/* A line with LF; free() it. */
static char *request(struct piece *piece, bool dry_run, size_t first, size_t count)
{
    struct import_send *send = piece->send;
    struct ctl_json *object = ctl_json_object();
    ctl_json_set_text(object, "command", "import");
    add_whom(object, piece, first, count);
    if (!send->permanent && send->for_ms == 0)
        add_ends(object, piece);
    add_reasons(object, piece);
    if (send->permanent)
        ctl_json_set_true(object, "permanent");
    else if (send->for_ms > 0)
        ctl_json_set_number(object, "for_ms", send->for_ms);
    if (args_given(send->args, "force"))
        ctl_json_set_true(object, "force");
    if (dry_run)
        ctl_json_set_true(object, "dry_run");
    if (dry_run)
        add_before(object, &send->counts);
    else
        ctl_json_set_text(object, "file", send->file);
    if (send->ssh_client)
        ctl_json_set_text(object, "ssh_client", send->ssh_client);
    char *text = ctl_json_dump(object);
    char *line = realloc(text, strlen(text) + 2);
    if (!line)
        memory_exhausted();
    memcpy(line + strlen(line), "\n", 2);
    ctl_json_free(&object);
    return line;
}

/* Accounts stand behind all networks: that is the order of the list, too. */
static void add_whom(struct ctl_json *object, struct piece *piece, size_t first, size_t count)
{
    const struct import_list *list = piece->send->list;
    struct ctl_json *targets = ctl_json_set_array(object, "targets"), *accounts = NULL;
    for (size_t i = first; i < first + count; i++) {
        struct addr addr = import_list_subject(list, &list->entries[i]);
        char text[ADDR_TEXT_SIZE];
        if (list->entries[i].is_refused)
            continue;
        if (addr.kind != ADDR_ACCOUNT) {
            addr_print_operand(&addr, text);
            ctl_json_append_text(targets, text);
        } else {
            account_print_request(&addr, text);
            if (!accounts)
                accounts = ctl_json_set_array(object, "accounts");
            ctl_json_append_text(accounts, text);
        }
        piece->places[piece->count++] = i;
    }
}

static void add_ends(struct ctl_json *object, const struct piece *piece)
{
    struct ctl_json *ends = ctl_json_set_array(object, "ends");
    for (size_t i = 0; i < piece->count; i++) {
        int64_t until_ms = piece->send->list->entries[piece->places[i]].until_ms;
        if (until_ms == 0)
            ctl_json_append_null(ends);
        else
            ctl_json_append_number(ends, until_ms == TIME_NEVER_MS ? 0 : until_ms);
    }
}

/* The two maps have room for as many each. */
static void add_before(struct ctl_json *object, const struct import_counts *counts)
{
    if (counts->banned > counts->accounts)
        ctl_json_set_number(object, "before", counts->banned - counts->accounts);
    if (counts->accounts > 0)
        ctl_json_set_number(object, "accounts_before", counts->accounts);
}

static void add_reasons(struct ctl_json *object, const struct piece *piece)
{
    const struct import_list *list = piece->send->list;
    char text[REASON_BYTES_MAX + 1];
    bool any = false;
    for (size_t i = 0; i < piece->count && !any; i++)
        any = reason_of(piece->send, &list->entries[piece->places[i]], text) != NULL;
    if (!any)
        return;
    struct ctl_json *reasons = ctl_json_set_array(object, "reasons");
    for (size_t i = 0; i < piece->count; i++)
        ctl_json_append_text(reasons,
                             reason_of(piece->send, &list->entries[piece->places[i]], text));
}

/* --reason holds for every entry; since when and by whom it was banned stays. NULL: none. */
static const char *reason_of(const struct import_send *send, const struct import_entry *entry,
                             char text[REASON_BYTES_MAX + 1])
{
    const char *own = import_list_reason(send->list, entry);
    const char *given = args_value(send->args, "reason");
    struct origin origin;
    if (!given)
        return own;
    origin_split(own, &origin);
    snprintf(origin.reason, sizeof(origin.reason), "%s", given);
    origin_join(&origin, text);
    return text;
}

static bool take_line(void *context, const char *line, size_t length)
{
    struct piece *piece = context;
    struct ctl_json *root = ctl_json_parse(line, length);
    const struct ctl_json *item = ctl_json_member(root, "item");
    const struct ctl_json *result = ctl_json_member(root, "result");
    const char *schema = ctl_json_text(result, "schema");
    bool last = true;
    if (ctl_json_is_object(item)) {
        take_refused(piece, item);
        last = false;
    } else if (schema && strcmp(schema, "banctl.import/1") == 0) {
        piece->result = ctl_json_take(root, "result");
    } else {
        last = take_error(piece, ctl_json_member(root, "error"));
    }
    ctl_json_free(&root);
    return last;
}

static void take_refused(struct piece *piece, const struct ctl_json *item)
{
    const char *code = ctl_json_text(item, "code");
    const char *message = ctl_json_text(item, "message");
    const char *hint = ctl_json_text(item, "hint");
    int64_t index = number(item, "index");
    char whom[ADDR_TEXT_SIZE], text[1024];
    if (index < 0 || (size_t)index >= piece->count)
        return;
    struct import_entry *entry = &piece->send->list->entries[piece->places[(size_t)index]];
    struct addr addr = import_list_subject(piece->send->list, entry);
    addr_print_subject(&addr, whom);
    snprintf(text, sizeof(text), "%s%s%s%s", message ? message : "it is refused", hint ? " (" : "",
             hint ? hint : "", hint ? ")" : "");
    import_list_bad(piece->send->list, entry->line, whom, strlen(whom), code ? code : "refused",
                    text);
    entry->is_refused = true;
}

/* True: no further line is wanted. */
static bool take_error(struct piece *piece, const struct ctl_json *error)
{
    static const char *const codes[] = {
        "usage",        "busy",        "permission", "clock",
        "refused_full", "not_durable", "memory",     "unknown_command",
    };
    const char *message = ctl_json_text(error, "message");
    const char *code = ctl_json_text(error, "code");
    const char *hint = ctl_json_text(error, "hint");
    int64_t exit = number(error, "exit");
    const char *known = "protocol";
    for (size_t i = 0; code && i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (strcmp(code, codes[i]) == 0)
            known = codes[i];
    }
    if (!message || exit <= EXIT_DONE || exit > EXIT_INTERNAL) {
        exit = EXIT_INTERNAL;
        message = "the agent's answer is of another version than banctl understands";
        hint = "versions:  banctl --version; bansyncd --version";
    }
    failure_set(piece->failure, known, (enum exit_code)exit, "%s", message);
    if (hint)
        failure_hint(piece->failure, "%s", hint);
    return true;
}

static void take_result(struct import_send *send, struct piece *piece, struct import_counts *counts)
{
    counts->banned = number(piece->result, "banned");
    counts->accounts = number(piece->result, "accounts");
    counts->covered = number(piece->result, "covered");
    counts->already = number(piece->result, "already_banned");
    counts->ended = number(piece->result, "ended");
    if (send->answer && number(send->answer, "confirmed") <= number(piece->result, "confirmed"))
        return;
    ctl_json_free(&send->answer);
    send->answer = piece->result;
    piece->result = NULL;
}

/* Entries from first on that fit one request. */
static size_t next_piece(const struct import_send *send, size_t first)
{
    size_t bytes = OTHER_BYTES, count = 0;
    const char *given = args_value(send->args, "reason");
    while (count < IMPORT_TARGETS_MAX && first + count < send->list->count) {
        const struct import_entry *entry = &send->list->entries[first + count];
        const char *own = import_list_reason(send->list, entry);
        bytes += ENTRY_BYTES + (own ? text_bytes(own) : 0) + (given ? text_bytes(given) : 0);
        if (entry->account > 0)
            bytes += text_bytes(send->list->texts + entry->account);
        if (bytes > CONTROL_REQUEST_BYTES_MAX && count > 0)
            break;
        count++;
    }
    return count;
}

/* As JSON at most. */
static size_t text_bytes(const char *text)
{
    size_t bytes = 0;
    for (; *text != '\0'; text++)
        bytes += (unsigned char)*text >= 0x80 || *text == '"' || *text == '\\' ? 6 : 1;
    return bytes;
}

static int64_t number(const struct ctl_json *object, const char *name)
{
    int64_t value = 0;
    ctl_json_number(object, name, &value);
    return value;
}

static void add(struct import_counts *sum, const struct import_counts *counts)
{
    sum->banned += counts->banned;
    sum->accounts += counts->accounts;
    sum->covered += counts->covered;
    sum->already += counts->already;
    sum->ended += counts->ended;
}
