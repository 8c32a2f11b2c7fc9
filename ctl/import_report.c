/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of an imported list, see import_report.h.
 */
#include "import_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grouped.h"
#include "paragraph.h"
#include "phrase.h"
#include "print.h"
#include "secret.h"

enum { TOLD_MAX = 10 };

static const char formats[] =
    "understood are: one address or network a line (plain), a map, CSV with a column \"ip\" or "
    "\"net\", JSON of export or list, a database of fail2ban; see Lists in banctl(1)";

static void print_bad(const struct import_report *report, const struct import_list *list,
                      const struct import_bad *bad);
static void print_undo(const struct import_report *report, const struct import_send *send);
static bool is_list(const struct import_list *list);
static bool has_key(const struct import_list *list);
static const char *shown(const struct import_list *list, const struct import_bad *bad);
static void print_document(const struct import_report *report, struct import_send *send,
                           const char *message);
static void print_rejected(const struct import_report *report, const struct import_list *list,
                           const struct import_bad *bad, const char *before);
static void make_message(const struct import_report *report, const struct import_send *send,
                         struct phrase *message);
static void add_part(struct phrase *message, int64_t number, const char *what);
static void add_scope(const struct import_send *send, struct phrase *message);
static unsigned line_of(const struct import_report *report, const struct import_bad *bad);
static int64_t number(const struct ctl_json *object, const char *name);

void import_report_bad(struct import_report *report, struct import_list *list)
{
    if (report->json)
        return;
    if (report->told == 0)
        import_list_sort_bad(list);
    size_t begin = report->told;
    for (; report->told < list->bad_count && (report->verbose || report->told < TOLD_MAX);
         report->told++)
        print_bad(report, list, &list->bad[report->told]);
    if (begin < TOLD_MAX && report->told == TOLD_MAX && report->told < list->bad_count)
        fprintf(stderr, "%s more: --verbose tells all\n", GROUPED(list->bad_count - report->told));
    if (begin == 0 && list->count == 0 && list->bad_count > 0 && !list->accounts_only &&
        (report->format == IMPORT_PLAIN || report->format == IMPORT_MAP) && !has_key(list))
        fputs("if these are accounts: --accounts\n", stderr);
    if (begin == 0 && list->bad_count > 0 && !is_list(list))
        paragraph_print(stderr, TERMINAL_PLAIN, 0, "  ", formats);
}

int import_report(struct import_report *report, struct import_send *send)
{
    struct phrase message;
    import_report_bad(report, send->list);
    import_jails_count(send->list, &report->jails);
    make_message(report, send, &message);
    if (report->json)
        print_document(report, send, message.text);
    else {
        phrase_print(&message);
        print_undo(report, send);
    }
    import_jails_clear(&report->jails);
    if (send->list->bad_count > 0)
        return EXIT_REJECTED;
    bool sent = !report->dry_run && send->counts.banned > 0;
    return sent && number(send->answer, "confirmed") < number(send->answer, "total") ? EXIT_DEGRADED
                                                                                     : EXIT_DONE;
}

/* Nothing lifts an import as such, and what it made longer would be lifted, too: so looking at what
 * was banned by hand comes first. */
static void print_undo(const struct import_report *report, const struct import_send *send)
{
    if (!report->dry_run && send->counts.banned > 0)
        puts("undo: banctl list --source manual --since 1h; then EXAMPLES of banctl(1)");
}

/* Nothing in it is an entry: it may be any file, taken by mistake, and what is in that is nobody's
 * business who reads the terminal or a log. */
static bool is_list(const struct import_list *list)
{
    return list->count > 0 || list->left_out > 0;
}

/* Keys taken for names would be told to all nodes. */
static bool has_key(const struct import_list *list)
{
    for (size_t i = 0; i < list->bad_count; i++)
        if (secret_is_key(list->bad[i].text, strlen(list->bad[i].text)))
            return true;
    return false;
}

/* The text of the line, "" where it may be a secret. */
static const char *shown(const struct import_list *list, const struct import_bad *bad)
{
    bool is_cut = strlen(bad->text) >= IMPORT_SHOWN_BYTES;
    return is_list(list) && !secret_like(bad->text, is_cut) ? bad->text : "";
}

static void print_bad(const struct import_report *report, const struct import_list *list,
                      const struct import_bad *bad)
{
    const char *text = shown(list, bad);
    struct phrase line;
    phrase_begin(&line);
    phrase_add(&line, "%s %u: ", report->format == IMPORT_FAIL2BAN ? "row" : "line",
               line_of(report, bad));
    if (text[0] != '\0')
        phrase_add(&line, "\"%s\": ", text);
    phrase_add(&line, "%s", bad->message);
    paragraph_print(stderr, TERMINAL_PLAIN, 0, "  ", line.text);
}

static void print_document(const struct import_report *report, struct import_send *send,
                           const char *message)
{
    struct ctl_json *document = ctl_json_object();
    ctl_json_set_text(document, "schema", "banctl.import/1");
    ctl_json_set_text(document, "message", message);
    ctl_json_set_text(document, "file", report->name);
    ctl_json_set_text(document, "format", import_format_names[report->format]);
    if (report->dry_run)
        ctl_json_set_true(document, "dry_run");
    else
        ctl_json_set_false(document, "dry_run");
    ctl_json_set_number(document, "banned", send->counts.banned);
    ctl_json_set_number(document, "accounts", send->counts.accounts);
    ctl_json_set_number(document, "covered", send->counts.covered);
    ctl_json_set_number(document, "already_banned", send->counts.already);
    ctl_json_set_number(document, "ended", send->counts.ended);
    ctl_json_set_number(document, "repeated", report->repeated);
    ctl_json_set_number(document, "left_out", (int64_t)send->list->left_out);
    ctl_json_set_number(document, "rejected_count", (int64_t)send->list->bad_count);
    if (report->format == IMPORT_FAIL2BAN)
        import_jails_document(&report->jails, document);
    ctl_json_set_copy(document, send->answer, "confirmed");
    ctl_json_set_copy(document, send->answer, "total");
    ctl_json_set_copy(document, send->answer, "unconfirmed");
    ctl_json_set_copy(document, send->answer, "missing");
    char *text = ctl_json_dump(document);
    text[strlen(text) - 1] = '\0'; /* without its "}" */
    import_list_sort_bad(send->list);
    printf("%s,\"rejected\":[", text);
    for (size_t i = 0; i < send->list->bad_count; i++)
        print_rejected(report, send->list, &send->list->bad[i], i > 0 ? ",\n" : "\n");
    puts("]}");
    free(text);
    ctl_json_free(&document);
}

static void print_rejected(const struct import_report *report, const struct import_list *list,
                           const struct import_bad *bad, const char *before)
{
    struct ctl_json *object = ctl_json_object();
    ctl_json_set_number(object, "line", line_of(report, bad));
    ctl_json_set_text(object, "text", shown(list, bad));
    ctl_json_set_text(object, "code", bad->code);
    ctl_json_set_text(object, "message", bad->message);
    char *text = ctl_json_dump(object);
    printf("%s%s", before, text);
    free(text);
    ctl_json_free(&object);
}

static void make_message(const struct import_report *report, const struct import_send *send,
                         struct phrase *message)
{
    const struct import_counts *counts = &send->counts;
    bool dry = report->dry_run;
    phrase_begin(message);
    phrase_add(message,
               "%s, %s: ", strcmp(report->name, "-") == 0 ? "standard input" : report->name,
               import_format_names[report->format]);
    if (counts->banned == 0)
        phrase_add(message, "nothing to ban");
    else {
        phrase_add_number(message, counts->banned);
        phrase_add(message, dry ? " would be banned" : " banned");
        phrase_add_accounts(message, counts->banned, counts->accounts);
    }
    if (counts->covered > 0) {
        phrase_add(message, " (");
        phrase_add_number(message, counts->covered);
        phrase_add(message, " of them inside a wider ban)");
    }
    add_part(message, counts->already, "banned as long already");
    add_part(message, counts->ended, "ended before now");
    add_part(message, report->repeated, "repeated");
    add_part(message, (int64_t)send->list->left_out, "not accounts and left out");
    add_part(message, (int64_t)send->list->bad_count, "rejected");
    if (report->format == IMPORT_FAIL2BAN)
        import_jails_add(&report->jails, message);
    if (dry)
        phrase_add(message, "; dry run: nothing was changed");
    else if (counts->banned > 0)
        add_scope(send, message);
    if (ctl_json_is_true(send->answer, "observe"))
        phrase_add(message, "; this node only observes");
}

static void add_part(struct phrase *message, int64_t number, const char *what)
{
    if (number == 0)
        return;
    phrase_add(message, ", ");
    phrase_add_number(message, number);
    phrase_add(message, " %s", what);
}

static void add_scope(const struct import_send *send, struct phrase *message)
{
    const struct ctl_json *missing = ctl_json_member(send->answer, "unconfirmed");
    int64_t total = number(send->answer, "total");
    phrase_add(message, "; on %lld of %lld node%s", (long long)number(send->answer, "confirmed"),
               (long long)total, total == 1 ? "" : "s");
    if (ctl_json_size(missing) == 0)
        return;
    phrase_add(message, "; not confirmed by ");
    phrase_add_texts(message, missing);
}

/* The first row of what is read of a database is none of its own. */
static unsigned line_of(const struct import_report *report, const struct import_bad *bad)
{
    return bad->line - (report->format == IMPORT_FAIL2BAN && bad->line > 0);
}

static int64_t number(const struct ctl_json *object, const char *name)
{
    int64_t value = 0;
    ctl_json_number(object, name, &value);
    return value;
}
