/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl metrics: samples as the text that Prometheus reads, to standard output or to a file.
 *
 * All of it is collected first: a file is written once, and whole.
 */
#include "page.h"

#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "failure.h"
#include "memory.h"
#include "textfile.h"

static void add_head(struct page_state *state, const struct ctl_json *item, const char *name);
static void add_label(void *context, const char *name, const char *text);
static void add_escaped(FILE *stream, const char *text, const char *special);

/* What add_label adds to. */
struct labels {
    FILE *stream;
    size_t count;
};

void page_metrics_item(struct page_state *state, const struct ctl_json *item)
{
    const char *name = ctl_json_text(item, "name");
    int64_t value;
    if (!name || !ctl_json_number(item, "value", &value))
        return;
    if (!state->text && !(state->text = open_memstream(&state->bytes, &state->size)))
        memory_exhausted();
    add_head(state, item, name);
    struct labels labels = {state->text, 0};
    print_text(state->text, name);
    ctl_json_texts(ctl_json_member(item, "labels"), add_label, &labels);
    fprintf(state->text, "%s %lld\n", labels.count > 0 ? "}" : "", (long long)value);
}

void page_metrics_result(struct page_state *state, const struct ctl_json *result)
{
    struct failure failure;
    (void)result;
    if (!state->text)
        return;
    if (fflush(state->text) != 0)
        memory_exhausted();
    if (!state->textfile)
        fwrite(state->bytes, 1, state->size, stdout);
    else if (textfile_write(state->textfile, state->bytes, state->size, &failure) < 0)
        state->exit = failure_tell(&failure, false);
}

/* Once for all samples of a metric, which come one after the other. */
static void add_head(struct page_state *state, const struct ctl_json *item, const char *name)
{
    const char *help = ctl_json_text(item, "help");
    const char *type = ctl_json_text(item, "type");
    if (strcmp(state->metric, name) == 0)
        return;
    snprintf(state->metric, sizeof(state->metric), "%s", name);
    fputs("# HELP ", state->text);
    print_text(state->text, name);
    fputc(' ', state->text);
    add_escaped(state->text, help ? help : "", "\\");
    fputs("\n# TYPE ", state->text);
    print_text(state->text, name);
    fputc(' ', state->text);
    print_text(state->text, type ? type : "untyped");
    fputc('\n', state->text);
}

static void add_label(void *context, const char *name, const char *text)
{
    struct labels *labels = context;
    fputc(labels->count++ == 0 ? '{' : ',', labels->stream);
    print_text(labels->stream, name);
    fputs("=\"", labels->stream);
    add_escaped(labels->stream, text, "\\\"");
    fputc('"', labels->stream);
}

/* Harmless, with a backslash before each of these characters. */
static void add_escaped(FILE *stream, const char *text, const char *special)
{
    size_t length = strlen(text);
    char *harmless = malloc(4 * length + 1);
    if (!harmless)
        memory_exhausted();
    escape_text(text, length, ESCAPE_TERMINAL, harmless);
    for (const char *next = harmless; *next != '\0'; next++) {
        if (strchr(special, *next))
            fputc('\\', stream);
        fputc(*next, stream);
    }
    free(harmless);
}
