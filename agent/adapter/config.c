/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: bansync.conf, then conf.d/ *.conf beside it, sorted; a later file wins, lists
 * add.
 *
 * Defaults first, then the files, then the checks across options. A mistake is noted and reading
 * goes on, so that all are told at once.
 */
#include "config.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_check.h"
#include "config_file.h"
#include "config_mail.h"
#include "config_option.h"
#include "config_read.h"
#include "config_value.h"

#define USERS_NAME "user_blacklist_ratelimit.map"

static void set_defaults(struct config *config);
static void name_users(struct config *config, const char *path, struct config_mistakes *mistakes);
static void name_node(struct config *config, const char *path, struct config_mistakes *mistakes);
static void name_sender(struct config *config);

struct config *config_load(const char *path, char **errors)
{
    *errors = NULL;
    struct config_mistakes mistakes;
    struct config *config = calloc(1, sizeof *config);
    struct config_places *places = calloc(1, sizeof *places);
    if (!config || !places || config_mistakes_open(&mistakes)) {
        free(config);
        free(places);
        *errors = strdup("no memory for the configuration; free some\n");
        return NULL;
    }
    set_defaults(config);
    struct config_files files;
    config_files_find(&files, path, &mistakes);
    for (size_t i = 0; i < files.count; i++)
        config_read(files.paths[i], config, places, &mistakes);
    name_users(config, path, &mistakes);
    config_check(config, places, &mistakes);
    name_node(config, path, &mistakes);
    name_sender(config);
    config_files_free(&files);
    free(places);
    *errors = config_mistakes_close(&mistakes);
    if (*errors)
        config_free(&config);
    return config;
}

struct config *config_defaults(void)
{
    struct config *config = calloc(1, sizeof *config);
    if (!config)
        return NULL;
    set_defaults(config);
    name_sender(config);
    return config;
}

void config_free(struct config **config)
{
    if (!*config)
        return;
    config_origins_free(&(*config)->origins);
    free((*config)->peers);
    free((*config)->never_ban_accounts);
    free((*config)->buckets);
    free((*config)->never_ban);
    free(*config);
    *config = NULL;
}

char *config_restart_keys(const struct config *running, const struct config *wanted)
{
    char *names = NULL;
    size_t size = 0;
    size_t count = 0;
    FILE *stream = open_memstream(&names, &size);
    if (!stream)
        return NULL;
    for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++) {
        const struct config_option *option = &config_options[i];
        if (!option->reload && !config_value_same(option, running, wanted))
            fprintf(stream, "%s[%s] %s", count++ ? ", " : "", option->section, option->key);
    }
    fclose(stream);
    if (count == 0) {
        free(names);
        names = NULL;
    }
    return names;
}

static void set_defaults(struct config *config)
{
    char mistake[CONFIG_MISTAKE_SIZE];
    for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++) {
        const struct config_option *option = &config_options[i];
        int result = 0;
        if (option->fallback[0] != '\0')
            result = config_value_set(config, option, option->fallback, mistake);
        assert(result == 0);
    }
}

/* The user map is beside the map, whose directory is there and may be written to. */
static void name_users(struct config *config, const char *path, struct config_mistakes *mistakes)
{
    const char *slash = strrchr(config->map_file, '/');
    int length = slash ? (int)(slash + 1 - config->map_file) : 0;
    if (config->users_file[0] != '\0')
        return;
    if ((size_t)length + sizeof USERS_NAME > sizeof config->users_file)
        config_mistakes_add(mistakes, (struct config_place){path, 0},
                            "[map] file: no room for the user map beside it; set [map] users_file");
    else
        snprintf(config->users_file, sizeof config->users_file, "%.*s" USERS_NAME, length,
                 config->map_file);
}

/* A node without a name takes the short host name. */
static void name_node(struct config *config, const char *path, struct config_mistakes *mistakes)
{
    config->node_name_set = config->node_name[0] != '\0';
    if (config->node_name_set)
        return;
    char host[HOST_NAME_MAX + 1] = "";
    char quote[CONFIG_QUOTE_SIZE];
    if (gethostname(host, sizeof host - 1))
        host[0] = '\0';
    host[strcspn(host, ".")] = '\0';
    if (config_name_is_node(host))
        memcpy(config->node_name, host, strlen(host) + 1);
    else
        config_mistakes_add(mistakes, (struct config_place){path, 0},
                            "the host name %s cannot name the node; set [node] name",
                            config_quote(host, quote));
}

/* Mails without a sender of their own come from this host. */
static void name_sender(struct config *config)
{
    if (config->mail_from[0] != '\0')
        return;
    char host[HOST_NAME_MAX + 1] = "";
    if (gethostname(host, sizeof host - 1))
        host[0] = '\0';
    snprintf(config->mail_from, sizeof config->mail_from, "bansync@%s", host);
    if (config_mail_check(config->mail_from))
        snprintf(config->mail_from, sizeof config->mail_from, "bansync@localhost");
}
