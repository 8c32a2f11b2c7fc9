/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl list: one line a ban, the number of bans below it on stderr.
 */
#include <string.h>

#include "grouped.h"
#include "page.h"
#include "phrase.h"
#include "when.h"

static const struct print_column columns[] = {
    {"IP/NET", false},   {"COUNT", false},  {"NODES", true},    {"SINCE", false},
    {"LAST HIT", false}, {"LEVEL", false},  {"EXPIRES", false}, {"FORGOTTEN", false},
    {"BY", false},       {"REASON", false},
};

/* What a narrow terminal does without, the first one first. */
static const char *const spare[] = {"FORGOTTEN", "LAST HIT", "NODES", "SINCE",
                                    "LEVEL",     "COUNT",    NULL};

static void tell_total(size_t shown, int64_t total, const struct ctl_json *result);
static const char *how_to_see_all(size_t shown, int64_t total);
static void begin(struct page_state *state);
static void add_counts(struct print_table *table, const struct ctl_json *item);
static void add_level(struct print_table *table, const struct ctl_json *item);
static const char *when_forgotten(const struct ctl_json *item, int64_t now_ms,
                                  char time[WHEN_TEXT_SIZE]);
static const char *made_by(const struct ctl_json *item);
static void add_reason(struct phrase *phrase, const struct ctl_json *item);

void page_list_item(struct page_state *state, const struct ctl_json *item)
{
    char time[WHEN_TEXT_SIZE];
    if (!state->table)
        begin(state);
    struct phrase net;
    phrase_begin(&net);
    phrase_add_subject(&net, item);
    print_cell(state->table, net.text);
    add_counts(state->table, item);
    print_cell(state->table, when_relative(ctl_json_text(item, "since"), state->now_ms, "-", time));
    print_cell(state->table,
               when_relative(ctl_json_text(item, "last_hit"), state->now_ms, "-", time));
    add_level(state->table, item);
    const char *expires = ctl_json_text(item, "expires");
    print_cell(state->table, when_relative(expires, state->now_ms, "permanent", time));
    print_cell(state->table, when_forgotten(item, state->now_ms, time));
    print_cell(state->table, made_by(item));
    struct phrase why;
    phrase_begin(&why);
    add_reason(&why, item);
    print_cell(state->table, why.text);
}

void page_list_result(struct page_state *state, const struct ctl_json *result)
{
    int64_t total = (int64_t)state->item_count;
    ctl_json_number(result, "total", &total);
    if (state->table)
        print_table_write(state->table, stdout, 0, true);
    fflush(stdout);
    const char *mode = ctl_json_text(result, "mode");
    bool observes = mode && strcmp(mode, "observe") == 0;
    if (total == 0 && ctl_json_is_true(result, "would") && mode && !observes)
        fputs("mode enforce: all bans are in force\n", stderr);
    else
        tell_total(state->item_count, total, result);
    if (total > 0 && observes && !ctl_json_is_true(result, "would"))
        fputs("this node only observes; what is not in force on it:  banctl list --would\n",
              stderr);
}

/* So many of those that match, of all there are. */
static void tell_total(size_t shown, int64_t total, const struct ctl_json *result)
{
    int64_t banned = total;
    const char *plural = total == 1 ? "" : "s";
    ctl_json_number(result, "banned", &banned);
    if (banned == 0)
        fputs("no bans\n", stderr);
    else if (total == 0)
        fprintf(stderr, "no ban matches; %s in all\n", GROUPED(banned));
    else if (banned > total)
        fprintf(stderr, "%s of %s ban%s that match%s, %s in all%s\n", GROUPED(shown),
                GROUPED(total), plural, total == 1 ? "es" : "", GROUPED(banned),
                how_to_see_all(shown, total));
    else
        fprintf(stderr, "%s of %s ban%s%s\n", GROUPED(shown), GROUPED(total), plural,
                how_to_see_all(shown, total));
}

static const char *how_to_see_all(size_t shown, int64_t total)
{
    return (int64_t)shown < total ? "; --all shows all of them" : "";
}

static void begin(struct page_state *state)
{
    state->table = print_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    print_table_may_lack(state->table, spare);
}

/* A ban of an operator may rest on no strike at all: then there is nothing to count. */
static void add_counts(struct print_table *table, const struct ctl_json *item)
{
    int64_t count = 0;
    struct phrase hits;
    size_t nodes = ctl_json_size(ctl_json_member(item, "nodes"));
    if (!ctl_json_number(item, "count", &count) || (count == 0 && nodes == 0)) {
        print_cell(table, "-");
        print_cell(table, "-");
        return;
    }
    phrase_begin(&hits);
    phrase_add_hits(&hits, item);
    print_cell(table, hits.text);
    print_cell_format(table, "%zu", nodes);
}

static void add_level(struct print_table *table, const struct ctl_json *item)
{
    struct phrase level;
    phrase_begin(&level);
    phrase_add_ban(&level, item);
    print_cell(table, level.length > 0 ? level.text : "-");
}

/* The level, bans of operators have none. */
static const char *when_forgotten(const struct ctl_json *item, int64_t now_ms,
                                  char time[WHEN_TEXT_SIZE])
{
    int64_t level = 0;
    ctl_json_number(item, "level", &level);
    return when_relative(ctl_json_text(item, "forgotten"), now_ms, level > 0 ? "never" : "-", time);
}

static const char *made_by(const struct ctl_json *item)
{
    const char *actor = ctl_json_text(item, "actor");
    return actor ? actor : ctl_json_text(item, "source");
}

/* The operator's reason; else whose password the sender may have, or who has the
 * account's. Behind it why the map is without
 * the ban, as nobody who reads a list of bans expects that. */
static void add_reason(struct phrase *phrase, const struct ctl_json *item)
{
    const char *text = ctl_json_text(item, "reason");
    if (text)
        phrase_add(phrase, "%s", text);
    else
        phrase_add_beside(phrase, item);
    if (ctl_json_is_true(item, "allowed"))
        phrase_add(phrase, "%s(on the allowlist: not in the map)", phrase->length > 0 ? " " : "");
}
