/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the doctor finds of the systemd unit, where systemd runs; and what status names that no
 * other part looks at.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "doctor_case.h"
#include "unit.h"

static void judge_state(struct doctor_case *doctor, const struct unit *unit);
static void judge_ended(struct doctor_case *doctor, const struct unit *unit);
static void judge_active(struct doctor_case *doctor, const struct unit *unit);
static void judge_user(struct doctor_case *doctor, const struct unit *unit);
static void judge_groups(struct doctor_case *doctor, const struct unit *unit);
static void judge_closed(struct doctor_case *doctor, const struct unit *unit);
static bool is_told(const struct doctor_report *report, const char *reason);

void doctor_service(struct doctor_case *doctor)
{
    struct unit unit;
    if (access("/run/systemd/system", F_OK) != 0) {
        doctor_add(&doctor->report, DOCTOR_SKIP, "service", "systemd does not run here");
        return;
    }
    if (unit_ask(&unit) < 0) {
        doctor_add(&doctor->report, DOCTOR_SKIP, "service", "cannot ask systemctl: %s",
                   strerror(errno));
        return;
    }
    judge_state(doctor, &unit);
    if (unit_is(&unit, "LoadState", "loaded")) {
        judge_user(doctor, &unit);
        judge_groups(doctor, &unit);
        judge_closed(doctor, &unit);
    }
    unit_free(&unit);
}

/* One line: does it run, and will it at the next start of the machine? */
static void judge_state(struct doctor_case *doctor, const struct unit *unit)
{
    bool active = unit_is(unit, "ActiveState", "active");
    if (unit_is(unit, "LoadState", "masked")) {
        doctor_add(&doctor->report, DOCTOR_WARN, "service",
                   active ? "the unit bansyncd is active, but masked: it cannot be started again"
                          : "the unit bansyncd is masked: nothing can start it");
        doctor_fix(&doctor->report, "systemctl unmask bansyncd && systemctl enable --now bansyncd");
    } else if (unit_is(unit, "LoadState", "not-found")) {
        doctor_add(&doctor->report, DOCTOR_WARN, "service", "systemd knows no unit bansyncd");
        doctor_fix(&doctor->report, "systemctl daemon-reload; if that does not help, install the "
                                    "package again");
    } else if (!unit_is(unit, "LoadState", "loaded")) {
        doctor_add(&doctor->report, DOCTOR_WARN, "service",
                   "systemd cannot read the unit bansyncd: %s", unit_value(unit, "LoadState"));
        doctor_fix(&doctor->report, "systemctl status bansyncd says what is wrong; systemctl edit "
                                    "bansyncd mends it");
    } else if (!active) {
        judge_ended(doctor, unit);
    } else {
        judge_active(doctor, unit);
    }
}

/* Why it does not run. */
static void judge_ended(struct doctor_case *doctor, const struct unit *unit)
{
    if (unit_is(unit, "ActiveState", "failed")) {
        doctor_add(&doctor->report, DOCTOR_WARN, "service",
                   "the unit bansyncd has failed: %s, exit code %s", unit_value(unit, "Result"),
                   unit_value(unit, "ExecMainStatus"));
        doctor_fix(&doctor->report,
                   unit_is(unit, "ExecMainStatus", "78")
                       ? "bansyncd --check-config names the mistake; then: systemctl restart "
                         "bansyncd"
                       : "journalctl -u bansyncd -n 20; then: systemctl restart bansyncd");
    } else if (unit_is(unit, "SubState", "auto-restart")) {
        doctor_add(&doctor->report, DOCTOR_WARN, "service",
                   "the agent ends again and again: started %s times, exit code %s",
                   unit_value(unit, "NRestarts"), unit_value(unit, "ExecMainStatus"));
        doctor_fix(&doctor->report, "journalctl -u bansyncd -n 20");
    } else {
        doctor_add(&doctor->report, DOCTOR_WARN, "service", "the unit bansyncd is not active");
        doctor_fix(&doctor->report, "systemctl start bansyncd; journalctl -u bansyncd -n 20");
    }
}

static void judge_active(struct doctor_case *doctor, const struct unit *unit)
{
    if (unit_is(unit, "NeedDaemonReload", "yes")) {
        doctor_add(&doctor->report, DOCTOR_WARN, "service",
                   "files of the unit bansyncd were changed, and systemd has not read them");
        doctor_fix(&doctor->report, "systemctl daemon-reload && systemctl restart bansyncd");
    } else if (!unit_is(unit, "UnitFileState", "enabled")) {
        doctor_add(&doctor->report, DOCTOR_WARN, "service",
                   "the unit bansyncd is active and will not start at boot");
        doctor_fix(&doctor->report, "systemctl enable bansyncd");
    } else {
        doctor_add(&doctor->report, DOCTOR_OK, "service",
                   "the unit bansyncd is active and enabled");
    }
}

/* Files and directories are the user's whom the package made. */
static void judge_user(struct doctor_case *doctor, const struct unit *unit)
{
    const char *user = unit_value(unit, "User"), *group = unit_value(unit, "Group");
    if (strcmp(user, UNIT_USER) == 0 && strcmp(group, UNIT_USER) == 0)
        return;
    doctor_add(&doctor->report, DOCTOR_WARN, "service",
               "the unit runs as user %s, group %s, and not as " UNIT_USER,
               user[0] != '\0' ? user : "root", group[0] != '\0' ? group : "that of the user");
    doctor_fix(&doctor->report,
               "systemctl cat bansyncd shows which file says so; systemctl edit bansyncd mends it");
}

/* A process has the groups that its user had when it was started. */
static void judge_groups(struct doctor_case *doctor, const struct unit *unit)
{
    char names[256];
    if (unit_lacks_groups(unit, names, sizeof(names)) <= 0)
        return;
    doctor_add(&doctor->report, DOCTOR_WARN, "service",
               "user " UNIT_USER " was put into a group after the agent was started: %s", names);
    doctor_fix(&doctor->report, "systemctl restart bansyncd");
}

static void judge_closed(struct doctor_case *doctor, const struct unit *unit)
{
    char open[512];
    if (unit_opened(unit, open, sizeof(open)) == 0)
        return;
    doctor_add(&doctor->report, DOCTOR_WARN, "service",
               "the agent may more than the unit of the package lets it: %s", open);
    doctor_fix(
        &doctor->report,
        "systemctl cat bansyncd shows which file says so; for another map ReadWritePaths= is "
        "enough");
}

void doctor_reasons(struct doctor_case *doctor)
{
    const struct ctl_json *reasons = doctor_status(doctor, "reasons");
    for (size_t i = 0; i < ctl_json_size(reasons); i++) {
        const char *reason = ctl_json_element_text(reasons, i);
        if (!reason || is_told(&doctor->report, reason))
            continue;
        doctor_add(&doctor->report, DOCTOR_FAIL, "status", "%s", reason);
        doctor_fix(&doctor->report, "bansyncd(8) tells it under \"When status is degraded\"");
    }
}

/* The check's name is the reason's first word; its message is the rest, or a part of it without
 * what to do. */
static bool is_told(const struct doctor_report *report, const char *reason)
{
    for (size_t i = 0; i < report->count; i++) {
        if (report->lines[i].state == DOCTOR_FAIL && strstr(reason, report->lines[i].message))
            return true;
    }
    return false;
}
