/* SPDX-License-Identifier: Apache-2.0 */
/*
 * include/bansync/option.def as a table, and the search in it.
 *
 * Does not: parse values (see config_value.h).
 */
#ifndef BANSYNC_ADAPTER_CONFIG_OPTION_H
#define BANSYNC_ADAPTER_CONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The types of option.def, spelled as there. */
enum config_type {
    config_type_text,
    config_type_node,
    config_type_path,
    config_type_endpoint,
    config_type_duration,
    config_type_durations,
    config_type_number,
    config_type_level,
    config_type_mode,
    config_type_source,
    config_type_start,
    config_type_count,
    config_type_accounts,
    config_type_peer,
    config_type_net,
    config_type_account,
    config_type_bucket,
    config_type_mailbox,
    config_type_mailboxes,
    config_type_server,
    config_type_url,
    config_type_format,
    config_type_alerts,
    CONFIG_TYPE_COUNT
};

enum {
    CONFIG_OPTION_COUNT = 0
#define OPTION(section, key, field, type, fallback, minimum, maximum, reload, help) +1
#include <bansync/option.def>
#undef OPTION
};

struct config_option {
    const char *section;
    const char *key;
    const char *fallback; /* the default, as text; "" = none */
    enum config_type type;
    bool reload;   /* SIGHUP applies a change */
    size_t offset; /* of the field in struct config */
    size_t size;   /* of the field */
    int64_t minimum;
    int64_t maximum;
};

extern const struct config_option config_options[CONFIG_OPTION_COUNT];

/* The option, or NULL if there is none of that name. */
const struct config_option *config_option_find(const char *section, const char *key);

/* True for options that may be given more than once and add up. */
bool config_option_is_list(const struct config_option *option);

bool config_section_exists(const char *section);

/* Advice for an unknown name, "did you mean ...?" or the names there are, written to advice and
 * returned. */
const char *config_section_advice(const char *section, char *advice, size_t advice_size);
const char *config_option_advice(const char *section, const char *key, char *advice,
                                 size_t advice_size);

#endif
