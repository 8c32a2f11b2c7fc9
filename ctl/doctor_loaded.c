/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the doctor finds of the map at rspamd's side: may its user read it, and has each of its
 * processes read what is in it?
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "access.h"
#include "doctor_case.h"
#include "grouped.h"
#include "maplog.h"
#include "when.h"

#define SETTLE_MS 5000 /* rspamd has read a new map long before */

static void look_at_access(struct doctor_case *doctor, const char *map);
static void look_at_readers(struct doctor_case *doctor, const char *map);
static void judge_readers(struct doctor_case *doctor, const struct maplog *maplog, int64_t entries);
static bool is_fresh(const struct doctor_case *doctor);

void doctor_loaded(struct doctor_case *doctor)
{
    const char *map = doctor_value(doctor, "map", "file", 0);
    if (map[0] == '\0') {
        doctor_add(&doctor->report, DOCTOR_SKIP, "map access",
                   "which file the map is only the agent knows");
        return;
    }
    look_at_access(doctor, map);
    look_at_readers(doctor, map);
}

static void look_at_access(struct doctor_case *doctor, const char *map)
{
    const char *user = doctor_value(doctor, "detect", "rspamd_user", 0);
    char why[1024];
    switch (access_read(user, map, why, sizeof(why))) {
    case ACCESS_YES:
        doctor_add(&doctor->report, DOCTOR_OK, "map access", "user %s may read %s", user, map);
        break;
    case ACCESS_NO:
        doctor_add(&doctor->report, DOCTOR_FAIL, "map access",
                   "user %s may not read %s: %s is "
                   "closed to him",
                   user, map, why);
        doctor_fix(&doctor->report,
                   "chmod o+rx on directories, o+r on the map; rspamd goes on with "
                   "what it read last");
        break;
    case ACCESS_MISSING:
        doctor_add(&doctor->report, DOCTOR_FAIL, "map access", "there is no %s", map);
        doctor_fix(&doctor->report, "the agent makes it; if not, its log tells why: journalctl -u "
                                    "bansyncd -n 20");
        break;
    case ACCESS_UNKNOWN:
        doctor_add(&doctor->report, DOCTOR_SKIP, "map access", "may user %s read the map? %s", user,
                   why);
        break;
    }
}

static void look_at_readers(struct doctor_case *doctor, const char *map)
{
    const char *log = doctor_value(doctor, "detect", "log", 0);
    static struct maplog maplog; /* large */
    int64_t entries = 0;
    if (maplog_read(log, map, &maplog) < 0) {
        doctor_add(&doctor->report, DOCTOR_SKIP, "map loaded", "cannot read %s: %s", log,
                   strerror(errno));
        if (errno == EACCES)
            doctor_fix(&doctor->report, "run banctl doctor as root");
        return;
    }
    ctl_json_number(doctor_status(doctor, "map"), "entries", &entries);
    judge_readers(doctor, &maplog, entries);
}

static void judge_readers(struct doctor_case *doctor, const struct maplog *maplog, int64_t entries)
{
    size_t told = 0;
    for (size_t i = 0; i < maplog->count; i++) {
        const struct maplog_reader *reader = &maplog->readers[i];
        if (!reader->has_count || (reader->is_parent && maplog->has_children))
            continue;
        told++;
        if (reader->elements == entries)
            continue;
        doctor_add(&doctor->report, is_fresh(doctor) ? DOCTOR_WARN : DOCTOR_FAIL, "map loaded",
                   "rspamd's process %" PRIu32 " holds %s elements, the map %s", reader->pid,
                   GROUPED(reader->elements), GROUPED(entries));
        doctor_fix(&doctor->report, is_fresh(doctor)
                                        ? "the map is seconds old: ask again"
                                        : "can rspamd read the map? its log says so; then: "
                                          "systemctl reload rspamd");
        return;
    }
    if (told > 0) {
        doctor_add(&doctor->report, DOCTOR_OK, "map loaded",
                   "rspamd's log: it has read the map's %s element%s", GROUPED(entries),
                   entries == 1 ? "" : "s");
        return;
    }
    doctor_add(&doctor->report, DOCTOR_SKIP, "map loaded",
               "the end of rspamd's log does not tell of this map");
    doctor_fix(&doctor->report, "it does at level info after each change and each start of rspamd");
}

static bool is_fresh(const struct doctor_case *doctor)
{
    const char *written = ctl_json_text(doctor_status(doctor, "map"), "written");
    int64_t ms;
    return written && when_parse(written, &ms) == 0 && doctor->now_ms - ms < SETTLE_MS;
}
