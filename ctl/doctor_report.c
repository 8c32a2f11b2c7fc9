/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the doctor has found, see doctor_report.h.
 */
#include "doctor_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "memory.h"
#include "paragraph.h"
#include "print.h"

enum { INDENT = 18, REST_MAX = 8 };

static const struct {
    const char *word; /* for people */
    const char *name; /* for programs */
    enum terminal_color color;
} states[DOCTOR_STATES] = {
    [DOCTOR_OK] = {"ok", "ok", TERMINAL_GREEN},
    [DOCTOR_WARN] = {"warn", "warn", TERMINAL_YELLOW},
    [DOCTOR_FAIL] = {"FAIL", "fail", TERMINAL_RED},
    [DOCTOR_SKIP] = {"skip", "skip", TERMINAL_PLAIN},
};

static char *print_new(const char *format, va_list arguments);
static void print_text_lines(const struct doctor_report *report);
static void print_line(const struct doctor_line *line);
static void print_part(const char *first, const char *text);
static void print_json(const struct doctor_report *report);
static void add_line(struct ctl_json *list, const struct doctor_line *line);

void doctor_add(struct doctor_report *report, enum doctor_state state, const char *check,
                const char *format, ...)
{
    struct doctor_line *grown =
        reallocarray(report->lines, report->count + 1, sizeof(struct doctor_line));
    struct doctor_line line = {.state = state, .check = strdup(check)};
    va_list arguments;
    if (!grown || !line.check)
        memory_exhausted();
    va_start(arguments, format);
    line.message = print_new(format, arguments);
    va_end(arguments);
    report->lines = grown;
    grown[report->count++] = line;
    report->states[state]++;
}

void doctor_fix(struct doctor_report *report, const char *format, ...)
{
    struct doctor_line *line = &report->lines[report->count - 1];
    va_list arguments;
    va_start(arguments, format);
    free(line->fix);
    line->fix = print_new(format, arguments);
    va_end(arguments);
}

void doctor_print(const struct doctor_report *report, bool json)
{
    if (json)
        print_json(report);
    else
        print_text_lines(report);
}

void doctor_report_free(struct doctor_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        free(report->lines[i].check);
        free(report->lines[i].message);
        free(report->lines[i].fix);
    }
    free(report->lines);
    *report = (struct doctor_report){.count = 0};
}

static char *print_new(const char *format, va_list arguments)
{
    char *text;
    if (vasprintf(&text, format, arguments) < 0)
        memory_exhausted();
    return text;
}

static void print_text_lines(const struct doctor_report *report)
{
    for (size_t i = 0; i < report->count; i++)
        print_line(&report->lines[i]);
    fflush(stdout);
    fprintf(stderr, "%zu ok, %zu to look at, %zu failed, %zu not checked\n",
            report->states[DOCTOR_OK], report->states[DOCTOR_WARN], report->states[DOCTOR_FAIL],
            report->states[DOCTOR_SKIP]);
}

/* "FAIL  map rule    rspamd has ...", and below it "fix: ...". */
static void print_line(const struct doctor_line *line)
{
    print_colored(stdout, states[line->state].color, states[line->state].word);
    printf("%*s%-12s", 6 - (int)strlen(states[line->state].word), "", line->check);
    print_part("", line->message);
    if (line->fix) {
        printf("%*s", INDENT, "");
        print_part("fix: ", line->fix);
    }
}

static void print_part(const char *first, const char *text)
{
    char rest[INDENT + REST_MAX + 1];
    size_t taken = INDENT + strlen(first);
    snprintf(rest, sizeof(rest), "%*s", (int)taken, "");
    fputs(first, stdout);
    paragraph_print(stdout, TERMINAL_PLAIN, taken, rest, text);
}

static void print_json(const struct doctor_report *report)
{
    struct ctl_json *document = ctl_json_object();
    ctl_json_set_text(document, "schema", "banctl.doctor/1");
    for (size_t i = 0; i < DOCTOR_STATES; i++)
        ctl_json_set_number(document, states[i].name, (int64_t)report->states[i]);
    struct ctl_json *list = ctl_json_set_array(document, "checks");
    for (size_t i = 0; i < report->count; i++)
        add_line(list, &report->lines[i]);
    char *text = ctl_json_dump(document);
    puts(text);
    free(text);
    ctl_json_free(&document);
}

static void add_line(struct ctl_json *list, const struct doctor_line *line)
{
    struct ctl_json *check = ctl_json_append_object(list);
    ctl_json_set_text(check, "check", line->check);
    ctl_json_set_text(check, "state", states[line->state].name);
    ctl_json_set_text(check, "message", line->message);
    ctl_json_set_text(check, "fix", line->fix);
}
