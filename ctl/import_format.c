/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a list to be imported is, and the readers of one address a line, see import_format.h.
 */
#include "import_format.h"

#include <stdio.h>
#include <string.h>

#include "map.h"
#include "map_read.h"
#include "memory.h"
#include "usermap.h"

/* A line of a map, while it is read. */
struct map_line {
    struct import_list *list;
    uint32_t number;
    struct prefixes prefixes;
};

static bool is_column(const char *text, size_t length);
static size_t mark_size(const char *bytes, size_t size);
static size_t skip_comments(const char *bytes, size_t size);
static bool is_blank(char byte);
static struct import_text trim(const char *bytes, size_t length);
static void take_map_line(struct map_line *line, const char *bytes, size_t length);
static void take_user_line(struct map_line *line, const char *bytes, size_t length);
static void refuse_line(void *context, size_t number, const char *bytes, size_t size);

const char *const import_format_names[IMPORT_FORMATS] = {
    [IMPORT_AUTO] = "auto", [IMPORT_PLAIN] = "plain", [IMPORT_MAP] = "map",
    [IMPORT_CSV] = "csv",   [IMPORT_JSON] = "json",   [IMPORT_FAIL2BAN] = "fail2ban",
};

bool import_format_parse(const char *name, enum import_format *format)
{
    for (size_t i = 0; i < IMPORT_FORMATS; i++) {
        if (strcmp(name, import_format_names[i]) != 0)
            continue;
        *format = (enum import_format)i;
        return true;
    }
    return false;
}

enum import_format import_format_of(const char *bytes, size_t size)
{
    static const char sqlite[] = "SQLite format 3"; /* and the NUL */
    if (size == 0)
        return IMPORT_PLAIN;
    if (size >= sizeof(sqlite) && memcmp(bytes, sqlite, sizeof(sqlite)) == 0)
        return IMPORT_FAIL2BAN;
    if (size >= strlen(MAP_HEADER) && memcmp(bytes, MAP_HEADER, strlen(MAP_HEADER)) == 0)
        return IMPORT_MAP;
    size_t begin = skip_comments(bytes, size);
    size_t length = 0;
    while (begin + length < size && bytes[begin + length] != '\n')
        length++;
    struct import_text line = trim(bytes + begin, length);
    if (line.length > 0 && (line.bytes[0] == '{' || line.bytes[0] == '['))
        return IMPORT_JSON;
    if (memchr(line.bytes, ',', line.length) || memchr(line.bytes, '\t', line.length) ||
        (line.length > 0 && line.bytes[0] == '"') ||
        is_column(line.bytes, line.length)) /* the only one */
        return IMPORT_CSV;
    return IMPORT_PLAIN;
}

size_t import_format_print_account(const struct addr *account, char text[ACCOUNT_TEXT_SIZE])
{
    char plain[ACCOUNT_TEXT_SIZE];
    size_t length = account_print(account, plain), used = 0;
    size_t begin = is_column(plain, length) ? 1 : mark_size(plain, length); /* what hides itself */
    for (size_t i = 0; i < length; i++) {
        bool is_end = i == 0 || i + 1 == length;
        bool is_first = i < begin || (i == 0 && strchr("[{\"", plain[i]));
        if (strchr("#;,", plain[i]) || (is_end && plain[i] == ' ') || is_first)
            used += (size_t)snprintf(text + used, 5, "\\x%02X", (unsigned char)plain[i]);
        else
            text[used++] = plain[i];
    }
    text[used] = '\0';
    return used;
}

void import_read_plain(const char *bytes, size_t size, struct import_list *list)
{
    uint32_t number = 0;
    for (size_t begin = mark_size(bytes, size); begin < size && !list->is_full;) {
        const char *end = memchr(bytes + begin, '\n', size - begin);
        size_t length = end ? (size_t)(end - bytes) - begin : size - begin;
        const char *line = bytes + begin;
        number++;
        begin += length + 1;
        size_t used = 0;
        while (used < length && line[used] != '#' && line[used] != ';')
            used++;
        struct import_text whom = trim(line, used);
        if (whom.length > 0)
            import_list_whom(list, number, whom);
    }
}

void import_read_map(const char *bytes, size_t size, struct import_list *list)
{
    struct map_line line = {.list = list};
    for (size_t begin = 0; begin < size && !list->is_full;) {
        const char *end = memchr(bytes + begin, '\n', size - begin);
        size_t length = end ? (size_t)(end - bytes) - begin : size - begin;
        line.number++;
        if (list->accounts_only)
            take_user_line(&line, bytes + begin, length);
        else
            take_map_line(&line, bytes + begin, length);
        begin += length + 1;
    }
    prefixes_clear(&line.prefixes);
}

/* Of those that name whom a list is about, one is enough. */
static bool is_column(const char *text, size_t length)
{
    static const char *const columns[] = {"ip", "net", "prefix", "account"};
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        if (length == strlen(columns[i]) && strncasecmp(text, columns[i], length) == 0)
            return true;
    }
    return false;
}

/* Of the mark that some editors put at the beginning; 0: there is none. */
static size_t mark_size(const char *bytes, size_t size)
{
    static const char mark[] = "\xef\xbb\xbf";
    return size >= 3 && memcmp(bytes, mark, 3) == 0 ? 3 : 0;
}

/* Behind what is empty or a comment, and that mark. */
static size_t skip_comments(const char *bytes, size_t size)
{
    size_t at = mark_size(bytes, size);
    for (;;) {
        while (at < size && (is_blank(bytes[at]) || bytes[at] == '\n'))
            at++;
        if (at >= size || (bytes[at] != '#' && bytes[at] != ';'))
            return at;
        while (at < size && bytes[at] != '\n')
            at++;
    }
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct import_text trim(const char *bytes, size_t length)
{
    while (length > 0 && is_blank(bytes[0])) {
        bytes++;
        length--;
    }
    while (length > 0 && is_blank(bytes[length - 1]))
        length--;
    return (struct import_text){bytes, length};
}

static void take_map_line(struct map_line *line, const char *bytes, size_t length)
{
    if (map_read_foreign(bytes, length, refuse_line, line, &line->prefixes) != 0)
        memory_exhausted();
    for (size_t i = 0; i < line->prefixes.count; i++) {
        struct addr addr = prefixes_at(&line->prefixes, i);
        import_list_add(line->list, line->number, &addr);
    }
    line->prefixes.count = 0;
}

static void take_user_line(struct map_line *line, const char *bytes, size_t length)
{
    struct addr account;
    int found = usermap_read_foreign(bytes, length, &account);
    if (found == 0)
        import_list_add(line->list, line->number, &account);
    else if (found < 0)
        import_list_bad(line->list, line->number, bytes, length, "bad_account",
                        "rspamd does not read it as one account");
}

static void refuse_line(void *context, size_t number, const char *bytes, size_t size)
{
    const struct map_line *line = context;
    (void)number; /* it is the only one */
    import_list_bad(line->list, line->number, bytes, size, "bad_address",
                    "it is nothing that a map may hold");
}
