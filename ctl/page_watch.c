/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl watch: one line an event: when, what, whom, and the rest. On a terminal a line is cut to
 * its width; elsewhere nothing is.
 */
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "fit.h"
#include "memory.h"
#include "page.h"
#include "phrase.h"
#include "terminal.h"
#include "when.h"

enum { KIND_WIDTH = 5, WHOM_WIDTH = 20, LATE_MS = 60000, ELLIPSIS_BYTES = 3 };

typedef enum terminal_color event_fn(struct phrase *line, const struct ctl_json *item);

static event_fn add_hit, add_ban, add_unban, add_allow, add_peer, add_brake, add_map;

static const struct {
    const char *kind;
    event_fn *add;
} events[] = {
    {"hit", add_hit},   {"ban", add_ban},     {"unban", add_unban}, {"allow", add_allow},
    {"peer", add_peer}, {"brake", add_brake}, {"map", add_map},
};

static void print_start(const struct ctl_json *item);
static void print_day(struct page_state *state, const char *day);
static void print_cut(const struct phrase *line, enum terminal_color color);
static void add_whom(struct phrase *line, const struct ctl_json *item);
static void add_who(struct phrase *line, const struct ctl_json *item);
static void add_until(struct phrase *line, const struct ctl_json *item);

void page_watch_item(struct page_state *state, const struct ctl_json *item)
{
    const char *kind = ctl_json_text(item, "kind");
    char day[WHEN_TEXT_SIZE], time[WHEN_TEXT_SIZE];
    enum terminal_color color = TERMINAL_PLAIN;
    int64_t dropped;
    struct phrase line;
    kind = kind ? kind : "-";
    when_local(ctl_json_text(item, "time"), day, time);
    print_day(state, day);
    if (strcmp(kind, "start") == 0) {
        print_start(item);
        return;
    }
    phrase_begin(&line);
    phrase_add(&line, "%s  ", time);
    if (strcmp(kind, "dropped") == 0 && ctl_json_number(item, "events", &dropped)) {
        phrase_add(&line, "\u2026 ");
        phrase_add_counted(&line, dropped, "event");
        phrase_add(&line, " dropped: they came faster than they were read");
        print_cut(&line, TERMINAL_YELLOW);
        return;
    }
    phrase_add(&line, "%-*s  ", KIND_WIDTH, kind);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (strcmp(kind, events[i].kind) == 0)
            color = events[i].add(&line, item);
    }
    print_cut(&line, color);
}

/* What is watched is no event: it does not belong among them where they are kept. */
static void print_start(const struct ctl_json *item)
{
    const char *node = ctl_json_text(item, "node");
    print_text(stderr, node ? node : "-");
    fputs(": events as they happen, until Ctrl-C\n", stderr);
}

/* The first day is today, and nothing new. */
static void print_day(struct page_state *state, const char *day)
{
    if (strcmp(day, "-") == 0)
        return;
    if (state->day[0] != '\0' && strcmp(state->day, day) != 0)
        printf("%s\n", day);
    snprintf(state->day, sizeof(state->day), "%s", day);
}

static void print_cut(const struct phrase *line, enum terminal_color color)
{
    size_t columns = terminal_columns(stdout), length = line->length;
    char *text = malloc(4 * length + 1 + ELLIPSIS_BYTES);
    if (!text)
        memory_exhausted();
    while (length > 0 && line->text[length - 1] == ' ')
        length--;
    escape_text(line->text, length, ESCAPE_TERMINAL, text);
    if (columns > 0)
        fit_cut(text, columns);
    print_colored(stdout, color, text);
    putchar('\n');
    free(text);
}

static enum terminal_color add_hit(struct phrase *line, const struct ctl_json *item)
{
    const char *address = ctl_json_text(item, "address");
    const char *beside = ctl_json_text(item, "net") ? ctl_json_text(item, "account") : address;
    const char *bucket = ctl_json_text(item, "bucket");
    int64_t count, threshold, at_ms, time_ms;
    char span[WHEN_TEXT_SIZE];
    add_whom(line, item);
    if (ctl_json_number(item, "count", &count) && ctl_json_number(item, "threshold", &threshold))
        phrase_add(line, "%2lld of %lld  ", (long long)count, (long long)threshold);
    if (!phrase_add_node(line, item, "node"))
        phrase_add(line, "-");
    if (beside)
        phrase_add(line, "  %s", beside);
    if (bucket)
        phrase_add(line, "  (%s)", bucket);
    if (ctl_json_text(item, "at") && when_parse(ctl_json_text(item, "at"), &at_ms) == 0 &&
        ctl_json_text(item, "time") && when_parse(ctl_json_text(item, "time"), &time_ms) == 0 &&
        time_ms - at_ms >= LATE_MS) {
        when_span(time_ms - at_ms, span);
        phrase_add(line, "  %s ago", span);
    }
    return TERMINAL_PLAIN;
}

static enum terminal_color add_ban(struct phrase *line, const struct ctl_json *item)
{
    const char *source = ctl_json_text(item, "source");
    add_whom(line, item);
    add_until(line, item);
    if (source && strcmp(source, "manual") == 0) {
        add_who(line, item);
    } else {
        struct phrase hits;
        phrase_begin(&hits);
        if (phrase_add_node(&hits, item, "node"))
            phrase_add(line, " by %s", hits.text);
        phrase_begin(&hits);
        if (phrase_add_hits(&hits, item))
            phrase_add(line, ": %s", hits.text);
        phrase_begin(&hits);
        phrase_add_nodes(&hits, item);
        if (hits.length > 0)
            phrase_add(line, " (%s)", hits.text);
        phrase_begin(&hits);
        phrase_add_texts(&hits, ctl_json_member(item, "accounts"));
        phrase_add_texts(&hits, ctl_json_member(item, "addresses"));
        if (hits.length > 0)
            phrase_add(line, ", %s", hits.text);
    }
    if (ctl_json_is_true(item, "allowed"))
        phrase_add(line, " (on the allowlist)");
    return TERMINAL_RED;
}

static enum terminal_color add_unban(struct phrase *line, const struct ctl_json *item)
{
    const char *source = ctl_json_text(item, "source");
    add_whom(line, item);
    if (source && strcmp(source, "manual") == 0) {
        phrase_add(line, "lifted");
        add_who(line, item);
    } else {
        phrase_add(line, "ended");
    }
    return TERMINAL_GREEN;
}

static enum terminal_color add_allow(struct phrase *line, const struct ctl_json *item)
{
    const char *source = ctl_json_text(item, "source");
    add_whom(line, item);
    if (ctl_json_is_true(item, "on")) {
        add_until(line, item);
        add_who(line, item);
    } else if (source && strcmp(source, "manual") == 0) {
        phrase_add(line, "removed");
        add_who(line, item);
    } else {
        phrase_add(line, "ended");
    }
    return TERMINAL_PLAIN;
}

static enum terminal_color add_peer(struct phrase *line, const struct ctl_json *item)
{
    const char *node = ctl_json_text(item, "node");
    bool up = ctl_json_is_true(item, "up");
    phrase_add(line, "%-*s  %s", WHOM_WIDTH, node ? node : "-", up ? "up" : "down");
    return up ? TERMINAL_GREEN : TERMINAL_RED;
}

static enum terminal_color add_brake(struct phrase *line, const struct ctl_json *item)
{
    int64_t held;
    if (!ctl_json_is_true(item, "engaged")) {
        phrase_add(line, "no hits are held any more");
        return TERMINAL_GREEN;
    }
    phrase_add(line, "engaged");
    if (ctl_json_number(item, "held", &held)) {
        phrase_add(line, ": ");
        phrase_add_counted(line, held, "hit");
        phrase_add(line, " held; see banctl held");
    }
    return TERMINAL_YELLOW;
}

static enum terminal_color add_map(struct phrase *line, const struct ctl_json *item)
{
    int64_t entries;
    if (ctl_json_number(item, "entries", &entries)) {
        phrase_add_number(line, entries);
        phrase_add(line, " %s written", entries == 1 ? "entry" : "entries");
    }
    return TERMINAL_PLAIN;
}

static void add_whom(struct phrase *line, const struct ctl_json *item)
{
    struct phrase net;
    phrase_begin(&net);
    phrase_add_subject(&net, item);
    phrase_add(line, "%-*s  ", WHOM_WIDTH, net.text);
}

/* " by alice on mx1: stolen account" */
static void add_who(struct phrase *line, const struct ctl_json *item)
{
    const char *actor = ctl_json_text(item, "actor"), *reason = ctl_json_text(item, "reason");
    struct phrase node;
    phrase_begin(&node);
    if (actor)
        phrase_add(line, " by %s", actor);
    if (phrase_add_node(&node, item, "node"))
        phrase_add(line, " on %s", node.text);
    if (reason)
        phrase_add(line, ": %s", reason);
}

/* "for 1h", seen from the time of the event. */
static void add_until(struct phrase *line, const struct ctl_json *item)
{
    const char *time = ctl_json_text(item, "time"), *until = ctl_json_text(item, "until");
    char span[WHEN_TEXT_SIZE];
    int64_t time_ms, until_ms;
    if (!until) {
        phrase_add(line, "permanent");
    } else if (time && when_parse(time, &time_ms) == 0 && when_parse(until, &until_ms) == 0) {
        when_span(until_ms - time_ms, span);
        phrase_add(line, "for %s", span);
    }
}
