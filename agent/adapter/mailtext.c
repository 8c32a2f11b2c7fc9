/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mail that tells of one alert, see mailtext.h.
 *
 * Its words are those of mailtext_body.c.
 */
#include "mailtext.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "mailtext_piece.h"

#define QUOTED_LINE_MAX 76 /* RFC 2045 */

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

/* Names of accounts may hold other characters. */
static void add_ascii(struct piece *out, const char *text)
{
    for (; *text != '\0'; text++)
        piece_add(out, (unsigned char)*text < 0x80 ? "%c" : "\\x%02X", (unsigned char)*text);
}

static void add_headers(struct piece *out, const struct mailtext *mail, bool quoted)
{
    char date[CLOCK_TEXT_SIZE], subject[MAILTEXT_SUBJECT_SIZE];

    clock_print_mail(mail->now_ms, date);
    piece_add(out, "From: \"bansync %s\" <%s>\r\nTo: ", mail->node, mail->from);
    for (const char *at = mail->to; *at != '\0';) {
        size_t length = strcspn(at, ",");
        bool more = at[length] != '\0';

        piece_add(out, "%.*s%s\r\n", (int)length, at, more ? "," : "");
        if (more)
            piece_add(out, " "); /* folded: each on a line of its own */
        at += length + more;
    }
    piece_add(out, "Date: %s\r\n", date);
    piece_add(out, "Message-ID: <%s@%s>\r\n", mail->id,
              is_domain(mail->cluster) ? mail->cluster : "bansync");
    mailtext_subject(mail, subject);
    piece_add(out, "Subject: [bansync %s] %s: ", mail->cluster, mail->node);
    add_ascii(out, subject);
    piece_add(out, "\r\n");
    piece_add(out,
              "MIME-Version: 1.0\r\n"
              "Content-Type: text/plain; charset=%s\r\n"
              "Content-Transfer-Encoding: %s\r\n"
              "Auto-Submitted: auto-generated\r\n"
              "\r\n",
              quoted ? "utf-8" : "us-ascii", quoted ? "quoted-printable" : "7bit");
}

/* One character of a quoted-printable body; columns: of the line so far. */
static void add_quoted(struct piece *out, const char *at, size_t *columns)
{
    bool last = at[1] == '\n'; /* a blank there may get lost */
    bool plain = (*at > ' ' && *at <= '~' && *at != '=') || (*at == ' ' && !last);
    size_t need = plain ? 1 : 3;

    if (*columns + need > QUOTED_LINE_MAX - 1) {
        piece_add(out, "=\r\n");
        *columns = 0;
    }
    if (*columns == 0 && *at == '.') { /* it must not look like the end of the mail */
        plain = false;
        need = 3;
    }
    if (plain)
        piece_add(out, "%c", *at);
    else
        piece_add(out, "=%02X", (unsigned char)*at);
    *columns += need;
}

static void encode(struct piece *out, const char *body, bool quoted)
{
    size_t columns = 0;

    for (; *body != '\0'; body++) {
        if (*body == '\n') {
            piece_add(out, "\r\n");
            columns = 0;
        } else if (quoted) {
            add_quoted(out, body, &columns);
        } else {
            piece_add(out, "%c", *body);
        }
    }
}

size_t mailtext_write(const struct mailtext *mail, char out[MAIL_BYTES_MAX + 1])
{
    char text[MAILTEXT_BODY_SIZE];
    struct piece whole = {.text = out, .size = MAIL_BYTES_MAX + 1};
    bool quoted;

    mailtext_body(mail, text);
    quoted = !is_ascii(text);
    add_headers(&whole, mail, quoted);
    encode(&whole, text, quoted);
    return whole.used;
}
