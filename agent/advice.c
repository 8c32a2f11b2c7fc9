/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hints on a configuration, see advice.h.
 */
#include "advice.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "hook.h"
#include "netlist.h"

/* A log that is not there yet is no mistake, but a wrong path looks the same. */
static void advise_log(const struct config *config, FILE *out)
{
    int fd = open(config->log_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd >= 0)
        close(fd);
    else if (errno == EACCES)
        fprintf(out,
                "hint: [detect] log: %s is closed to this user; for user bansync: adduser bansync "
                "_rspamd, then systemctl restart bansyncd\n",
                config->log_file);
    else if (errno == ENOENT)
        fprintf(out,
                "hint: [detect] log: there is no %s; if rspamd does not make it when it starts, it "
                "logs elsewhere\n",
                config->log_file);
}

/* The agent makes state_dir, and the last directory of the path, but none above it. */
static void advise_map(const struct config *config, FILE *out)
{
    char folder[PATH_BYTES_MAX];
    char *slash;

    snprintf(folder, sizeof(folder), "%s", config->map_file);
    for (int i = 0; i < 2; i++) {
        slash = strrchr(folder, '/');
        if (slash == NULL || slash == folder)
            return;
        *slash = '\0';
    }
    if (strcmp(folder, config->state_dir) != 0 && access(folder, F_OK) != 0 && errno == ENOENT)
        fprintf(out, "hint: [map] file: there is no directory %s; make it, for user bansync\n",
                folder);
}

/* Whether the agent is in the group of rspamd's user is not looked at: who asks by hand is another
 * user. */
static void advise_socket(const struct config *config, FILE *out)
{
    if (getpwnam(config->rspamd_user) == NULL)
        fprintf(out,
                "hint: [detect] rspamd_user: there is no user %s; the agent does not start before "
                "there is, and user bansync must be a member of its group\n",
                config->rspamd_user);
}

static void advise_file(const struct config *config, FILE *out)
{
    struct netlist list = {.list = NULL};
    struct netlist_mark mark;
    char error[PATH_BYTES_MAX + CONFIG_MISTAKE_SIZE];

    if (netlist_read(config->never_ban_file, &list, &mark, error, sizeof(error)) != 0)
        fprintf(out, "hint: [never-ban] file: %s\n", error);
    netlist_free(&list);
}

/* The agent tries it again and again, but nobody looks there. */
static void advise_exec(const struct config *config, FILE *out)
{
    char reason[HOOK_REASON_SIZE];

    if (config->alert_exec[0] != '\0' && hook_check(config->alert_exec, reason) != 0)
        fprintf(out, "hint: [alert] exec: %s is not run: %s\n", config->alert_exec, reason);
}

void advice_print(const struct config *config, FILE *out)
{
    if (config->never_ban_count == 0 && config->never_ban_file[0] == '\0')
        fprintf(out,
                "hint: [never-ban] is empty: name the webmail, relays and offices behind whose "
                "address many people send, or one stolen account shuts all of them out\n");
    if (config->never_ban_file[0] != '\0')
        advise_file(config, out);
    if (config->from_rspamd)
        advise_socket(config, out);
    else
        advise_log(config, out);
    advise_map(config, out);
    advise_exec(config, out);
}
