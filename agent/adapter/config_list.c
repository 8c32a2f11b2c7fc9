/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists of the configuration: peers, networks, accounts, buckets. Every line adds one element.
 */
#include "config_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_endpoint.h"
#include "config_net.h"
#include "config_value.h"
#include "keyfile.h"

#define BLANKS " \t"

static int parse_peer(const char *text, struct config_peer *peer,
                      char mistake[CONFIG_MISTAKE_SIZE]);
static void *grow(void *array, size_t count, size_t count_max, size_t size,
                  char mistake[CONFIG_MISTAKE_SIZE]);
static bool same(const void *a, size_t a_count, const void *b, size_t b_count, size_t size);

int config_list_add_peer(struct config *config, const char *text, char mistake[CONFIG_MISTAKE_SIZE])
{
    struct config_peer peer = {0};
    if (parse_peer(text, &peer, mistake))
        return -1;
    void *grown = grow(config->peers, config->peer_count, PEERS_MAX, sizeof peer, mistake);
    if (!grown)
        return -1;
    config->peers = grown;
    config->peers[config->peer_count++] = peer;
    return 0;
}

int config_list_add_net(struct config *config, const char *text, char mistake[CONFIG_MISTAKE_SIZE])
{
    char net[CONFIG_NET_SIZE] = "";
    _Static_assert(sizeof net == sizeof *config->never_ban, "one size of an address text");
    if (config_net_parse(text, net, mistake))
        return -1;
    void *grown =
        grow(config->never_ban, config->never_ban_count, NEVER_BAN_MAX, sizeof net, mistake);
    if (!grown)
        return -1;
    config->never_ban = grown;
    memcpy(config->never_ban[config->never_ban_count++], net, sizeof net);
    return 0;
}

/* Appends the text to an array of elements of size bytes, which it fits into with its NUL. */
static int add_text(void *array, size_t *count, size_t count_max, size_t size, const char *text,
                    char mistake[CONFIG_MISTAKE_SIZE])
{
    void *list;
    memcpy(&list, array, sizeof list);
    for (const char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return config_mistake(mistake, text, "write the name without control characters");
    list = grow(list, *count, count_max, size, mistake);
    if (!list)
        return -1;
    memcpy(array, &list, sizeof list);
    char *element = (char *)list + size * (*count)++;
    memset(element, 0, size);
    memcpy(element, text, strlen(text));
    return 0;
}

int config_list_add_account(struct config *config, const char *text,
                            char mistake[CONFIG_MISTAKE_SIZE])
{
    if (strlen(text) >= sizeof *config->never_ban_accounts)
        return config_mistake(mistake, text, "write an account of at most 127 bytes");
    return add_text(&config->never_ban_accounts, &config->never_ban_account_count, NEVER_BAN_MAX,
                    sizeof *config->never_ban_accounts, text, mistake);
}

/* rspamd's bucket names are keys of its configuration: blanks may be in them. */
int config_list_add_bucket(struct config *config, const char *text,
                           char mistake[CONFIG_MISTAKE_SIZE])
{
    if (strchr(text, ','))
        return config_mistake(mistake, text, "write one bucket a line");
    if (strlen(text) > BUCKET_BYTES_MAX)
        return config_mistake(mistake, text, "write the name of a bucket, at most 64 bytes");
    return add_text(&config->buckets, &config->bucket_count, BUCKETS_MAX, sizeof *config->buckets,
                    text, mistake);
}

bool config_list_same_peers(const struct config *a, const struct config *b)
{
    return same(a->peers, a->peer_count, b->peers, b->peer_count, sizeof *a->peers);
}

bool config_list_same_nets(const struct config *a, const struct config *b)
{
    return same(a->never_ban, a->never_ban_count, b->never_ban, b->never_ban_count,
                sizeof *a->never_ban);
}

bool config_list_same_accounts(const struct config *a, const struct config *b)
{
    return same(a->never_ban_accounts, a->never_ban_account_count, b->never_ban_accounts,
                b->never_ban_account_count, sizeof *a->never_ban_accounts);
}

bool config_list_same_buckets(const struct config *a, const struct config *b)
{
    return same(a->buckets, a->bucket_count, b->buckets, b->bucket_count, sizeof *a->buckets);
}

static int parse_peer(const char *text, struct config_peer *peer, char mistake[CONFIG_MISTAKE_SIZE])
{
    size_t label_length = strcspn(text, BLANKS);
    const char *endpoint = text + label_length + strspn(text + label_length, BLANKS);
    size_t endpoint_length = strcspn(endpoint, BLANKS);
    const char *key = endpoint + endpoint_length + strspn(endpoint + endpoint_length, BLANKS);
    if (*key == '\0' || strpbrk(key, BLANKS))
        return config_mistake(mistake, text, "write LABEL tcp://HOST:PORT PUBLICKEY");
    if (label_length > NAME_BYTES_MAX || endpoint_length > ENDPOINT_BYTES_MAX)
        return config_mistake(mistake, text,
                              "write a label of up to 63 and an endpoint of up to 255 bytes");
    memcpy(peer->name, text, label_length);
    memcpy(peer->endpoint, endpoint, endpoint_length);
    if (!config_name_is_valid(peer->name))
        return config_mistake(mistake, peer->name, "write a label of " CONFIG_NAME_RULE);
    if (!config_name_is_node(peer->name))
        return config_mistake(mistake, peer->name, CONFIG_NODE_ADVICE);
    const char *advice = config_endpoint_check(peer->endpoint, false);
    if (advice)
        return config_mistake(mistake, peer->endpoint, advice);
    if (keyfile_text_parse(key, peer->key))
        return config_mistake(mistake, key,
                              "write the public key, 44 characters, that banctl keygen printed "
                              "on that node");
    return 0;
}

/* Room for one more element. NULL: the list is full, or there is no memory, and the mistake says
 * so. */
static void *grow(void *array, size_t count, size_t count_max, size_t size,
                  char mistake[CONFIG_MISTAKE_SIZE])
{
    void *grown = NULL;
    if (count >= count_max)
        snprintf(mistake, CONFIG_MISTAKE_SIZE, "there are more than %zu; remove some", count_max);
    else if (!(grown = reallocarray(array, count + 1, size)))
        snprintf(mistake, CONFIG_MISTAKE_SIZE, "no memory for it; free some");
    return grown;
}

static bool same(const void *a, size_t a_count, const void *b, size_t b_count, size_t size)
{
    return a_count == b_count && (a_count == 0 || memcmp(a, b, a_count * size) == 0);
}
