/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of the mail that tells of one ban, see mailtext.h.
 *
 * The body is written with LF first; then encode() makes CRLF of it and, if it must, quotes.
 */
#include "mailtext.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "log.h"

#define BODY_BYTES_MAX (MAIL_BYTES_MAX / 2)
#define QUOTED_LINE_MAX 76 /* RFC 2045 */
#define ESCAPED_SIZE 900   /* 128 bytes as \xNN are 512; a line has up to 998 */

struct piece {
    char *text;
    size_t used;
    size_t size; /* with NUL */
};

/* Adds all of it or nothing. */
static void __attribute__((format(printf, 2, 3))) add(struct piece *out, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(out->text + out->used, out->size - out->used, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < out->size - out->used)
        out->used += (size_t)length;
    out->text[out->used] = '\0';
}

static bool is_ascii(const char *text)
{
    while (*text != '\0')
        if ((unsigned char)*text++ >= 0x80)
            return false;
    return true;
}

/* The end of the Message-ID must look like a domain; names of clusters may begin or end with dots.
 */
static bool is_domain(const char *name)
{
    size_t length = strlen(name);

    return length > 0 && name[0] != '.' && name[length - 1] != '.' && strstr(name, "..") == NULL;
}

/* "10 ratelimit hits, 1 message"; where each hit is a message of its own the hits alone. noun: the
 * word in front of "hits". */
static void add_hits(struct piece *out, const struct mailtext *mail, const char *noun)
{
    add(out, "%zu %shit%s", mail->hits, noun, mail->hits == 1 ? "" : "s");
    if (mail->messages < mail->hits)
        add(out, ", %zu message%s", mail->messages, mail->messages == 1 ? "" : "s");
}

/* 1st, 2nd, 3rd, 4th, 11th, 21st */
static const char *ordinal_end(unsigned number)
{
    static const char *const ends[] = {"th", "st", "nd", "rd"};

    return number % 10 < 4 && number / 10 % 10 != 1 ? ends[number % 10] : "th";
}

static void add_subject(struct piece *out, const struct mailtext *mail)
{
    char until[CLOCK_TEXT_SIZE + sizeof("until ")] = "permanently";

    if (mail->brake_max != 0) {
        add(out, "Subject: [bansync %s] %s: brake: more than %lld sender%s a minute\r\n",
            mail->cluster, mail->node, (long long)mail->brake_max, mail->brake_max == 1 ? "" : "s");
        return;
    }
    if (mail->until_ms != TIME_NEVER_MS) {
        memcpy(until, "until ", sizeof("until "));
        clock_print(mail->until_ms, until + strlen(until));
    }
    add(out, "Subject: [bansync %s] %s: %s banned %s (", mail->cluster, mail->node, mail->sender,
        until);
    if (mail->level > 1)
        add(out, "%u%s ban, ", mail->level, ordinal_end(mail->level));
    add_hits(out, mail, "ratelimit ");
    add(out, ")%s\r\n",
        mail->allowed    ? " but allowed"
        : mail->observed ? " but only observed"
                         : "");
}

static void add_headers(struct piece *out, const struct mailtext *mail, bool quoted)
{
    char date[CLOCK_TEXT_SIZE];

    clock_print_mail(mail->now_ms, date);
    add(out, "From: \"bansync %s\" <%s>\r\nTo: ", mail->node, mail->from);
    for (const char *at = mail->to; *at != '\0';) {
        size_t length = strcspn(at, ",");
        bool more = at[length] != '\0';

        add(out, "%.*s%s\r\n", (int)length, at, more ? "," : "");
        if (more)
            add(out, " "); /* folded: each on a line of its own */
        at += length + more;
    }
    add(out, "Date: %s\r\n", date);
    add(out, "Message-ID: <%s@%s>\r\n", mail->id,
        is_domain(mail->cluster) ? mail->cluster : "bansync");
    add_subject(out, mail);
    add(out,
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=%s\r\n"
        "Content-Transfer-Encoding: %s\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "\r\n",
        quoted ? "utf-8" : "us-ascii", quoted ? "quoted-printable" : "7bit");
}

static void add_time(struct piece *out, const char *label, int64_t ms)
{
    char utc[CLOCK_TEXT_SIZE], local[CLOCK_TEXT_SIZE];

    clock_print(ms, utc);
    clock_print_local(ms, local);
    add(out, "%-12s%s (%s here)\n", label, utc, local);
}

static void add_texts(struct piece *out, const struct mailtext_bytes *texts, size_t count,
                      const char *none)
{
    for (size_t i = 0; i < count; i++) {
        char text[ESCAPED_SIZE];

        add(out, "  %s\n", log_escape(texts[i].bytes, texts[i].size, text, sizeof(text)));
    }
    if (count == 0)
        add(out, "  %s\n", none);
}

static void add_ban(struct piece *out, const struct mailtext *mail)
{
    add(out, "Sender:     %s\n", mail->sender);
    if (mail->until_ms == TIME_NEVER_MS)
        add(out, "Banned:     permanently, on every node\n");
    else
        add_time(out, "Until:", mail->until_ms);
    add(out, "Level:      %u%s ban%s\n", mail->level, ordinal_end(mail->level),
        mail->level > 1 ? " of this sender that is remembered" : "");
    if (mail->allowed)
        add(out, "Allowed:    an allow entry keeps it out of the map\n");
    if (mail->observed)
        add(out, "Observed:   %s is in mode observe: its map stays without it\n", mail->node);
    add(out, "Counted:    ");
    add_hits(out, mail, "");
    add(out, "\n");
    for (size_t i = 0; i < mail->count_count; i++)
        add(out, "  %-9s %u\n", mail->counts[i].node, mail->counts[i].strikes);
    add_time(out, "First hit:", mail->first_ms);
    add_time(out, "Last hit:", mail->last_ms);
    add_time(out, "Decided by:", mail->decided_ms);
    out->used--; /* the line goes on */
    add(out, ", a hit on %s\n", mail->node);
}

static void add_brake(struct piece *out, const struct mailtext *mail)
{
    add(out,
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
    add_ban(out, mail);
    add(out, "\nAccounts seen (is one stolen? then its password is to be changed):\n");
    add_texts(out, mail->accounts, mail->account_count, "none");
    add(out, "\nRatelimit buckets:\n");
    add_texts(out, mail->buckets, mail->bucket_count, "none");
    add(out,
        "\nUndo it:    banctl unban %s\n"
        "Let it send: banctl unban %s --allow 1h; for good: banctl allow add %s\n"
        "See more:   banctl show %s\n",
        mail->sender, mail->sender, mail->sender, mail->sender);
    if (mail->unmailed > 0)
        add(out,
            "\nBefore this one %llu more ban%s had no mail: at most %d are sent a minute.\n"
            "banctl list shows all.\n",
            (unsigned long long)mail->unmailed, mail->unmailed == 1 ? "" : "s", MAILS_A_MINUTE_MAX);
}

static void add_body(struct piece *out, const struct mailtext *mail)
{
    if (mail->brake_max != 0)
        add_brake(out, mail);
    else
        add_sender(out, mail);
    add(out, "\n-- \nbansyncd on %s, cluster %s\n", mail->node, mail->cluster);
}

/* One character of a quoted-printable body; columns: of the line so far. */
static void add_quoted(struct piece *out, const char *at, size_t *columns)
{
    bool last = at[1] == '\n'; /* a blank there may get lost */
    bool plain = (*at > ' ' && *at <= '~' && *at != '=') || (*at == ' ' && !last);
    size_t need = plain ? 1 : 3;

    if (*columns + need > QUOTED_LINE_MAX - 1) {
        add(out, "=\r\n");
        *columns = 0;
    }
    if (plain)
        add(out, "%c", *at);
    else
        add(out, "=%02X", (unsigned char)*at);
    *columns += need;
}

static void encode(struct piece *out, const char *body, bool quoted)
{
    size_t columns = 0;

    for (; *body != '\0'; body++) {
        if (*body == '\n') {
            add(out, "\r\n");
            columns = 0;
        } else if (quoted) {
            add_quoted(out, body, &columns);
        } else {
            add(out, "%c", *body);
        }
    }
}

size_t mailtext_write(const struct mailtext *mail, char out[MAIL_BYTES_MAX + 1])
{
    char text[BODY_BYTES_MAX];
    struct piece body = {.text = text, .size = sizeof(text)};
    struct piece whole = {.text = out, .size = MAIL_BYTES_MAX + 1};
    bool quoted;

    add_body(&body, mail);
    quoted = !is_ascii(text);
    add_headers(&whole, mail, quoted);
    encode(&whole, text, quoted);
    return whole.used;
}
