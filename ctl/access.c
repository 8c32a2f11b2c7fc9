/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May another user read a file? See access.h.
 */
#include "access.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/xattr.h>

enum { GROUPS_MAX = 256, READ = 4, PASS = 1 };

struct user {
    uid_t uid;
    gid_t groups[GROUPS_MAX];
    int group_count;
};

static bool find_user(const char *name, struct user *user);
static enum access_result judge(const struct user *user, const char *path, int wanted, char *why,
                                size_t size);
static bool is_member(const struct user *user, gid_t group);

enum access_result access_read(const char *name, const char *path, char *why, size_t size)
{
    char real[PATH_MAX];
    struct user user;
    why[0] = '\0';
    if (!find_user(name, &user)) {
        snprintf(why, size, "there is no user %s", name);
        return ACCESS_UNKNOWN;
    }
    if (!realpath(path, real)) {
        snprintf(why, size, "%s", strerror(errno));
        return errno == ENOENT ? ACCESS_MISSING : ACCESS_UNKNOWN;
    }
    enum access_result result = judge(&user, "/", PASS, why, size);
    for (char *slash = strchr(real + 1, '/'); slash && result == ACCESS_YES;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        result = judge(&user, real, PASS, why, size);
        *slash = '/';
    }
    return result == ACCESS_YES ? judge(&user, real, READ, why, size) : result;
}

static bool find_user(const char *name, struct user *user)
{
    const struct passwd *entry = getpwnam(name);
    if (!entry)
        return false;
    user->uid = entry->pw_uid;
    user->group_count = GROUPS_MAX;
    return getgrouplist(name, entry->pw_gid, user->groups, &user->group_count) >= 0;
}

static enum access_result judge(const struct user *user, const char *path, int wanted, char *why,
                                size_t size)
{
    struct stat file;
    if (stat(path, &file) != 0) {
        snprintf(why, size, "%s: %s", path, strerror(errno));
        return ACCESS_UNKNOWN;
    }
    if (user->uid == 0)
        return ACCESS_YES;
    if (getxattr(path, "system.posix_acl_access", NULL, 0) > 0) {
        snprintf(why, size, "%s has an access control list", path);
        return ACCESS_UNKNOWN;
    }
    unsigned shift = file.st_uid == user->uid ? 6 : is_member(user, file.st_gid) ? 3 : 0;
    if ((file.st_mode >> shift & (unsigned)wanted) != 0)
        return ACCESS_YES;
    snprintf(why, size, "%s", path);
    return ACCESS_NO;
}

static bool is_member(const struct user *user, gid_t group)
{
    for (int i = 0; i < user->group_count; i++) {
        if (user->groups[i] == group)
            return true;
    }
    return false;
}
