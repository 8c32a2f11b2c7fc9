/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the doctor has found: one line a check, and below it what to do.
 */
#ifndef BANSYNC_CTL_DOCTOR_REPORT_H
#define BANSYNC_CTL_DOCTOR_REPORT_H

#include <stdbool.h>
#include <stddef.h>

enum doctor_state {
    DOCTOR_OK,
    DOCTOR_WARN, /* bans take effect, but look at this */
    DOCTOR_FAIL, /* hits are lost, bans do not take effect, or nodes differ */
    DOCTOR_SKIP, /* it cannot be checked here; the message says why */
    DOCTOR_STATES
};

struct doctor_line {
    enum doctor_state state;
    char *check;   /* its name */
    char *message; /* what was found */
    char *fix;     /* what to do; NULL: nothing */
};

struct doctor_report {
    struct doctor_line *lines;
    size_t count;
    size_t states[DOCTOR_STATES]; /* lines of each */
};

/* Adds a line; what to do is added to the last one. Without memory the process ends. */
void doctor_add(struct doctor_report *report, enum doctor_state state, const char *check,
                const char *format, ...) __attribute__((format(printf, 4, 5)));
void doctor_fix(struct doctor_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints all lines as text, or as one JSON document. */
void doctor_print(const struct doctor_report *report, bool json);

void doctor_report_free(struct doctor_report *report);

#endif
