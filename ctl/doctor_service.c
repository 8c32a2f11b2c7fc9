/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the doctor finds of the systemd unit, where systemd runs; and what status names that no
 * other part looks at.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor_case.h"
#include "program.h"

enum { TIMEOUT_MS = 5000 };

static bool has_line(const char *text, const char *line);
static bool is_told(const struct doctor_report *report, const char *reason);

void doctor_service(struct doctor_case *doctor)
{
    static const char *const words[] = {"systemctl", "show", "--property=ActiveState,UnitFileState",
                                        "bansyncd.service", NULL};
    const struct program program = {words, false, TIMEOUT_MS};
    struct program_end end;
    if (access("/run/systemd/system", F_OK) != 0) {
        doctor_add(&doctor->report, DOCTOR_SKIP, "service", "systemd does not run here");
        return;
    }
    if (program_run(&program, &end) < 0) {
        doctor_add(&doctor->report, DOCTOR_SKIP, "service", "cannot ask systemctl: %s",
                   strerror(errno));
        return;
    }
    if (!has_line(end.text, "ActiveState=active")) {
        doctor_add(&doctor->report, DOCTOR_WARN, "service", "the unit bansyncd is not active");
        doctor_fix(&doctor->report, "systemctl start bansyncd; journalctl -u bansyncd -n 20");
    } else if (!has_line(end.text, "UnitFileState=enabled")) {
        doctor_add(&doctor->report, DOCTOR_WARN, "service",
                   "the unit bansyncd is active and will not start at boot");
        doctor_fix(&doctor->report, "systemctl enable bansyncd");
    } else {
        doctor_add(&doctor->report, DOCTOR_OK, "service",
                   "the unit bansyncd is active and enabled");
    }
    free(end.text);
}

static bool has_line(const char *text, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = text; at && *at != '\0';) {
        if (strncmp(at, line, length) == 0 && (at[length] == '\n' || at[length] == '\0'))
            return true;
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    return false;
}

void doctor_reasons(struct doctor_case *doctor)
{
    const struct ctl_json *reasons = doctor_status(doctor, "reasons");
    for (size_t i = 0; i < ctl_json_size(reasons); i++) {
        const char *reason = ctl_json_element_text(reasons, i);
        if (!reason || is_told(&doctor->report, reason))
            continue;
        doctor_add(&doctor->report, DOCTOR_FAIL, "status", "%s", reason);
        doctor_fix(&doctor->report, "bansyncd(8) has all of these under STATUS");
    }
}

/* The check's name is the reason's first word, and its message the rest, or ends in it. */
static bool is_told(const struct doctor_report *report, const char *reason)
{
    size_t length = strlen(reason);
    for (size_t i = 0; i < report->count; i++) {
        size_t its = strlen(report->lines[i].message);
        if (report->lines[i].state == DOCTOR_FAIL && its <= length &&
            strcmp(reason + length - its, report->lines[i].message) == 0)
            return true;
    }
    return false;
}
