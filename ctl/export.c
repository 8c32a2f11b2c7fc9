/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl export, see export.h.
 */
#include "export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "addr.h"
#include "client.h"
#include "escape.h"
#include "grouped.h"
#include "import_format.h"
#include "json.h"
#include "map.h"
#include "memory.h"
#include "origin.h"
#include "phrase.h"
#include "usermap.h"

enum format { FORMAT_MAP, FORMAT_PLAIN, FORMAT_CSV, FORMAT_JSON, FORMATS };

static const char *const names[FORMATS] = {"map", "plain", "csv", "json"};

struct export
{
    enum format format;
    bool accounts_only;
    size_t told;     /* bans that are printed */
    size_t accounts; /* that the agent told */
    size_t unsaid;   /* of these, those that no line of a user map says */
    struct failure *failure;
    bool failed;
};

/* A ban, as it was exported before it was imported, if it was. */
struct ban {
    struct addr addr;
    const char *until; /* NULL: permanent */
    struct origin origin;
};

static int read_format(const struct args *args, enum format *format, struct failure *failure);
static bool is_in_force(const struct export *export);
static bool take_line(void *context, const char *line, size_t length);
static bool take_end(struct export *export, const struct ctl_json *root);
static void take_item(struct export *export, const struct ctl_json *item);
static void print_begin(const struct export *export);
static void explain(const struct ctl_json *item, struct origin *origin);
static bool read_whom(struct export *export, const struct ctl_json *item, struct addr *addr);
static bool is_wanted(struct export *export, const struct addr *addr);
static void print_ban(const struct export *export, const struct ban *ban);
static void print_line(const struct export *export, const struct addr *addr);
static void print_csv(const struct ban *ban);
static void print_field(const char *text);
static void print_json(const struct ban *ban);
static void print_end(const struct export *export);

int export_run(const struct args *args)
{
    const struct client_options options = {.socket_path = args->socket_path,
                                           .timeout_s = args->timeout_s};
    struct failure failure;
    struct export export = {.failure = &failure, .accounts_only = args_given(args, "accounts")};
    if (read_format(args, &export.format, &failure) < 0)
        return failure_tell(&failure, args->json);
    const char *request = is_in_force(&export) ? "{\"command\":\"export\",\"in_force\":true}\n"
                                               : "{\"command\":\"export\"}\n";
    if (client_ask(&options, request, strlen(request), take_line, &export, &failure) < 0 ||
        export.failed)
        return failure_tell(&failure, args->json && export.told == 0);
    return EXIT_DONE;
}

/* Lists for other programs are what is in force; those that come back here are all bans. */
static bool is_in_force(const struct export *export)
{
    return export->format == FORMAT_MAP || export->format == FORMAT_PLAIN;
}

/* What keeps ends and reasons is the default: without them a ban of an hour comes back for good. */
static int read_format(const struct args *args, enum format *format, struct failure *failure)
{
    const char *name = args_value(args, "format");
    *format = args->json ? FORMAT_JSON : FORMAT_CSV;
    if (!name)
        return 0;
    for (size_t i = 0; i < FORMATS; i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        *format = (enum format)i;
        if (args->json && *format != FORMAT_JSON)
            return failure_set(failure, "usage", EXIT_USAGE,
                               "--json and --format=%s contradict each other", name);
        return 0;
    }
    return failure_set(failure, "usage", EXIT_USAGE,
                       "\"%s\" is not map, plain, csv or json (--format)", name);
}

static bool take_line(void *context, const char *line, size_t length)
{
    struct export *export = context;
    struct ctl_json *root = ctl_json_parse(line, length);
    const struct ctl_json *item = ctl_json_member(root, "item");
    bool last = false;
    if (ctl_json_is_object(item))
        take_item(export, item);
    else
        last = take_end(export, root);
    ctl_json_free(&root);
    return last;
}

/* In a list of bans the allowlist is not, though it keeps some of them from being in force. */
static void tell_allowed(const struct export *export, const struct ctl_json *result)
{
    int64_t allowed = 0;
    ctl_json_number(result, "allowed", &allowed);
    if (allowed == 0)
        return;
    fprintf(stderr, "%s ban%s on the allowlist, %s: banctl allow list\n", GROUPED(allowed),
            allowed == 1 ? " is" : "s are",
            is_in_force(export) ? "and not in it" : "which is not exported");
}

/* What the form cannot say, or an older agent does not tell. */
static void tell_left_out(const struct export *export, const struct ctl_json *result)
{
    int64_t left = 0;
    bool can_say =
        export->accounts_only || export->format == FORMAT_CSV || export->format == FORMAT_JSON;
    ctl_json_number(result, "accounts", &left);
    if (can_say)
        left -= (int64_t) export->accounts;
    if (left > 0)
        fprintf(stderr, "%s banned account%s not in it: banctl %s\n", GROUPED(left),
                left == 1 ? " is" : "s are", can_say ? "list --accounts" : "export --accounts");
    tell_allowed(export, result);
    if (export->unsaid > 0)
        fprintf(stderr, "%s account%s not in it: no line of a user map says %s; csv can\n",
                GROUPED(export->unsaid), export->unsaid == 1 ? " is" : "s are",
                export->unsaid == 1 ? "it" : "them");
}

/* The result, an error, or what is neither. */
static bool take_end(struct export *export, const struct ctl_json *root)
{
    const char *schema = ctl_json_text(ctl_json_member(root, "result"), "schema");
    const struct ctl_json *error = ctl_json_member(root, "error");
    const char *message = ctl_json_text(error, "message");
    const char *hint = ctl_json_text(error, "hint");
    int64_t exit = EXIT_INTERNAL;
    if (schema && strcmp(schema, "banctl.export/1") == 0) {
        if (export->told == 0)
            print_begin(export);
        print_end(export);
        tell_left_out(export, ctl_json_member(root, "result"));
        return true;
    }
    ctl_json_number(error, "exit", &exit);
    if (exit <= EXIT_DONE || exit > EXIT_INTERNAL || !message) {
        exit = EXIT_INTERNAL;
        message = "the agent's answer is of another version than banctl understands";
        hint = "versions:  banctl --version; bansyncd --version";
    }
    failure_set(export->failure, exit == EXIT_PERMISSION ? "permission" : "refused",
                (enum exit_code)exit, "%s", message);
    if (hint)
        failure_hint(export->failure, "%s", hint);
    export->failed = true;
    return true;
}

static void take_item(struct export *export, const struct ctl_json *item)
{
    struct ban ban = {.until = ctl_json_text(item, "until")};
    const char *since = ctl_json_text(item, "since");
    const char *actor = ctl_json_text(item, "actor");
    if (!read_whom(export, item, &ban.addr) || !is_wanted(export, &ban.addr))
        return;
    origin_split(ctl_json_text(item, "reason"), &ban.origin);
    if (ban.origin.since[0] == '\0') {
        snprintf(ban.origin.since, sizeof(ban.origin.since), "%s", since ? since : "");
        snprintf(ban.origin.actor, sizeof(ban.origin.actor), "%s", actor ? actor : "");
    }
    explain(item, &ban.origin);
    if (export->told++ == 0)
        print_begin(export);
    print_ban(export, &ban);
}

/* Once it is imported nothing else tells why hits banned: "10 hits, bob@example.org". */
static void explain(const struct ctl_json *item, struct origin *origin)
{
    struct phrase why;
    phrase_begin(&why);
    if (!ctl_json_text(item, "reason") && phrase_add_why(&why, item))
        origin_explain(origin, why.text);
}

static bool read_whom(struct export *export, const struct ctl_json *item, struct addr *addr)
{
    const char *net = ctl_json_text(item, "net"), *account = ctl_json_text(item, "account");
    if (net)
        return addr_parse(net, strlen(net), false, addr) == 0;
    export->accounts += account != NULL;
    return account && account_parse(account, strlen(account), addr) == 0;
}

static bool is_wanted(struct export *export, const struct addr *addr)
{
    char line[USERMAP_LINE_SIZE];
    if (addr->kind != ADDR_ACCOUNT)
        return !export->accounts_only;
    if (export->format == FORMAT_CSV || export->format == FORMAT_JSON)
        return true;
    if (!export->accounts_only)
        return false;
    if (export->format == FORMAT_PLAIN || usermap_write_line(addr, line) > 0)
        return true;
    export->unsaid++;
    return false;
}

static void print_begin(const struct export *export)
{
    if (export->format == FORMAT_MAP)
        fputs(MAP_HEADER, stdout);
    else if (export->format == FORMAT_CSV)
        puts("net,until,reason,actor,since,account");
    else if (export->format == FORMAT_JSON)
        fputs("{\"schema\":\"banctl.export/1\",\"bans\":[", stdout);
}

static void print_ban(const struct export *export, const struct ban *ban)
{
    if (export->format == FORMAT_JSON) {
        fputs(export->told == 1 ? "\n" : ",\n", stdout);
        print_json(ban);
    } else if (export->format == FORMAT_CSV) {
        print_csv(ban);
    } else {
        print_line(export, &ban->addr);
    }
}

static void print_line(const struct export *export, const struct addr *addr)
{
    char text[ADDR_TEXT_SIZE];
    _Static_assert(sizeof(text) >= ACCOUNT_TEXT_SIZE, "room for each of them");
    if (addr->kind != ADDR_ACCOUNT && export->format == FORMAT_MAP)
        addr_print(addr, text);
    else if (addr->kind != ADDR_ACCOUNT)
        addr_print_operand(addr, text);
    else if (export->format == FORMAT_PLAIN)
        import_format_print_account(addr, text);
    else
        text[usermap_write_line(addr, text) - 1] = '\0'; /* that it has one is_wanted saw */
    puts(text);
}

static void print_csv(const struct ban *ban)
{
    char account[ACCOUNT_TEXT_SIZE] = "", net[ADDR_TEXT_SIZE] = "";
    if (ban->addr.kind == ADDR_ACCOUNT)
        account_print(&ban->addr, account);
    else
        addr_print_net(&ban->addr, net);
    print_field(net);
    putchar(',');
    print_field(ban->until ? ban->until : "permanent");
    putchar(',');
    print_field(ban->origin.reason);
    putchar(',');
    print_field(ban->origin.actor);
    putchar(',');
    print_field(ban->origin.since);
    putchar(',');
    print_field(account);
    putchar('\n');
}

static void print_field(const char *text)
{
    size_t length = strlen(text);
    char *harmless = malloc(4 * length + 1);
    if (!harmless)
        memory_exhausted();
    length = escape_text(text, length, ESCAPE_TERMINAL, harmless);
    bool quoted = strpbrk(harmless, ",;\"#") ||
                  (length > 0 && (harmless[0] == ' ' || harmless[length - 1] == ' '));
    if (quoted)
        putchar('"');
    for (size_t i = 0; i < length; i++) {
        if (harmless[i] == '"')
            putchar('"');
        putchar(harmless[i]);
    }
    if (quoted)
        putchar('"');
    free(harmless);
}

static void print_json(const struct ban *ban)
{
    struct ctl_json *object = ctl_json_object();
    char whom[ADDR_TEXT_SIZE];
    bool is_account = ban->addr.kind == ADDR_ACCOUNT;
    if (is_account)
        account_print(&ban->addr, whom);
    else
        addr_print_net(&ban->addr, whom);
    ctl_json_set_text(object, "net", is_account ? NULL : whom);
    if (is_account)
        ctl_json_set_text(object, "account", whom);
    ctl_json_set_text(object, "until", ban->until);
    ctl_json_set_text(object, "reason", ban->origin.reason[0] != '\0' ? ban->origin.reason : NULL);
    ctl_json_set_text(object, "actor", ban->origin.actor[0] != '\0' ? ban->origin.actor : NULL);
    ctl_json_set_text(object, "since", ban->origin.since[0] != '\0' ? ban->origin.since : NULL);
    char *text = ctl_json_dump(object);
    fputs(text, stdout);
    free(text);
    ctl_json_free(&object);
}

static void print_end(const struct export *export)
{
    if (export->format == FORMAT_JSON)
        puts(export->told > 0 ? "\n]}" : "]}");
}
