/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The systemd unit of the agent, see unit.h.
 */
#include "unit.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "program.h"

enum { TIMEOUT_MS = 5000, GROUPS_MAX = 256, LINE_SIZE = 8192 };

/* The lines of bansyncd.service that close something by one word (tests/package/test_unit.sh). */
static const struct {
    const char *name, *value;
} closed[] = {
    {"CapabilityBoundingSet", ""},
    {"LockPersonality", "yes"},
    {"MemoryDenyWriteExecute", "yes"},
    {"NoNewPrivileges", "yes"},
    {"PrivateDevices", "yes"},
    {"PrivateTmp", "yes"},
    {"ProcSubset", "pid"},
    {"ProtectClock", "yes"},
    {"ProtectControlGroups", "yes"},
    {"ProtectHome", "yes"},
    {"ProtectHostname", "yes"},
    {"ProtectKernelLogs", "yes"},
    {"ProtectKernelModules", "yes"},
    {"ProtectKernelTunables", "yes"},
    {"ProtectProc", "invisible"},
    {"ProtectSystem", "strict"},
    {"RestrictNamespaces", "yes"},
    {"RestrictRealtime", "yes"},
    {"RestrictSUIDSGID", "yes"},
};

static const char *find(const struct unit *unit, const char *name);
static size_t read_groups(const char *path, gid_t *groups, size_t max);
static bool has_group(const gid_t *groups, size_t count, gid_t group);
static void add_word(char *out, size_t size, const char *name, const char *value);

int unit_ask(struct unit *unit)
{
    static const char *const words[] = {"systemctl", "show", "bansyncd.service", NULL};
    const struct program program = {words, false, TIMEOUT_MS};
    struct program_end end;
    if (program_run(&program, &end) < 0)
        return -1;
    *unit = (struct unit){end.text, end.size};
    for (char *line = end.text; line < end.text + end.size;) {
        char *lf = memchr(line, '\n', (size_t)(end.text + end.size - line));
        char *next = lf ? lf : end.text + end.size;
        char *is = memchr(line, '=', (size_t)(next - line));
        *next = '\0';
        if (is)
            *is = '\0';
        line = next + 1;
    }
    if (*unit_value(unit, "LoadState") != '\0')
        return 0;
    unit_free(unit);
    errno = EPROTO;
    return -1;
}

void unit_free(struct unit *unit)
{
    free(unit->text);
    *unit = (struct unit){0};
}

const char *unit_value(const struct unit *unit, const char *name)
{
    const char *value = find(unit, name);
    return value ? value : "";
}

bool unit_is(const struct unit *unit, const char *name, const char *value)
{
    return strcmp(unit_value(unit, name), value) == 0;
}

size_t unit_opened(const struct unit *unit, char *open, size_t size)
{
    size_t count = 0;
    open[0] = '\0';
    for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
        const char *value = find(unit, closed[i].name); /* NULL: an older systemd */
        if (!value || strcmp(value, closed[i].value) == 0)
            continue;
        add_word(open, size, closed[i].name, closed[i].value[0] != '\0' ? value : "...");
        count++;
    }
    return count;
}

int unit_lacks_groups(const struct unit *unit, char *names, size_t size)
{
    const struct passwd *user = getpwnam(unit_value(unit, "User"));
    gid_t due[GROUPS_MAX], has[GROUPS_MAX];
    int due_count = GROUPS_MAX, lacking = 0;
    char path[64];
    names[0] = '\0';
    snprintf(path, sizeof(path), "/proc/%.20s/status", unit_value(unit, "MainPID"));
    size_t has_count = user ? read_groups(path, has, GROUPS_MAX) : 0;
    if (has_count == 0 || getgrouplist(user->pw_name, user->pw_gid, due, &due_count) < 0)
        return -1;
    for (int i = 0; i < due_count; i++) {
        if (due[i] == user->pw_gid || has_group(has, has_count, due[i]))
            continue;
        const struct group *group = getgrgid(due[i]);
        add_word(names, size, group ? group->gr_name : "?", NULL);
        lacking++;
    }
    return lacking;
}

/* NULL: there is no such property. */
static const char *find(const struct unit *unit, const char *name)
{
    for (const char *line = unit->text; line && line < unit->text + unit->size;) {
        const char *value = line + strlen(line) + 1;
        if (value >= unit->text + unit->size)
            return NULL;
        if (strcmp(line, name) == 0)
            return value;
        line = value + strlen(value) + 1;
    }
    return NULL;
}

/* The groups of a process; 0 if it cannot be looked at. */
static size_t read_groups(const char *path, gid_t *groups, size_t max)
{
    FILE *file = fopen(path, "re");
    char line[LINE_SIZE];
    size_t count = 0;
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, "Gid:", 4) != 0 && strncmp(line, "Groups:", 7) != 0)
            continue;
        char *at = strchr(line, ':') + 1, *end;
        for (unsigned long group = strtoul(at, &end, 10); end != at && count < max;
             at = end, group = strtoul(at, &end, 10))
            groups[count++] = (gid_t)group;
    }
    if (file)
        fclose(file);
    return count;
}

static bool has_group(const gid_t *groups, size_t count, gid_t group)
{
    for (size_t i = 0; i < count; i++)
        if (groups[i] == group)
            return true;
    return false;
}

/* NAME=VALUE, or NAME; what has no room is left out. */
static void add_word(char *out, size_t size, const char *name, const char *value)
{
    size_t used = strlen(out);
    size_t length = strlen(name) + (value ? strlen(value) + 1 : 0);
    if (used + length + 2 > size)
        return;
    snprintf(out + used, size - used, "%s%s%s%s", used > 0 ? " " : "", name, value ? "=" : "",
             value ? value : "");
}
