/* SPDX-License-Identifier: Apache-2.0 */
/*
 * include/bansync/option.def as a table, and the search in it.
 *
 * A name that is not in the table gets the most helpful answer there is: the section it belongs to,
 * our word for fail2ban's, the nearest name by edit distance, or else all names.
 * Does not: parse values.
 */
#include "config_option.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "config.h"

#define WORD_BYTES_MAX 32 /* longer words are like none of ours */

const struct config_option config_options[CONFIG_OPTION_COUNT] = {
#define OPTION(section, key, field, type, fallback, minimum, maximum, reload, help) \
    {section,                                                                       \
     key,                                                                           \
     fallback,                                                                      \
     config_type_##type,                                                            \
     reload,                                                                        \
     offsetof(struct config, field),                                                \
     sizeof(((struct config *)0)->field),                                           \
     minimum,                                                                       \
     maximum},
#include <bansync/option.def>
#undef OPTION
};

#undef start_at

static const struct {
    const char *theirs;
    const char *key;
} synonyms[] = {
    {"maxretry", "threshold"}, {"findtime", "window"},  {"bantime", "durations"},
    {"ignoreip", "net"},       {"logpath", "log"},      {"key_file", "key"},
    {"destemail", "mail_to"},  {"sender", "mail_from"},
};

static bool opens_section(size_t index);
static const struct config_option *key_in_any_section(const char *key);
static size_t distance(const char *a, const char *b);
static bool is_near(const char *word, const char *known, size_t *best);
static size_t append(char *out, size_t out_size, size_t used, const char *left, const char *word,
                     const char *right);

const struct config_option *config_option_find(const char *section, const char *key)
{
    for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++)
        if (strcmp(config_options[i].section, section) == 0 &&
            strcmp(config_options[i].key, key) == 0)
            return &config_options[i];
    return NULL;
}

bool config_option_is_list(const struct config_option *option)
{
    return option->type == config_type_peer || option->type == config_type_net ||
           option->type == config_type_account || option->type == config_type_bucket;
}

bool config_section_exists(const char *section)
{
    for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++)
        if (strcmp(config_options[i].section, section) == 0)
            return true;
    return false;
}

const char *config_section_advice(const char *section, char *advice, size_t advice_size)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++)
        if (is_near(section, config_options[i].section, &best))
            nearest = config_options[i].section;
    if (nearest) {
        snprintf(advice, advice_size, "did you mean [%s]?", nearest);
        return advice;
    }
    size_t used = append(advice, advice_size, 0, "", "the sections are", "");
    for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++)
        if (opens_section(i))
            used = append(advice, advice_size, used, " [", config_options[i].section, "]");
    return advice;
}

const char *config_option_advice(const char *section, const char *key, char *advice,
                                 size_t advice_size)
{
    const struct config_option *other = key_in_any_section(key);
    if (other) {
        snprintf(advice, advice_size, "did you mean \"%s\" in [%s]?", other->key, other->section);
        return advice;
    }
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++)
        if (strcmp(config_options[i].section, section) == 0 &&
            is_near(key, config_options[i].key, &best))
            nearest = config_options[i].key;
    if (nearest) {
        snprintf(advice, advice_size, "did you mean \"%s\"?", nearest);
        return advice;
    }
    size_t used = append(advice, advice_size, 0, "[", section, "] has");
    for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++)
        if (strcmp(config_options[i].section, section) == 0)
            used = append(advice, advice_size, used, " \"", config_options[i].key, "\"");
    return advice;
}

/* True if no earlier row of the table has the section of this one. */
static bool opens_section(size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(config_options[i].section, config_options[index].section) == 0)
            return false;
    return true;
}

static const struct config_option *key_in_any_section(const char *key)
{
    for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++)
        if (strcmp(synonyms[i].theirs, key) == 0)
            key = synonyms[i].key;
    for (size_t i = 0; i < CONFIG_OPTION_COUNT; i++)
        if (strcmp(config_options[i].key, key) == 0)
            return &config_options[i];
    return NULL;
}

/* Edit distance without regard to case: insert, delete, replace. Both words are within
 * WORD_BYTES_MAX. */
static size_t distance(const char *a, const char *b)
{
    size_t a_length = strlen(a);
    size_t b_length = strlen(b);
    size_t row[WORD_BYTES_MAX + 1];
    assert(a_length <= WORD_BYTES_MAX && b_length <= WORD_BYTES_MAX);
    for (size_t j = 0; j <= b_length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            size_t replace = diagonal + (same ? 0 : 1);
            diagonal = row[j];
            size_t insert = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = replace < insert ? replace : insert;
        }
    }
    return row[b_length];
}

/* True if word is a likely slip for known, and nearer than *best, which then becomes its distance.
 */
static bool is_near(const char *word, const char *known, size_t *best)
{
    if (strlen(word) > WORD_BYTES_MAX)
        return false;
    size_t near = distance(word, known);
    if (near > (strlen(known) + 2) / 3 || near >= *best)
        return false;
    *best = near;
    return true;
}

static size_t append(char *out, size_t out_size, size_t used, const char *left, const char *word,
                     const char *right)
{
    int written = snprintf(out + used, out_size - used, "%s%s%s", left, word, right);
    assert(written >= 0);
    size_t left_bytes = out_size - used - 1;
    return used + ((size_t)written < left_bytes ? (size_t)written : left_bytes);
}
