/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner against the labelled log lines: check_lines DIR.
 *
 * Every DIR/NAME.log is scanned line by line and compared with DIR/NAME.tsv (README.md tells the
 * columns). A "limited" row with an address must be found with exactly its address, bucket, account
 * and queue id; one without must be called unattributable; no other row may yield an address.
 * Prints a line a file and each mismatch; exits 1 if there is one.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bansync/limits.h>

#include "line.h"

#define COLUMNS 9
enum { COLUMN_LINE, COLUMN_ORIGIN, COLUMN_KIND, COLUMN_IP, COLUMN_BUCKET, COLUMN_USER, COLUMN_QID };

struct text {
    char *bytes;
    size_t length;
};

struct tally {
    const char *name;
    size_t lines;
    size_t hits;
    size_t unattributable;
    size_t refused;
    size_t wrong;
};

/* What a line says by itself, without the lines of the same task before it. */
enum reading { READ_OTHER, READ_HIT, READ_UNATTRIBUTABLE, READ_REFUSED };

static enum reading read_alone(const char *bytes, size_t length, struct line *line,
                               const char **reason)
{
    static char scratch[LINE_BYTES_MAX];
    *reason = NULL;
    if (line_read(bytes, length, scratch, line) != LINE_MESSAGE ||
        line->verdict == LINE_NOT_LIMITED)
        return READ_OTHER;
    *reason = line->verdict == LINE_UNSURE ? line->verdict_broken : line->fields_broken;
    if (*reason)
        return READ_REFUSED;
    return line->has_addr ? READ_HIT : READ_UNATTRIBUTABLE;
}

static bool check_file(const char *folder, const char *name);
static void check_row(struct text line, struct line_text row[COLUMNS], struct tally *tally);
static const char *find_mismatch(enum reading verdict, const struct line *hit,
                                 struct line_text row[COLUMNS]);
static bool is_text(struct line_text is, struct line_text label);
static bool is_label(struct line_text label, const char *text);
static void count(struct tally *tally, enum reading verdict);
static bool read_whole(const char *folder, const char *name, const char *ending, struct text *file);
static bool next_line(struct text *file, struct text *line);
static bool split_row(struct text row, struct line_text columns[COLUMNS]);

static int is_log(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".log") == 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: check_lines DIR\n");
        return 2;
    }
    struct dirent **entries;
    int entry_count = scandir(argv[1], &entries, is_log, alphasort);
    if (entry_count <= 0) {
        fprintf(stderr, "check_lines: no .log file in %s\n", argv[1]);
        return 1;
    }
    bool good = true;
    for (int i = 0; i < entry_count; i++) {
        entries[i]->d_name[strlen(entries[i]->d_name) - 4] = '\0';
        good = check_file(argv[1], entries[i]->d_name) && good;
        free(entries[i]);
    }
    free(entries);
    return good ? 0 : 1;
}

static bool check_file(const char *folder, const char *name)
{
    struct text log = {0};
    struct text labels = {0};
    struct tally tally = {.name = name};
    bool good = false;
    if (!read_whole(folder, name, ".log", &log) || !read_whole(folder, name, ".tsv", &labels))
        goto out;
    struct text log_rest = log;
    struct text label_rest = labels;
    struct text line;
    struct text label;
    next_line(&label_rest, &label); /* the names of the columns */
    while (next_line(&log_rest, &line)) {
        struct line_text row[COLUMNS];
        tally.lines++;
        bool has_label = next_line(&label_rest, &label) && split_row(label, row);
        if (!has_label || strtoul(row[COLUMN_LINE].bytes, NULL, 10) != tally.lines) {
            printf("%s line %zu: no label for it\n", name, tally.lines);
            goto out;
        }
        check_row(line, row, &tally);
    }
    good = tally.wrong == 0 && tally.lines > 0 && log_rest.length == 0 && label_rest.length == 0;
    printf("%-30s %4zu lines %3zu hits %2zu unattributable %2zu refused %2zu wrong\n", name,
           tally.lines, tally.hits, tally.unattributable, tally.refused, tally.wrong);
out:
    free(log.bytes);
    free(labels.bytes);
    return good;
}

static void check_row(struct text line, struct line_text row[COLUMNS], struct tally *tally)
{
    struct line hit;
    const char *reason;
    enum reading verdict = read_alone(line.bytes, line.length, &hit, &reason);
    count(tally, verdict);
    const char *mismatch = find_mismatch(verdict, &hit, row);
    if (!mismatch)
        return;
    tally->wrong++;
    printf("%s line %zu (%.*s): %s\n", tally->name, tally->lines, (int)row[COLUMN_KIND].length,
           row[COLUMN_KIND].bytes, mismatch);
}

static const char *find_mismatch(enum reading verdict, const struct line *hit,
                                 struct line_text row[COLUMNS])
{
    if (!is_label(row[COLUMN_KIND], "limited"))
        return verdict == READ_HIT || verdict == READ_UNATTRIBUTABLE
                   ? "is no hit, and was taken for one"
                   : NULL;
    bool has_addr = !is_label(row[COLUMN_IP], "-");
    if (verdict != (has_addr ? READ_HIT : READ_UNATTRIBUTABLE))
        return has_addr ? "is a hit, and was not found"
                        : "is a hit without address, and was not told so";
    if (has_addr) {
        char address[ADDR_TEXT_SIZE];
        addr_print(&hit->addr, address);
        if (!is_label(row[COLUMN_IP], address))
            return "has another address";
    }
    if (!is_text(hit->bucket, row[COLUMN_BUCKET]))
        return "has another bucket";
    if (!is_text(hit->account, row[COLUMN_USER]))
        return "has another account";
    return is_text(hit->qid, row[COLUMN_QID]) ? NULL : "has another queue id";
}

/* "-" labels an absent text. */
static bool is_text(struct line_text is, struct line_text label)
{
    if (!is.bytes)
        return is_label(label, "-");
    return is.length == label.length && memcmp(is.bytes, label.bytes, is.length) == 0;
}

static bool is_label(struct line_text label, const char *text)
{
    return label.length == strlen(text) && memcmp(label.bytes, text, label.length) == 0;
}

static void count(struct tally *tally, enum reading verdict)
{
    tally->hits += verdict == READ_HIT;
    tally->unattributable += verdict == READ_UNATTRIBUTABLE;
    tally->refused += verdict == READ_REFUSED;
}

static bool read_whole(const char *folder, const char *name, const char *ending, struct text *file)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s%s", folder, name, ending);
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        perror(path);
        return false;
    }
    size_t room = 0;
    size_t taken = 1;
    while (taken > 0) {
        if (file->length == room) {
            room = room * 2 + 4096;
            file->bytes = realloc(file->bytes, room);
            if (!file->bytes)
                abort();
        }
        taken = fread(file->bytes + file->length, 1, room - file->length, stream);
        file->length += taken;
    }
    bool good = !ferror(stream);
    fclose(stream);
    return good;
}

/* Takes the first line, without its LF, off the file. False if there is no LF left. */
static bool next_line(struct text *file, struct text *line)
{
    char *end = file->length > 0 ? memchr(file->bytes, '\n', file->length) : NULL;
    if (!end)
        return false;
    line->bytes = file->bytes;
    line->length = (size_t)(end - file->bytes);
    file->bytes = end + 1;
    file->length -= line->length + 1;
    return true;
}

static bool split_row(struct text row, struct line_text columns[COLUMNS])
{
    const char *start = row.bytes;
    const char *end = row.bytes + row.length;
    for (size_t i = 0; i < COLUMNS; i++) {
        const char *tab = memchr(start, '\t', (size_t)(end - start));
        if ((tab == NULL) != (i == COLUMNS - 1))
            return false;
        columns[i].bytes = start;
        columns[i].length = (size_t)((tab ? tab : end) - start);
        start = tab ? tab + 1 : end;
    }
    return true;
}
