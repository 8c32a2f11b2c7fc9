/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a list to be imported holds, see import_list.h.
 */
#include "import_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "account.h"
#include "clock.h"
#include "memory.h"
#include "origin.h"
#include "prefixes.h"
#include "secret.h"
#include "when.h"

enum { ROOM_FIRST = 1024, NUMBER_DIGITS_MAX = 11 };

static void widen(struct prefix *net, unsigned ipv6_prefix);
static bool has_room(struct import_list *list);
static void *grow(void *old, size_t count, size_t *room, size_t size);
static char *copy(const char *bytes, size_t length);
static bool read_whom(struct import_list *list, const struct import_row *row,
                      struct import_entry *entry);
static const char *read_net(const struct import_row *row, struct import_entry *entry);
static bool read_account(struct import_list *list, const struct import_row *row,
                         struct import_entry *entry);
static bool read_end(struct import_text text, int64_t *ms);
static bool read_time(struct import_text text, int64_t *ms);
static bool is_word(struct import_text text, const char *word);
static bool read_reason(const struct import_row *row, char text[REASON_BYTES_MAX + 1]);
static uint32_t keep_reason(struct import_list *list, const char *text);
static uint32_t keep_name(struct import_list *list, const struct addr *account);
static uint32_t keep_text(struct import_list *list, const char *text);
static void add(struct import_list *list, const struct import_entry *entry);
static int compare_subjects(const struct import_list *list, const struct import_entry *a,
                            const struct import_entry *b);
static int compare(const void *a, const void *b, void *list);
static int compare_bad(const void *a, const void *b);

void import_list_row(struct import_list *list, const struct import_row *row)
{
    struct import_entry entry = {.line = row->line};
    char reason[REASON_BYTES_MAX + 1];
    const char *mistake = NULL, *code = NULL;
    struct import_text shown = {.bytes = NULL};
    if (!read_whom(list, row, &entry))
        return;
    if (!read_end(row->until, &entry.until_ms)) {
        code = "bad_end";
        mistake = "its end is neither \"permanent\" nor a time, such as 2026-11-30T12:00:00Z or "
                  "1796040000";
        shown = row->until;
    } else if (!read_reason(row, reason)) {
        code = "bad_reason";
        mistake = "its reason is over 255 bytes, or more than one line";
        shown = row->net.length > 0 ? row->net : row->account;
    }
    if (mistake)
        import_list_bad(list, row->line, shown.bytes, shown.length, code, mistake);
    else if (has_room(list)) {
        entry.reason = keep_reason(list, reason);
        add(list, &entry);
    }
}

void import_list_whom(struct import_list *list, uint32_t line, struct import_text whom)
{
    struct import_row row = {.line = line};
    *(list->accounts_only ? &row.account : &row.net) = whom;
    import_list_row(list, &row);
}

void import_list_add(struct import_list *list, uint32_t line, const struct addr *addr)
{
    struct import_entry entry = {.line = line};
    if (!has_room(list))
        return;
    if (addr->kind == ADDR_ACCOUNT)
        entry.account = keep_name(list, addr);
    else
        entry.net = addr_to_prefix(addr);
    add(list, &entry);
}

void import_list_bad(struct import_list *list, uint32_t line, const char *text, size_t length,
                     const char *code, const char *message)
{
    if (!has_room(list))
        return;
    list->bad = grow(list->bad, list->bad_count, &list->bad_room, sizeof(*list->bad));
    list->bad[list->bad_count++] = (struct import_bad){
        line, copy(text ? text : "", length < IMPORT_SHOWN_BYTES ? length : IMPORT_SHOWN_BYTES),
        copy(code, strlen(code)), copy(message, strlen(message))};
}

struct addr import_list_subject(const struct import_list *list, const struct import_entry *entry)
{
    struct addr account = {.kind = 0};
    if (entry->account == 0)
        return addr_of_prefix(&entry->net);
    const char *name = list->texts + entry->account;
    addr_parse_account(name, strlen(name), &account); /* it was made of one */
    return account;
}

const char *import_list_reason(const struct import_list *list, const struct import_entry *entry)
{
    return entry->reason > 0 ? list->texts + entry->reason : NULL;
}

size_t import_list_settle(struct import_list *list, unsigned ipv6_prefix, int64_t default_until_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct import_entry *entry = &list->entries[i];
        if (entry->is_sender) /* no account is */
            widen(&entry->net, ipv6_prefix);
    }
    if (list->count > 0)
        qsort_r(list->entries, list->count, sizeof(*list->entries), compare, list);
    for (size_t i = 0; i < list->count; i++) {
        struct import_entry *entry = &list->entries[i];
        struct import_entry *last = kept > 0 ? &list->entries[kept - 1] : NULL;
        int64_t until_ms = entry->until_ms > 0 ? entry->until_ms : default_until_ms;
        if (!last || compare_subjects(list, last, entry) != 0)
            list->entries[kept++] = *entry;
        else if (until_ms > (last->until_ms > 0 ? last->until_ms : default_until_ms))
            *last = *entry;
    }
    size_t gone = list->count - kept;
    list->count = kept;
    return gone;
}

void import_list_sort_bad(struct import_list *list)
{
    if (list->bad_count > 0)
        qsort(list->bad, list->bad_count, sizeof(*list->bad), compare_bad);
}

void import_list_clear(struct import_list *list)
{
    for (size_t i = 0; i < list->bad_count; i++) {
        free(list->bad[i].text);
        free(list->bad[i].code);
        free(list->bad[i].message);
    }
    free(list->entries);
    free(list->bad);
    free(list->texts);
    *list = (struct import_list){.entries = NULL};
}

/* Of a sender to its subject. */
static void widen(struct prefix *net, unsigned ipv6_prefix)
{
    struct addr addr = addr_of_prefix(net);
    addr = addr_subject(&addr, ipv6_prefix);
    *net = addr_to_prefix(&addr);
}

static bool has_room(struct import_list *list)
{
    list->is_full = list->is_full || list->count + list->bad_count >= IMPORT_ENTRIES_MAX;
    return !list->is_full;
}

static void *grow(void *old, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return old;
    *room = *room > 0 ? 2 * *room : ROOM_FIRST;
    void *list = realloc(old, *room * size);
    if (!list)
        memory_exhausted();
    return list;
}

static char *copy(const char *bytes, size_t length)
{
    char *text = strndup(bytes, length);
    if (!text)
        memory_exhausted();
    return text;
}

/* False: it is told as bad, or left out. */
static bool read_whom(struct import_list *list, const struct import_row *row,
                      struct import_entry *entry)
{
    const char *mistake;
    if (row->account.length > 0 && row->net.length > 0) {
        import_list_bad(list, row->line, row->net.bytes, row->net.length, "bad_row",
                        "it names an address and an account");
        return false;
    }
    if (row->account.length > 0)
        return read_account(list, row, entry);
    list->left_out += list->accounts_only;
    if (list->accounts_only)
        return false;
    mistake = read_net(row, entry);
    if (mistake)
        import_list_bad(list, row->line, row->net.bytes, row->net.length, "bad_address", mistake);
    return !mistake;
}

static bool read_account(struct import_list *list, const struct import_row *row,
                         struct import_entry *entry)
{
    struct addr account;
    if (secret_is_key(row->account.bytes, row->account.length)) {
        import_list_bad(list, row->line, NULL, 0, "bad_account",
                        "it is the key of a node, and no account: keep it secret");
        return false;
    }
    if (account_parse(row->account.bytes, row->account.length, &account) < 0) {
        import_list_bad(list, row->line, row->account.bytes, row->account.length, "bad_account",
                        "an account has 1 to 127 bytes, none of them a control character");
        return false;
    }
    entry->account = keep_name(list, &account);
    return true;
}

/* NULL, or why it is none. */
static const char *read_net(const struct import_row *row, struct import_entry *entry)
{
    struct addr addr;
    if (!row->net.bytes)
        return "it has no address";
    if (addr_parse_host(row->net.bytes, row->net.length, &addr) == 0) {
        entry->net = addr_to_prefix(&addr);
        entry->is_sender = addr.kind == ADDR_IPV6;
        return NULL;
    }
    if (addr_parse(row->net.bytes, row->net.length, false, &addr) == 0) {
        entry->net = addr_to_prefix(&addr);
        return NULL;
    }
    return addr_parse(row->net.bytes, row->net.length, true, &addr) == 0
               ? "it is an address inside a network: its last bits must be zero"
               : "it is no IP address or network";
}

static bool read_end(struct import_text text, int64_t *ms)
{
    *ms = 0;
    if (!text.bytes || text.length == 0)
        return true;
    if (is_word(text, "permanent") || is_word(text, "perm") || is_word(text, "never")) {
        *ms = TIME_NEVER_MS;
        return true;
    }
    return read_time(text, ms) && *ms > 0;
}

/* RFC 3339 in UTC, or seconds. */
static bool read_time(struct import_text text, int64_t *ms)
{
    char time[WHEN_TEXT_SIZE], canonical[CLOCK_TEXT_SIZE];
    int64_t number = 0;
    size_t digits = 0;
    if (!text.bytes || text.length == 0 || text.length >= sizeof(time))
        return false;
    memcpy(time, text.bytes, text.length);
    time[text.length] = '\0';
    while (time[digits] >= '0' && time[digits] <= '9' && digits < NUMBER_DIGITS_MAX)
        number = 10 * number + (time[digits++] - '0');
    if (digits == text.length) {
        *ms = number * 1000;
        return true;
    }
    if (strlen(time) != text.length || time[text.length - 1] != 'Z' || when_parse(time, ms) < 0)
        return false;
    clock_print(*ms, canonical); /* or it is a day that there is not */
    return strncmp(time, canonical, strlen("2026-11-30T12:00:00")) == 0;
}

static bool is_word(struct import_text text, const char *word)
{
    return text.length == strlen(word) && strncasecmp(text.bytes, word, text.length) == 0;
}

/* With who it was by and since when; "": none. */
static bool read_reason(const struct import_row *row, char text[REASON_BYTES_MAX + 1])
{
    struct origin origin;
    char since[CLOCK_TEXT_SIZE], reason[REASON_BYTES_MAX + 1] = "";
    int64_t ms;
    if (row->reason.length > REASON_BYTES_MAX)
        return false;
    for (size_t i = 0; i < row->reason.length; i++) {
        if ((unsigned char)row->reason.bytes[i] < 0x20 || row->reason.bytes[i] == 0x7f)
            return false;
        reason[i] = row->reason.bytes[i];
    }
    origin_split(reason, &origin);
    bool is_known = origin.since[0] != '\0'; /* imported before: row says who did that, and when */
    if (!is_known && read_time(row->since, &ms)) {
        clock_print(ms, since);
        snprintf(origin.since, sizeof(origin.since), "%.*s", ORIGIN_SINCE_SIZE - 1, since);
    }
    if (!is_known && row->actor.length <= ACTOR_BYTES_MAX && row->actor.bytes)
        memcpy(origin.actor, row->actor.bytes, row->actor.length);
    origin_join(&origin, text);
    return true;
}

/* Many lists have one reason for all. */
static uint32_t keep_reason(struct import_list *list, const char *text)
{
    uint32_t last = list->count > 0 ? list->entries[list->count - 1].reason : 0;
    if (text[0] == '\0')
        return 0;
    if (last > 0 && strcmp(list->texts + last, text) == 0)
        return last;
    return keep_text(list, text);
}

static uint32_t keep_name(struct import_list *list, const struct addr *account)
{
    char name[ACCOUNT_BYTES_MAX];
    memcpy(name, account->bytes, account->length); /* which has no NUL */
    name[account->length] = '\0';
    return keep_text(list, name);
}

static uint32_t keep_text(struct import_list *list, const char *text)
{
    size_t size = strlen(text) + 1;
    while (list->texts_room - list->texts_size < size + 1)
        list->texts = grow(list->texts, list->texts_room, &list->texts_room, 1);
    if (list->texts_size == 0)
        list->texts_size = 1; /* 0 is none */
    uint32_t place = (uint32_t)list->texts_size;
    memcpy(list->texts + place, text, size);
    list->texts_size += size;
    return place;
}

static void add(struct import_list *list, const struct import_entry *entry)
{
    list->entries = grow(list->entries, list->count, &list->room, sizeof(*list->entries));
    list->entries[list->count++] = *entry;
}

/* Accounts come last, by the bytes of their names. */
static int compare_subjects(const struct import_list *list, const struct import_entry *a,
                            const struct import_entry *b)
{
    if (a->account == 0 && b->account == 0)
        return prefix_compare(&a->net, &b->net);
    if (a->account == 0 || b->account == 0)
        return a->account == 0 ? -1 : 1;
    return strcmp(list->texts + a->account, list->texts + b->account);
}

/* Equal ones in the order of their lines. */
static int compare(const void *a, const void *b, void *list)
{
    const struct import_entry *left = a;
    const struct import_entry *right = b;
    int order = compare_subjects(list, left, right);
    return order != 0 ? order : (left->line > right->line) - (left->line < right->line);
}

static int compare_bad(const void *a, const void *b)
{
    const struct import_bad *left = a;
    const struct import_bad *right = b;
    return (left->line > right->line) - (left->line < right->line);
}
