/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a log holds, as text.
 */
#include "replay_report.h"

#include <inttypes.h>

#include "clock.h"
#include "escape.h"
#include "phrase.h"
#include "print.h"
#include "when.h"

/* The first one is named by who they are. */
static const struct print_column sender_columns[] = {
    {"SENDER", false},
    {"HITS", true},
    {"MESSAGES", true},
    {"LINES", false},
    {"WOULD BE BANNED AT", false},
};
static const struct print_column account_columns[] = {
    {"ACCOUNT", false},
    {"HITS", true},
    {"MESSAGES", true},
    {"LINES", false},
    {"WOULD BE BANNED AT", false},
};
enum { SENDER_COLUMNS = sizeof(sender_columns) / sizeof(sender_columns[0]) };

/* In sentences. */
struct noun {
    const char *one, *many;
};
static const struct noun sender_noun = {"sender", "senders"};
static const struct noun account_noun = {"account", "accounts"};

static const struct print_column bucket_columns[] = {
    {"BUCKET", false},
    {"HITS", true},
    {"FIRST LINE", true},
};

/* What a narrow terminal does without, the first one first. */
static const char *const spare[] = {"LINES", "MESSAGES", NULL};

static void write_counts(FILE *stream, const struct replay_tally *tally);
static void write_senders(FILE *stream, const struct replay_options *options,
                          struct senders *senders, const struct print_column *columns,
                          const struct noun *noun);
static void write_sender(struct print_table *table, const struct sender *sender);
static void write_verdict(FILE *stream, const struct replay_options *options,
                          const struct senders *senders, const struct noun *noun);
static void write_buckets(FILE *stream, const struct replay_tally *tally);
static void write_lost(FILE *stream, const struct replay_tally *tally);
static void write_doubts(FILE *stream, const struct linetime_doubts *doubts);
static void write_line(FILE *stream, uint64_t number, const char *noun, const char *rest);

void replay_report_text(FILE *stream, const struct replay_options *options,
                        const struct replay_tally *tally, struct senders *senders,
                        struct senders *accounts)
{
    write_senders(stream, options, senders, sender_columns, &sender_noun);
    if (accounts)
        write_senders(stream, options, accounts, account_columns, &account_noun);
    write_buckets(stream, tally);
    write_counts(stream, tally);
    write_verdict(stream, options, senders, &sender_noun);
    if (accounts)
        write_verdict(stream, options, accounts, &account_noun);
    write_lost(stream, tally);
    write_doubts(stream, &tally->doubts);
}

static void write_senders(FILE *stream, const struct replay_options *options,
                          struct senders *senders, const struct print_column *columns,
                          const struct noun *noun)
{
    const struct sender *list = senders_sorted(senders);
    size_t count = senders_count(senders);
    size_t shown = count < options->top ? count : options->top;
    if (shown == 0)
        return;
    struct print_table *table = print_table_new(columns, SENDER_COLUMNS);
    print_table_may_lack(table, spare);
    for (size_t i = 0; i < shown; i++)
        write_sender(table, &list[i]);
    print_table_write(table, stream, 0, true);
    print_table_free(&table);
    if (shown < count)
        fprintf(stream, "%zu of %zu %s; all of them with --all\n", shown, count, noun->many);
    fputc('\n', stream);
}

static void write_sender(struct print_table *table, const struct sender *sender)
{
    char text[ADDR_TEXT_SIZE];
    char time[CLOCK_TEXT_SIZE];
    if (sender->subject.kind == ADDR_ACCOUNT)
        escape_text((const char *)sender->subject.bytes, sender->subject.length, ESCAPE_TERMINAL,
                    text);
    else
        addr_print(&sender->subject, text);
    print_cell(table, text);
    print_cell_format(table, "%" PRIu64, sender->hits);
    print_cell_format(table, "%" PRIu64, sender->messages);
    print_cell_format(table, "%" PRIu64 "-%" PRIu64, sender->first_line, sender->last_line);
    if (sender->due_line == 0) {
        print_cell(table, NULL);
        return;
    }
    clock_print_local(sender->due_ms, time);
    print_cell_format(table, "line %" PRIu64 ", %s", sender->due_line, time);
}

static void write_buckets(FILE *stream, const struct replay_tally *tally)
{
    if (tally->bucket_count == 0)
        return;
    struct print_table *table =
        print_table_new(bucket_columns, sizeof(bucket_columns) / sizeof(bucket_columns[0]));
    for (size_t i = 0; i < tally->bucket_count; i++) {
        const struct tally_bucket *bucket = &tally->buckets[i];
        char name[4 * BUCKET_BYTES_MAX + 1];
        escape_text(bucket->name, bucket->name_length, ESCAPE_TERMINAL, name);
        print_cell(table, name);
        print_cell_format(table, "%" PRIu64, bucket->hits);
        print_cell_format(table, "%" PRIu64, bucket->first_line);
    }
    print_table_write(table, stream, 0, true);
    print_table_free(&table);
    if (tally->bucket_rest > 0)
        fprintf(stream, "and %" PRIu64 " of buckets beyond the first %d\n", tally->bucket_rest,
                TALLY_BUCKETS_MAX);
    fputc('\n', stream);
}

static void write_counts(FILE *stream, const struct replay_tally *tally)
{
    char first[CLOCK_TEXT_SIZE];
    char last[CLOCK_TEXT_SIZE];
    write_line(stream, tally->lines, "line", "");
    write_line(stream, tally->hits, "hit", "");
    if (tally->hits == 0)
        return;
    clock_print_local(tally->first_ms, first);
    clock_print_local(tally->last_ms, last);
    fprintf(stream, "    from %s to %s\n", first, last);
    if (tally->by_evidence > 0)
        write_line(stream, tally->by_evidence, "of them",
                   " seen only because the lines of a message are joined");
}

static void write_verdict(FILE *stream, const struct replay_options *options,
                          const struct senders *senders, const struct noun *noun)
{
    char window[WHEN_TEXT_SIZE];
    size_t due = senders_due(senders);
    when_span(options->policy.window_ms, window);
    fprintf(stream, "%zu of %zu %s would be banned by %u %s in %s", due, senders_count(senders),
            senders_count(senders) == 1 ? noun->one : noun->many, options->policy.threshold,
            options->policy.count_messages ? "messages" : "hits", window);
    if (noun == &sender_noun)
        fprintf(stream, " (IPv6: /%u)", options->ipv6_prefix);
    fputc('\n', stream);
    if (senders_untold(senders) > 0)
        fprintf(stream, "    and %" PRIu64 " hits of %s beyond the first %d, not told apart\n",
                senders_untold(senders), noun->many, SENDERS_MAX);
    if (senders_unsure(senders) > 0)
        fprintf(stream,
                "    beyond %d messages those of %" PRIu64 " hits may have been counted twice\n",
                SENDERS_MESSAGES_MAX, senders_unsure(senders));
}

static void write_reasons(FILE *stream, const struct replay_tally *tally, enum detect_result result)
{
    for (size_t i = 0; i < tally->reason_count; i++) {
        const struct tally_reason *reason = &tally->reasons[i];
        if (reason->result == result)
            fprintf(stream, "    %" PRIu64 " from line %" PRIu64 " on: %s\n", reason->count,
                    reason->first_line, reason->text);
    }
}

/* Hits that count for nobody; what there is none of is not told, but for the first two, which
 * people look for. */
static void write_lost(FILE *stream, const struct replay_tally *tally)
{
    write_line(stream, tally->unattributable, "hit", " without a client address");
    write_reasons(stream, tally, DETECT_UNATTRIBUTABLE);
    write_line(stream, tally->refused, "line", " refused: like a hit, but breaking a rule");
    write_reasons(stream, tally, DETECT_REFUSED);
    if (tally->unnamed > 0)
        write_line(stream, tally->unnamed, "hit",
                   " of accounts with names of 128 bytes or more, not counted against them");
    if (tally->uncounted > 0)
        write_line(stream, tally->uncounted, "hit",
                   " of loopback, unspecified or multicast addresses, never counted");
    if (tally->unjoined > 0)
        write_line(stream, tally->unjoined, "message",
                   " over a limit without a message line: not in this log, or not yet");
    if (tally->too_long > 0) {
        char rest[64];
        snprintf(rest, sizeof(rest), " over %d bytes skipped", LINE_BYTES_MAX);
        write_line(stream, tally->too_long, "line", rest);
    }
    if (tally->is_unfinished)
        fputs("the last line has no end and was left out\n", stream);
}

static void write_doubt(FILE *stream, const struct linetime_doubt *doubt, const char *text)
{
    if (doubt->count > 0)
        fprintf(stream, "the time of %" PRIu64 " %s (lines %" PRIu64 " to %" PRIu64 ") %s\n",
                doubt->count, doubt->count == 1 ? "hit" : "hits", doubt->first_line,
                doubt->last_line, text);
}

static void write_doubts(FILE *stream, const struct linetime_doubts *doubts)
{
    write_doubt(stream, &doubts->repeated,
                "is ambiguous: the clock was put back; the order of the lines decides");
    write_doubt(stream, &doubts->skipped,
                "did not exist: the clock was put forward; taken for one that was not yet");
    write_doubt(stream, &doubts->untold,
                "is not in the line: that of the file's last change is taken");
    write_doubt(stream, &doubts->impossible,
                "is impossible: that of the file's last change is taken");
}

static void write_line(FILE *stream, uint64_t number, const char *noun, const char *rest)
{
    struct phrase phrase;
    phrase_begin(&phrase);
    phrase_add_number(&phrase, (int64_t)number);
    fprintf(stream, "%s %s%s%s\n", phrase.text, noun, number == 1 || noun[0] == 'o' ? "" : "s",
            rest);
}
