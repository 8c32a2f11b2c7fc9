/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handing one mail to a mail server, or one document to a web server, see transfer.h.
 *
 * libcurl stuffs dots at the beginning of lines and ends the mail (docs of CURLOPT_READFUNCTION).
 */
#include "transfer.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <bansync/limits.h>

#define REPLY_SIZE 200

struct transfer {
    CURL *easy;
    struct curl_slist *list; /* recipients, or header lines */
    const char *text;
    size_t left;
    size_t answered; /* bytes of an HTTP answer */
    char error[CURL_ERROR_SIZE];
    char reply[REPLY_SIZE]; /* the mail server's last, if it was a refusal */
};

static size_t give_text(char *buffer, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t give = size * count < transfer->left ? size * count : transfer->left;

    memcpy(buffer, transfer->text, give);
    transfer->text += give;
    transfer->left -= give;
    return give;
}

static size_t take_reply(char *line, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t length = size * count;

    if (length >= 3 && memcmp(line, "221", 3) == 0)
        return length; /* the answer to QUIT, which follows a refusal, too */
    transfer->reply[0] = '\0';
    if (length > 0 && (line[0] == '4' || line[0] == '5'))
        snprintf(transfer->reply, sizeof(transfer->reply), "%.*s", (int)length, line);
    return length;
}

static size_t ignore(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    (void)context;
    return size * count;
}

/* What the server says is nobody's to read, but it might never end. */
static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;

    (void)bytes;
    transfer->answered += size * count;
    return transfer->answered <= WEBHOOK_ANSWER_BYTES_MAX ? size * count : 0;
}

static void set_protocols(CURL *easy, const char *names, long bits)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    (void)bits;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, names);
#else
    (void)names;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS, bits);
#endif
}

static bool begin(struct transfer *transfer, const char *url)
{
    transfer->easy = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
    if (transfer->easy == NULL)
        return false;
    curl_easy_setopt(transfer->easy, CURLOPT_URL, url);
    curl_easy_setopt(transfer->easy, CURLOPT_PROXY, ""); /* not even that of the environment */
    curl_easy_setopt(transfer->easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(transfer->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(transfer->easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(transfer->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)MAIL_CONNECT_MS);
    curl_easy_setopt(transfer->easy, CURLOPT_ERRORBUFFER, transfer->error);
    return true;
}

static void set_mail(struct transfer *transfer, const char *from)
{
    char sender[MAIL_ADDRESS_BYTES_MAX + 3];
    CURL *easy = transfer->easy;

    snprintf(sender, sizeof(sender), "<%s>", from);
    set_protocols(easy, "smtp", CURLPROTO_SMTP);
    curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)MAIL_REPLY_S);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)MAIL_SEND_MS);
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, sender);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, transfer->list);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_text);
    curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_reply);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
}

static void set_post(struct transfer *transfer, const struct transfer_post *post)
{
    CURL *easy = transfer->easy;

    set_protocols(easy, "http,https", CURLPROTO_HTTP | CURLPROTO_HTTPS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)WEBHOOK_SEND_MS);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, post->body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)post->size);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->list);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "bansyncd");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
}

static void end(struct transfer *transfer)
{
    if (transfer->easy != NULL)
        curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->list);
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

static void explain(const struct transfer *transfer, CURLcode code,
                    char reason[TRANSFER_REASON_SIZE])
{
    const char *why = transfer->reply[0] != '\0'   ? transfer->reply
                      : transfer->error[0] != '\0' ? transfer->error
                                                   : curl_easy_strerror(code);

    snprintf(reason, TRANSFER_REASON_SIZE, "%s", code == CURLE_OK ? "" : why);
    make_printable(reason);
}

enum transfer_result transfer_mail(const struct transfer_mail *mail,
                                   char reason[TRANSFER_REASON_SIZE])
{
    struct transfer transfer = {.text = mail->text, .left = mail->size};
    char url[sizeof("smtp://") + ENDPOINT_BYTES_MAX], recipient[MAIL_ADDRESS_BYTES_MAX + 3];
    CURLcode code = CURLE_OUT_OF_MEMORY;

    snprintf(url, sizeof(url), "smtp://%s", mail->server);
    snprintf(recipient, sizeof(recipient), "<%s>", mail->to);
    transfer.list = curl_slist_append(NULL, recipient);
    if (transfer.list != NULL && begin(&transfer, url)) {
        set_mail(&transfer, mail->from);
        code = curl_easy_perform(transfer.easy);
    }
    explain(&transfer, code, reason);
    end(&transfer);
    if (code == CURLE_OK)
        return TRANSFER_DONE;
    return transfer.reply[0] == '5' ? TRANSFER_REFUSED : TRANSFER_LATER;
}

static enum transfer_result judge(long status, char reason[TRANSFER_REASON_SIZE])
{
    reason[0] = '\0';
    if (status >= 200 && status < 300)
        return TRANSFER_DONE;
    snprintf(reason, TRANSFER_REASON_SIZE, "the server answers %ld%s", status,
             status >= 300 && status < 400 ? ", a redirect: write the address it leads to" : "");
    return status < 500 && status != 408 && status != 425 && status != 429 ? TRANSFER_REFUSED
                                                                           : TRANSFER_LATER;
}

enum transfer_result transfer_post(const struct transfer_post *post,
                                   char reason[TRANSFER_REASON_SIZE])
{
    struct transfer transfer = {.text = NULL};
    char type[128];
    CURLcode code = CURLE_OUT_OF_MEMORY;
    long status = 0;

    snprintf(type, sizeof(type), "Content-Type: %s", post->type);
    transfer.list = curl_slist_append(NULL, type);
    if (transfer.list != NULL && begin(&transfer, post->url)) {
        set_post(&transfer, post);
        code = curl_easy_perform(transfer.easy);
        curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    }
    explain(&transfer, code, reason);
    end(&transfer);
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && status != 0))
        return judge(status, reason);
    return TRANSFER_LATER;
}
