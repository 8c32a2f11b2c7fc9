/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can only be judged when the whole configuration has been read: options against each other.
 *
 * Does not: look at the file system.
 */
#include "config_check.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "config_endpoint.h"

static void check_peers(const struct config *config, const struct config_places *places,
                        struct config_mistakes *mistakes);
static void check_paths(const struct config *config, const struct config_places *places,
                        struct config_mistakes *mistakes);
static void check_socket(const struct config *config, const struct config_places *places,
                         const char *section, const char *key, struct config_mistakes *mistakes);
static const char *path_of(const struct config *config, size_t option);

void config_check(const struct config *config, const struct config_places *places,
                  struct config_mistakes *mistakes)
{
    check_peers(config, places, mistakes);
    check_paths(config, places, mistakes);
    check_socket(config, places, "control", "socket", mistakes);
    check_socket(config, places, "detect", "rspamd_socket", mistakes);
}

static void check_peers(const struct config *config, const struct config_places *places,
                        struct config_mistakes *mistakes)
{
    for (size_t later = 1; later < config->peer_count; later++) {
        const struct config_peer *b = &config->peers[later];
        for (size_t i = 0; i < later; i++) {
            const struct config_peer *a = &config->peers[i];
            struct config_place first = places->peers[i];
            if (strcmp(a->name, b->name) == 0)
                config_mistakes_add(mistakes, places->peers[later],
                                    "[cluster] peer: the label \"%s\" is taken by %s:%u; give each "
                                    "peer its own",
                                    b->name, first.file, first.line);
            if (memcmp(a->key, b->key, sizeof a->key) == 0)
                config_mistakes_add(mistakes, places->peers[later],
                                    "[cluster] peer: \"%s\" has the key of \"%s\" (%s:%u); every "
                                    "node has its own, see banctl keygen",
                                    b->name, a->name, first.file, first.line);
            if (config_endpoint_same(a->endpoint, b->endpoint))
                config_mistakes_add(mistakes, places->peers[later],
                                    "[cluster] peer: \"%s\" has the endpoint of \"%s\" (%s:%u); "
                                    "correct one of them",
                                    b->name, a->name, first.file, first.line);
        }
    }
}

static void check_paths(const struct config *config, const struct config_places *places,
                        struct config_mistakes *mistakes)
{
    for (size_t later = 1; later < CONFIG_OPTION_COUNT; later++) {
        for (size_t i = 0; i < later; i++) {
            const char *a = path_of(config, i);
            const char *b = path_of(config, later);
            if (!a || !b || strcmp(a, b) != 0)
                continue;
            struct config_place place = places->options[later];
            config_mistakes_add(mistakes, place.file ? place : places->options[i],
                                "[%s] %s and [%s] %s are the same path; give each its own",
                                config_options[i].section, config_options[i].key,
                                config_options[later].section, config_options[later].key);
        }
    }
}

/* A longer path would be cut by bind(2). */
static void check_socket(const struct config *config, const struct config_places *places,
                         const char *section, const char *key, struct config_mistakes *mistakes)
{
    size_t path_max = sizeof((struct sockaddr_un *)0)->sun_path - 1;
    const struct config_option *option = config_option_find(section, key);
    if (option && strlen((const char *)config + option->offset) > path_max)
        config_mistakes_add(mistakes, places->options[option - config_options],
                            "[%s] %s: the path is over %zu bytes; write a shorter one", section,
                            key, path_max);
}

/* The path that the option of that index holds; NULL if it is of another type, or unset. */
static const char *path_of(const struct config *config, size_t option)
{
    if (config_options[option].type != config_type_path)
        return NULL;
    const char *path = (const char *)config + config_options[option].offset;
    return path[0] != '\0' ? path : NULL;
}
