/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a log holds, as JSON.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "json.h"
#include "memory.h"
#include "replay_report.h"

static void begin_item(const char *item);
static void add_number(const char *name, uint64_t number);
static void add_time(const char *name, int64_t ms);
static void add_text(const char *name, const char *bytes, size_t length);
static void add_doubt(const char *name, const struct linetime_doubt *doubt);
static void write_senders(struct senders *senders);
static void write_sender(const struct sender *sender);
static void write_bucket(const struct tally_bucket *bucket);
static void write_reason(const struct tally_reason *reason);
static void write_summary(const struct replay_options *options, const struct replay_tally *tally,
                          const struct senders *senders, const struct senders *accounts);
static void add_accounts(const struct replay_tally *tally, const struct senders *accounts);

void replay_report_json(const struct replay_options *options, const struct replay_tally *tally,
                        struct senders *senders, struct senders *accounts)
{
    write_senders(senders);
    if (accounts)
        write_senders(accounts);
    for (size_t i = 0; i < tally->bucket_count; i++)
        write_bucket(&tally->buckets[i]);
    for (size_t i = 0; i < tally->reason_count; i++)
        write_reason(&tally->reasons[i]);
    write_summary(options, tally, senders, accounts);
}

static void write_senders(struct senders *senders)
{
    const struct sender *list = senders_sorted(senders);
    for (size_t i = 0; i < senders_count(senders); i++)
        write_sender(&list[i]);
}

static void begin_item(const char *item)
{
    printf("{\"schema\":\"banctl.replay/1\",\"item\":\"%s\"", item);
}

static void add_number(const char *name, uint64_t number)
{
    printf(",\"%s\":%" PRIu64, name, number);
}

/* 0: there is none. */
static void add_time(const char *name, int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];
    if (ms == 0) {
        printf(",\"%s\":null", name);
        return;
    }
    clock_print(ms, text);
    printf(",\"%s\":\"%s\"", name, text);
}

static void add_text(const char *name, const char *bytes, size_t length)
{
    char *value = ctl_json_string(bytes, length);
    if (!value)
        memory_exhausted();
    printf(",\"%s\":%s", name, value);
    free(value);
}

static void write_sender(const struct sender *sender)
{
    char net[ADDR_TEXT_SIZE];
    begin_item("sender");
    if (sender->subject.kind == ADDR_ACCOUNT) {
        printf(",\"net\":null");
        add_text("account", (const char *)sender->subject.bytes, sender->subject.length);
    } else {
        addr_print_net(&sender->subject, net);
        printf(",\"net\":\"%s\"", net);
    }
    add_number("hits", sender->hits);
    add_number("messages", sender->messages);
    add_number("by_evidence", sender->by_evidence);
    add_number("first_line", sender->first_line);
    add_time("first", sender->first_ms);
    add_number("last_line", sender->last_line);
    add_time("last", sender->last_ms);
    if (sender->due_line == 0)
        printf(",\"due_line\":null");
    else
        add_number("due_line", sender->due_line);
    add_time("due", sender->due_ms);
    puts("}");
}

static void write_bucket(const struct tally_bucket *bucket)
{
    begin_item("bucket");
    add_text("bucket", bucket->name, bucket->name_length);
    add_number("hits", bucket->hits);
    add_number("first_line", bucket->first_line);
    puts("}");
}

static void write_reason(const struct tally_reason *reason)
{
    begin_item("reason");
    printf(",\"verdict\":\"%s\"", reason->result == DETECT_REFUSED ? "refused" : "unattributable");
    add_text("reason", reason->text, strlen(reason->text));
    add_number("lines", reason->count);
    add_number("first_line", reason->first_line);
    puts("}");
}

static void write_summary(const struct replay_options *options, const struct replay_tally *tally,
                          const struct senders *senders, const struct senders *accounts)
{
    begin_item("summary");
    add_number("lines", tally->lines);
    add_number("bytes", tally->bytes);
    add_number("hits", tally->hits);
    add_number("by_evidence", tally->by_evidence);
    add_time("first", tally->first_ms);
    add_time("last", tally->last_ms);
    add_number("senders", senders_count(senders));
    add_number("senders_due", senders_due(senders));
    add_number("hits_of_further_senders", senders_untold(senders));
    add_number("hits_of_further_messages", senders_unsure(senders));
    if (accounts)
        add_accounts(tally, accounts);
    add_number("of_further_buckets", tally->bucket_rest);
    add_number("unattributable", tally->unattributable);
    add_number("refused", tally->refused);
    add_number("uncounted", tally->uncounted);
    add_number("unjoined", tally->unjoined);
    add_number("too_long", tally->too_long);
    printf(",\"unfinished\":%s", tally->is_unfinished ? "true" : "false");
    add_number("threshold", options->policy.threshold);
    add_number("window_ms", (uint64_t)options->policy.window_ms);
    printf(",\"count\":\"%s\"", options->policy.count_messages ? "messages" : "hits");
    add_number("ipv6_prefix", options->ipv6_prefix);
    printf(",\"doubtful_times\":{");
    add_doubt("repeated", &tally->doubts.repeated);
    putchar(',');
    add_doubt("skipped", &tally->doubts.skipped);
    putchar(',');
    add_doubt("untold", &tally->doubts.untold);
    putchar(',');
    add_doubt("impossible", &tally->doubts.impossible);
    puts("}}");
}

static void add_accounts(const struct replay_tally *tally, const struct senders *accounts)
{
    add_number("accounts", senders_count(accounts));
    add_number("accounts_due", senders_due(accounts));
    add_number("accounts_unnamed", tally->unnamed);
    add_number("hits_of_further_accounts", senders_untold(accounts));
}

static void add_doubt(const char *name, const struct linetime_doubt *doubt)
{
    if (doubt->count == 0)
        printf("\"%s\":null", name);
    else
        printf("\"%s\":{\"hits\":%" PRIu64 ",\"first_line\":%" PRIu64 ",\"last_line\":%" PRIu64 "}",
               name, doubt->count, doubt->first_line, doubt->last_line);
}
