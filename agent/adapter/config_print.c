/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value of the configuration as it would be written, see config_print.h.
 */
#include "config_print.h"

#include <stdio.h>
#include <string.h>

#include "alertkind.h"
#include "config_duration.h"
#include "config_value.h"
#include "keyfile.h"
#include "log.h"
#include "webhook.h"

_Static_assert(CONFIG_PRINT_SIZE > MAIL_TO_BYTES_MAX, "the longest list of addresses has room");
_Static_assert(CONFIG_PRINT_SIZE > NAME_BYTES_MAX + ENDPOINT_BYTES_MAX + NODE_KEY_TEXT_SIZE + 2,
               "the longest peer line has room");

static bool print_list(const struct config *config, const struct config_option *option,
                       size_t index, char text[CONFIG_PRINT_SIZE]);
static void print_peer(const struct config_peer *peer, char text[CONFIG_PRINT_SIZE]);
static const char *word_of(enum config_type type, bool value);

bool config_print(const struct config *config, const struct config_option *option, size_t index,
                  char text[CONFIG_PRINT_SIZE])
{
    const void *member = (const char *)config + option->offset;
    const struct config_durations *durations = member;

    text[0] = '\0';
    if (config_option_is_list(option))
        return print_list(config, option, index, text);
    switch (option->type) {
    case config_type_duration:
        config_duration_print(*(const int64_t *)member, text);
        break;
    case config_type_durations:
        config_durations_print(durations->ms, durations->count, text);
        break;
    case config_type_number:
        snprintf(text, CONFIG_PRINT_SIZE, "%lld", (long long)*(const int64_t *)member);
        break;
    case config_type_level:
        snprintf(text, CONFIG_PRINT_SIZE, "%s",
                 log_level_name((enum log_level) * (const int *)member));
        break;
    case config_type_mode:
    case config_type_source:
    case config_type_start:
    case config_type_count:
        snprintf(text, CONFIG_PRINT_SIZE, "%s", word_of(option->type, *(const bool *)member));
        break;
    case config_type_accounts:
        snprintf(text, CONFIG_PRINT_SIZE, "%s", config_accounts_name(*(const int *)member));
        break;
    case config_type_url: /* the rest of it is a secret */
        webhook_print(member, text, CONFIG_PRINT_SIZE);
        break;
    case config_type_format:
        snprintf(text, CONFIG_PRINT_SIZE, "%s",
                 webhook_format_name((enum webhook_format) * (const int *)member));
        break;
    case config_type_alerts:
        alertkind_print_list(*(const int64_t *)member, text, CONFIG_PRINT_SIZE);
        break;
    default: /* an array of characters */
        snprintf(text, CONFIG_PRINT_SIZE, "%s", (const char *)member);
    }
    return text[0] != '\0';
}

static bool print_list(const struct config *config, const struct config_option *option,
                       size_t index, char text[CONFIG_PRINT_SIZE])
{
    if (option->type == config_type_peer && index < config->peer_count)
        print_peer(&config->peers[index], text);
    else if (option->type == config_type_net && index < config->never_ban_count)
        snprintf(text, CONFIG_PRINT_SIZE, "%s", config->never_ban[index]);
    else if (option->type == config_type_account && index < config->never_ban_account_count)
        snprintf(text, CONFIG_PRINT_SIZE, "%s", config->never_ban_accounts[index]);
    else if (option->type == config_type_bucket && index < config->bucket_count)
        snprintf(text, CONFIG_PRINT_SIZE, "%s", config->buckets[index]);
    else
        return false;
    return true;
}

static void print_peer(const struct config_peer *peer, char text[CONFIG_PRINT_SIZE])
{
    char key[NODE_KEY_TEXT_SIZE];

    keyfile_text(peer->key, key);
    snprintf(text, CONFIG_PRINT_SIZE, "%s %s %s", peer->name, peer->endpoint, key);
}

/* Of an option that is one of two words. */
static const char *word_of(enum config_type type, bool value)
{
    switch (type) {
    case config_type_mode:
        return value ? "observe" : "enforce";
    case config_type_source:
        return value ? "rspamd" : "log";
    case config_type_start:
        return value ? "beginning" : "end";
    default:
        return value ? "messages" : "hits";
    }
}
