/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of text that several pages need: lists in a line, numbers, networks without a needless
 * length.
 *
 * A phrase is not harmless for a terminal yet: phrase_print, print_text and print_cell see to that.
 */
#ifndef BANSYNC_CTL_PHRASE_H
#define BANSYNC_CTL_PHRASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "terminal.h"

/* A line that grows; what does not fit is cut. */
struct phrase {
    char text[2048];
    size_t length;
};

/* Empties it; the first call for every phrase. */
void phrase_begin(struct phrase *phrase);

void phrase_add(struct phrase *phrase, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes it to stdout, harmless, with LF; on a terminal it goes on in further lines, two columns
 * further in. */
void phrase_print(const struct phrase *phrase);

/* The same in a color, where there are colors. */
void phrase_print_colored(const struct phrase *phrase, enum terminal_color color);

/* The same of "  label   text": it goes on below the text. */
void phrase_print_labelled(const struct phrase *phrase);

/* Adds ", " unless the phrase is empty. */
void phrase_comma(struct phrase *phrase);

/* Adds the texts of an array, "a, b, c". */
void phrase_add_texts(struct phrase *phrase, const struct ctl_json *array);

/* The same of the first ones of total: "a, b and 38 more". What would leave no room to say so is
 * among these. */
void phrase_add_first_texts(struct phrase *phrase, const struct ctl_json *array, int64_t total);

/* Adds whom an answer is about: the address as it was asked for, or the account. */
void phrase_add_asked(struct phrase *phrase, const struct ctl_json *item);

/* Adds what is known of an item's sender beside it: the accounts that were used from an address;
 * of an account "from " and the addresses that it was used from. */
void phrase_add_beside(struct phrase *phrase, const struct ctl_json *item);

/* Adds the node that a member of an object names, of a key that its name's node does not use any
 * more "mx3 (old key)" (member old_keys). False, and nothing is added, if it names none. */
bool phrase_add_node(struct phrase *phrase, const struct ctl_json *object, const char *member);

/* Adds nodes and counts of the member nodes of an object, ascending by name: "mx1 4, mx2 6". */
void phrase_add_nodes(struct phrase *phrase, const struct ctl_json *object);

/* Adds what an item says of hits, "10 hits, 1 message"; the messages only if they are fewer.
 * Returns false, and adds nothing, if it says nothing. */
bool phrase_add_hits(struct phrase *phrase, const struct ctl_json *item);

/* Adds why hits banned, "10 hits, bob@example.org": as above, and whom they named beside. Likewise
 * false. */
bool phrase_add_why(struct phrase *phrase, const struct ctl_json *item);

/* Adds how many of the entries are accounts, " (3 of them accounts)", " (accounts)"; nothing of
 * none. */
void phrase_add_accounts(struct phrase *phrase, int64_t entries, int64_t accounts);

/* Adds a number with its thousands apart, "1,284". */
void phrase_add_number(struct phrase *phrase, int64_t number);

/* Adds "1st", "2nd", "11th". */
void phrase_add_ordinal(struct phrase *phrase, int64_t number);

/* Adds which ban it is that hits made, and how long those of that level last: "2nd ban, 1d", "3rd
 * ban" of a permanent one. Adds nothing of an operator's ban, or if the item says nothing. */
void phrase_add_ban(struct phrase *phrase, const struct ctl_json *item);

/* Adds bytes in a fitting unit, "512 B", "1.2 MB". */
void phrase_add_bytes(struct phrase *phrase, int64_t bytes);

/* Adds a network, a single address without "/32" or "/128"; NULL: "-". */
void phrase_add_net(struct phrase *phrase, const char *net);

/* Adds whom an item is about: its "net", or if that is null its "account" as "account NAME". */
void phrase_add_subject(struct phrase *phrase, const struct ctl_json *item);

/* Adds whose entry of the allowlist it is, until when and why: "operator alice, permanent: office",
 * "mx2: configuration". */
void phrase_add_allow(struct phrase *phrase, const struct ctl_json *entry, int64_t now_ms);

/* Adds "1 peer" or "3 peers". */
void phrase_add_counted(struct phrase *phrase, int64_t number, const char *noun);

#endif
