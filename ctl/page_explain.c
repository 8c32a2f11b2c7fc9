/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl explain: sentences, the verdict first, then what else there is to know, then the hits.
 *
 * What does not matter for this address is not said. Each sentence is a line, so that no reason and
 * no account can be taken for another one.
 */
#include <string.h>

#include "beside.h"
#include "explain.h"
#include "page.h"
#include "page_strikes.h"
#include "phrase.h"
#include "when.h"

static bool is_decided_by(const struct explain *explain, const char *what);
static void print_verdict(const struct explain *explain);
static void add_why(struct phrase *text, const struct explain *explain);
static void add_former(struct phrase *text, const struct explain *explain);
static void add_allow(struct phrase *text, const struct explain *explain);
static void print_subject(const struct explain *explain);
static void print_masked(const struct explain *explain);
static void print_deciding(const struct explain *explain);
static void print_seen(const struct explain *explain);
static void print_last_hit(const struct explain *explain);
static bool is_bannable(const struct explain *explain);
static void print_distance(const struct explain *explain);
static void print_over(const struct explain *explain);
static void print_unban(const struct explain *explain);
static void print_level(const struct explain *explain);
static void print_others(const struct explain *explain);
static void print_map(const struct explain *explain);
static void print_hits(const struct explain *explain);

void page_explain_item(struct page_state *state, const struct ctl_json *item)
{
    const char *decider = ctl_json_text(item, "decided_by");
    const struct explain explain = {item, state->now_ms, ctl_json_is_true(item, "banned"),
                                    decider ? decider : ""};
    print_verdict(&explain);
    print_subject(&explain);
    print_masked(&explain);
    print_deciding(&explain);
    print_seen(&explain);
    print_last_hit(&explain);
    print_distance(&explain);
    print_over(&explain);
    print_unban(&explain);
    print_level(&explain);
    print_others(&explain);
    print_map(&explain);
    beside_print(item);
    print_hits(&explain);
}

static bool is_decided_by(const struct explain *explain, const char *what)
{
    return strcmp(explain->decider, what) == 0;
}

static void print_verdict(const struct explain *explain)
{
    bool observe = ctl_json_is_true(explain->item, "observe");
    struct phrase text;
    phrase_begin(&text);
    phrase_add_asked(&text, explain->item);
    if (!explain->banned)
        phrase_add(&text, " is not banned: ");
    else if (observe)
        phrase_add(&text, " would be banned, but this node only observes: ");
    else
        phrase_add(&text, " is banned: ");
    add_why(&text, explain);
    phrase_print_colored(&text, explain->banned ? TERMINAL_RED : TERMINAL_GREEN);
}

/* What decides, as the second half of the first sentence. */
static void add_why(struct phrase *text, const struct explain *explain)
{
    const struct ctl_json *cover = ctl_json_member(explain->item, "cover");
    if (is_decided_by(explain, "allowlist")) {
        add_allow(text, explain);
    } else if (is_decided_by(explain, "former_map")) {
        add_former(text, explain);
    } else if (is_decided_by(explain, "net")) {
        phrase_add(text, "it is inside ");
        phrase_add_subject(text, cover);
        phrase_add(text, ", which ");
        explain_add_order(text, explain, cover, false);
    } else if (explain->banned) {
        /* a single IPv6 address may have a ban beside that of its prefix */
        explain_add_order(text, explain, ctl_json_text(cover, "net") ? cover : explain->item, true);
    } else if (explain_number(explain->item, "counted") > 0) {
        phrase_add(text, "it has ");
        phrase_add_number(text, explain_number(explain->item, "counted"));
        phrase_add(text, " of the ");
        explain_add_quota(text, explain);
        phrase_add(text, is_bannable(explain) ? " that ban" : " that would ban an address");
    } else {
        bool known =
            !ctl_json_is_false(explain->item, "known") || explain_number(explain->item, "held") > 0;
        phrase_add(text, known ? "no hit of it counts now" : "nothing is known of it");
    }
}

static void add_former(struct phrase *text, const struct explain *explain)
{
    const struct ctl_json *entry = ctl_json_member(explain->item, "former_entry");
    const char *kind = ctl_json_text(entry, "kind");
    bool lost = kind && strcmp(kind, "lost") == 0;
    if (ctl_json_text(entry, "net")) {
        phrase_add_subject(text, entry);
        phrase_add(text, " of a former map covers it, which is kept in force until ");
    } else {
        phrase_add(text, "it was in a former map, and is kept in force until ");
    }
    if (lost)
        phrase_add(text, "another node knows it, ");
    phrase_add(text, "\"banctl map adopt\" or \"banctl map discard\"");
}

static void add_allow(struct phrase *text, const struct explain *explain)
{
    const struct ctl_json *entries = ctl_json_member(explain->item, "allowed_by");
    phrase_add(text, "it is on the allowlist: ");
    for (size_t i = 0; i < ctl_json_size(entries); i++) {
        const struct ctl_json *entry = ctl_json_element(entries, i);
        phrase_add(text, i > 0 ? "; " : "");
        phrase_add_subject(text, entry);
        phrase_add(text, " (");
        phrase_add_allow(text, entry, explain->now_ms);
        phrase_add(text, ")");
    }
}

/* An IPv6 address is counted with its neighbors. */
static void print_subject(const struct explain *explain)
{
    const char *net = ctl_json_text(explain->item, "net");
    const char *address = ctl_json_text(explain->item, "address");
    struct phrase text, name;
    phrase_begin(&text);
    phrase_begin(&name);
    phrase_add_net(&name, net);
    if (!net || !address || strcmp(name.text, address) == 0)
        return;
    phrase_add(&text, "Its hits count for %s", name.text);
    phrase_print(&text);
}

/* What would be without the entry of the allowlist. */
static void print_masked(const struct explain *explain)
{
    const struct ctl_json *cover = ctl_json_member(explain->item, "cover");
    bool is_own = ctl_json_text(explain->item, "source") != NULL;
    struct phrase text;
    phrase_begin(&text);
    if (!is_decided_by(explain, "allowlist"))
        return;
    if (is_own) {
        phrase_add(&text, "Without that it would be banned: ");
        explain_add_order(&text, explain, explain->item, true);
    } else if (ctl_json_text(cover, "net")) {
        phrase_add(&text, "Without that it would be banned by ");
        phrase_add_subject(&text, cover);
        phrase_add(&text, ", which ");
        explain_add_order(&text, explain, cover, false);
    } else {
        phrase_add(&text, "Without that it would not be banned either");
    }
    phrase_print(&text);
}

/* The hit that completed the threshold; a stricter node may have decided. */
static void print_deciding(const struct explain *explain)
{
    const struct ctl_json *deciding = ctl_json_member(explain->item, "deciding");
    int64_t hits = explain_number(explain->item, "strikes_total");
    char span[WHEN_TEXT_SIZE];
    struct phrase text, node;
    phrase_begin(&text);
    phrase_begin(&node);
    if (!phrase_add_node(&node, deciding, "node"))
        return;
    if (is_decided_by(explain, "threshold") || is_decided_by(explain, "allowlist")) {
        phrase_add(&text, "The hit that decided was on %s", node.text);
    } else {
        phrase_add(&text, "It reached the threshold, too, on %s ", node.text);
        explain_add_time(&text, explain, deciding, "time");
    }
    when_span(explain_number(explain->item, "window_ms"), span);
    phrase_add(&text, ", the last of %lld within %s", (long long)hits, span);
    if (explain_number(explain->item, "count") < explain_number(explain->item, "threshold"))
        phrase_add(&text, "; by the stricter policy of another node");
    phrase_print(&text);
}

static void add_texts(struct phrase *text, const char *what, const struct ctl_json *texts)
{
    if (ctl_json_size(texts) == 0)
        return;
    phrase_add(text, "; %s ", what);
    phrase_add_texts(text, texts);
}

/* Of which hits the ban, or the count, is made. */
static void print_seen(const struct explain *explain)
{
    const struct ctl_json *item = explain->item;
    struct phrase text, nodes;
    phrase_begin(&text);
    if (explain_number(item, "hits") == 0)
        return;
    phrase_add(&text, "Counted: ");
    phrase_add_counted(&text, explain_number(item, "hits"), "hit");
    phrase_add(&text, " of ");
    phrase_add_counted(&text, explain_number(item, "messages"), "message");
    phrase_begin(&nodes);
    phrase_add_nodes(&nodes, item);
    phrase_add(&text, "; nodes %s", nodes.text);
    add_texts(&text, "accounts", ctl_json_member(item, "accounts"));
    add_texts(&text, "addresses", ctl_json_member(item, "addresses"));
    add_texts(&text, "limits", ctl_json_member(item, "buckets"));
    phrase_print(&text);
}

/* Of who is banned, too: hits go on where a node only observes. */
static void print_last_hit(const struct explain *explain)
{
    struct phrase text;
    phrase_begin(&text);
    if (!ctl_json_text(explain->item, "last_hit"))
        return;
    phrase_add(&text, "Last hit: ");
    explain_add_time(&text, explain, explain->item, "last_hit");
    phrase_print(&text);
}

/* Accounts may be such that no number of hits bans them. */
static bool is_bannable(const struct explain *explain)
{
    return !ctl_json_is_false(explain->item, "threshold_bans");
}

/* What it would take, for who has no ban of its own by hits. */
static void print_distance(const struct explain *explain)
{
    const struct ctl_json *item = explain->item;
    int64_t counted = explain_number(item, "counted"), missing = explain_number(item, "missing");
    const char *counts = ctl_json_text(item, "counts");
    struct phrase text;
    phrase_begin(&text);
    if (ctl_json_text(ctl_json_member(item, "deciding"), "time") || ctl_json_text(item, "source") ||
        (counted == 0 && missing == 0))
        return;
    if (!is_bannable(explain)) {
        phrase_add(&text, "No hits ban an account here: accounts in [detect] is not \"ban\"");
    } else if (missing == 0) { /* a ban may be shorter than the window */
        phrase_add(&text, "The next hit would reach the threshold again");
    } else if (counted == 0) {
        phrase_add(&text, "It would take ");
        explain_add_quota(&text, explain);
        phrase_add(&text, ", on whatever nodes, to reach the threshold");
    } else {
        phrase_add_counted(&text, missing,
                           counts && strcmp(counts, "messages") == 0 ? "more message" : "more hit");
        phrase_add(&text, " would reach the threshold; the oldest one counts until ");
        explain_add_time(&text, explain, item, "oldest_counts_until");
        phrase_add(&text, ", the newest until ");
        explain_add_time(&text, explain, item, "newest_counts_until");
    }
    phrase_print(&text);
}

/* An operator's ban that has ended. */
static void print_over(const struct explain *explain)
{
    const struct ctl_json *manual = ctl_json_member(explain->item, "manual");
    const char *kind = ctl_json_text(manual, "kind");
    const char *source = ctl_json_text(explain->item, "source");
    const char *actor = ctl_json_text(manual, "actor");
    const char *reason = ctl_json_text(manual, "reason");
    struct phrase text;
    phrase_begin(&text);
    if (!kind || strcmp(kind, "ban") != 0 || (source && strcmp(source, "manual") == 0))
        return;
    phrase_add(&text, "%s banned it ", actor && actor[0] != '\0' ? actor : "An operator");
    explain_add_time(&text, explain, manual, "time");
    phrase_add(&text, "; that ended ");
    explain_add_time(&text, explain, manual, "until");
    phrase_add(&text, "%s%s", reason && reason[0] != '\0' ? ": " : "", reason ? reason : "");
    phrase_print(&text);
}

static void print_unban(const struct explain *explain)
{
    const struct ctl_json *unban = ctl_json_member(explain->item, "unban");
    const char *actor = ctl_json_text(unban, "actor");
    const char *reason = ctl_json_text(unban, "reason");
    int64_t hits = explain_number(unban, "void_hits"), bans = explain_number(unban, "void_bans");
    struct phrase text;
    phrase_begin(&text);
    if (!ctl_json_text(unban, "time"))
        return;
    phrase_add(&text, "It was unbanned ");
    explain_add_time(&text, explain, unban, "time");
    if (actor && actor[0] != '\0')
        phrase_add(&text, " by %s", actor);
    phrase_add(&text, "; what was before does not count");
    if (hits > 0 || bans > 0) {
        phrase_add(&text, " (");
        phrase_add_counted(&text, hits, "hit");
        phrase_add(&text, bans > 0 ? ", " : "");
        if (bans > 0)
            phrase_add_counted(&text, bans, "ban");
        phrase_add(&text, ")");
    }
    phrase_add(&text, "%s%s", reason && reason[0] != '\0' ? ": " : "", reason ? reason : "");
    phrase_print(&text);
}

/* The level of a first ban is 1, and rises with each that follows one that is over. */
static void print_level(const struct explain *explain)
{
    const char *source = ctl_json_text(explain->item, "source");
    int64_t level = explain_number(explain->item, "level");
    bool is_live = ctl_json_text(ctl_json_member(explain->item, "deciding"), "time") ||
                   (source && strcmp(source, "auto") == 0);
    struct phrase text;
    phrase_begin(&text);
    if (level < (is_live ? 2 : 1))
        return;
    phrase_add(&text, "Its hits have banned it before; level %lld", (long long)level);
    phrase_print(&text);
}

/* Bans behind the one that decides. */
static void print_others(const struct explain *explain)
{
    const struct ctl_json *covered = ctl_json_member(explain->item, "covered_by");
    const char *cover = ctl_json_text(ctl_json_member(explain->item, "cover"), "net");
    const char *net = ctl_json_text(explain->item, "net");
    size_t count = 0;
    struct phrase text;
    phrase_begin(&text);
    for (size_t i = 0; i < ctl_json_size(covered); i++) {
        const char *other = ctl_json_element_text(covered, i);
        if (!other || (cover && strcmp(other, cover) == 0) || (net && strcmp(other, net) == 0))
            continue;
        phrase_add(&text, count++ > 0 ? ", " : "It is also inside ");
        phrase_add_net(&text, other);
    }
    if (count == 0)
        return;
    phrase_add(&text, count == 1 ? ", which is banned, too" : ", which are banned, too");
    phrase_print(&text);
}

static void print_map(const struct explain *explain)
{
    const char *entry = ctl_json_text(explain->item, "map_entry");
    bool in_force = ctl_json_is_true(explain->item, "in_force");
    struct phrase text;
    phrase_begin(&text);
    if (ctl_json_is_true(explain->item, "observe"))
        phrase_add(&text, "The map of this node %s (mode = observe)",
                   in_force ? "holds it all the same, from before" : "does not hold it");
    else if (entry && explain->banned) {
        phrase_add(&text, "In the map it is covered by ");
        phrase_add_net(&text, entry);
    }
    if (text.length > 0)
        phrase_print(&text);
}

static void print_hits(const struct explain *explain)
{
    const struct ctl_json *strikes = ctl_json_member(explain->item, "strikes");
    bool decided = ctl_json_text(ctl_json_member(explain->item, "deciding"), "time") != NULL;
    int64_t total = explain_number(explain->item, "strikes_total");
    size_t shown = ctl_json_size(strikes);
    struct phrase title;
    phrase_begin(&title);
    phrase_add(&title, "the hits that %s, the newest first",
               decided ? "reached the threshold" : "count now");
    if ((int64_t)shown < total)
        phrase_add(&title, " (%zu of %lld)", shown, (long long)total);
    page_strikes_print(strikes, title.text);
}
