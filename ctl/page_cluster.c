/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of banctl status on the other nodes: who is there, who holds the same, who was turned
 * away.
 */
#include "page_cluster.h"

#include <string.h>

#include "phrase.h"
#include "when.h"

/* The digest has 32 digits; the first tell nodes apart for people. */
enum { DIGEST_SHOWN = 8 };

/* What is known of a peer's digest; of one that is down, nothing. */
enum sameness { SAME, DIFFERENT, NOT_KNOWN };

static void print_peers(const struct ctl_json *peers);
static void add_peer(struct phrase *line, const struct ctl_json *peer);
static void print_digest(const struct ctl_json *result, const struct ctl_json *peers);
static void add_peers_that(struct phrase *line, const struct ctl_json *peers, const char *words,
                           enum sameness wanted);
static enum sameness sameness_of(const struct ctl_json *peer);
static void print_strangers(const struct ctl_json *result);

void page_cluster_print(const struct ctl_json *result)
{
    struct ctl_json *peers = ctl_json_sorted_by_name(ctl_json_member(result, "peers"));
    print_peers(peers);
    print_digest(result, peers);
    ctl_json_free(&peers);
    print_strangers(result);
}

enum terminal_color page_cluster_color(const char *state)
{
    if (state && (strcmp(state, "up") == 0 || strcmp(state, "self") == 0))
        return TERMINAL_GREEN;
    return state && strcmp(state, "linking") == 0 ? TERMINAL_YELLOW : TERMINAL_RED;
}

static void print_peers(const struct ctl_json *peers)
{
    struct phrase line;
    phrase_begin(&line);
    if (ctl_json_size(peers) == 0)
        return;
    phrase_add(&line, "  peers   ");
    for (size_t i = 0; i < ctl_json_size(peers); i++) {
        if (i > 0)
            phrase_add(&line, ", ");
        add_peer(&line, ctl_json_element(peers, i));
    }
    phrase_print_labelled(&line);
}

/* "mx2 up" or "mx3 down (last seen 40s ago)" */
static void add_peer(struct phrase *line, const struct ctl_json *peer)
{
    char span[WHEN_TEXT_SIZE];
    const char *name = ctl_json_text(peer, "name");
    const char *state = ctl_json_text(peer, "state");
    int64_t ago_ms;
    phrase_add(line, "%s %s", name ? name : "-", state ? state : "-");
    if (!state || strcmp(state, "up") == 0)
        return;
    if (strcmp(state, "linking") == 0) {
        phrase_add(line, " (not seen yet)");
        return;
    }
    if (!ctl_json_number(peer, "last_seen_ms", &ago_ms)) {
        phrase_add(line, " (never seen)");
        return;
    }
    when_span(ago_ms, span);
    phrase_add(line, " (last seen %s ago)", span);
}

static void print_digest(const struct ctl_json *result, const struct ctl_json *peers)
{
    const char *digest = ctl_json_text(result, "digest");
    const char *name = ctl_json_text(ctl_json_member(result, "node"), "name");
    struct phrase line;
    phrase_begin(&line);
    phrase_add(&line, "  digest  %.*s", DIGEST_SHOWN, digest ? digest : "-");
    if (ctl_json_size(peers) > 0) {
        phrase_add(&line, "  same on %s", name ? name : "-");
        add_peers_that(&line, peers, "", SAME);
        add_peers_that(&line, peers, "; differs on", DIFFERENT);
        add_peers_that(&line, peers, "; not known of", NOT_KNOWN);
    }
    phrase_print_labelled(&line);
}

/* Adds words and the names of the peers of whose digest that is known; nothing if there is none. */
static void add_peers_that(struct phrase *line, const struct ctl_json *peers, const char *words,
                           enum sameness wanted)
{
    for (size_t i = 0; i < ctl_json_size(peers); i++) {
        const struct ctl_json *peer = ctl_json_element(peers, i);
        const char *name = ctl_json_text(peer, "name");
        if (sameness_of(peer) != wanted)
            continue;
        phrase_add(line, "%s %s", words, name ? name : "-");
        words = "";
    }
}

static enum sameness sameness_of(const struct ctl_json *peer)
{
    const char *state = ctl_json_text(peer, "state");
    if (state && strcmp(state, "down") == 0)
        return NOT_KNOWN;
    if (ctl_json_is_true(peer, "same"))
        return SAME;
    return ctl_json_is_false(peer, "same") ? DIFFERENT : NOT_KNOWN;
}

/* Connections without a known key: a line only if there were any. */
static void print_strangers(const struct ctl_json *result)
{
    const struct ctl_json *refused = ctl_json_member(result, "refused");
    const char *key = ctl_json_text(refused, "last_key");
    const char *address = ctl_json_text(refused, "last_address");
    struct phrase line;
    phrase_begin(&line);
    int64_t unknown = 0, broken = 0;
    ctl_json_number(refused, "unknown_key", &unknown);
    ctl_json_number(refused, "no_handshake", &broken);
    if (unknown + broken == 0)
        return;
    phrase_add(&line, "  refused ");
    phrase_add_number(&line, unknown);
    phrase_add(&line, " with an unknown key, ");
    phrase_add_number(&line, broken);
    phrase_add(&line, " without handshake");
    if (key)
        phrase_add(&line, "; last key %s from %s", key, address ? address : "-");
    phrase_print_labelled(&line);
}
