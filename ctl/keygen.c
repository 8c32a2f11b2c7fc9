/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl keygen: the secret half to a new file, the public half to stdout, ready for a peer line.
 *
 * Does not: print a secret, overwrite a file, talk to the agent.
 */
#include "keygen.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "keyfile.h"

/* The agent's group, by which it reads a key that belongs to root. */
#define KEYGEN_GROUP "bansync"

static int make_key(const char *path, char public_text[NODE_KEY_TEXT_SIZE],
                    struct failure *failure);
static int write_failed(const char *path, int error, struct failure *failure);
static gid_t reader_group(void);
static void print_key(const char *path, const char *public_text, bool json);

int keygen_run(const struct args *args)
{
    struct failure failure;
    char public_text[NODE_KEY_TEXT_SIZE];
    const char *path = args_value(args, "out");
    if (!path || path[0] == '\0') {
        failure_set(&failure, "usage", EXIT_USAGE, "keygen needs --out FILE");
        failure_hint(&failure, "banctl keygen --out /etc/bansync/node.key");
        return failure_tell(&failure, args->json);
    }
    if (make_key(path, public_text, &failure) < 0)
        return failure_tell(&failure, args->json);
    print_key(path, public_text, args->json);
    return EXIT_DONE;
}

static int make_key(const char *path, char public_text[NODE_KEY_TEXT_SIZE], struct failure *failure)
{
    struct keyfile_pair pair;
    if (keyfile_generate(&pair) < 0)
        return failure_set(failure, "internal", EXIT_INTERNAL, "libsodium cannot start");
    keyfile_text(pair.public_key, public_text);
    int result = keyfile_write(path, &pair, reader_group());
    int error = errno;
    keyfile_wipe(&pair);
    return result == 0 ? 0 : write_failed(path, error, failure);
}

static int write_failed(const char *path, int error, struct failure *failure)
{
    struct keyfile_pair pair;
    char text[PATH_BYTES_MAX + 256];
    if (error != EEXIST)
        return failure_file(failure, path, error);
    failure_set(failure, "exists", EXIT_REFUSED, "%s exists; a key is never overwritten", path);
    if (keyfile_read(path, &pair, text, sizeof(text)) == 0) {
        keyfile_text(pair.public_key, text);
        keyfile_wipe(&pair);
        return failure_hint(failure, "its public half:  %s", text);
    }
    return failure_hint(failure,
                        "every peer knows the old public key; to replace it move the file away");
}

/* (gid_t)-1: none, only the owner may read. */
static gid_t reader_group(void)
{
    if (geteuid() != 0)
        return (gid_t)-1;
    const struct group *group = getgrnam(KEYGEN_GROUP);
    return group ? group->gr_gid : (gid_t)-1;
}

static void print_key(const char *path, const char *public_text, bool json)
{
    if (!json) {
        puts(public_text);
        return;
    }
    struct ctl_json *document = ctl_json_object();
    ctl_json_set_text(document, "schema", "banctl.keygen/1");
    ctl_json_set_text(document, "public_key", public_text);
    ctl_json_set_text(document, "file", path);
    char *text = ctl_json_dump(document);
    puts(text);
    free(text);
    ctl_json_free(&document);
}
