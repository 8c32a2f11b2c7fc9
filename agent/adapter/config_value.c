/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value of the configuration: from text, by the type that option.def gives, to its member of
 * struct config.
 *
 * One function a type, chosen by a table.
 * Does not: look at two options together.
 */
#include "config_value.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "alertkind.h"
#include "config_duration.h"
#include "config_endpoint.h"
#include "config_list.h"
#include "config_mail.h"
#include "log.h"
#include "webhook.h"

#define NAME_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/* What every setter below gets. */
struct value {
    struct config *config;
    const struct config_option *option;
    void *member; /* of *config, that of the option */
    const char *text;
    char *mistake; /* CONFIG_MISTAKE_SIZE bytes */
};

static int set_text(const struct value *value);
static int set_node(const struct value *value);
static int set_path(const struct value *value);
static int set_endpoint(const struct value *value);
static int set_duration(const struct value *value);
static int set_durations(const struct value *value);
static int set_number(const struct value *value);
static int set_level(const struct value *value);
static int set_mode(const struct value *value);
static int set_source(const struct value *value);
static int set_start(const struct value *value);
static int set_count(const struct value *value);
static int set_accounts(const struct value *value);
static int add_peer(const struct value *value);
static int add_net(const struct value *value);
static int add_account(const struct value *value);
static int add_bucket(const struct value *value);
static int set_mailbox(const struct value *value);
static int set_mailboxes(const struct value *value);
static int set_server(const struct value *value);
static int set_url(const struct value *value);
static int set_format(const struct value *value);
static int set_alerts(const struct value *value);
static int copy(const struct value *value);
static int refuse(const struct value *value, const char *advice);

static int (*const setters[CONFIG_TYPE_COUNT])(const struct value *) = {
    [config_type_text] = set_text,         [config_type_node] = set_node,
    [config_type_path] = set_path,         [config_type_endpoint] = set_endpoint,
    [config_type_duration] = set_duration, [config_type_durations] = set_durations,
    [config_type_number] = set_number,     [config_type_level] = set_level,
    [config_type_start] = set_start,       [config_type_peer] = add_peer,
    [config_type_net] = add_net,           [config_type_bucket] = add_bucket,
    [config_type_mailbox] = set_mailbox,   [config_type_mailboxes] = set_mailboxes,
    [config_type_server] = set_server,     [config_type_mode] = set_mode,
    [config_type_source] = set_source,     [config_type_count] = set_count,
    [config_type_accounts] = set_accounts, [config_type_account] = add_account,
    [config_type_url] = set_url,           [config_type_format] = set_format,
    [config_type_alerts] = set_alerts,
};

int config_value_set(struct config *config, const struct config_option *option, const char *text,
                     char mistake[CONFIG_MISTAKE_SIZE])
{
    struct value value = {config, option, (char *)config + option->offset, text, mistake};
    if (text[0] == '\0') {
        snprintf(mistake, CONFIG_MISTAKE_SIZE,
                 "no value; write one behind \"=\" or remove the line");
        return -1;
    }
    if (text[0] == '"' || text[0] == '\'')
        return refuse(&value, "write it without quotes");
    return setters[option->type](&value);
}

bool config_value_same(const struct config_option *option, const struct config *a,
                       const struct config *b)
{
    if (option->type == config_type_peer)
        return config_list_same_peers(a, b);
    if (option->type == config_type_net)
        return config_list_same_nets(a, b);
    if (option->type == config_type_account)
        return config_list_same_accounts(a, b);
    if (option->type == config_type_bucket)
        return config_list_same_buckets(a, b);
    return memcmp((const char *)a + option->offset, (const char *)b + option->offset,
                  option->size) == 0;
}

bool config_name_is_valid(const char *text)
{
    size_t length = strspn(text, NAME_BYTES);
    return length >= 1 && length <= NAME_BYTES_MAX && text[length] == '\0';
}

/* Where nothing is known of a node "-" stands, and for one without a name its id. */
bool config_name_is_node(const char *text)
{
    bool is_id = strlen(text) == 16 && strspn(text, "0123456789abcdefABCDEF") == 16;
    return config_name_is_valid(text) && !is_id && strcmp(text, "-") != 0;
}

static int set_text(const struct value *value)
{
    return config_name_is_valid(value->text) ? copy(value)
                                             : refuse(value, "write " CONFIG_NAME_RULE);
}

static int set_node(const struct value *value)
{
    if (!config_name_is_valid(value->text))
        return set_text(value);
    return config_name_is_node(value->text) ? copy(value) : refuse(value, CONFIG_NODE_ADVICE);
}

static int set_path(const struct value *value)
{
    if (value->text[0] != '/')
        return refuse(value, "write an absolute path, one that begins with \"/\"");
    if (strlen(value->text) >= value->option->size)
        return refuse(value, "write a shorter path");
    for (const char *at = value->text; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return refuse(value, "write a path without control characters");
    return copy(value);
}

static int set_endpoint(const struct value *value)
{
    const char *advice = config_endpoint_check(value->text, true);
    return advice ? refuse(value, advice) : copy(value);
}

static int set_duration(const struct value *value)
{
    int64_t minimum = value->option->minimum;
    int64_t maximum = value->option->maximum;
    int64_t ms;
    if (config_duration_parse(value->text, &ms))
        return refuse(value, "write a whole number with its unit, such as 50ms, 90s, 10m or 1h");
    if (ms < minimum || ms > maximum) {
        char least[CONFIG_DURATION_SIZE];
        char most[CONFIG_DURATION_SIZE];
        char advice[CONFIG_MISTAKE_SIZE];
        snprintf(advice, sizeof advice, "write a duration from %s to %s",
                 config_duration_print(minimum, least), config_duration_print(maximum, most));
        return refuse(value, advice);
    }
    *(int64_t *)value->member = ms;
    return 0;
}

static int set_durations(const struct value *value)
{
    return config_durations_parse(value->text, value->option->minimum, value->member,
                                  value->mistake);
}

static int set_number(const struct value *value)
{
    int64_t minimum = value->option->minimum;
    int64_t maximum = value->option->maximum;
    int64_t number;
    if (config_number_parse(value->text, strlen(value->text), &number) || number < minimum ||
        number > maximum) {
        char advice[CONFIG_MISTAKE_SIZE];
        snprintf(advice, sizeof advice, "write a whole number from %lld to %lld",
                 (long long)minimum, (long long)maximum);
        return refuse(value, advice);
    }
    *(int64_t *)value->member = number;
    return 0;
}

static int set_level(const struct value *value)
{
    enum log_level level;
    if (log_level_parse(value->text, &level))
        return refuse(value, "write error, warning, notice, info or debug");
    *(int *)value->member = (int)level;
    return 0;
}

static int set_mode(const struct value *value)
{
    bool observe = strcmp(value->text, "observe") == 0;
    if (!observe && strcmp(value->text, "enforce") != 0)
        return refuse(value, "write enforce or observe");
    *(bool *)value->member = observe;
    return 0;
}

static int set_source(const struct value *value)
{
    bool from_rspamd = strcmp(value->text, "rspamd") == 0;
    if (!from_rspamd && strcmp(value->text, "log") != 0)
        return refuse(value, "write log or rspamd");
    *(bool *)value->member = from_rspamd;
    return 0;
}

static int set_start(const struct value *value)
{
    bool beginning = strcmp(value->text, "beginning") == 0;
    if (!beginning && strcmp(value->text, "end") != 0)
        return refuse(value, "write end or beginning");
    *(bool *)value->member = beginning;
    return 0;
}

static int set_count(const struct value *value)
{
    bool messages = strcmp(value->text, "messages") == 0;
    if (!messages && strcmp(value->text, "hits") != 0)
        return refuse(value, "write hits or messages");
    *(bool *)value->member = messages;
    return 0;
}

const char *config_accounts_name(int number)
{
    static const char *const names[] = {"off", "count", "ban"};
    return number >= 0 && number < 3 ? names[number] : NULL;
}

static int set_accounts(const struct value *value)
{
    const char *name;
    for (int i = 0; (name = config_accounts_name(i)) != NULL; i++)
        if (strcmp(value->text, name) == 0) {
            *(int *)value->member = i;
            return 0;
        }
    return refuse(value, "write off, count or ban");
}

static int add_peer(const struct value *value)
{
    return config_list_add_peer(value->config, value->text, value->mistake);
}

static int add_net(const struct value *value)
{
    return config_list_add_net(value->config, value->text, value->mistake);
}

static int add_account(const struct value *value)
{
    return config_list_add_account(value->config, value->text, value->mistake);
}

static int add_bucket(const struct value *value)
{
    return config_list_add_bucket(value->config, value->text, value->mistake);
}

static int set_mailbox(const struct value *value)
{
    const char *advice = config_mail_check(value->text);
    return advice ? refuse(value, advice) : copy(value);
}

static int set_mailboxes(const struct value *value)
{
    const char *advice = config_mail_list(value->text, value->member);
    return advice ? refuse(value, advice) : 0;
}

static int set_server(const struct value *value)
{
    const char *advice = config_mail_server(value->text);
    return advice ? refuse(value, advice) : copy(value);
}

/* It is a secret: a mistake does not repeat it. */
static int set_url(const struct value *value)
{
    const char *advice = webhook_check(value->text);
    if (!advice)
        return copy(value);
    snprintf(value->mistake, CONFIG_MISTAKE_SIZE, "that is no URL to post to; %s", advice);
    return -1;
}

static int set_format(const struct value *value)
{
    static const char *const names[] = {
        [WEBHOOK_JSON] = "json", [WEBHOOK_SLACK] = "slack", [WEBHOOK_TEXT] = "text"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(value->text, names[i]) == 0) {
            *(int *)value->member = (int)i;
            return 0;
        }
    }
    return refuse(value, "write json, slack or text");
}

static int set_alerts(const struct value *value)
{
    int64_t list = alertkind_parse_list(value->text);
    if (list == 0)
        return refuse(value, "write some of ban, permanent, brake, peer-down, divergence, "
                             "source-silent, store, map, clone with commas between them, or all");
    *(int64_t *)value->member = list;
    return 0;
}

/* Copies the text to a member that is an array of characters; the rest becomes zero. */
static int copy(const struct value *value)
{
    size_t length = strlen(value->text);
    assert(length < value->option->size);
    memset(value->member, 0, value->option->size);
    memcpy(value->member, value->text, length);
    return 0;
}

static int refuse(const struct value *value, const char *advice)
{
    return config_mistake(value->mistake, value->text, advice);
}
