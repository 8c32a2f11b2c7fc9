/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the doctor finds in the agent's own answers: its source of hits, what it makes of them, its
 * map, database, key and disk.
 */
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "access.h"
#include "doctor_case.h"
#include "grouped.h"
#include "unit.h"
#include "when.h"

#define DISK_FAIL_BYTES 67108864  /* 64 MB: two database files and a map of a million */
#define DISK_WARN_BYTES 536870912 /* 512 MB */

static void look_at_log(struct doctor_case *doctor);
static void mend_log(struct doctor_case *doctor, const char *file);
static void look_at_socket(struct doctor_case *doctor, const struct ctl_json *rspamd);
static void look_at_hits(struct doctor_case *doctor);
static void look_at_map(struct doctor_case *doctor);
static void look_at_clock(struct doctor_case *doctor);
static void look_at_database(struct doctor_case *doctor);
static void look_at_key(struct doctor_case *doctor);
static void judge_mode(struct doctor_case *doctor, const char *path, const struct stat *file);
static void look_at_disk(struct doctor_case *doctor, const char *what, const char *path);

void doctor_agent(struct doctor_case *doctor)
{
    const struct ctl_json *rspamd = doctor_status(doctor, "rspamd");
    if (ctl_json_is_object(rspamd))
        look_at_socket(doctor, rspamd);
    else
        look_at_log(doctor);
    look_at_hits(doctor);
    look_at_map(doctor);
    look_at_database(doctor);
    look_at_clock(doctor);
    look_at_key(doctor);
    look_at_disk(doctor, "state_dir", doctor_value(doctor, "node", "state_dir", 0));
}

static void look_at_log(struct doctor_case *doctor)
{
    const struct ctl_json *log = doctor_status(doctor, "log");
    const char *file = ctl_json_text(log, "file");
    const char *line = ctl_json_text(log, "last_line");
    char text[WHEN_TEXT_SIZE];
    if (doctor_has_reason(doctor, "log")) {
        mend_log(doctor, file ? file : "FILE");
        return;
    }
    if (!line) {
        doctor_add(&doctor->report, DOCTOR_WARN, "log", "no line was read of %s since the start",
                   file ? file : "the log");
        doctor_fix(&doctor->report, "does rspamd run, and does it log there?");
        return;
    }
    doctor_add(&doctor->report, DOCTOR_OK, "log", "%s is read, last line %s",
               file ? file : "the log", when_relative(line, doctor->now_ms, "never", text));
}

/* A log, or a directory above it, that is open to a group which the agent's user is not in? */
static void mend_log(struct doctor_case *doctor, const char *file)
{
    char closed[1024];
    struct stat status;
    const struct group *group = NULL;
    if (access_read(UNIT_USER, file, closed, sizeof(closed)) == ACCESS_NO &&
        stat(closed, &status) == 0 && status.st_gid != 0 &&
        (status.st_mode & (S_IRGRP | S_IXGRP)) != 0)
        group = getgrgid(status.st_gid);
    if (group)
        doctor_fix(&doctor->report,
                   "adduser " UNIT_USER " %s && systemctl restart bansyncd (%s is open to that "
                   "group alone)",
                   group->gr_name, closed);
    else
        doctor_fix(&doctor->report,
                   "[detect] log must be rspamd's, and readable by the group of user " UNIT_USER
                   "; what is in it:  banctl replay %s",
                   file);
}

static void look_at_socket(struct doctor_case *doctor, const struct ctl_json *rspamd)
{
    const char *path = ctl_json_text(rspamd, "socket");
    const char *last = ctl_json_text(rspamd, "last_datagram");
    char text[WHEN_TEXT_SIZE];
    if (doctor_has_reason(doctor, "rspamd"))
        return;
    if (last)
        doctor_add(&doctor->report, DOCTOR_OK, "source", "rspamd tells its hits on %s, the last %s",
                   path ? path : "the socket", when_relative(last, doctor->now_ms, "never", text));
    else {
        doctor_add(&doctor->report, DOCTOR_WARN, "source",
                   "rspamd has not told a hit on %s since the start", path ? path : "the socket");
        doctor_fix(&doctor->report,
                   "is bansync.lua loaded? rspamd's log says so at its start (bansync.conf(5), "
                   "source)");
    }
}

/* Of the hits since the start, how many have a sender. */
static void look_at_hits(struct doctor_case *doctor)
{
    static const char *const lost_names[] = {"lines_unattributable", "lines_unjoined",
                                             "lines_refused", "datagrams_unattributable"};
    const struct ctl_json *counters = doctor_status(doctor, "counters");
    int64_t hits = 0, told = 0, lost = 0, number;
    if (ctl_json_number(counters, "lines_hit", &number))
        hits += number;
    if (ctl_json_number(counters, "datagrams_hit", &told))
        hits += told;
    for (size_t i = 0; i < sizeof(lost_names) / sizeof(lost_names[0]); i++) {
        if (ctl_json_number(counters, lost_names[i], &number))
            lost += number;
    }
    if (hits + lost == 0) {
        doctor_add(&doctor->report, DOCTOR_SKIP, "hits", "no hit since the start");
        doctor_fix(&doctor->report, "what older logs hold:  banctl replay FILE");
    } else if (lost > hits) {
        doctor_add(&doctor->report, DOCTOR_FAIL, "hits",
                   "of %s hits since the start only %s have a sender", GROUPED(hits + lost),
                   GROUPED(hits));
        doctor_fix(&doctor->report, "rspamd must be told the client's address and log at level "
                                    "info; why:  banctl replay FILE --hits");
    } else {
        doctor_add(&doctor->report, DOCTOR_OK, "hits", "%s of %s since the start have a sender",
                   GROUPED(hits), GROUPED(hits + lost));
    }
}

static void look_at_map(struct doctor_case *doctor)
{
    const struct ctl_json *map = doctor_status(doctor, "map");
    const char *file = ctl_json_text(map, "file");
    const char *mode = ctl_json_text(map, "mode");
    int64_t entries = 0;
    if (doctor_has_reason(doctor, "map"))
        return;
    ctl_json_number(map, "entries", &entries);
    if (mode && strcmp(mode, "observe") == 0) {
        doctor_add(&doctor->report, DOCTOR_WARN, "map",
                   "the mode is observe: bans are not put into %s", file ? file : "the map");
        doctor_fix(&doctor->report, "mode = enforce in [ban], then banctl reload");
    } else if (!ctl_json_is_true(map, "matches")) {
        doctor_add(&doctor->report, DOCTOR_FAIL, "map", "%s does not hold what it should",
                   file ? file : "the map");
        doctor_fix(&doctor->report, "the agent puts it right within 10 s; if not: banctl status");
    } else {
        doctor_add(&doctor->report, DOCTOR_OK, "map", "%s holds %s entr%s, as it should",
                   file ? file : "the map", GROUPED(entries), entries == 1 ? "y" : "ies");
    }
}

static void look_at_database(struct doctor_case *doctor)
{
    const struct ctl_json *database = doctor_status(doctor, "database");
    const char *hint = ctl_json_text(database, "hint");
    const char *since = ctl_json_text(database, "failing_since");
    const char *detail = ctl_json_text(database, "detail");
    if (hint) {
        doctor_add(&doctor->report, DOCTOR_FAIL, "database", "failing since %s: %s",
                   since ? since : "?", detail ? detail : "?");
        doctor_fix(&doctor->report, "%s", hint);
    } else if (doctor_has_reason(doctor, "database")) {
        doctor_fix(&doctor->report,
                   "look at the disk (dmesg) and at that file, then delete it; the "
                   "line goes with the next start");
    } else {
        doctor_add(&doctor->report, DOCTOR_OK, "database", "no write has failed");
    }
}

static void look_at_clock(struct doctor_case *doctor)
{
    if (doctor_has_reason(doctor, "clock"))
        doctor_fix(&doctor->report, "set it right with NTP (systemctl status chrony)");
}

static void look_at_key(struct doctor_case *doctor)
{
    const char *path = doctor_value(doctor, "node", "key", 0);
    struct stat file;
    if (stat(path, &file) == 0)
        judge_mode(doctor, path, &file);
    else if (errno != ENOENT)
        doctor_add(&doctor->report, DOCTOR_SKIP, "key", "cannot look at %s: %s", path,
                   strerror(errno));
    else if (doctor->peers.count == 0)
        doctor_add(&doctor->report, DOCTOR_OK, "key", "a node without peers needs none");
    else {
        doctor_add(&doctor->report, DOCTOR_FAIL, "key",
                   "%s is gone; the agent will not start without it", path);
        doctor_fix(&doctor->report, "put it back from where you keep a copy, or make a new one: "
                                    "banctl keygen, and give its public half to every peer");
    }
}

static void judge_mode(struct doctor_case *doctor, const char *path, const struct stat *file)
{
    if ((file->st_mode & 07037) == 0) {
        doctor_add(&doctor->report, DOCTOR_OK, "key", "%s is closed to others", path);
        return;
    }
    doctor_add(&doctor->report, DOCTOR_FAIL, "key",
               "%s has mode %04o: others may read or change it", path, file->st_mode & 07777);
    doctor_fix(&doctor->report, "chmod 0640 %s; make a new key if others could read it", path);
}

static void look_at_disk(struct doctor_case *doctor, const char *what, const char *path)
{
    struct statvfs disk;
    if (statvfs(path, &disk) != 0) {
        doctor_add(&doctor->report, DOCTOR_SKIP, "disk", "cannot look at %s %s: %s", what, path,
                   strerror(errno));
        return;
    }
    const char *cause = ctl_json_text(doctor_status(doctor, "database"), "cause");
    if ((disk.f_flag & ST_RDONLY) != 0 || (cause && strcmp(cause, "read_only") == 0)) {
        doctor_add(&doctor->report, DOCTOR_FAIL, "disk", "%s %s is on a read-only disk", what,
                   path);
        doctor_fix(&doctor->report, "see why with dmesg, then remount it read-write");
        return;
    }
    uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    enum doctor_state state = free_bytes < DISK_FAIL_BYTES || (disk.f_files > 0 && !disk.f_favail)
                                  ? DOCTOR_FAIL
                              : free_bytes < DISK_WARN_BYTES ? DOCTOR_WARN
                                                             : DOCTOR_OK;
    doctor_add(&doctor->report, state, "disk", "%" PRIu64 " MB free for %s", free_bytes / 1000000,
               path);
    if (state != DOCTOR_OK)
        doctor_fix(&doctor->report, "make room: without it nothing is remembered over a restart");
}
