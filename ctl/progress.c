/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a long work has come, see progress.h.
 */
#include "progress.h"

#include <stdio.h>
#include <string.h>

#include "phrase.h"
#include "terminal.h"
#include "when.h"

enum {
    PAUSE_MS = 200,
    TEXT_BYTES = 512,
    COLUMNS_MAX = 100,
    BAR_MIN = 8,
    PERCENT_BYTES = 7, /* "[", "]" and "  42%" */
};

static bool is_due(struct progress *progress);
static void draw(struct progress *progress, const char *text);
static void print_bar(uint64_t done, uint64_t size, const struct phrase *phrase, size_t columns,
                      char *text, size_t text_size);

void progress_begin(struct progress *progress, bool wanted, int64_t wait_ms)
{
    *progress = (struct progress){
        .is_shown = wanted && terminal_columns(stderr) > 0,
        .due_ms = when_monotonic_ms() + wait_ms,
    };
}

void progress_show(struct progress *progress, uint64_t done, uint64_t size, uint64_t lines)
{
    char text[TEXT_BYTES];
    if (!is_due(progress))
        return;
    progress_print(done, size, lines, terminal_columns(stderr), text, sizeof(text));
    draw(progress, text);
}

void progress_show_entries(struct progress *progress, uint64_t done, uint64_t size,
                           uint64_t entries)
{
    char text[TEXT_BYTES];
    if (!is_due(progress))
        return;
    progress_print_entries(done, size, entries, terminal_columns(stderr), text, sizeof(text));
    draw(progress, text);
}

void progress_hide(struct progress *progress)
{
    if (progress->is_drawn)
        fputs("\r\033[K", stderr);
    progress->is_drawn = false;
}

void progress_print(uint64_t done, uint64_t size, uint64_t lines, size_t columns, char *text,
                    size_t text_size)
{
    struct phrase phrase;
    phrase_begin(&phrase);
    phrase_add_counted(&phrase, (int64_t)lines, "line");
    phrase_add(&phrase, "  ");
    phrase_add_bytes(&phrase, (int64_t)done);
    print_bar(done, size, &phrase, columns, text, text_size);
}

void progress_print_entries(uint64_t done, uint64_t size, uint64_t entries, size_t columns,
                            char *text, size_t text_size)
{
    struct phrase phrase;
    phrase_begin(&phrase);
    phrase_add_number(&phrase, (int64_t)entries);
    phrase_add(&phrase, entries == 1 ? " entry" : " entries");
    print_bar(done, size, &phrase, columns, text, text_size);
}

static bool is_due(struct progress *progress)
{
    if (!progress->is_shown)
        return false;
    int64_t now_ms = when_monotonic_ms();
    if (now_ms < progress->due_ms)
        return false;
    progress->due_ms = now_ms + PAUSE_MS;
    return true;
}

static void draw(struct progress *progress, const char *text)
{
    fprintf(stderr, "\r\033[K%s", text);
    fflush(stderr);
    progress->is_drawn = true;
}

static void print_bar(uint64_t done, uint64_t size, const struct phrase *phrase, size_t columns,
                      char *text, size_t text_size)
{
    size_t width = columns < COLUMNS_MAX ? columns : COLUMNS_MAX;
    size_t taken = phrase->length + PERCENT_BYTES + 2 + 1; /* the last column stays free */
    if (size == 0 || width < taken + BAR_MIN) {
        snprintf(text, text_size, "%.*s", (int)(width > 0 ? width - 1 : 0), phrase->text);
        return;
    }
    unsigned percent = done >= size ? 100 : (unsigned)((double)done * 100 / (double)size);
    size_t bar = width - taken;
    char marks[COLUMNS_MAX + 1];
    memset(marks, '.', bar);
    memset(marks, '#', bar * percent / 100);
    marks[bar] = '\0';
    snprintf(text, text_size, "[%s]%4u%%  %s", marks, percent, phrase->text);
}
