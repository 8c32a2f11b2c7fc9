/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl import, see import.h: read all, look at all, ask if that is much, ban, tell.
 */
#include "import.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <bansync/limits.h>

#include "addr.h"
#include "confirm.h"
#include "duration.h"
#include "grouped.h"
#include "import_order.h"
#include "import_report.h"
#include "import_send.h"
#include "import_source.h"
#include "phrase.h"
#include "request.h"

enum { PROGRESS_WAIT_MS = 1000, NARROW4 = 24, NARROW6 = 48 };

static volatile int stopped; /* by SIGINT: the signal's number */

static int read_options(struct import_send *send, enum import_format *format,
                        struct failure *failure);
static int look(struct import_send *send, enum import_format *format, int64_t *repeated,
                struct failure *failure);
static int confirm(const struct import_send *send, struct failure *failure);
static bool is_wide(const struct import_entry *entry);
static int apply(struct import_send *send, struct failure *failure);
static void take_interrupt(void);
static void on_interrupt(int number);

int import_run(const struct args *args, const char *ssh)
{
    struct import_list list = {.accounts_only = args_given(args, "accounts")};
    struct import_send send = {.args = args, .list = &list};
    struct import_report report = {.name = args->operands[0]};
    char client[ADDR_TEXT_SIZE], name[IMPORT_SOURCE_NAME_SIZE];
    struct failure failure;
    send.ssh_client = request_ssh_client(ssh, client);
    report.dry_run = args_given(args, "dry-run");
    report.json = args->json;
    report.verbose = args_given(args, "verbose");
    progress_begin(&send.progress, !args->json, PROGRESS_WAIT_MS);
    int result = read_options(&send, &report.format, &failure);
    if (result == 0)
        result = look(&send, &report.format, &report.repeated, &failure);
    progress_hide(&send.progress);
    if (result == 0)
        import_report_bad(&report, &list); /* who is asked must know it */
    if (result == 0)
        import_source_name(report.name, args_value(args, "jail"), report.format, name);
    send.file = name;
    if (result == 0 && !report.dry_run && send.counts.banned > 0)
        result = confirm(&send, &failure);
    if (result == 0 && !report.dry_run && send.counts.banned > 0)
        result = apply(&send, &failure);
    progress_hide(&send.progress);
    int code = result == 0 ? import_report(&report, &send) : failure_tell(&failure, args->json);
    import_send_end(&send);
    import_list_clear(&list);
    if (stopped != 0)
        raise(stopped); /* who waits for this program must know */
    return code;
}

static int read_options(struct import_send *send, enum import_format *format,
                        struct failure *failure)
{
    const struct args *args = send->args;
    const char *name = args_value(args, "format");
    *format = IMPORT_AUTO;
    if (name && !import_format_parse(name, format))
        return failure_set(failure, "usage", EXIT_USAGE,
                           "\"%s\" is not auto, plain, map, csv, json or fail2ban (--format)",
                           name);
    if (*format == IMPORT_FAIL2BAN && args_given(args, "accounts"))
        return failure_set(failure, "usage", EXIT_USAGE,
                           "--accounts and --format=fail2ban contradict each other");
    if (request_reason(args, failure) < 0)
        return -1;
    return request_duration(args, &send->permanent, &send->for_ms, failure);
}

/* What would be done. */
static int look(struct import_send *send, enum import_format *format, int64_t *repeated,
                struct failure *failure)
{
    int64_t prefix = 64;
    if (import_source_read(send->args->operands[0], args_value(send->args, "jail"), format,
                           send->list, failure) < 0 ||
        import_send_begin(send, failure) < 0)
        return -1;
    ctl_json_number(send->answer, "ipv6_prefix", &prefix);
    if (prefix < PREFIX6_MIN || prefix > 128)
        prefix = 64; /* it judges itself what it is sent */
    *repeated = (int64_t)import_list_settle(send->list, (unsigned)prefix, TIME_NEVER_MS);
    const char *cluster = ctl_json_text(send->answer, "cluster");
    import_order(send->list, cluster ? cluster : "");
    return import_send_look(send, failure);
}

static int confirm(const struct import_send *send, struct failure *failure)
{
    struct phrase what;
    int64_t wide = 0;
    for (size_t i = 0; i < send->list->count; i++)
        wide += is_wide(&send->list->entries[i]);
    if (send->counts.banned <= CONFIRM_ENTRIES_MAX && wide == 0)
        return 0;
    phrase_begin(&what);
    phrase_add(&what, "ban ");
    phrase_add_number(&what, send->counts.banned);
    phrase_add(&what, send->counts.banned == 1 ? " entry" : " entries");
    phrase_add_accounts(&what, send->counts.banned, send->counts.accounts);
    if (wide > 0) {
        phrase_add(&what, ", ");
        phrase_add_number(&what, wide);
        phrase_add(&what, " of the list wider than /%d (IPv6: /%d),", NARROW4, NARROW6);
    }
    phrase_add(&what, " on every node");
    return confirm_moderate(send->args, what.text, failure);
}

static bool is_wide(const struct import_entry *entry)
{
    return !entry->is_refused && entry->account == 0 &&
           entry->net.length < (entry->net.kind == ADDR_IPV4 ? NARROW4 : NARROW6);
}

static int apply(struct import_send *send, struct failure *failure)
{
    int64_t wanted = send->counts.banned;
    take_interrupt();
    int result = import_send_apply(send, &stopped, failure);
    if (result == 0 && stopped == 0)
        return 0;
    const char *known = result < 0 ? "known to be " : ""; /* a piece may be in without an answer */
    if (result == 0)
        failure_set(failure, "interrupted", EXIT_INTERNAL, "interrupted");
    size_t used = strlen(failure->message);
    snprintf(failure->message + used, sizeof(failure->message) - used,
             "; %s of %s entries are %sbanned", GROUPED(send->counts.banned), GROUPED(wanted),
             known);
    return failure_hint(failure, "import it again: what is banned already stays as it is");
}

/* The first one ends the import when the piece at hand is answered, the second one the program. */
static void take_interrupt(void)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND}, former;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, NULL, &former);
    if (former.sa_handler != SIG_IGN)
        sigaction(SIGINT, &action, NULL);
}

static void on_interrupt(int number)
{
    stopped = number;
}
