/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One configuration file, read into struct config. The only file that uses libinih.
 *
 * libinih takes the lines apart. Our reader stands before it, counts the lines and lets pass only
 * those that libinih cannot misread: in place of any other it gets an empty line. So one mistake
 * never hides the next.
 */
#include "config_read.h"

#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config_file.h"
#include "config_line.h"
#include "config_option.h"
#include "config_value.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define LINE_SIZE (CONFIG_LINE_BYTES_MAX + 2) /* with LF and NUL */

/* The file while it is read. */
struct source {
    FILE *stream;
    struct config_place place; /* of the line in hand */
    bool in_section;
    bool section_known; /* false: its options are skipped, the section itself is the mistake */
    bool after_option;
    bool is_continuation; /* the line in hand */
    struct config *config;
    struct config_places *places;
    struct config_mistakes *mistakes;
};

static void set_parser(void);
static char *next_line(char *line, int size, void *context);
static bool get_line(FILE *stream, char *line, size_t room, size_t *length, bool *has_nul);
static bool judge(struct source *source, const char *line);
static void open_section(struct source *source, const char *line);
static int take(void *context, const char *section, const char *key, const char *text);
static void refuse_key(struct source *source, const char *section, const char *key);
static bool may_set(struct source *source, const struct config_option *option);
static void set(struct source *source, const struct config_option *option, const char *text);

void config_read(const char *path, struct config *config, struct config_places *places,
                 struct config_mistakes *mistakes)
{
    struct source source = {
        .place = {path, 0}, .config = config, .places = places, .mistakes = mistakes};
    source.stream = config_file_open(path, mistakes);
    if (!source.stream)
        return;
    set_parser();
    size_t before = mistakes->count;
    errno = 0;
    int result = ini_parse_stream(next_line, &source, take, &source);
    if (ferror(source.stream))
        config_mistakes_add(mistakes, source.place, "cannot be read: %s; check the disk",
                            strerror(errno));
    else if (result != 0 && mistakes->count == before)
        config_mistakes_add(mistakes, source.place, "libinih gives up (%d); write the file anew",
                            result);
    fclose(source.stream);
}

/* With its own limits libinih would cut a line at 200 bytes and take the rest as the next line. */
static void set_parser(void)
{
    ini_use_stack = false;
    ini_allow_realloc = false;
    ini_max_line = LINE_SIZE;
    ini_initial_alloc = LINE_SIZE;
    ini_allow_inline_comments = false;
    ini_allow_multiline = true;
    ini_allow_bom = true;
    ini_allow_no_value = false;
    ini_stop_on_first_error = false;
}

/* libinih asks for a line: the next one with its LF, or an empty one in place of a line with a
 * mistake. */
static char *next_line(char *line, int size, void *context)
{
    struct source *source = context;
    size_t room = (size_t)size - 2; /* LF and NUL */
    size_t length;
    bool has_nul;
    bool good = false;
    if (room > CONFIG_LINE_BYTES_MAX)
        room = CONFIG_LINE_BYTES_MAX;
    if (!get_line(source->stream, line, room, &length, &has_nul))
        return NULL;
    source->place.line++;
    if (length > room)
        config_mistakes_add(source->mistakes, source->place,
                            "the line is over %zu bytes and nothing of it is taken; shorten it",
                            room);
    else if (has_nul)
        config_mistakes_add(source->mistakes, source->place,
                            "a NUL byte in the line; write the file anew, as text");
    else
        good = judge(source, line);
    length = good ? length : 0;
    memcpy(line + length, "\n", 2);
    return line;
}

/* Reads up to LF or the end: at most room bytes to line, NUL-terminated without the LF; *length
 * counts all. False at the end of the file. */
static bool get_line(FILE *stream, char *line, size_t room, size_t *length, bool *has_nul)
{
    int byte;
    *length = 0;
    *has_nul = false;
    while ((byte = getc(stream)) != EOF && byte != '\n') {
        if (*length < room)
            line[*length] = (char)byte;
        *has_nul = *has_nul || byte == '\0';
        ++*length;
    }
    line[*length < room ? *length : room] = '\0';
    return byte != EOF || *length > 0;
}

/* False if the line has a mistake, which is noted. */
static bool judge(struct source *source, const char *line)
{
    char mistake[CONFIG_MISTAKE_SIZE];
    const char *start = line;
    if (source->place.line == 1 && strncmp(start, BYTE_ORDER_MARK, 3) == 0)
        start += 3;
    enum config_line kind =
        config_line_judge(start, source->in_section, source->after_option, mistake);
    source->is_continuation = kind == CONFIG_LINE_CONTINUATION;
    if (kind == CONFIG_LINE_SECTION) {
        open_section(source, start);
    } else if (kind == CONFIG_LINE_OPTION) {
        source->after_option = true;
    } else if (kind == CONFIG_LINE_MISTAKE || kind == CONFIG_LINE_LOST) {
        config_mistakes_add(source->mistakes, source->place, "%s", mistake);
        if (kind == CONFIG_LINE_LOST) {
            source->in_section = true;
            source->section_known = false;
        }
        return false;
    }
    return true;
}

static void open_section(struct source *source, const char *line)
{
    char name[CONFIG_LINE_BYTES_MAX + 1];
    char quote[CONFIG_QUOTE_SIZE];
    char advice[CONFIG_MISTAKE_SIZE];
    const char *start = strchr(line, '[') + 1;
    size_t length = strcspn(start, "]");
    memcpy(name, start, length);
    name[length] = '\0';
    source->in_section = true;
    source->after_option = false;
    source->section_known = config_section_exists(name);
    if (!source->section_known)
        config_mistakes_add(source->mistakes, source->place, "unknown section %s; %s",
                            config_quote(name, quote),
                            config_section_advice(name, advice, sizeof advice));
}

/* libinih hands out one value. It is of the line in hand: no line has more than one. */
static int take(void *context, const char *section, const char *key, const char *text)
{
    struct source *source = context;
    const struct config_option *option = config_option_find(section, key);
    if (!source->section_known)
        return 1;
    if (!option)
        refuse_key(source, section, key);
    else if (may_set(source, option))
        set(source, option, text);
    return 1;
}

static void refuse_key(struct source *source, const char *section, const char *key)
{
    char quote[CONFIG_QUOTE_SIZE];
    char advice[CONFIG_MISTAKE_SIZE];
    if (!source->is_continuation)
        config_mistakes_add(source->mistakes, source->place, "unknown key %s in [%s]; %s",
                            config_quote(key, quote), section,
                            config_option_advice(section, key, advice, sizeof advice));
}

/* False if the option is no list and already has its value from this file. */
static bool may_set(struct source *source, const struct config_option *option)
{
    struct config_place *place = &source->places->options[option - config_options];
    struct config_place first = *place;
    if (config_option_is_list(option)) {
        *place = source->place;
        return true;
    }
    if (source->is_continuation) {
        config_mistakes_add(source->mistakes, source->place,
                            "[%s] %s: an indented line adds a value to it, but it takes one; join "
                            "them or remove the blanks before this line",
                            option->section, option->key);
        return false;
    }
    if (first.file == source->place.file) {
        config_mistakes_add(source->mistakes, source->place,
                            "[%s] %s is set twice, in lines %u and %u; keep one of them",
                            option->section, option->key, first.line, source->place.line);
        return false;
    }
    *place = source->place;
    return true;
}

static void set(struct source *source, const struct config_option *option, const char *text)
{
    char mistake[CONFIG_MISTAKE_SIZE];
    struct config *config = source->config;
    if (config_value_set(config, option, text, mistake)) {
        config_mistakes_add(source->mistakes, source->place, "[%s] %s: %s", option->section,
                            option->key, mistake);
        return;
    }
    if (config_origins_add(&config->origins, (size_t)(option - config_options), source->place))
        config_mistakes_add(source->mistakes, source->place, "no memory for it; free some");
    if (option->type == config_type_peer)
        source->places->peers[config->peer_count - 1] = source->place;
    if (option->offset == offsetof(struct config, key_file))
        config->key_file_set = true;
}
