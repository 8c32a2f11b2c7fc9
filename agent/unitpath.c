/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the unit must be told about unusual places, see unitpath.h.
 */
#include "unitpath.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNITPATH_DROP_IN "/etc/systemd/system/bansyncd.service.d/map.conf"

/* One place of the configuration, and whether the agent writes there. */
struct place {
    const char *option;
    char directory[PATH_BYTES_MAX];
    bool written;
    bool asked; /* the unit keeps the agent from it */
};

enum {
    PLACE_MAP,
    PLACE_USERS,
    PLACE_STATE,
    PLACE_SOCKET,
    PLACE_RSPAMD,
    PLACE_LOG,
    PLACE_KEY,
    PLACES
};

static bool is_below(const char *path, const char *top)
{
    size_t length = strlen(top);

    return strncmp(path, top, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static bool is_home(const char *path)
{
    return is_below(path, "/home") || is_below(path, "/root") || is_below(path, "/run/user");
}

static bool is_temporary(const char *path)
{
    return is_below(path, "/tmp") || is_below(path, "/var/tmp");
}

/* Under a service manager our own process is the one it started; its sandbox is around us. */
static bool runs_in_unit(void)
{
    const char *pid = getenv("SYSTEMD_EXEC_PID");

    return pid != NULL && strtol(pid, NULL, 10) == (long)getpid();
}

/* Is the place out of the agent's reach in the unit as shipped? */
static bool is_kept_from(const struct place *place)
{
    const char *path = place->directory;
    bool kept = is_home(path) || is_temporary(path);

    if (place->written)
        kept |= !is_below(path, UNITPATH_STATE) && !is_below(path, UNITPATH_RUNTIME);
    if (kept && runs_in_unit())
        kept = access(path, place->written ? W_OK | X_OK : X_OK) != 0;
    return kept;
}

/* The sandbox looks at where links lead. */
static void resolve(struct place *place)
{
    char *real = realpath(place->directory, NULL);

    if (real != NULL && strlen(real) < sizeof(place->directory))
        memcpy(place->directory, real, strlen(real) + 1);
    free(real);
}

/* The directory that holds the file, or is it. */
static struct place place_of(const char *option, const char *path, bool is_file, bool written)
{
    struct place place = {.option = option, .written = written};
    char *slash;

    snprintf(place.directory, sizeof(place.directory), "%s", path);
    slash = strrchr(place.directory, '/');
    if (is_file && slash != NULL)
        *(slash == place.directory ? slash + 1 : slash) = '\0';
    resolve(&place);
    place.asked = is_kept_from(&place);
    return place;
}

/* Was the directory of places[i] among those before it? */
static bool is_repeated(const struct place *places, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (places[k].asked && places[k].written && places[i].written &&
            strcmp(places[k].directory, places[i].directory) == 0)
            return true;
    return false;
}

static void print_drop_in(const struct place *places, FILE *out)
{
    bool home = false, home_written = false, temporary = false;

    fprintf(out, "  systemctl edit bansyncd    (or write " UNITPATH_DROP_IN
                 ", then systemctl daemon-reload)\n    [Service]\n");
    for (size_t i = 0; i < PLACES; i++) {
        if (!places[i].asked)
            continue;
        if (places[i].written && !is_repeated(places, i))
            fprintf(out, "    ReadWritePaths=%s\n", places[i].directory);
        home |= is_home(places[i].directory);
        home_written |= is_home(places[i].directory) && places[i].written;
        temporary |= is_temporary(places[i].directory);
    }
    if (home)
        fprintf(out, "    ProtectHome=%s\n", home_written ? "no" : "read-only");
    if (temporary)
        fprintf(out, "    PrivateTmp=no\n");
}

static void print_owner(const struct place *places, FILE *out)
{
    for (size_t i = 0; i < PLACES; i++) {
        const char *directory = places[i].directory;

        if (!places[i].asked || !places[i].written || is_repeated(places, i))
            continue;
        fprintf(out, "  and user bansync must be able to create files in %s:\n", directory);
        if (i == PLACE_RSPAMD && access(directory, F_OK) == 0)
            fprintf(
                out,
                "    install -d -o bansync -g bansync -m 0755 %s/bansync    (and put the socket "
                "there: its directory must be the agent's alone)\n",
                directory);
        else if (access(directory, F_OK) == 0)
            fprintf(out, "    setfacl -m u:bansync:rwx %s    (package acl)\n", directory);
        else
            fprintf(out, "    install -d -o bansync -g bansync -m 0755 %s\n", directory);
    }
}

/* Of a configuration that the unit does not read: which options, in one line. */
static void print_short(const struct place *places, FILE *out)
{
    const char *before = "hint: bansyncd.service would keep bansyncd from the places of ";

    for (size_t i = 0; i < PLACES; i++) {
        if (!places[i].asked)
            continue;
        fprintf(out, "%s%s", before, places[i].option);
        before = ", ";
    }
    fprintf(out, "; what to do is told once this is " UNITPATH_CONFIG "\n");
}

void unitpath_print(const struct config *config, bool of_unit, FILE *out)
{
    struct place places[PLACES] = {
        [PLACE_MAP] = place_of("[map] file", config->map_file, true, true),
        [PLACE_USERS] = place_of("[map] users_file", config->users_file, true, true),
        [PLACE_STATE] = place_of("[node] state_dir", config->state_dir, false, true),
        [PLACE_SOCKET] = place_of("[control] socket", config->control_socket, true, true),
        [PLACE_RSPAMD] = place_of("[detect] rspamd_socket",
                                  config->from_rspamd ? config->rspamd_socket : UNITPATH_RUNTIME,
                                  config->from_rspamd, true),
        [PLACE_LOG] = place_of("[detect] log", config->log_file, true, false),
        [PLACE_KEY] = place_of("[node] key", config->key_file, true, false),
    };
    bool asked = false;

    if (is_repeated(places, PLACE_USERS)) /* beside the map, as it is without the option */
        places[PLACE_USERS].asked = false;
    for (size_t i = 0; i < PLACES; i++)
        asked |= places[i].asked;
    if (!asked)
        return;
    if (!of_unit && !runs_in_unit()) {
        print_short(places, out);
        return;
    }
    for (size_t i = 0; i < PLACES; i++)
        if (places[i].asked)
            fprintf(out, "hint: %s: bansyncd.service does not let bansyncd %s %s\n",
                    places[i].option, places[i].written ? "write in" : "see", places[i].directory);
    fprintf(out, "As a service it needs, if that is not done yet:\n");
    print_drop_in(places, out);
    print_owner(places, out);
}
