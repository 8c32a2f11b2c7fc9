/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same alert for other channels than mail, see alertdoc.h.
 */
#include "alertdoc.h"

#include <string.h>

#include "clock.h"
#include "json.h"
#include "log.h"
#include "mailtext_piece.h"

#define SCHEMA "banctl.alert/1"
#define ESCAPED_SIZE 900

static bool is_ban(const struct mailtext *mail)
{
    return mail->kind == ALERTKIND_BAN || mail->kind == ALERTKIND_PERMANENT;
}

/* NULL: it is nothing that begins and ends. */
static const char *state_of(const struct mailtext *mail)
{
    if (mail->kind < ALERTKIND_PEER || mail->kind >= ALERTKIND_CHOICES)
        return NULL;
    return mail->over ? "end" : "begin";
}

static void add_time(struct json *object, const char *name, int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];

    if (ms == TIME_NEVER_MS) {
        json_add_null(object, name);
        return;
    }
    clock_print(ms, text);
    json_add_text(object, name, text);
}

static void add_texts(struct json *object, const char *name, const struct mailtext_bytes *list,
                      size_t count)
{
    struct json *array = json_add_array(object, name);

    for (size_t i = 0; i < count; i++)
        json_append_bytes(array, list[i].bytes, list[i].size);
}

static void add_lines(struct json *object, const struct mailtext *mail)
{
    struct json *array = json_add_array(object, "lines");

    for (size_t i = 0; i < mail->line_count; i++) {
        char line[MAILTEXT_LINE_SIZE];

        json_append_text(array, mailtext_line(&mail->lines[i], line));
    }
}

static void add_ban(struct json *root, const struct mailtext *mail)
{
    struct json *ban, *nodes;

    if (!is_ban(mail)) {
        json_add_null(root, "ban");
        return;
    }
    ban = json_add_object(root, "ban");
    json_add_text(ban, "target", mail->sender);
    add_time(ban, "until", mail->until_ms);
    json_add_number(ban, "level", mail->level);
    json_add_bool(ban, "allowed", mail->allowed);
    json_add_bool(ban, "observed", mail->observed);
    json_add_number(ban, "hits", (int64_t)mail->hits);
    json_add_number(ban, "messages", (int64_t)mail->messages);
    nodes = json_add_object(ban, "nodes");
    for (size_t i = 0; i < mail->count_count; i++)
        if (!json_has(nodes, mail->counts[i].node)) /* a name may look like an id */
            json_add_number(nodes, mail->counts[i].node, mail->counts[i].strikes);
    add_time(ban, "first", mail->first_ms);
    add_time(ban, "last", mail->last_ms);
    add_time(ban, "decided", mail->decided_ms);
    add_texts(ban, "accounts", mail->accounts, mail->is_account ? 0 : mail->account_count);
    if (mail->is_account)
        add_texts(ban, "addresses", mail->accounts, mail->account_count);
    add_texts(ban, "buckets", mail->buckets, mail->bucket_count);
    add_lines(ban, mail);
}

static void add_events(struct json *root, const struct mailtext *mail)
{
    struct json *events;

    if (mail->kinds == NULL) {
        json_add_null(root, "events");
        return;
    }
    events = json_add_object(root, "events");
    for (int kind = 0; kind < ALERTKIND_CHOICES; kind++)
        json_add_number(events, alertkind_name((enum alertkind)kind), (int64_t)mail->kinds[kind]);
}

char *alertdoc_json(const struct mailtext *mail, size_t *size)
{
    struct json *root = json_open();
    char subject[MAILTEXT_SUBJECT_SIZE], body[MAILTEXT_BODY_SIZE], *line;

    mailtext_subject(mail, subject);
    mailtext_body(mail, body);
    json_add_text(root, "schema", SCHEMA);
    json_add_text(root, "id", mail->id);
    json_add_text(root, "event", alertkind_name(mail->kind));
    json_add_text(root, "state", state_of(mail));
    add_time(root, "time", mail->now_ms);
    json_add_text(root, "cluster", mail->cluster);
    json_add_text(root, "node", mail->node);
    json_add_text(root, "summary", subject);
    json_add_text(root, "peer", mail->peer);
    add_ban(root, mail);
    add_events(root, mail);
    line = json_line(root, size);
    json_free(&root);
    return line;
}

size_t alertdoc_text(const struct mailtext *mail, char out[ALERT_TEXT_BYTES_MAX + 1])
{
    struct piece piece = {.text = out, .size = ALERT_TEXT_BYTES_MAX + 1};
    char subject[MAILTEXT_SUBJECT_SIZE], body[MAILTEXT_BODY_SIZE];

    mailtext_subject(mail, subject);
    mailtext_body(mail, body);
    out[0] = '\0';
    piece_add(&piece, "[bansync %s] %s: %s\n", mail->cluster, mail->node, subject);
    piece_add(&piece, "\n%s", body);
    return piece.used;
}

static void add_ban_env(struct piece *piece, const struct mailtext *mail)
{
    char until[CLOCK_TEXT_SIZE];

    clock_print(mail->until_ms == TIME_NEVER_MS ? 0 : mail->until_ms, until);
    piece_add(piece, "BANSYNC_TARGET=%s\n", mail->sender);
    piece_add(piece, "BANSYNC_UNTIL=%s\n", mail->until_ms == TIME_NEVER_MS ? "permanent" : until);
    piece_add(piece, "BANSYNC_LEVEL=%u\n", mail->level);
    piece_add(piece, "BANSYNC_HITS=%zu\n", mail->hits);
    piece_add(piece, "BANSYNC_MESSAGES=%zu\n", mail->messages);
    piece_add(piece, "BANSYNC_ALLOWED=%d\nBANSYNC_OBSERVED=%d\n", mail->allowed, mail->observed);
    piece_add(piece, mail->is_account ? "BANSYNC_ADDRESSES=" : "BANSYNC_ACCOUNTS=");
    for (size_t i = 0; i < mail->account_count; i++) {
        char text[ESCAPED_SIZE];

        log_escape(mail->accounts[i].bytes, mail->accounts[i].size, text, sizeof(text));
        piece_add(piece, "%s%s", i > 0 ? " " : "", text);
    }
    piece_add(piece, "\n");
}

size_t alertdoc_env(const struct mailtext *mail, char out[ALERT_ENV_BYTES_MAX + 1])
{
    struct piece piece = {.text = out, .size = ALERT_ENV_BYTES_MAX + 1};
    char subject[MAILTEXT_SUBJECT_SIZE], now[CLOCK_TEXT_SIZE];

    mailtext_subject(mail, subject);
    clock_print(mail->now_ms, now);
    out[0] = '\0';
    piece_add(&piece, "BANSYNC_EVENT=%s\n", alertkind_name(mail->kind));
    if (state_of(mail) != NULL)
        piece_add(&piece, "BANSYNC_STATE=%s\n", state_of(mail));
    piece_add(&piece, "BANSYNC_ID=%s\nBANSYNC_TIME=%s\n", mail->id, now);
    piece_add(&piece, "BANSYNC_CLUSTER=%s\nBANSYNC_NODE=%s\n", mail->cluster, mail->node);
    piece_add(&piece, "BANSYNC_SUMMARY=%s\n", subject);
    if (mail->peer != NULL)
        piece_add(&piece, "BANSYNC_PEER=%s\n", mail->peer);
    if (is_ban(mail))
        add_ban_env(&piece, mail);
    return piece.used;
}
