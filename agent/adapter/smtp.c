/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handing one mail to a mail server, see smtp.h.
 *
 * libcurl stuffs dots at the beginning of lines and ends the mail (docs of CURLOPT_READFUNCTION).
 */
#include "smtp.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <bansync/limits.h>

_Static_assert(sizeof(((struct smtp *)0)->error) >= CURL_ERROR_SIZE, "libcurl writes that much");

static size_t give_text(char *buffer, size_t size, size_t count, void *context)
{
    struct smtp *smtp = context;
    size_t give = size * count < smtp->left ? size * count : smtp->left;

    memcpy(buffer, smtp->text, give);
    smtp->text += give;
    smtp->left -= give;
    return give;
}

static size_t take_reply(char *line, size_t size, size_t count, void *context)
{
    struct smtp *smtp = context;
    size_t length = size * count;

    if (length >= 3 && memcmp(line, "221", 3) == 0)
        return length; /* the answer to QUIT, which follows a refusal, too */
    smtp->reply[0] = '\0';
    if (length > 0 && (line[0] == '4' || line[0] == '5'))
        snprintf(smtp->reply, sizeof(smtp->reply), "%.*s", (int)length, line);
    return length;
}

static size_t ignore(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    (void)context;
    return size * count;
}

static void set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp");
#else
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)CURLPROTO_SMTP);
#endif
}

static void set_options(struct smtp *smtp, CURL *easy, const char *server, const char *from)
{
    char url[sizeof("smtp://") + ENDPOINT_BYTES_MAX], sender[MAIL_ADDRESS_BYTES_MAX + 3];

    snprintf(url, sizeof(url), "smtp://%s", server);
    snprintf(sender, sizeof(sender), "<%s>", from);
    set_protocols(easy);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* not even that of the environment */
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L); /* nothing is left open between two mails */
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)MAIL_CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)MAIL_REPLY_S);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)MAIL_SEND_MS);
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, sender);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, smtp->to);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_text);
    curl_easy_setopt(easy, CURLOPT_READDATA, smtp);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_reply);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, smtp);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, smtp->error);
}

void smtp_begin(struct smtp *smtp, const char *server, const char *from, const char *to,
                const char *text, size_t size)
{
    char recipient[MAIL_ADDRESS_BYTES_MAX + 3];

    if (smtp->multi == NULL && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        smtp->multi = curl_multi_init();
    snprintf(recipient, sizeof(recipient), "<%s>", to);
    smtp->to = curl_slist_append(NULL, recipient);
    smtp->easy = smtp->multi != NULL && smtp->to != NULL ? curl_easy_init() : NULL;
    smtp->text = text;
    smtp->left = size;
    smtp->error[0] = smtp->reply[0] = '\0';
    if (smtp->easy == NULL)
        return; /* its result is SMTP_LATER */
    set_options(smtp, smtp->easy, server, from);
    curl_multi_add_handle(smtp->multi, smtp->easy);
}

void smtp_wait(struct smtp *smtp, int fd, int timeout_ms)
{
    struct pollfd own = {.fd = fd, .events = POLLIN};
    struct curl_waitfd extra = {.fd = fd, .events = CURL_WAIT_POLLIN};
    int running;

    if (smtp->easy == NULL) {
        poll(&own, 1, timeout_ms);
        return;
    }
    curl_multi_perform(smtp->multi, &running);
    if (running > 0)
        curl_multi_poll(smtp->multi, &extra, fd >= 0 ? 1 : 0, timeout_ms, NULL);
    curl_multi_perform(smtp->multi, &running);
}

static void drop(struct smtp *smtp)
{
    if (smtp->easy != NULL) {
        curl_multi_remove_handle(smtp->multi, smtp->easy);
        curl_easy_cleanup(smtp->easy);
    }
    curl_slist_free_all(smtp->to);
    smtp->easy = smtp->to = NULL;
}

/* Replies of servers are not to be trusted; and lines end with CRLF. */
static void make_printable(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && (unsigned char)text[length - 1] <= ' ')
        text[--length] = '\0';
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] > '~')
            text[i] = '?';
}

static enum smtp_result judge(struct smtp *smtp, CURLcode code, char *reason, size_t reason_size)
{
    const char *why = smtp->reply[0] != '\0'   ? smtp->reply
                      : smtp->error[0] != '\0' ? smtp->error
                                               : curl_easy_strerror(code);

    snprintf(reason, reason_size, "%s", code == CURLE_OK ? "" : why);
    make_printable(reason);
    if (code == CURLE_OK)
        return SMTP_SENT;
    return smtp->reply[0] == '5' ? SMTP_REFUSED : SMTP_LATER;
}

enum smtp_result smtp_result(struct smtp *smtp, char *reason, size_t reason_size)
{
    enum smtp_result result = SMTP_BUSY;
    const CURLMsg *message;
    int left;

    if (smtp->easy == NULL)
        result = judge(smtp, CURLE_OUT_OF_MEMORY, reason, reason_size);
    while (smtp->easy != NULL && (message = curl_multi_info_read(smtp->multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE)
            result = judge(smtp, message->data.result, reason, reason_size);
    if (result != SMTP_BUSY)
        drop(smtp);
    return result;
}

void smtp_close(struct smtp *smtp)
{
    drop(smtp);
    if (smtp->multi != NULL)
        curl_multi_cleanup(smtp->multi);
    smtp->multi = NULL;
}
