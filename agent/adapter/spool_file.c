/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One alert as a file of the spool, see spool_file.h.
 *
 * Whoever can write into the spool can write such a file: bytes are taken as they come from there,
 * within bounds.
 */
#include "spool_file.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MAGIC "bansync-alert 1"
#define HEX "0123456789abcdef"
#define DIGITS_MAX 6 /* of a size */

static const struct {
    const char *name;
    size_t max;
} parts[SPOOL_PARTS] = {
    [SPOOL_MAIL] = {"mail ", MAIL_BYTES_MAX},
    [SPOOL_JSON] = {"json ", ALERT_JSON_BYTES_MAX},
    [SPOOL_TEXT] = {"text ", ALERT_TEXT_BYTES_MAX},
    [SPOOL_ENV] = {"env ", ALERT_ENV_BYTES_MAX},
};

/* What is left of the bytes. */
struct rest {
    const char *at;
    size_t left;
};

static size_t print_targets(const struct spool_file *file, char *out, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < file->target_count; i++) {
        const struct spool_target *target = &file->targets[i];
        bool mail = target->channel == CHANNEL_MAIL;

        used += (size_t)snprintf(out + used, size - used, "to %s%s%s\n",
                                 channel_name(target->channel), mail ? " " : "", target->address);
    }
    return used;
}

static bool fits(const struct spool_file *file)
{
    for (int i = 0; i < SPOOL_PARTS; i++)
        if (file->parts[i].size > parts[i].max)
            return false;
    return file->target_count >= 1 && file->target_count <= ALERT_TARGETS_MAX;
}

_Static_assert(SPOOL_HEAD_BYTES_MAX > ALERT_TARGETS_MAX * (MAIL_ADDRESS_BYTES_MAX + 16) + 256,
               "every head fits");

size_t spool_file_print(const struct spool_file *file, char out[SPOOL_FILE_BYTES_MAX])
{
    size_t used;

    if (!fits(file))
        return 0;
    used = (size_t)snprintf(out, SPOOL_HEAD_BYTES_MAX, MAGIC "\nid %s\n%s", file->id,
                            file->once ? "once\n" : "");
    for (int i = 0; i < SPOOL_PARTS; i++)
        used += (size_t)snprintf(out + used, SPOOL_HEAD_BYTES_MAX - used, "%s%zu\n", parts[i].name,
                                 file->parts[i].size);
    used += print_targets(file, out + used, SPOOL_HEAD_BYTES_MAX - used);
    out[used++] = '\n';
    for (int i = 0; i < SPOOL_PARTS; i++) {
        if (file->parts[i].size > 0)
            memcpy(out + used, file->parts[i].bytes, file->parts[i].size);
        used += file->parts[i].size;
    }
    return used;
}

/* The next line without its LF; false: there is no whole one. */
static bool take_line(struct rest *rest, struct spool_bytes *line)
{
    const char *end = rest->left > 0 ? memchr(rest->at, '\n', rest->left) : NULL;

    if (end == NULL)
        return false;
    *line = (struct spool_bytes){rest->at, (size_t)(end - rest->at)};
    rest->left -= line->size + 1;
    rest->at = end + 1;
    return true;
}

/* Takes word off the front of the line. */
static bool take_word(struct spool_bytes *line, const char *word)
{
    size_t length = strlen(word);

    if (line->size < length || memcmp(line->bytes, word, length) != 0)
        return false;
    line->bytes += length;
    line->size -= length;
    return true;
}

/* All of the line is a number up to max. */
static bool take_number(const struct spool_bytes *line, size_t max, size_t *number)
{
    *number = 0;
    for (size_t i = 0; i < line->size; i++) {
        if (line->bytes[i] < '0' || line->bytes[i] > '9')
            return false;
        *number = *number * 10 + (size_t)(line->bytes[i] - '0');
    }
    return line->size >= 1 && line->size <= DIGITS_MAX && *number <= max;
}

static bool take_id(struct rest *rest, struct spool_file *file)
{
    struct spool_bytes line;

    if (!take_line(rest, &line) || !take_word(&line, "id ") || line.size != SPOOL_ID_SIZE - 1)
        return false;
    memcpy(file->id, line.bytes, line.size);
    file->id[line.size] = '\0';
    return strspn(file->id, HEX) == line.size;
}

/* line: the first of the four. */
static bool take_sizes(struct rest *rest, struct spool_bytes line, struct spool_file *file)
{
    for (int i = 0; i < SPOOL_PARTS; i++)
        if ((i > 0 && !take_line(rest, &line)) || !take_word(&line, parts[i].name) ||
            !take_number(&line, parts[i].max, &file->parts[i].size))
            return false;
    return true;
}

/* It becomes an argument of RCPT TO. */
static bool is_address(const struct spool_bytes *text)
{
    if (text->size == 0 || text->size > MAIL_ADDRESS_BYTES_MAX)
        return false;
    for (size_t i = 0; i < text->size; i++)
        if (text->bytes[i] <= ' ' || text->bytes[i] > '~' || text->bytes[i] == '<' ||
            text->bytes[i] == '>')
            return false;
    return true;
}

static bool take_target(struct spool_bytes line, struct spool_file *file)
{
    struct spool_target *target = &file->targets[file->target_count];

    if (file->target_count == ALERT_TARGETS_MAX || !take_word(&line, "to "))
        return false;
    *target = (struct spool_target){.channel = CHANNEL_MAIL};
    file->target_count++;
    if (!take_word(&line, "mail ")) {
        target->channel = channel_parse(line.bytes, line.size);
        return target->channel == CHANNEL_WEBHOOK || target->channel == CHANNEL_EXEC;
    }
    if (!is_address(&line))
        return false;
    memcpy(target->address, line.bytes, line.size);
    return true;
}

static bool take_head(struct rest *rest, struct spool_file *file)
{
    struct spool_bytes line;

    if (!take_line(rest, &line) || line.size != strlen(MAGIC) || !take_word(&line, MAGIC) ||
        !take_id(rest, file) || !take_line(rest, &line))
        return false;
    file->once = line.size == 4 && take_word(&line, "once");
    if ((file->once && !take_line(rest, &line)) || !take_sizes(rest, line, file))
        return false;
    while (take_line(rest, &line) && line.size > 0)
        if (!take_target(line, file))
            return false;
    return line.size == 0 && file->target_count > 0;
}

static bool take_parts(struct rest *rest, struct spool_file *file)
{
    for (int i = 0; i < SPOOL_PARTS; i++) {
        if (file->parts[i].size > rest->left)
            return false;
        file->parts[i].bytes = rest->at;
        rest->at += file->parts[i].size;
        rest->left -= file->parts[i].size;
    }
    return memchr(file->parts[SPOOL_ENV].bytes, '\0', file->parts[SPOOL_ENV].size) == NULL;
}

/* A power failure may have left anything at the end: who is not known to have it gets it again. */
static void take_done(struct rest *rest, struct spool_file *file)
{
    struct spool_bytes line;
    size_t index;

    while (take_line(rest, &line))
        if (take_word(&line, "done ") && take_number(&line, file->target_count - 1, &index))
            file->targets[index].done = true;
}

int spool_file_parse(struct spool_file *file, const char *bytes, size_t size)
{
    struct rest rest = {bytes, size};

    memset(file, 0, sizeof(*file));
    if (size > SPOOL_FILE_BYTES_MAX || !take_head(&rest, file) || !take_parts(&rest, file) ||
        rest.left > SPOOL_DONE_BYTES_MAX)
        return -1;
    take_done(&rest, file);
    return 0;
}
