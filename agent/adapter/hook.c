/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator's own program that is told of alerts, see hook.h.
 */
#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bansync/limits.h>

#define VARIABLES_MAX 64
#define OWN_PREFIX "BANSYNC_"

static int refuse(char reason[HOOK_REASON_SIZE], const char *why)
{
    snprintf(reason, HOOK_REASON_SIZE, "%s", why);
    return -1;
}

static bool is_trusted(uid_t owner)
{
    return owner == 0 || owner == geteuid();
}

/* Who can write to a directory can replace what is in it, unless it is sticky. */
static int check_directories(char *path, char reason[HOOK_REASON_SIZE])
{
    struct stat status;

    for (char *slash = strrchr(path, '/'); slash != NULL; slash = strrchr(path, '/')) {
        slash[slash == path] = '\0'; /* "/" stays */
        if (stat(path, &status) != 0)
            return refuse(reason, strerror(errno));
        if (!is_trusted(status.st_uid) ||
            ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (status.st_mode & S_ISVTX) == 0))
            return refuse(reason, "others can write to a directory above it, and replace it");
        if (slash == path)
            return 0;
    }
    return 0;
}

static int check_file(char *real, char reason[HOOK_REASON_SIZE])
{
    struct stat status;

    if (stat(real, &status) != 0)
        return refuse(reason, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return refuse(reason, "it is no file");
    if (!is_trusted(status.st_uid))
        return refuse(reason, "it belongs to another user; chown root");
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return refuse(reason, "others can write to it; chmod go-w");
    if (access(real, X_OK) != 0)
        return refuse(reason, "it cannot be run; chmod +x");
    return check_directories(real, reason);
}

/* The file behind all links of path, checked, in a new string; NULL and reason. Only this one may
 * be run: a link of path can be another one by then. */
static char *resolve(const char *path, char reason[HOOK_REASON_SIZE])
{
    char *real = NULL, *copy = NULL;
    int result = -1;

    if (path[0] != '/')
        refuse(reason, "it is no absolute path");
    else if ((real = realpath(path, NULL)) == NULL || (copy = strdup(real)) == NULL)
        refuse(reason, strerror(errno));
    else
        result = check_file(copy, reason);
    free(copy);
    if (result == 0)
        return real;
    free(real);
    return NULL;
}

int hook_check(const char *path, char reason[HOOK_REASON_SIZE])
{
    char *real = resolve(path, reason);
    int result = real != NULL ? 0 : -1;

    free(real);
    return result;
}

/* Cuts the copy of env into its lines. */
static void fill_environment(char *env, char *variables[VARIABLES_MAX])
{
    static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    static char language[] = "LANG=C.UTF-8";
    size_t count = 0;

    variables[count++] = path;
    variables[count++] = language;
    while (*env != '\0' && count < VARIABLES_MAX - 1) {
        size_t length = strcspn(env, "\n");
        bool more = env[length] != '\0';

        env[length] = '\0';
        if (strncmp(env, OWN_PREFIX, strlen(OWN_PREFIX)) == 0 && strchr(env, '=') != NULL)
            variables[count++] = env;
        env += length + more;
    }
    variables[count] = NULL;
}

static int set_up(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes)
{
    sigset_t all, none;
    int error;

    sigfillset(&all);
    sigemptyset(&none);
    error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (error == 0)
        error = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (error == 0)
        error = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    if (error == 0)
        error = posix_spawn_file_actions_addchdir_np(actions, "/");
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    return error;
}

/* real: what is run; path: what it is called. */
static int spawn(pid_t *pid, const char *real, const char *path, char *const variables[])
{
    char *arguments[] = {strdup(path), NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = ENOMEM;

    if (arguments[0] == NULL || posix_spawn_file_actions_init(&actions) != 0)
        goto out;
    if (posix_spawnattr_init(&attributes) != 0)
        goto out_actions;
    error = set_up(&actions, &attributes);
    if (error == 0)
        error = posix_spawn(pid, real, &actions, &attributes, arguments, variables);
    posix_spawnattr_destroy(&attributes);
out_actions:
    posix_spawn_file_actions_destroy(&actions);
out:
    free(arguments[0]);
    return error;
}

pid_t hook_start(const char *path, const char *env, size_t env_size, char reason[HOOK_REASON_SIZE])
{
    char copy[ALERT_ENV_BYTES_MAX + 1], *variables[VARIABLES_MAX];
    char *real = resolve(path, reason);
    pid_t pid;
    int error;

    if (real == NULL)
        return -1;
    snprintf(copy, sizeof(copy), "%.*s", (int)env_size, env);
    fill_environment(copy, variables);
    error = spawn(&pid, real, path, variables);
    free(real);
    if (error == 0)
        return pid;
    refuse(reason, strerror(error));
    return -1;
}
