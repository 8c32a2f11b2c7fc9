/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a map, see map_read.h.
 */
#include "map_read.h"

#include <string.h>

#include "map.h"

bool map_lines_take(struct map_lines *lines, const char **line, size_t *size)
{
    const char *end = lines->left > 0 ? memchr(lines->bytes, '\n', lines->left) : NULL;
    size_t length = end != NULL ? (size_t)(end - lines->bytes) : lines->left;
    size_t skip = end != NULL ? length + 1 : length;

    if (lines->left == 0)
        return false;
    *line = lines->bytes;
    *size = length;
    lines->bytes += skip;
    lines->left -= skip;
    return true;
}

bool map_lines_next(struct map_lines *lines, struct addr *addr)
{
    const char *line;
    size_t size;

    while (map_lines_take(lines, &line, &size))
        if (size > 0 && addr_parse(line, size, false, addr) == 0)
            return true;
    return false;
}

int map_prefixes(const char *bytes, size_t size, struct prefixes *out)
{
    struct map_lines lines = {bytes, size};
    struct addr addr;

    while (map_lines_next(&lines, &addr))
        if (prefixes_append(out, &addr) != 0)
            return -1;
    prefixes_sort(out);
    return 0;
}

bool map_is_ours(const char *bytes, size_t size)
{
    return size == 0 ||
           (size >= strlen(MAP_HEADER) && memcmp(bytes, MAP_HEADER, strlen(MAP_HEADER)) == 0);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static bool is_end(char byte)
{
    return byte == '#' || byte == '\0';
}

/* Cuts the line down to its first word. */
static void first_word(const char **line, size_t *size)
{
    size_t length = 0;

    while (*size > 0 && is_blank(**line)) {
        ++*line;
        --*size;
    }
    while (length < *size && !is_blank((*line)[length]) && !is_end((*line)[length]))
        length++;
    *size = length;
}

/* Takes a pair of bytes off both ends. */
static void unwrap(const char **text, size_t *size, char open, char close)
{
    if (*size < 2 || **text != open || (*text)[*size - 1] != close)
        return;
    ++*text;
    *size -= 2;
}

/* "[ADDRESS]/LENGTH": the brackets end before the length. */
static int parse_bracketed(const char *text, size_t size, struct addr *addr)
{
    char plain[ADDR_PREFIX_TEXT_SIZE];
    const char *close = size > 0 && text[0] == '[' ? memchr(text, ']', size) : NULL;
    size_t inner;

    if (close == NULL || size - 2 >= sizeof(plain))
        return -1;
    inner = (size_t)(close - text) - 1;
    memcpy(plain, text + 1, inner);
    memcpy(plain + inner, close + 1, size - inner - 2);
    return addr_parse(plain, size - 2, true, addr);
}

/* 0; 1: refused; -1: no memory. */
static int take_one(const char *text, size_t size, struct prefixes *out)
{
    struct addr addr;

    unwrap(&text, &size, '"', '"');
    unwrap(&text, &size, '\'', '\'');
    if ((addr_parse(text, size, true, &addr) != 0 && parse_bracketed(text, size, &addr) != 0) ||
        !addr_is_bannable(&addr))
        return 1;
    return prefixes_append(out, &addr);
}

/* As take_one; all of a word's addresses are taken, one that is refused or not. */
static int take_word(const char *word, size_t size, struct prefixes *out)
{
    int result = 0;

    while (size > 0) {
        const char *comma = memchr(word, ',', size);
        size_t length = comma != NULL ? (size_t)(comma - word) : size;
        size_t skip = comma != NULL ? length + 1 : length;
        int taken = length > 0 ? take_one(word, length, out) : 0;

        if (taken < 0)
            return -1;
        result |= taken;
        word += skip;
        size -= skip;
    }
    return result;
}

int map_read_foreign(const char *bytes, size_t size, map_refused_fn *refused, void *context,
                     struct prefixes *out)
{
    struct map_lines lines = {bytes, size};
    const char *line, *word;
    size_t line_size, word_size;

    for (size_t number = 1; map_lines_take(&lines, &line, &line_size); number++) {
        int taken;

        word = line;
        word_size = line_size;
        first_word(&word, &word_size);
        taken = take_word(word, word_size, out);
        if (taken < 0)
            return -1;
        if (taken > 0)
            refused(context, number, line, line_size);
    }
    prefixes_sort(out);
    return 0;
}

int map_read_slice(struct map_lines *lines, size_t count, struct prefixes *out)
{
    const char *word;
    size_t size;

    for (; count > 0 && map_lines_take(lines, &word, &size); count--) {
        first_word(&word, &size);
        if (take_word(word, size, out) < 0)
            return -1;
    }
    return 0;
}
