/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject and body of an alert, with LF, for mails and all other channels; see mailtext.h.
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "mailtext.h"
#include "mailtext_piece.h"

#define ESCAPED_SIZE 900 /* 128 bytes as \xNN are 512; a line has up to 998 */

/* "10 ratelimit hits, 1 message"; where each hit is a message of its own the hits alone. noun: the
 * word in front of "hits". */
static void add_hits(struct piece *out, const struct mailtext *mail, const char *noun)
{
    piece_add(out, "%zu %shit%s", mail->hits, noun, mail->hits == 1 ? "" : "s");
    if (mail->messages < mail->hits)
        piece_add(out, ", %zu message%s", mail->messages, mail->messages == 1 ? "" : "s");
}

/* 1st, 2nd, 3rd, 4th, 11th, 21st */
static const char *ordinal_end(unsigned number)
{
    static const char *const ends[] = {"th", "st", "nd", "rd"};

    return number % 10 < 4 && number / 10 % 10 != 1 ? ends[number % 10] : "th";
}

static void add_ban_subject(struct piece *out, const struct mailtext *mail)
{
    char until[CLOCK_TEXT_SIZE + sizeof("until ")] = "permanently";

    if (mail->until_ms != TIME_NEVER_MS) {
        memcpy(until, "until ", sizeof("until "));
        clock_print(mail->until_ms, until + strlen(until));
    }
    piece_add(out, "%s banned %s (", mail->sender, until);
    if (mail->level > 1)
        piece_add(out, "%u%s ban, ", mail->level, ordinal_end(mail->level));
    add_hits(out, mail, "ratelimit ");
    piece_add(out, ")%s",
              mail->allowed    ? " but allowed"
              : mail->observed ? " but only observed"
                               : "");
}

void mailtext_subject(const struct mailtext *mail, char text[MAILTEXT_SUBJECT_SIZE])
{
    struct piece out = {.text = text, .size = MAILTEXT_SUBJECT_SIZE};

    text[0] = '\0';
    if (mail->title != NULL)
        piece_add(&out, "%s", mail->title);
    else if (mail->brake_max != 0)
        piece_add(&out, "brake: more than %lld sender%s a minute", (long long)mail->brake_max,
                  mail->brake_max == 1 ? "" : "s");
    else
        add_ban_subject(&out, mail);
}

static void add_time(struct piece *out, const char *label, int64_t ms)
{
    char utc[CLOCK_TEXT_SIZE], local[CLOCK_TEXT_SIZE];

    clock_print(ms, utc);
    clock_print_local(ms, local);
    piece_add(out, "%-12s%s (%s here)\n", label, utc, local);
}

static void add_texts(struct piece *out, const struct mailtext_bytes *texts, size_t count,
                      const char *none)
{
    for (size_t i = 0; i < count; i++) {
        char text[ESCAPED_SIZE];

        piece_add(out, "  %s\n", log_escape(texts[i].bytes, texts[i].size, text, sizeof(text)));
    }
    if (count == 0)
        piece_add(out, "  %s\n", none);
}

const char *mailtext_line(const struct mailtext_bytes *bytes, char out[MAILTEXT_LINE_SIZE])
{
    struct piece piece = {.text = out, .size = MAILTEXT_LINE_SIZE};
    const unsigned char *at = bytes->bytes;

    out[0] = '\0';
    for (size_t i = 0; i < bytes->size && i < ALERT_LINE_BYTES_MAX; i++)
        piece_add(&piece, at[i] < ' ' || at[i] > '~' || at[i] == '\\' ? "\\x%02X" : "%c", at[i]);
    if (bytes->size > ALERT_LINE_BYTES_MAX)
        piece_add(&piece, "...");
    return out;
}

static void add_ban(struct piece *out, const struct mailtext *mail)
{
    piece_add(out, "Sender:     %s\n", mail->sender);
    if (mail->until_ms == TIME_NEVER_MS)
        piece_add(out, "Banned:     permanently, on every node\n");
    else
        add_time(out, "Until:", mail->until_ms);
    piece_add(out, "Level:      %u%s ban%s\n", mail->level, ordinal_end(mail->level),
              mail->level > 1 ? " of this sender that is remembered" : "");
    if (mail->allowed)
        piece_add(out, "Allowed:    an allow entry keeps it out of the map\n");
    if (mail->observed)
        piece_add(out, "Observed:   %s is in mode observe: its map stays without it\n", mail->node);
    piece_add(out, "Counted:    ");
    add_hits(out, mail, "");
    piece_add(out, "\n");
    for (size_t i = 0; i < mail->count_count; i++)
        piece_add(out, "  %-9s %u\n", mail->counts[i].node, mail->counts[i].strikes);
    add_time(out, "First hit:", mail->first_ms);
    add_time(out, "Last hit:", mail->last_ms);
    add_time(out, "Decided by:", mail->decided_ms);
    out->used--; /* the line goes on */
    piece_add(out, ", a hit on %s\n", mail->decider != NULL ? mail->decider : mail->node);
}

static void add_brake(struct piece *out, const struct mailtext *mail)
{
    piece_add(
        out,
        "The log of %s has banned %lld senders within a minute, which is as many as\n"
        "max_new_per_minute in [ban] allows. Hits of all senders that are not banned are held\n"
        "there since then, and count nowhere, until you decide or they are 24 hours old.\n"
        "There will be no further mail on it.\n"
        "\nLook at them:   banctl held\n"
        "\nDoes rspamd put off every mail, by a limit that is far too low or that all share? Then\n"
        "nobody is to blame. When that is mended:\n"
        "                banctl drop\n"
        "\nOr are these senders what they look like?\n"
        "                banctl release\n"
        "\nBoth take senders and networks, too, for these alone: banctl release 203.0.113.7\n",
        mail->node, (long long)mail->brake_max);
}

static void add_sender(struct piece *out, const struct mailtext *mail)
{
    const char *operand = mail->operand != NULL ? mail->operand : mail->sender;

    add_ban(out, mail);
    piece_add(out, mail->is_account
                       ? "\nUsed from (is its password stolen? then it is to be changed):\n"
                       : "\nAccounts seen (is one stolen? then its password is to be changed):\n");
    add_texts(out, mail->accounts, mail->account_count, "none");
    piece_add(out, "\nRatelimit buckets:\n");
    add_texts(out, mail->buckets, mail->bucket_count, "none");
    if (mail->line_count > 0)
        piece_add(out, "\nSeen in the log of %s, the newest last:\n", mail->node);
    for (size_t i = 0; i < mail->line_count; i++) {
        char line[MAILTEXT_LINE_SIZE];

        piece_add(out, "  %s\n", mailtext_line(&mail->lines[i], line));
    }
    piece_add(out,
              "\nUndo it:    banctl unban %s\n"
              "Let it send: banctl unban %s --allow 1h%sbanctl allow add %s\n"
              "See more:   banctl show %s\n",
              operand, operand,
              mail->is_account ? "\nPermanently: " : "; permanently: ", /* lines have 998 bytes */
              operand, operand);
}

void mailtext_body(const struct mailtext *mail, char text[MAILTEXT_BODY_SIZE])
{
    struct piece out = {.text = text, .size = MAILTEXT_BODY_SIZE};

    text[0] = '\0';
    if (mail->title != NULL)
        piece_add(&out, "%s", mail->story);
    else if (mail->brake_max != 0)
        add_brake(&out, mail);
    else
        add_sender(&out, mail);
    piece_add(&out, "\n-- \nbansyncd on %s, cluster %s\n", mail->node, mail->cluster);
}
