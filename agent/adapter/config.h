/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: bansync.conf, then conf.d/ *.conf beside it, sorted; a later file wins, lists
 * add.
 *
 * include/bansync/option.def is the one list of options. Every mistake is collected with file,
 * line, what is wrong and a suggestion; one mistake refuses the whole configuration.
 * Does not: read key files, touch the network.
 */
#ifndef BANSYNC_ADAPTER_CONFIG_H
#define BANSYNC_ADAPTER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bansync/limits.h>

#include "config_origin.h"

struct config_peer {
    char name[NAME_BYTES_MAX + 1];
    char endpoint[ENDPOINT_BYTES_MAX + 1]; /* tcp://HOST:PORT, as written */
    uint8_t key[NODE_KEY_BYTES];
};

/* TIME_NEVER_MS = permanent, the last one only. What is not used is 0. */
struct config_durations {
    int64_t ms[DURATIONS_MAX];
    size_t count; /* 1..DURATIONS_MAX */
};

struct config {
    char node_name[NAME_BYTES_MAX + 1];
    bool node_name_set;                  /* [node] name was written in a file */
    char listen[ENDPOINT_BYTES_MAX + 1]; /* "" = does not listen */
    bool key_file_set;                   /* [node] key was written in a file */
    char key_file[PATH_BYTES_MAX];
    char state_dir[PATH_BYTES_MAX];
    char cluster_name[NAME_BYTES_MAX + 1];
    struct config_peer *peers;
    size_t peer_count;
    bool from_rspamd; /* [detect] source */
    char rspamd_socket[PATH_BYTES_MAX];
    char rspamd_user[NAME_BYTES_MAX + 1];
    char log_file[PATH_BYTES_MAX];
    bool start_at_beginning;
    int64_t silent_after_ms; /* 0: never */
    int64_t threshold;
    bool count_messages; /* [detect] count */
    int accounts;        /* [detect] accounts: 0 off, 1 count, 2 ban, as enum policy_accounts */
    int64_t window_ms;
    int64_t ipv6_prefix;
    char (*buckets)[BUCKET_BYTES_MAX + 1];
    size_t bucket_count; /* 0 = all */
    struct config_durations ban_durations;
    int64_t ban_memory_ms;
    int64_t max_new_per_minute;
    int64_t max_prefix4, max_prefix6; /* wider ones are banned with --force only */
    bool observe;                     /* [ban] mode */
    char map_file[PATH_BYTES_MAX];
    char users_file[PATH_BYTES_MAX];
    int64_t map_coalesce_ms;
    int64_t max_entries;   /* of the map; no more by an operator */
    char (*never_ban)[64]; /* text of a valid address or network */
    size_t never_ban_count;
    char (*never_ban_accounts)[ACCOUNT_BYTES_MAX];
    size_t never_ban_account_count;
    char never_ban_file[PATH_BYTES_MAX]; /* "": none */
    char control_socket[PATH_BYTES_MAX];
    char admin_group[NAME_BYTES_MAX + 1];
    char read_group[NAME_BYTES_MAX + 1];
    char mail_to[MAIL_TO_BYTES_MAX + 1]; /* "a@example.org,b@example.org"; "" = no mails */
    char mail_from[MAIL_ADDRESS_BYTES_MAX + 1];
    char smtp[ENDPOINT_BYTES_MAX + 1];       /* HOST:PORT */
    char webhook[WEBHOOK_URL_BYTES_MAX + 1]; /* "": none; a secret but for its host */
    int webhook_format;                      /* enum webhook_format */
    char alert_exec[PATH_BYTES_MAX];         /* "": none */
    int64_t alert_on;                        /* one bit for each enum alertkind */
    int64_t digest_after, digest_every_ms;
    int log_level;                 /* enum log_level */
    struct config_origins origins; /* where all this was written */
};

/* Reads path and its conf.d. Returns a new configuration, or NULL and in *errors all mistakes, one
 * a line
 * ("FILE:LINE: what; suggestion\n"), which the caller frees; *errors is NULL on success. */
struct config *config_load(const char *path, char **errors);

/* A new configuration of defaults alone, as with an empty file; NULL without memory. */
struct config *config_defaults(void);

/* Frees *config and sets it to NULL; NULL is harmless. */
void config_free(struct config **config);

/* Names of the options that differ and need a restart, as "[node] listen, [log] level", in a new
 * string that the caller frees; NULL if none. */
char *config_restart_keys(const struct config *running, const struct config *wanted);

/* Takes over from wanted what a reload may change (option.def); wanted gets the former values and
 * is then freed by the caller. Everything else of running stays as it is. */
void config_apply(struct config *running, struct config *wanted);

/* "90s 10m 1h 7d 2w" (also ms) or "permanent" to ms; permanent is TIME_NEVER_MS. Returns 0 or -1.
 */
int config_duration_parse(const char *text, int64_t *ms);

#endif
