/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words, see words.h.
 */
#include "words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IPV6_PREFIX 64
#define DURATION_MS_MAX 1e12 /* thirty years */

void words_split(struct words *words, const char *line)
{
    char *place = words->text;

    *words = (struct words){0};
    snprintf(words->text, sizeof(words->text), "%s", line);
    place[strcspn(place, "#\r\n")] = '\0';
    while (*(place += strspn(place, " \t")) != '\0') {
        if (words->count == WORDS_MAX) {
            words_expected(words, "fewer words");
            return;
        }
        words->list[words->count++] = place;
        place += strcspn(place, " \t");
        if (*place != '\0')
            *place++ = '\0';
    }
}

const char *words_peek(const struct words *words)
{
    return words->next < words->count ? words->list[words->next] : "";
}

void words_expected(struct words *words, const char *what)
{
    bool end = words->next >= words->count;

    if (words->wrong)
        return;
    words->wrong = true;
    snprintf(words->mistake, sizeof(words->mistake), "%s is expected, found %s%.100s%s", what,
             end ? "the end of the line" : "\"", words_peek(words), end ? "" : "\"");
}

bool words_take(struct words *words, const char *word)
{
    if (strcmp(words_peek(words), word) != 0)
        return false;
    words->next++;
    return true;
}

void words_need(struct words *words, const char *word)
{
    char what[64];

    if (words_take(words, word))
        return;
    snprintf(what, sizeof(what), "\"%s\"", word);
    words_expected(words, what);
}

size_t words_choice(struct words *words, const char *const *names, size_t count)
{
    char what[WORDS_WRONG_MAX - 128] = "one of";

    for (size_t i = 0; i < count; i++)
        if (words_take(words, names[i]))
            return i;
    if (count == 1)
        words_need(words, names[0]);
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(what);

        snprintf(what + used, sizeof(what) - used, " %s", names[i]);
    }
    words_expected(words, what);
    return 0;
}

int64_t words_number(struct words *words, int64_t low, int64_t high, const char *unit)
{
    const char *word = words_peek(words);
    char what[96], *end;
    long long value;

    errno = 0;
    value = strtoll(word, &end, 10);
    if (end == word || errno != 0 || value < low || value > high || strcmp(end, unit) != 0) {
        snprintf(what, sizeof(what), "a number from %lld%s to %lld%s", (long long)low, unit,
                 (long long)high, unit);
        words_expected(words, what);
        return low;
    }
    words->next++;
    return value;
}

/* Of ms, s, m, h or d in ms; 0: none of them. */
static double unit_ms(const char *unit)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = {{"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}, {"d", 8.64e7}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(unit, units[i].name) == 0)
            return units[i].ms;
    return 0;
}

static int64_t take_ms(struct words *words, const char *word, const char *what)
{
    const char *unit = word + strspn(word, "0123456789.");
    char *end;
    double ms = strtod(word, &end) * unit_ms(unit);

    if (unit == word || end != unit || unit_ms(unit) == 0 || ms > DURATION_MS_MAX) {
        words_expected(words, what);
        return 0;
    }
    words->next++;
    return (int64_t)(ms + 0.5);
}

int64_t words_duration_ms(struct words *words)
{
    return take_ms(words, words_peek(words), "a duration such as 10s, 1.5h or 2d");
}

int64_t words_offset_ms(struct words *words)
{
    const char *word = words_peek(words);
    int64_t sign = *word == '-' ? -1 : 1;
    bool signed_word = *word == '-' || *word == '+';

    return sign * take_ms(words, signed_word ? word + 1 : "", "an offset such as +1h or -30s");
}

const char *words_name(struct words *words)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "@.-_+";
    const char *word = words_peek(words);
    size_t size = strlen(word);

    if (size > 0 && strspn(word, letters) == size)
        words->next++;
    else
        words_expected(words, "a user's name, of letters, digits and @.-_+,");
    return word;
}

static struct addr take_account(struct words *words)
{
    const char *name = words_name(words);
    struct addr addr = {0};

    if (addr_parse_account(name, strlen(name), &addr) != 0) {
        words->next--;
        words_expected(words, "a name that is not too long");
    }
    return addr;
}

struct addr words_addr(struct words *words)
{
    bool account = words_take(words, "account");
    const char *word = words_peek(words);
    struct addr addr = {0};

    if (account)
        return take_account(words);
    if (addr_parse(word, strlen(word), false, &addr) == 0)
        words->next++;
    else
        words_expected(words, strchr(word, '/') == NULL
                                  ? "an address or a network"
                                  : "a network such as 192.0.2.0/24, with no address inside it,");
    return addr;
}

struct addr words_subject(struct words *words)
{
    bool network = strchr(words_peek(words), '/') != NULL;
    struct addr addr = words_addr(words);

    return network ? addr : addr_subject(&addr, IPV6_PREFIX);
}

bool words_end(struct words *words)
{
    if (words->next < words->count)
        words_expected(words, "the end of the line");
    return !words->wrong;
}
