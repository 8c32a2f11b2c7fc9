/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The URL of a web server that is told of alerts, and what it is sent; see webhook.h.
 */
#include "webhook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define HOST_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]"

/* Where the part behind "http://" or "https://" begins; NULL: it does not begin so. */
static const char *authority(const char *url)
{
    if (strncmp(url, "https://", 8) == 0)
        return url + 8;
    return strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

/* The host and port in it, without name and password; its length goes to *length. */
static const char *host_of(const char *part, size_t *length)
{
    size_t whole = strcspn(part, "/?#");
    const char *at = memrchr(part, '@', whole);
    const char *host = at != NULL ? at + 1 : part;

    *length = whole - (size_t)(host - part);
    return host;
}

const char *webhook_check(const char *url)
{
    const char *part = authority(url), *host;
    size_t length;

    if (part == NULL)
        return "write a URL that begins with https:// or http://";
    if (strlen(url) > WEBHOOK_URL_BYTES_MAX)
        return "write a URL of at most 1023 bytes";
    for (const char *at = url; *at != '\0'; at++)
        if (*at <= ' ' || *at > '~' || *at == '"' || *at == '\\')
            return "write a URL without blanks, quotes and other special characters; they are "
                   "written as %XX";
    host = host_of(part, &length);
    if (length == 0 || length > ENDPOINT_BYTES_MAX - 8 || strspn(host, HOST_BYTES) < length)
        return "write the name or address of a host behind the \"//\"";
    return NULL;
}

const char *webhook_host(const char *url, char out[WEBHOOK_HOST_SIZE])
{
    const char *part = authority(url), *host;
    size_t length;

    out[0] = '\0';
    if (part == NULL)
        return out;
    host = host_of(part, &length);
    snprintf(out, WEBHOOK_HOST_SIZE, "%.*s%.*s", (int)(part - url), url, (int)length, host);
    return out;
}

void webhook_print(const char *url, char *out, size_t size)
{
    char host[WEBHOOK_HOST_SIZE];

    webhook_host(url, host);
    snprintf(out, size, "%s%s", host, strlen(url) > strlen(host) ? "/..." : "");
}

const char *webhook_format_name(enum webhook_format format)
{
    static const char *const names[] = {
        [WEBHOOK_JSON] = "json", [WEBHOOK_SLACK] = "slack", [WEBHOOK_TEXT] = "text"};

    return names[format];
}

const char *webhook_type(enum webhook_format format)
{
    return format == WEBHOOK_TEXT ? "text/plain; charset=utf-8" : "application/json";
}

/* A sender may have "<!channel>" in its name, or a link, and all would be called. NULL without
 * memory. */
static char *escape_markup(const char *text)
{
    char *escaped = malloc(strlen(text) * strlen("&amp;") + 1), *out = escaped;

    for (; escaped != NULL && *text != '\0'; text++) {
        const char *entity = *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : "&amp;";

        if (*text == '<' || *text == '>' || *text == '&')
            out = stpcpy(out, entity);
        else
            *out++ = *text;
    }
    if (escaped != NULL)
        *out = '\0';
    return escaped;
}

/* Slack and Mattermost: the text is the whole message. */
static char *slack_body(const char *text, size_t *size)
{
    char *escaped = escape_markup(text), *line;
    struct json *root;

    if (escaped == NULL)
        return NULL;
    root = json_open();
    json_add_lines(root, "text", escaped);
    line = json_line(root, size);
    json_free(&root);
    free(escaped);
    return line;
}

char *webhook_body(enum webhook_format format, const struct spool_file *file, size_t *size)
{
    const struct spool_bytes *part = &file->parts[format == WEBHOOK_JSON ? SPOOL_JSON : SPOOL_TEXT];
    char *text = malloc(part->size + 1), *body;

    if (text == NULL)
        return NULL;
    memcpy(text, part->bytes, part->size);
    text[part->size] = '\0';
    *size = part->size;
    if (format != WEBHOOK_SLACK)
        return text;
    body = slack_body(text, size);
    free(text);
    return body;
}
