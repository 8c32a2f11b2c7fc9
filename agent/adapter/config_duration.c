/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole numbers, durations and lists of these as the configuration writes them.
 *
 * One number and one unit: a sum of units would only be a second way to write the same.
 */
#include "config_duration.h"

#include <stdio.h>
#include <string.h>

#define BLANKS " \t"
#define DIGITS "0123456789"
#define WORD_BYTES_MAX 63 /* no duration is as long */
#define NUMBER_DIGITS_MAX 15
#define DURATION_MS_MAX 3153600000000 /* 36500 d: a time that far ahead does not overflow */

static const struct {
    const char *name;
    int64_t ms;
} units[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"w", 604800000},
};

int config_duration_parse(const char *text, int64_t *ms)
{
    if (strcmp(text, "permanent") == 0) {
        *ms = TIME_NEVER_MS;
        return 0;
    }
    size_t digits = strspn(text, DIGITS);
    int64_t number;
    if (config_number_parse(text, digits, &number))
        return -1;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + digits, units[i].name) != 0)
            continue;
        if (number > DURATION_MS_MAX / units[i].ms)
            return -1;
        *ms = number * units[i].ms;
        return 0;
    }
    return -1;
}

int config_number_parse(const char *text, size_t length, int64_t *number)
{
    if (length < 1 || length > NUMBER_DIGITS_MAX || strspn(text, DIGITS) < length ||
        (length > 1 && text[0] == '0'))
        return -1;
    *number = 0;
    for (size_t i = 0; i < length; i++)
        *number = *number * 10 + (text[i] - '0');
    return 0;
}

const char *config_duration_print(int64_t ms, char text[CONFIG_DURATION_SIZE])
{
    if (ms == TIME_NEVER_MS)
        snprintf(text, CONFIG_DURATION_SIZE, "permanent");
    else if (ms % 86400000 == 0 && ms > 0)
        snprintf(text, CONFIG_DURATION_SIZE, "%lldd", (long long)(ms / 86400000));
    else if (ms % 3600000 == 0 && ms > 0)
        snprintf(text, CONFIG_DURATION_SIZE, "%lldh", (long long)(ms / 3600000));
    else if (ms % 60000 == 0 && ms > 0)
        snprintf(text, CONFIG_DURATION_SIZE, "%lldm", (long long)(ms / 60000));
    else if (ms % 1000 == 0)
        snprintf(text, CONFIG_DURATION_SIZE, "%llds", (long long)(ms / 1000));
    else
        snprintf(text, CONFIG_DURATION_SIZE, "%lldms", (long long)ms);
    return text;
}

/* One word of the list; is_last: it may be permanent. */
static int parse_word(const char *word, bool is_last, int64_t least_ms, int64_t *ms,
                      char mistake[CONFIG_MISTAKE_SIZE])
{
    char least[CONFIG_DURATION_SIZE], advice[CONFIG_MISTAKE_SIZE];

    if (strchr(word, ',') != NULL)
        return config_mistake(mistake, word, "write the durations with blanks between them");
    if (config_duration_parse(word, ms) != 0)
        return config_mistake(mistake, word,
                              "write permanent, or a whole number with its unit, such as 90s, "
                              "10m, 1h, 7d or 2w");
    if (*ms == TIME_NEVER_MS && !is_last)
        return config_mistake(mistake, word,
                              "write it as the last one: no ban comes after a permanent one");
    if (*ms >= least_ms)
        return 0;
    snprintf(advice, sizeof advice, "write a duration of at least %s",
             config_duration_print(least_ms, least));
    return config_mistake(mistake, word, advice);
}

int config_durations_parse(const char *text, int64_t least_ms, struct config_durations *durations,
                           char mistake[CONFIG_MISTAKE_SIZE])
{
    struct config_durations read;

    memset(&read, 0, sizeof read); /* lists are compared as bytes */
    for (text += strspn(text, BLANKS); *text != '\0';) {
        char word[WORD_BYTES_MAX + 1] = "";
        size_t length = strcspn(text, BLANKS);
        const char *next = text + length + strspn(text + length, BLANKS);

        if (read.count == DURATIONS_MAX) {
            snprintf(mistake, CONFIG_MISTAKE_SIZE,
                     "there are more than %d; the last one holds for all further bans",
                     DURATIONS_MAX);
            return -1;
        }
        memcpy(word, text, length < WORD_BYTES_MAX ? length : WORD_BYTES_MAX);
        if (parse_word(word, *next == '\0', least_ms, &read.ms[read.count], mistake) != 0)
            return -1;
        read.count++;
        text = next;
    }
    *durations = read;
    return 0;
}

const char *config_durations_print(const int64_t *ms, size_t count,
                                   char text[CONFIG_DURATIONS_SIZE])
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        char one[CONFIG_DURATION_SIZE];

        used += (size_t)snprintf(text + used, CONFIG_DURATIONS_SIZE - used, "%s%s",
                                 i > 0 ? " " : "", config_duration_print(ms[i], one));
    }
    return text;
}
