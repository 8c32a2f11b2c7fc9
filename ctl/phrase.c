/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of text that several pages need.
 *
 * Does not: know which page it is for.
 */
#include "phrase.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/control.h>
#include <bansync/limits.h>

#include "addr.h"
#include "grouped.h"
#include "paragraph.h"
#include "print.h"
#include "when.h"

/* Nodes and counts while they are added. */
struct counts {
    struct phrase *phrase;
    const struct ctl_json *old_keys; /* NULL: there is none */
};

static void add_name(struct phrase *phrase, const struct ctl_json *old_keys, const char *name);
static void add_count(void *context, const char *name, int64_t number);

void phrase_begin(struct phrase *phrase)
{
    phrase->text[0] = '\0';
    phrase->length = 0;
}

void phrase_add(struct phrase *phrase, const char *format, ...)
{
    size_t room = sizeof(phrase->text) - phrase->length;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(phrase->text + phrase->length, room, format, arguments);
    va_end(arguments);
    if (length > 0)
        phrase->length += (size_t)length < room ? (size_t)length : room - 1;
}

void phrase_print(const struct phrase *phrase)
{
    phrase_print_colored(phrase, TERMINAL_PLAIN);
}

void phrase_print_colored(const struct phrase *phrase, enum terminal_color color)
{
    bool indented = phrase->text[0] == ' ';
    paragraph_print(stdout, color, 0, indented ? "    " : "  ", phrase->text);
}

void phrase_print_labelled(const struct phrase *phrase)
{
    paragraph_print(stdout, TERMINAL_PLAIN, 0, "          ", phrase->text);
}

void phrase_comma(struct phrase *phrase)
{
    if (phrase->length > 0)
        phrase_add(phrase, ", ");
}

void phrase_add_texts(struct phrase *phrase, const struct ctl_json *array)
{
    for (size_t i = 0; i < ctl_json_size(array); i++) {
        const char *text = ctl_json_element_text(array, i);
        phrase_add(phrase, "%s%s", i > 0 ? ", " : "", text ? text : "-");
    }
}

void phrase_add_first_texts(struct phrase *phrase, const struct ctl_json *array, int64_t total)
{
    const size_t kept = sizeof(", ") + sizeof(" and 9,223,372,036,854,775,807 more");
    size_t told = 0;
    for (; told < ctl_json_size(array); told++) {
        const char *text = ctl_json_element_text(array, told);
        text = text ? text : "-";
        if (phrase->length + strlen(text) + kept >= sizeof(phrase->text))
            break;
        phrase_add(phrase, "%s%s", told > 0 ? ", " : "", text);
    }
    int64_t size = (int64_t)ctl_json_size(array);
    int64_t left = (total > size ? total : size) - (int64_t)told;
    if (left <= 0)
        return;
    phrase_add(phrase, "%s", told > 0 ? " and " : "");
    phrase_add_number(phrase, left);
    phrase_add(phrase, " more");
}

void phrase_add_asked(struct phrase *phrase, const struct ctl_json *item)
{
    const char *address = ctl_json_text(item, "address");
    if (address)
        phrase_add(phrase, "%s", address);
    else
        phrase_add_subject(phrase, item);
}

void phrase_add_beside(struct phrase *phrase, const struct ctl_json *item)
{
    const struct ctl_json *addresses = ctl_json_member(item, "addresses");
    if (ctl_json_size(addresses) > 0)
        phrase_add(phrase, "from ");
    phrase_add_texts(phrase, ctl_json_member(item, "accounts"));
    phrase_add_texts(phrase, addresses);
}

bool phrase_add_node(struct phrase *phrase, const struct ctl_json *object, const char *member)
{
    const char *name = ctl_json_text(object, member);
    if (name)
        add_name(phrase, ctl_json_member(object, "old_keys"), name);
    return name != NULL;
}

void phrase_add_nodes(struct phrase *phrase, const struct ctl_json *object)
{
    struct counts counts = {phrase, ctl_json_member(object, "old_keys")};
    ctl_json_numbers_sorted(ctl_json_member(object, "nodes"), add_count, &counts);
}

void phrase_add_accounts(struct phrase *phrase, int64_t entries, int64_t accounts)
{
    if (accounts == 0)
        return;
    phrase_add(phrase, " (");
    if (accounts < entries) {
        phrase_add_number(phrase, accounts);
        phrase_add(phrase, " of them ");
    }
    phrase_add(phrase, entries == 1 ? "account)" : "accounts)");
}

void phrase_add_number(struct phrase *phrase, int64_t number)
{
    phrase_add(phrase, "%s%s", number < 0 ? "-" : "",
               GROUPED(number < 0 ? 0 - (uint64_t)number : (uint64_t)number));
}

void phrase_add_bytes(struct phrase *phrase, int64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    if (bytes < 1000) {
        phrase_add(phrase, "%lld B", (long long)bytes);
        return;
    }
    size_t unit = 0;
    while (bytes >= 999950 && unit < 3) {
        bytes /= 1000;
        unit++;
    }
    phrase_add(phrase, "%.1f %s", (double)bytes / 1000, units[unit]);
}

void phrase_add_net(struct phrase *phrase, const char *net)
{
    struct addr addr;
    char text[ADDR_TEXT_SIZE];
    if (net && addr_parse(net, strlen(net), false, &addr) == 0) {
        addr_print_operand(&addr, text);
        net = text;
    }
    phrase_add(phrase, "%s", net ? net : "-");
}

void phrase_add_subject(struct phrase *phrase, const struct ctl_json *item)
{
    const char *net = ctl_json_text(item, "net");
    const char *account = ctl_json_text(item, "account");
    if (!net && account)
        phrase_add(phrase, "account %s", account);
    else
        phrase_add_net(phrase, net);
}

void phrase_add_counted(struct phrase *phrase, int64_t number, const char *noun)
{
    phrase_add_number(phrase, number);
    phrase_add(phrase, " %s%s", noun, number == 1 ? "" : "s");
}

bool phrase_add_hits(struct phrase *phrase, const struct ctl_json *item)
{
    int64_t hits, messages;
    if (!ctl_json_number(item, "hits", &hits) && !ctl_json_number(item, "count", &hits))
        return false;
    phrase_add_counted(phrase, hits, "hit");
    if (ctl_json_number(item, "messages", &messages) && messages < hits) {
        phrase_comma(phrase);
        phrase_add_counted(phrase, messages, "message");
    }
    return true;
}

bool phrase_add_why(struct phrase *phrase, const struct ctl_json *item)
{
    struct phrase beside;
    phrase_begin(&beside);
    if (!phrase_add_hits(phrase, item))
        return false;
    phrase_add_beside(&beside, item);
    if (beside.length > 0)
        phrase_add(phrase, ", %s", beside.text);
    return true;
}

void phrase_add_ordinal(struct phrase *phrase, int64_t number)
{
    static const char *const ends[] = {"th", "st", "nd", "rd"};
    bool plain = number < 0 || number % 10 > 3 || number / 10 % 10 == 1;
    phrase_add(phrase, "%lld%s", (long long)number, plain ? "th" : ends[number % 10]);
}

void phrase_add_ban(struct phrase *phrase, const struct ctl_json *item)
{
    char span[WHEN_TEXT_SIZE];
    const char *source = ctl_json_text(item, "source");
    int64_t number;
    if (!source || strcmp(source, "auto") != 0 || !ctl_json_number(item, "level", &number) ||
        number == 0)
        return;
    phrase_add_ordinal(phrase, number);
    phrase_add(phrase, " ban");
    if (!ctl_json_number(item, "ban_ms", &number))
        return;
    when_span(number, span);
    phrase_add(phrase, ", %s", span);
}

void phrase_add_allow(struct phrase *phrase, const struct ctl_json *entry, int64_t now_ms)
{
    char time[WHEN_TEXT_SIZE];
    const char *owner = ctl_json_text(entry, "owner");
    const char *actor = ctl_json_text(entry, "actor");
    const char *reason = ctl_json_text(entry, "reason");
    const char *until = ctl_json_text(entry, "until");
    bool ends = owner && strcmp(owner, "operator") == 0 && ctl_json_member(entry, "until");
    if (!phrase_add_node(phrase, entry, "owner"))
        phrase_add(phrase, "-");
    if (actor && actor[0] != '\0')
        phrase_add(phrase, " %s", actor);
    if (ends)
        phrase_add(phrase, ", %s%s", until ? "ends " : "permanent",
                   until ? when_relative(until, now_ms, "", time) : "");
    if (reason && reason[0] != '\0')
        phrase_add(phrase, ": %s", reason);
}

/* Those of one name only differ in their ids. */
static void add_name(struct phrase *phrase, const struct ctl_json *old_keys, const char *name)
{
    const char *old = old_keys ? ctl_json_text(old_keys, name) : NULL;
    phrase_add(phrase, "%s%s", old ? old : name, old ? CONTROL_OLD_KEY : "");
}

static void add_count(void *context, const char *name, int64_t number)
{
    const struct counts *counts = context;
    phrase_comma(counts->phrase);
    add_name(counts->phrase, counts->old_keys, name);
    phrase_add(counts->phrase, " %lld", (long long)number);
}
